package cli

import "golang.org/x/sys/unix"

// getTermios asks for the mode of a terminal.
const getTermios = unix.TCGETS
