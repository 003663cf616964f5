// Package scratch makes temporary folders and files that do not outlive egret for long: each is locked by its process, and the
// next run removes those whose lock nobody holds, since their process was killed. What is not egret's own by name, owner and
// form, or is locked, stays.
package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// lockName is the file in a folder that its process locks.
const lockName = "egret.lock"

// young is how old what holds nothing yet must be before it is removed: making it and locking it are two steps.
const young = time.Minute

var (
	folderForm = regexp.MustCompile(`^egret-(?:duckdb|hunt)-[0-9]+$`)
	newForm    = regexp.MustCompile(`^\.egret-new-[0-9]+$`) // of a folder that is not locked yet
	fileForm   = regexp.MustCompile(`^\.egret-[0-9]+\.tmp$`)
)

// Folder is a temporary folder.
type Folder struct {
	// Path is where it is.
	Path string
	lock *os.File
}

// NewFolder makes a folder in the system's folder for temporary files. kind is duckdb or hunt. Folders that killed processes
// left there are removed first.
func NewFolder(kind string) (*Folder, error) {
	Sweep(os.TempDir())
	fresh, err := os.MkdirTemp("", ".egret-new-")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(filepath.Dir(fresh), "egret-"+kind+strings.TrimPrefix(filepath.Base(fresh), ".egret-new"))
	lock, err := os.OpenFile(filepath.Join(fresh, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(fresh))
	}
	lockFile(lock) // where a file system has no locks, nobody removes the folder either
	if err := os.Rename(fresh, path); err != nil {
		return nil, errors.Join(err, lock.Close(), os.RemoveAll(fresh))
	}
	return &Folder{path, lock}, nil
}

// Remove removes the folder with all that is in it. It may be called on nil.
func (f *Folder) Remove() error {
	if f == nil {
		return nil
	}
	// On Windows the lock cannot be removed while it is open.
	return errors.Join(f.lock.Close(), os.RemoveAll(f.Path))
}

// swept are the folders that NewFile has cleaned up. Once is enough, and later this process may have files there that it has
// closed, which ends their lock, and not yet renamed.
var swept sync.Map

// NewFile makes a file in a folder, under a name of its own and locked. The first call for a folder removes what killed
// processes left there.
func NewFile(dir string) (*os.File, error) {
	if _, before := swept.LoadOrStore(dir, true); !before {
		Sweep(dir)
	}
	file, err := os.CreateTemp(dir, ".egret-*.tmp")
	if err != nil {
		return nil, err
	}
	lockFile(file)
	return file, nil
}

// Sweep removes what killed processes left in a folder. What cannot be removed stays.
func Sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch {
		case entry.IsDir() && folderForm.MatchString(entry.Name()):
			if abandoned(path, filepath.Join(path, lockName)) {
				_ = os.RemoveAll(path) // another time
			}
		case entry.IsDir() && newForm.MatchString(entry.Name()):
			if isOld(path) && abandoned(path, filepath.Join(path, lockName)) {
				_ = os.RemoveAll(path) // another time
			}
		case entry.Type().IsRegular() && fileForm.MatchString(entry.Name()):
			info, err := entry.Info()
			if err == nil && (info.Size() > 0 || isOld(path)) && abandoned(path, path) {
				_ = os.Remove(path) // another time
			}
		}
	}
}

func isOld(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && time.Since(info.ModTime()) >= young
}

// abandoned tells whether a path belongs to this user and the process that made it is gone.
func abandoned(path, lock string) bool {
	info, err := os.Lstat(path)
	if err != nil || !isOwn(info) {
		return false
	}
	held, err := os.Lstat(lock)
	if err != nil || held.Mode().Type()&^fs.ModeDir != 0 || !isOwn(held) {
		return false
	}
	return isUnlocked(lock)
}
