//go:build !windows

package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// stateDir follows the XDG base directory specification, which requires relative paths to be ignored. macOS has its
// own folder, but a variable that is set takes precedence.
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return filepath.Join(home, "Library", "Application Support"), nil
	}
	return filepath.Join(home, ".local", "state"), nil
}

// private returns an error unless a folder belongs to this user and others cannot write to it: its settings control
// what a hunt queries.
func private(info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("it belongs to user %d, this process runs as user %d: run egret as that user, or choose another folder with --state", stat.Uid, os.Geteuid())
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write to it (mode %04o): run chmod 700 on it, or choose another folder with --state, if its file system does not store modes", info.Mode().Perm())
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(f *os.File) error {
	err := f.Sync()
	// Some network file systems cannot sync folders, but store names durably.
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

// lockFile locks a file until it is closed. It reports false if another process holds the lock.
func lockFile(f *os.File) (bool, error) {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, fmt.Errorf("the file system cannot lock files (%w): choose another folder with --state", err)
		}
	}
}

// full reports whether an error means that no space is left.
func full(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

// readOnly reports whether an error means that the file system is read-only.
func readOnly(err error) bool { return errors.Is(err, unix.EROFS) }
