//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package cli

import "os"

// readsKeys cannot be told on this system: what goes to stderr is never held back.
func readsKeys(*os.File) bool { return false }
