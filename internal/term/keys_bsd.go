//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package term

import "golang.org/x/sys/unix"

// getTermios is the ioctl request that reads the mode of a terminal.
const getTermios = unix.TIOCGETA
