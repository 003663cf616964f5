//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// readsKeys reports whether a program reads single keys from a terminal instead of lines, as pagers and editors do.
func readsKeys(terminal *os.File) bool {
	mode, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
	return err == nil && mode.Lflag&unix.ICANON == 0
}
