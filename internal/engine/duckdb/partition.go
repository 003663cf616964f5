//go:build duckdb && cgo

package duckdb

import (
	"context"
	"path/filepath"

	"github.com/egret-hunt/egret/internal/engine"
)

// Partitions reads the names of the folders of a table's files. Tables of databases have none.
func (e *Engine) Partitions(ctx context.Context, table string, columns []string) ([]engine.PartitionColumn, error) {
	in, err := e.use(ctx)
	if err != nil {
		return nil, err
	}
	defer in.release()
	ft := in.files[table]
	if ft == nil || len(ft.keys) == 0 || len(columns) == 0 {
		return nil, nil
	}
	var folders []string
	for _, path := range ft.paths {
		if folder := filepath.ToSlash(filepath.Dir(path)); len(folders) == 0 || folders[len(folders)-1] != folder {
			folders = append(folders, folder)
		}
	}
	return engine.PartitionsOfPaths(folders, columns), nil
}
