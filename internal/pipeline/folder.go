package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/specfile"
)

// Folder returns the pipelines of a folder (*.yml, *.yaml, not in subfolders), or the one in a file: names, which are those of the
// files without their ending, with paths. It reads no pipeline.
func Folder(path string) (map[string]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		name, ok := fileName(path)
		if !ok || !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not a pipeline, which is a file that ends in .yml or .yaml", path)
		}
		return map[string]string{name: path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for _, e := range entries {
		name, ok := fileName(e.Name())
		if file := filepath.Join(path, e.Name()); ok && !specfile.IsTest(e.Name()) && isFile(file) {
			if named[name] != "" {
				return nil, fmt.Errorf("%s has two pipelines named %s", path, name)
			}
			named[name] = file
		}
	}
	if len(named) == 0 {
		return nil, fmt.Errorf("%s has no pipelines, which end in .yml or .yaml", path)
	}
	return named, nil
}

// fileName returns the name of a pipeline by that of its file; ok is false if it has another ending.
func fileName(path string) (name string, ok bool) {
	base := filepath.Base(path)
	ext := filepath.Ext(base)
	return strings.TrimSuffix(base, ext), ext == ".yml" || ext == ".yaml"
}
