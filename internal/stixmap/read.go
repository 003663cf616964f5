package stixmap

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// maxFile is the largest mapping that Read takes, in bytes, and maxFiles their largest number.
const (
	maxFile  = 4 << 20
	maxFiles = 1000
)

// Read returns the mappings of a folder (*.yaml, *.yml, not in subfolders), or of one file, in the order of their files. Their
// names differ from each other and from those of All. The error is the first fault and names the file.
func Read(path string) ([]*Mapping, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if info.IsDir() {
		files = nil
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); (ext == ".yaml" || ext == ".yml") && e.Type().IsRegular() {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
	}
	if len(files) == 0 || len(files) > maxFiles {
		return nil, fmt.Errorf("%s has %d mappings, which end in .yaml or .yml; want 1 to %d", path, len(files), maxFiles)
	}
	var list []*Mapping
	for _, file := range files {
		text, err := readMapping(file)
		if err != nil {
			return nil, err
		}
		m, err := Parse(file, text)
		if err != nil {
			return nil, err
		}
		named := func(o *Mapping) bool { return o.Name == m.Name }
		if slices.ContainsFunc(All(), named) || slices.ContainsFunc(list, named) {
			return nil, fmt.Errorf("%s: another mapping is called %s", file, m.Name)
		}
		list = append(list, m)
	}
	return list, nil
}

func readMapping(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is not a regular file")})
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d MB", path, maxFile>>20)
	}
	return text, err
}
