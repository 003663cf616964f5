// Package outfile writes files that appear only when complete, and keeps them from replacing inputs.
//
// It writes a regular file under a temporary name next to its path, and Close renames it, so that a failed run leaves
// the old file unchanged. A symbolic link is followed to its target. Everything else, such as a named pipe, is
// written directly. Writing gives up some time after its context has ended, even if a pipe has no reader.
package outfile

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

// File is a buffered output: a stream, or a file that appears only when complete. The caller calls Close or Abandon.
type File struct {
	*bufio.Writer
	temp *os.File
	path string // final path with links resolved; "" for direct output
	// settled is true if the file is written and closed, but not yet renamed.
	settled bool
}

// writingGrace is how long a write may wait for its reader after the command was stopped.
const writingGrace = 400 * time.Millisecond

// ErrNoReader is returned if a write or an open waited for the reader of a pipe until the context ended.
var ErrNoReader = errors.New("stopped while waiting for the reader of the output")

// waitingWriter writes to a stream that may block, such as a pipe, and gives up some time after its context has
// ended. If the reader is gone it stops writing without an error, since `egret hunt … | head` is not a failure.
type waitingWriter struct {
	w    io.Writer
	ctx  context.Context
	gone bool
}

func (b *waitingWriter) Write(p []byte) (int, error) {
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

// waitFor waits for a write or an open, until some time after the context has ended.
func waitFor[T any](ctx context.Context, do func() (T, error)) (T, error) {
	value, done, err := Await(ctx, writingGrace, do)
	if !done {
		return value, ErrNoReader
	}
	return value, err
}

// Open opens the file at a path for writing; "" and "-" are stdout.
func Open(ctx context.Context, path string, stdout io.Writer) (*File, error) {
	if path == "" || path == "-" {
		return &File{Writer: bufio.NewWriterSize(&waitingWriter{w: stdout, ctx: ctx}, 64<<10)}, nil
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
		return &File{Writer: bufio.NewWriterSize(&waitingWriter{w: file, ctx: ctx}, 64<<10), temp: file}, nil
	case err == nil:
		// A read-only file is not replaced either, even if its folder would allow it.
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
		var fault *fs.PathError // it names the temporary file, which the user does not know
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
	return &File{Writer: bufio.NewWriterSize(temp, 64<<10), temp: temp, path: path}, nil
}

// linkTarget follows the symbolic links at a path, also to a file that does not exist yet. It keeps links to files
// without a path, such as /dev/stdout.
func linkTarget(path string) (string, error) {
	for range 40 { // the limit of Linux
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

// Settle flushes the buffer and closes the file. Close or Abandon then decides what becomes of it.
func (o *File) Settle() error {
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

// Close flushes the buffer and renames the file to its final path.
func (o *File) Close() error {
	err := o.Settle()
	if err == nil && o.path != "" {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err == nil {
		return nil
	}
	if o.path != "" {
		err = errors.Join(err, os.Remove(o.temp.Name()))
	}
	return err
}

// Abandon discards the output and leaves an existing file unchanged.
func (o *File) Abandon() error {
	if o.path == "" {
		return nil
	}
	if o.settled {
		return os.Remove(o.temp.Name())
	}
	return errors.Join(o.temp.Close(), os.Remove(o.temp.Name()))
}

// IsFile reports whether Close renames the file to its path; otherwise the output is written directly.
func (o *File) IsFile() bool { return o.path != "" }

// Settled reports whether Settle has closed the file.
func (o *File) Settled() bool { return o.settled }

// Try checks, before a long run, that a file can be written; "" and "-" are stdout.
func Try(path string) error {
	if path == "" || path == "-" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil
	}
	out, err := Open(context.Background(), path, nil)
	if err != nil {
		return err
	}
	return out.Abandon()
}

// Await calls a function that may block forever. If the context has ended and the grace period has passed, it returns
// false and leaves the function running.
func Await[T any](ctx context.Context, grace time.Duration, do func() (T, error)) (value T, done bool, err error) {
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	go func() {
		value, err := do()
		results <- result{value, err}
	}()
	select {
	case r := <-results:
		return r.value, true, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-results:
		return r.value, true, r.err
	case <-time.After(grace):
		return value, false, ctx.Err()
	}
}
