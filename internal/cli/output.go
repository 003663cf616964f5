package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// output is where data goes: stdout, or a file that appears only once it is whole.
type output struct {
	*bufio.Writer
	temp *os.File
	path string
	// settled says that the file is written and closed, but not yet in its place.
	settled bool
}

// brokenPipe stops writing, without an error, when nobody reads any more: `egret hunt … | head` is no failure.
type brokenPipe struct {
	w    io.Writer
	gone bool
}

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.gone {
		return len(p), nil
	}
	n, err := b.w.Write(p)
	if err != nil && errors.Is(err, syscall.EPIPE) {
		b.gone = true
		return len(p), nil
	}
	return n, err
}

// openOutput opens the file at a path for writing, "" and "-" for stdout. A regular file is written beside its place
// and moved there by close, so that a hunt that fails leaves the old one alone; anything else, such as a named pipe, is
// written directly.
func openOutput(path string, stdout io.Writer) (*output, error) {
	if path == "" || path == "-" {
		sink := &brokenPipe{w: stdout}
		return &output{Writer: bufio.NewWriterSize(sink, 64<<10)}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	case err == nil && !info.Mode().IsRegular():
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &output{Writer: bufio.NewWriterSize(&brokenPipe{w: file}, 64<<10), temp: file}, nil
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".egret-*.tmp")
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

// tryOutput checks, before a long hunt, that a file can be written.
func tryOutput(path string) error {
	if path == "" || path == "-" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil
	}
	out, err := openOutput(path, nil)
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
	if o.path == "" {
		return err
	}
	if err == nil {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(o.temp.Name()))
	}
	return nil
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
