package journal

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// stateDir is %LocalAppData%: what a hunt keeps is too large, and too bound to this machine, for a profile that roams.
func stateDir() (string, error) { return os.UserCacheDir() }

// private leaves the matter to the access lists that the user's own folders inherit; there are no modes to look at.
func private(fs.FileInfo) error { return nil }

// syncFolder does nothing: NTFS keeps names in a log of its own, and folders cannot be flushed.
func syncFolder(*os.File) error { return nil }

// lockFile locks a file until it is closed; false if another process has it. The locked byte lies far behind the content,
// since others could not read what is locked.
func lockFile(f *os.File) (bool, error) {
	at := windows.Overlapped{OffsetHigh: 0x7fffffff}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// full tells errors that mean that no space is left.
func full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// readOnly tells errors that mean that nothing can be written here.
func readOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
