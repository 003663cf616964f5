package setup

import (
	"io"
	"io/fs"
	"strings"
	"time"
)

// oneFile is a file system with a single file of a folder.
type oneFile struct {
	dir  fs.FS
	name string
}

// Open opens the folder or the file.
func (f oneFile) Open(name string) (fs.File, error) {
	if name != "." && name != f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.dir.Open(name)
}

// ReadDir lists the file.
func (f oneFile) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(f.dir, f.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}

// Stat describes a file without opening it.
func (f oneFile) Stat(name string) (fs.FileInfo, error) {
	if name != "." && name != f.name {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return fs.Stat(f.dir, name)
}

// textFile is a file system with one file in memory: a filter from egret.yaml.
type textFile struct{ name, text string }

// Open opens the folder or the file.
func (f textFile) Open(name string) (fs.File, error) {
	if name != "." && name != f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openText{textInfo{f, name == "."}, strings.NewReader(f.text)}, nil
}

// ReadDir lists the file.
func (f textFile) ReadDir(string) ([]fs.DirEntry, error) {
	return []fs.DirEntry{fs.FileInfoToDirEntry(textInfo{f, false})}, nil
}

type openText struct {
	info textInfo
	io.Reader
}

func (t *openText) Stat() (fs.FileInfo, error) { return t.info, nil }
func (t *openText) Close() error               { return nil }

type textInfo struct {
	file textFile
	dir  bool
}

func (i textInfo) Name() string {
	if i.dir {
		return "."
	}
	return i.file.name
}
func (i textInfo) Size() int64        { return int64(len(i.file.text)) }
func (i textInfo) ModTime() time.Time { return time.Time{} }
func (i textInfo) IsDir() bool        { return i.dir }
func (i textInfo) Sys() any           { return nil }
func (i textInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
