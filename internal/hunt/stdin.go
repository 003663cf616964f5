package hunt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// spooledStdin is standard input kept in a temporary file, so that it can be read twice. A nil one is none.
type spooledStdin struct {
	file *os.File
	size int64
	name string // where the file must still be removed; "" once it has no name
}

// spoolStdin copies standard input to a temporary file where context asks for a second pass.
func (h *hunt) spoolStdin(ctx context.Context) error {
	if h.options.Context <= 0 || !slices.Contains(h.options.Paths, "-") {
		return nil
	}
	file, err := os.CreateTemp(h.options.TempDir, "egret-stdin-*.tmp")
	if err != nil {
		return fmt.Errorf("keep standard input for a second pass: %w", err)
	}
	h.stdin = &spooledStdin{file: file}
	if os.Remove(file.Name()) != nil { // Windows keeps open files
		h.stdin.name = file.Name()
	}
	from := h.options.Stdin
	if from == nil {
		from = os.Stdin
	}
	h.stdin.size, err = io.Copy(file, &stoppable{from, ctx})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("keep standard input for a second pass: %w", err)
	}
	return nil
}

// stdinReader is what the path "-" stands for in one pass.
func (h *hunt) stdinReader() io.Reader {
	if h.stdin == nil {
		return h.options.Stdin
	}
	return io.NewSectionReader(h.stdin.file, 0, h.stdin.size)
}

func (s *spooledStdin) close() error {
	if s == nil {
		return nil
	}
	err := s.file.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}

// stoppable ends a copy with its context.
type stoppable struct {
	from io.Reader
	ctx  context.Context
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.from.Read(p)
}
