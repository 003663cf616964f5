package command

import (
	"context"
	"io"

	"github.com/egret-hunt/egret/internal/outfile"
)

// Output is an outfile.File whose errors carry the exit code for outputs.
type Output struct{ *outfile.File }

// OpenOutput opens the file at a path for writing, stdout for "" and "-". Errors carry the exit code for outputs.
func OpenOutput(ctx context.Context, path string, stdout io.Writer) (*Output, error) {
	file, err := outfile.Open(ctx, path, stdout)
	if err != nil {
		return nil, Unwritable(err)
	}
	return &Output{file}, nil
}

// Close flushes the buffer and moves the file to its path.
func (o *Output) Close() error {
	if err := o.File.Close(); err != nil {
		return Unwritable(err)
	}
	return nil
}

// TryOutput checks, before a long run, that a file can be written.
func TryOutput(path string) error {
	if err := outfile.Try(path); err != nil {
		return Unwritable(err)
	}
	return nil
}
