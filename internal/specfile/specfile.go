// Package specfile finds and reads small files of users, such as specs of text languages and what egret keeps about rules. They may come
// from strangers: only regular files are read, and their number and size are limited.
package specfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFiles is the largest number of files in a folder.
const maxFiles = 1000

// List returns the files of a folder whose names end in .yaml or .yml, sorted by name, without those of its subfolders; or the path
// itself if it is a file. A folder without such a file is an error, and so is one with more than 1,000. what names the files in
// errors, such as "specs".
func List(path, what string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		file := filepath.Join(path, e.Name())
		if ext := filepath.Ext(e.Name()); (ext == ".yaml" || ext == ".yml") && !IsTest(e.Name()) && isRegular(file) {
			files = append(files, file)
		}
	}
	switch {
	case len(files) == 0:
		return nil, fmt.Errorf("%s has no %s, which end in .yaml or .yml", path, what)
	case len(files) > maxFiles:
		return nil, fmt.Errorf("%s has %d %s; the limit is %d", path, len(files), what, maxFiles)
	}
	return files, nil
}

// IsTest reports whether a file has tests of the file beside it, as NAME.test.yaml has those of NAME.yaml.
func IsTest(name string) bool {
	return strings.HasSuffix(name, ".test.yaml") || strings.HasSuffix(name, ".test.yml")
}

// isRegular follows links, so that a file of a folder may be kept elsewhere.
func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Read returns the content of a regular file of at most limit bytes. Errors name the path.
func Read(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is not a regular file")}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s: larger than %d kB", path, limit>>10)
	}
	return text, err
}
