package journal

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// stateDir returns %LocalAppData%: a hunt's files are too large for a roaming profile, and only useful on this
// machine.
func stateDir() (string, error) { return os.UserCacheDir() }

// private relies on the access lists that the user's folders inherit; there are no modes to check.
func private(fs.FileInfo) error { return nil }

// syncFolder does nothing: NTFS journals names itself, and folders cannot be flushed.
func syncFolder(*os.File) error { return nil }

// lockFile locks a file until it is closed. It reports false if another process holds the lock. The locked byte is far
// beyond the content, because other processes cannot read locked bytes.
func lockFile(f *os.File) (bool, error) {
	at := windows.Overlapped{OffsetHigh: 0x7fffffff}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// full reports whether an error means that no space is left.
func full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// readOnly reports whether an error means that the disk is read-only.
func readOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
