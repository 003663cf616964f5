package ddl

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Dir is a Lister for a local folder, which is its root.
type Dir string

// OpenDir splits a path into the root of a tree and the folder to start at. The root is the folder above AWSLogs, or
// else the path itself.
func OpenDir(path string) (Dir, string) {
	parts := strings.Split(filepath.ToSlash(filepath.Clean(path)), "/")
	if at := slices.Index(parts, "AWSLogs"); at >= 0 {
		root := strings.Join(parts[:at], "/")
		switch {
		case at == 0:
			root = "."
		case root == "":
			root = "/"
		}
		return Dir(filepath.FromSlash(root)), strings.Join(parts[at:], "/") + "/"
	}
	return Dir(path), ""
}

// List reads a folder. It does not follow links to folders.
func (d Dir) List(_ context.Context, folder string) (folders, files []string, err error) {
	entries, err := os.ReadDir(filepath.Join(string(d), filepath.FromSlash(folder)))
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		} else {
			files = append(files, e.Name())
		}
	}
	return folders, files, err
}

// Head returns the first bytes of a file.
func (d Dir) Head(_ context.Context, file string, n int) ([]byte, error) {
	f, err := os.Open(filepath.Join(string(d), filepath.FromSlash(file)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(n)))
}
