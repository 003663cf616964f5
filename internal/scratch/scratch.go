// Package scratch creates temporary folders and files that are removed even if egret is killed: the process locks each
// of them, and the next run removes those that are not locked any more. It removes nothing that another user owns, that
// has another name or form, or that is locked.
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

// lockName is the file in a folder that the process locks.
const lockName = "egret.lock"

// young is the age below which an unlocked file or folder may still be in use: creating and locking it are two steps.
const young = time.Minute

var (
	folderForm = regexp.MustCompile(`^egret-(?:duckdb|hunt)-[0-9]+$`)
	newForm    = regexp.MustCompile(`^\.egret-new-[0-9]+$`) // a folder that is not locked yet
	fileForm   = regexp.MustCompile(`^\.egret-[0-9]+\.tmp$`)
)

// A Folder is a temporary folder.
type Folder struct {
	// Path is the path of the folder.
	Path string
	lock *os.File
}

// NewFolder creates a folder in the system's folder for temporary files. kind is duckdb or hunt. It first removes
// folders of killed processes.
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
	lockFile(lock) // without file locks, other processes cannot remove the folder either
	if err := os.Rename(fresh, path); err != nil {
		return nil, errors.Join(err, lock.Close(), os.RemoveAll(fresh))
	}
	return &Folder{path, lock}, nil
}

// Remove removes the folder with its content. It may be called on nil.
func (f *Folder) Remove() error {
	if f == nil {
		return nil
	}
	// On Windows the lock cannot be removed while it is open.
	return errors.Join(f.lock.Close(), os.RemoveAll(f.Path))
}

// cleaned has the folders that NewFile has cleaned up. It cleans a folder only once, since later this process may have
// files there that are closed, and so unlocked, but not yet renamed.
var cleaned sync.Map

// NewFile creates a locked file with a unique name in a folder. The first call for a folder removes the files of killed
// processes there.
func NewFile(dir string) (*os.File, error) {
	if _, before := cleaned.LoadOrStore(dir, true); !before {
		Sweep(dir)
	}
	file, err := os.CreateTemp(dir, ".egret-*.tmp")
	if err != nil {
		return nil, err
	}
	lockFile(file)
	return file, nil
}

// Sweep removes what killed processes left in a folder. It ignores errors: the next run tries again.
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
				_ = os.RemoveAll(path) // the next run tries again
			}
		case entry.IsDir() && newForm.MatchString(entry.Name()):
			if isOld(path) && abandoned(path, filepath.Join(path, lockName)) {
				_ = os.RemoveAll(path) // the next run tries again
			}
		case entry.Type().IsRegular() && fileForm.MatchString(entry.Name()):
			info, err := entry.Info()
			if err == nil && (info.Size() > 0 || isOld(path)) && abandoned(path, path) {
				_ = os.Remove(path) // the next run tries again
			}
		}
	}
}

func isOld(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && time.Since(info.ModTime()) >= young
}

// abandoned reports whether a path belongs to this user and the process that created it has ended.
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
