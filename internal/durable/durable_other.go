//go:build !unix

package durable

import (
	"errors"
	"os"
	"syscall"
)

// SyncFolder does nothing: the file system journals names itself, and folders cannot be flushed.
func SyncFolder(string) error { return nil }

// IsFull reports whether an error means that no space is left: ERROR_DISK_FULL or ERROR_HANDLE_DISK_FULL.
func IsFull(err error) bool {
	return errors.Is(err, syscall.Errno(112)) || errors.Is(err, syscall.Errno(39))
}

// ErrLocked is returned by Lock while another process holds the lock.
var ErrLocked = errors.New("another process holds the lock")

// Lock opens the file at a path, which it creates. Removing it first fails while another process has it open.
func Lock(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, ErrLocked
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}
