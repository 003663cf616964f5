//go:build !unix

package scratch

import (
	"io/fs"
	"os"
)

// lockFile does nothing: an open file cannot be removed on this system.
func lockFile(*os.File) {}

// isUnlocked removes the lock file, which fails while a process has it open.
func isUnlocked(path string) bool { return os.Remove(path) == nil }

func isOwn(fs.FileInfo) bool { return true }
