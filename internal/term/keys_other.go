//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package term

import "os"

// readsKeys returns false: this system does not report the terminal's mode, so output is never delayed.
func readsKeys(*os.File) bool { return false }
