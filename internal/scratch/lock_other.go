//go:build !unix

package scratch

import (
	"io/fs"
	"os"
)

// lockFile does nothing: what is open cannot be removed.
func lockFile(*os.File) {}

// isUnlocked removes the lock, which fails while a process has it open.
func isUnlocked(path string) bool { return os.Remove(path) == nil }

func isOwn(fs.FileInfo) bool { return true }
