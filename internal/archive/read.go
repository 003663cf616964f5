package archive

import (
	"context"
	"errors"
	"io"
	"strings"
)

// interruptible reads until ctx ends. It marks its errors, so that they are told from those of writing.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, readError{err}
	}
	n, err := i.r.Read(p)
	if err != nil && err != io.EOF {
		err = readError{err}
	}
	return n, err
}

type readError struct{ err error }

func (e readError) Error() string { return e.err.Error() }
func (e readError) Unwrap() error { return e.err }

func isRead(err error) bool {
	var read readError
	return errors.As(err, &read)
}

// unwrapRead returns the cause of a readError in words without the name of the package that found it.
func unwrapRead(err error) error {
	for _, prefix := range []string{"gzip: ", "zip: ", "archive/tar: ", "flate: "} {
		if text, ok := strings.CutPrefix(err.Error(), prefix); ok {
			return errors.New(text)
		}
	}
	return err
}
