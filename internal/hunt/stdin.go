package hunt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/egret-hunt/egret/internal/event"
)

// savedInput is the content of a pipe, saved in a temporary file to be read twice.
type savedInput struct {
	file *os.File
	size int64
	name string // path of a file that must still be removed; "" if it is unlinked already
}

// saveInputs copies standard input and the pipes among the paths to temporary files if context requires a second pass.
func (f *fileInput) saveInputs(ctx context.Context) error {
	if f.hunt.options.Context <= 0 {
		return nil
	}
	for _, path := range f.Paths {
		var from io.Reader
		switch {
		case f.saved[path] != nil || event.IsRemote(path):
			continue
		case path == "-":
			from = os.Stdin
			if f.Stdin != nil {
				from = f.Stdin
			}
			from = event.Patient(ctx, from)
		case event.MayWait(path):
			from = event.PatientFile(ctx, path)
		default:
			continue
		}
		if err := f.keep(ctx, path, from); err != nil {
			return fmt.Errorf("keep %s for a second pass: %w", path, err)
		}
	}
	return nil
}

// keep copies one input. If the context ends, it keeps what has arrived so far.
func (f *fileInput) keep(ctx context.Context, path string, from io.Reader) error {
	file, err := os.CreateTemp(f.hunt.options.TempDir, "egret-input-*.tmp")
	if err != nil {
		return err
	}
	saved := &savedInput{file: file}
	if f.saved == nil {
		f.saved = map[string]*savedInput{}
	}
	f.saved[path] = saved
	if os.Remove(file.Name()) != nil { // Windows cannot remove open files
		saved.name = file.Name()
	}
	saved.size, err = io.Copy(file, from)
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// stdinReader returns what the path "-" reads in one pass.
func (f *fileInput) stdinReader() io.Reader {
	if saved := f.saved["-"]; saved != nil {
		return saved.reader()
	}
	return f.Stdin
}

// savedReaders returns the saved contents of the pipes among the paths.
func (f *fileInput) savedReaders() map[string]*io.SectionReader {
	readers := map[string]*io.SectionReader{}
	// Iteration order does not matter: the results go into a map.
	for path, saved := range f.saved {
		readers[path] = saved.reader()
	}
	return readers
}

func (k *savedInput) reader() *io.SectionReader { return io.NewSectionReader(k.file, 0, k.size) }

func (k *savedInput) close() error {
	err := k.file.Close()
	if k.name != "" {
		err = errors.Join(err, os.Remove(k.name))
	}
	return err
}

// close removes the temporary files.
func (f *fileInput) close() error {
	var err error
	// Iteration order does not matter: all files are closed and removed.
	for _, saved := range f.saved {
		err = errors.Join(err, saved.close())
	}
	return err
}
