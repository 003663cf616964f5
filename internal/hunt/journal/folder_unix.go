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

// stateDir follows the XDG base directory specification, which says that relative paths are to be ignored. macOS has a place
// of its own, which gives way to a variable that somebody set.
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

// private says whether a folder is this user's, and closed to the writing of others: its settings steer what a hunt asks.
func private(info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("it belongs to user %d, this process runs as user %d: run egret as that user, or choose another folder with --state", stat.Uid, os.Geteuid())
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write to it (mode %04o): run chmod 700 on it, or choose another folder with --state, if its file system keeps no modes", info.Mode().Perm())
	}
	return nil
}

// syncFolder makes the names in a folder survive a power cut.
func syncFolder(f *os.File) error {
	err := f.Sync()
	// Some network file systems cannot sync folders, and keep names without it.
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

// lockFile locks a file until it is closed; false if another process has it.
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

// full tells errors that mean that no space is left.
func full(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

// readOnly tells errors that mean that nothing can be written here.
func readOnly(err error) bool { return errors.Is(err, unix.EROFS) }
