package hunt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/egret-hunt/egret/internal/event"
)

// keptInput is what a pipe gave, in a temporary file, so that it can be read twice.
type keptInput struct {
	file *os.File
	size int64
	name string // where the file must still be removed; "" once it has no name
}

// keepInputs copies standard input and the pipes among the paths to temporary files where context asks for a second pass.
func (h *hunt) keepInputs(ctx context.Context) error {
	if h.options.Context <= 0 {
		return nil
	}
	for _, path := range h.options.Paths {
		var from io.Reader
		switch {
		case h.kept[path] != nil || event.IsRemote(path):
			continue
		case path == "-":
			from = os.Stdin
			if h.options.Stdin != nil {
				from = h.options.Stdin
			}
			from = event.Patient(ctx, from)
		case event.MayWait(path):
			from = event.PatientFile(ctx, path)
		default:
			continue
		}
		if err := h.keep(ctx, path, from); err != nil {
			return fmt.Errorf("keep %s for a second pass: %w", path, err)
		}
	}
	return nil
}

// keep copies one input. Where the context ends, what has come so far is kept.
func (h *hunt) keep(ctx context.Context, path string, from io.Reader) error {
	file, err := os.CreateTemp(h.options.TempDir, "egret-input-*.tmp")
	if err != nil {
		return err
	}
	kept := &keptInput{file: file}
	if h.kept == nil {
		h.kept = map[string]*keptInput{}
	}
	h.kept[path] = kept
	if os.Remove(file.Name()) != nil { // Windows keeps open files
		kept.name = file.Name()
	}
	kept.size, err = io.Copy(file, from)
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// stdinReader is what the path "-" stands for in one pass.
func (h *hunt) stdinReader() io.Reader {
	if kept := h.kept["-"]; kept != nil {
		return kept.reader()
	}
	return h.options.Stdin
}

// keptReaders are the contents of the pipes among the paths.
func (h *hunt) keptReaders() map[string]*io.SectionReader {
	readers := map[string]*io.SectionReader{}
	// Any order: each goes into a map.
	for path, kept := range h.kept {
		readers[path] = kept.reader()
	}
	return readers
}

func (k *keptInput) reader() *io.SectionReader { return io.NewSectionReader(k.file, 0, k.size) }

func (k *keptInput) close() error {
	err := k.file.Close()
	if k.name != "" {
		err = errors.Join(err, os.Remove(k.name))
	}
	return err
}

// closeKept removes the temporary files.
func (h *hunt) closeKept() error {
	var err error
	// Any order: files are closed and removed.
	for _, kept := range h.kept {
		err = errors.Join(err, kept.close())
	}
	return err
}
