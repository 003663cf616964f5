package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/outfile"
)

// output is an outfile.File whose errors carry the exit code for outputs.
type output struct{ *outfile.File }

// openOutput opens the file at a path for writing, stdout for "" and "-". Errors carry the exit code for outputs.
func openOutput(ctx context.Context, path string, stdout io.Writer) (*output, error) {
	file, err := outfile.Open(ctx, path, stdout)
	if err != nil {
		return nil, unwritable(err)
	}
	return &output{file}, nil
}

// Diagnose prints diagnostics for people.
func (a *app) Diagnose(list diag.List) error {
	return list.Write(a.stderr, diag.Options{Color: a.colors(a.stderr)})
}

// close flushes the buffer and moves the file to its path.
func (o *output) close() error {
	if err := o.Close(); err != nil {
		return unwritable(err)
	}
	return nil
}

// unwritable returns the error for a failed write, the same in all commands.
func unwritable(err error) error {
	if failureOf(err) != nil {
		return err
	}
	code := exitInput
	if errors.Is(err, outfile.ErrNoReader) {
		code = exitStopped
	}
	return &failure{code: code, err: fmt.Errorf("cannot write: %w", err)}
}

// tryOutput checks, before a long hunt, that a file can be written.
func tryOutput(path string) error {
	if err := outfile.Try(path); err != nil {
		return unwritable(err)
	}
	return nil
}
