package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// Names inside the folder of a hunt.
const (
	logName  = "journal"
	logNew   = "journal.tmp" // until the first line is on disk
	lockName = "lock"
	rowsName = "rows"
)

// file is an open file of a hunt.
type file interface {
	io.Reader
	io.Seeker
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	// Sync returns once everything written would survive a power cut, except the file's name.
	Sync() error
}

// folder is the storage of a hunt. Names have slashes. Tests use one that forgets what was not synced.
type folder interface {
	// open opens a regular file for reading and writing.
	open(name string) (file, error)
	// create creates a file, which must not exist.
	create(name string) (file, error)
	rename(from, to string) error
	remove(name string) error
	mkdir(name string) error
	// names returns the names of the files in a folder below this one.
	names(sub string) ([]string, error)
	// sync returns once the names in a folder (created, renamed, removed) would survive a power cut.
	sync(sub string) error
}

// disk is a folder on disk. The root prevents symbolic links from leading out of it.
type disk struct{ root *os.Root }

func (d disk) open(name string) (file, error) {
	// A named pipe would block, and links and devices are not trusted.
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := d.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err // not f: a nil *os.File is not a nil file
	}
	return f, nil
}

func (d disk) create(name string) (file, error) {
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d disk) rename(from, to string) error { return d.root.Rename(from, to) }

func (d disk) remove(name string) error { return d.root.Remove(name) }

func (d disk) mkdir(name string) error { return d.root.Mkdir(name, 0o700) }

func (d disk) names(sub string) ([]string, error) {
	entries, err := fs.ReadDir(d.root.FS(), sub)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (d disk) sync(sub string) error {
	f, err := d.root.Open(sub)
	if err != nil {
		return err
	}
	defer f.Close()
	return syncFolder(f)
}

// openFolder opens DIR/ID, and rejects what other users could have put there.
func openFolder(dir, id string) (*os.Root, error) {
	if !validID(id) {
		return nil, fmt.Errorf("%q is not a hunt id, such as 20261121-7k3q9x", id)
	}
	parent, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = parent.Close() }()
	before, err := parent.Lstat(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no hunt %s in %s: %w", id, dir, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	if !before.IsDir() {
		return nil, fmt.Errorf("%s is not a folder (symbolic links are not followed)", path.Join(dir, id))
	}
	if err := private(before); err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(dir, id), err)
	}
	root, err := parent.OpenRoot(id)
	if err != nil {
		return nil, err
	}
	if after, err := root.Stat("."); err != nil || !os.SameFile(before, after) {
		_ = root.Close()
		return nil, fmt.Errorf("%s was replaced while it was opened", path.Join(dir, id))
	}
	return root, nil
}
