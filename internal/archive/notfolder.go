package archive

import (
	"errors"
	"syscall"
)

// isNotFolder reports whether an entry needs a folder where another one made a file.
func isNotFolder(err error) bool {
	return errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR)
}
