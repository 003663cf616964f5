package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/egret-hunt/egret/internal/scratch"
)

// output is where data goes: stdout, or a file that appears only once it is whole.
type output struct {
	*bufio.Writer
	temp *os.File
	path string // where the file is put, links followed; "" for what is written directly
	// settled says that the file is written and closed, but not yet in its place.
	settled bool
}

// writingGrace is how long a write may still wait for its reader once the command was stopped.
const writingGrace = 400 * time.Millisecond

var errNoReader = errors.New("stopped while waiting for the reader of the output")

// patientWriter writes to a stream that may keep its writers waiting, such as a pipe, and gives up some time after its context
// has ended. It stops writing, without an error, when nobody reads any more: `egret hunt … | head` is no failure.
type patientWriter struct {
	w    io.Writer
	ctx  context.Context
	gone bool
}

func (b *patientWriter) Write(p []byte) (int, error) {
	if b.gone {
		return len(p), nil
	}
	n, err := waitFor(b.ctx, func() (int, error) { return b.w.Write(p) })
	if err != nil && errors.Is(err, syscall.EPIPE) {
		b.gone = true
		return len(p), nil
	}
	return n, err
}

// waitFor waits for a write or an open, and for some time after the context has ended.
func waitFor[T any](ctx context.Context, do func() (T, error)) (T, error) {
	value, done, err := untilDone(ctx, writingGrace, do)
	if !done {
		return value, errNoReader
	}
	return value, err
}

// openOutput opens the file at a path for writing, "" and "-" for stdout. A regular file is written beside its place
// and moved there by close, so that a hunt that fails leaves the old one alone; of a link, the file that it leads to.
// Anything else, such as a named pipe, is written directly. Errors are failures with the exit code of an output.
func openOutput(ctx context.Context, path string, stdout io.Writer) (*output, error) {
	out, err := newOutput(ctx, path, stdout)
	if err != nil {
		return nil, unwritable(err)
	}
	return out, nil
}

// unwritable is an error of writing, the same wherever it is noticed.
func unwritable(err error) error {
	var told *failure
	if errors.As(err, &told) {
		return err
	}
	code := exitInput
	if errors.Is(err, errNoReader) {
		code = exitStopped
	}
	return &failure{code: code, err: fmt.Errorf("cannot write: %w", err)}
}

func newOutput(ctx context.Context, path string, stdout io.Writer) (*output, error) {
	if path == "" || path == "-" {
		return &output{Writer: bufio.NewWriterSize(&patientWriter{w: stdout, ctx: ctx}, 64<<10)}, nil
	}
	path, err := linkTarget(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	case err == nil && !info.Mode().IsRegular():
		file, err := waitFor(ctx, func() (*os.File, error) { return os.OpenFile(path, os.O_WRONLY, 0) })
		if err != nil {
			return nil, err
		}
		return &output{Writer: bufio.NewWriterSize(&patientWriter{w: file, ctx: ctx}, 64<<10), temp: file}, nil
	case err == nil:
		// A file that may not be written is not replaced either, though its folder would allow it.
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	temp, err := scratch.NewFile(filepath.Dir(path))
	if err != nil {
		var fault *fs.PathError // it names the temporary file, which nobody asked for
		if errors.As(err, &fault) {
			err = fault.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	mode := os.FileMode(0o644)
	if info != nil {
		mode = info.Mode().Perm()
	}
	if err := temp.Chmod(mode); err != nil {
		return nil, errors.Join(err, temp.Close(), os.Remove(temp.Name()))
	}
	return &output{Writer: bufio.NewWriterSize(temp, 64<<10), temp: temp, path: path}, nil
}

// linkTarget follows the symbolic links at a path, also to a file that is not there yet. Links to what has no path of its
// own, such as /dev/stdout, stay.
func linkTarget(path string) (string, error) {
	for range 40 { // as many as Linux follows
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil //nolint:nilerr // what is not there yet is made
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			target = filepath.Join(dir, target)
		}
		if _, err := os.Lstat(target); err != nil {
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
		path = target
	}
	return "", fmt.Errorf("%s: too many links", path)
}

// tryOutput checks, before a long hunt, that a file can be written.
func tryOutput(path string) error {
	if path == "" || path == "-" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil
	}
	out, err := openOutput(context.Background(), path, nil)
	if err != nil {
		return err
	}
	return out.abandon()
}

// settle writes what is buffered and closes the file, whose place close or abandon decides.
func (o *output) settle() error {
	if o.settled {
		return nil
	}
	err := o.Flush()
	if o.temp != nil {
		o.settled, o.Writer = true, nil
		if closed := o.temp.Close(); err == nil {
			err = closed
		}
	}
	return err
}

// close writes what is buffered and puts the file in its place.
func (o *output) close() error {
	err := o.settle()
	if err == nil && o.path != "" {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err == nil {
		return nil
	}
	if o.path != "" {
		err = errors.Join(err, os.Remove(o.temp.Name()))
	}
	return unwritable(err)
}

// abandon leaves the file as it was.
func (o *output) abandon() error {
	if o.path == "" {
		return nil
	}
	if o.settled {
		return os.Remove(o.temp.Name())
	}
	return errors.Join(o.temp.Close(), os.Remove(o.temp.Name()))
}
