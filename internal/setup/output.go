package setup

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/egret-hunt/egret/internal/outfile"
)

// WriteOutput calls write with a file that replaces the one at path when all is written, or with stdout for the path "".
// After an error the old file is unchanged. Errors are of kind Input.
func WriteOutput(ctx context.Context, path string, stdout io.Writer, write func(io.Writer) error) error {
	out, err := outfile.Open(ctx, path, stdout)
	if err != nil {
		return &Error{Kind: Input, Err: err}
	}
	if err := write(out); err != nil {
		return errors.Join(&Error{Kind: Input, Err: fmt.Errorf("cannot write: %w", err)}, out.Abandon())
	}
	if err := out.Close(); err != nil {
		return &Error{Kind: Input, Err: fmt.Errorf("cannot write: %w", err)}
	}
	return nil
}
