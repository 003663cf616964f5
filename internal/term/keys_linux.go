package term

import "golang.org/x/sys/unix"

// getTermios is the ioctl request that reads the mode of a terminal.
const getTermios = unix.TCGETS
