// Package archive unpacks zip and tar.gz archives that nobody vouches for into an empty folder, and computes the checksum
// of a folder.
//
// It writes only files and folders with plain names below that folder. The package
// refuses an archive, with the name of the entry, if an entry has an absolute path, a path that leaves the folder or a name
// that some system does not allow, if it is a link, a device or anything else but a file or a folder, if two entries have
// the same path, if an entry is encrypted or damaged, if the archive is cut off, or if it exceeds a limit. Nothing of the
// archive but names and contents survives: files get mode 0644 and the present time.
//
// The package does not download, does not overwrite, and does not remove what it wrote before it refused an archive. A
// caller unpacks into a new folder and moves this to its place afterwards.
package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
)

// Limits bound what an archive may hold. Each must be positive.
type Limits struct {
	// Archive is the largest size of the archive itself, in bytes.
	Archive int64
	// Total is the largest size of all files together when unpacked, and File that of a single one, in bytes.
	Total, File int64
	// Entries is the largest number of files and folders.
	Entries int
	// Depth is the largest number of elements in a path.
	Depth int
}

// DefaultLimits returns limits that leave room for every rule package of today: 64 MB packed, 512 MB unpacked, 64 MB for a
// file, 50,000 entries and paths of 20 elements.
func DefaultLimits() Limits {
	return Limits{Archive: 64 << 20, Total: 512 << 20, File: 64 << 20, Entries: 50_000, Depth: 20}
}

// An Error says why an archive was refused.
type Error struct {
	// Entry is the path of the entry as the archive has it, or "" if the reason is not about a single entry.
	Entry string
	// Reason is a short text in lower case.
	Reason string
}

func (e *Error) Error() string {
	if e.Entry == "" {
		return e.Reason
	}
	return fmt.Sprintf("entry %q: %s", e.Entry, e.Reason)
}

// Extracted says what an archive held.
type Extracted struct {
	// Files are the paths of the files in the order of the archive, with slashes, relative to the folder.
	Files []string
	// Bytes is the size of all files together.
	Bytes int64
}

// Extract unpacks the archive at a path into dir, which must exist and should be empty. The content of the archive decides
// its form, not its name. An *Error says why an archive was refused; other errors come from reading and writing files or
// from ctx. After an error dir may hold a part of the archive.
func Extract(ctx context.Context, archivePath, dir string, limits Limits) (Extracted, error) {
	file, err := os.Open(archivePath)
	if err != nil {
		return Extracted{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Extracted{}, err
	}
	if !info.Mode().IsRegular() {
		return Extracted{}, &Error{Reason: "expected a file"}
	}
	return ExtractFrom(ctx, file, info.Size(), dir, limits)
}

// ExtractFrom is Extract for an archive of size bytes that is already open.
func ExtractFrom(ctx context.Context, r io.ReaderAt, size int64, dir string, limits Limits) (Extracted, error) {
	if size > limits.Archive {
		return Extracted{}, &Error{Reason: fmt.Sprintf("larger than %s", megabytes(limits.Archive))}
	}
	head := make([]byte, 4)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Extracted{}, err
	}
	head = head[:n]
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Extracted{}, err
	}
	defer func() { _ = root.Close() }() // its files are closed one by one
	w := &writer{ctx: ctx, root: root, limits: limits}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		err = w.zip(r, size)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		err = w.tarGzip(io.NewSectionReader(r, 0, size))
	default:
		err = &Error{Reason: "neither a zip nor a tar.gz archive"}
	}
	return w.out, err
}

// writer creates the entries of one archive below a folder and counts them.
type writer struct {
	ctx     context.Context
	root    *os.Root
	limits  Limits
	entries int
	out     Extracted
}

// folder creates a folder and its parents; it may exist already.
func (w *writer) folder(name string) error {
	clean, err := w.admit(name)
	if err != nil {
		return err
	}
	if clean == "." {
		return nil
	}
	return w.fault(name, w.root.MkdirAll(clean, 0o755))
}

// file creates a file with the content of r. declared is its size according to the archive, or -1.
func (w *writer) file(name string, r io.Reader, declared int64) error {
	clean, err := w.admit(name)
	if err != nil {
		return err
	}
	if clean == "." {
		return &Error{name, "expected the name of a file"}
	}
	if declared > w.limits.File {
		return &Error{name, fmt.Sprintf("larger than %s", megabytes(w.limits.File))}
	}
	if err := w.root.MkdirAll(path.Dir(clean), 0o755); err != nil {
		return w.fault(name, err)
	}
	f, err := w.root.OpenFile(clean, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return w.fault(name, err)
	}
	n, err := w.copy(f, r, name)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	w.out.Bytes += n
	w.out.Files = append(w.out.Files, clean)
	return nil
}

// copy writes the content of an entry, up to the limits for a file and for the whole archive.
func (w *writer) copy(f io.Writer, r io.Reader, name string) (int64, error) {
	left := w.limits.Total - w.out.Bytes
	limit := min(w.limits.File, left)
	limited := &io.LimitedReader{R: interruptible{w.ctx, r}, N: limit + 1}
	n, err := io.Copy(f, limited)
	switch {
	case err != nil && w.ctx.Err() != nil:
		return n, context.Cause(w.ctx)
	case err != nil && isRead(err):
		return n, &Error{name, "damaged or cut off: " + unwrapRead(err).Error()}
	case err != nil:
		return n, err
	case n > limit && limit == left:
		return n, &Error{name, fmt.Sprintf("the archive unpacks to more than %s", megabytes(w.limits.Total))}
	case n > limit:
		return n, &Error{name, fmt.Sprintf("larger than %s", megabytes(w.limits.File))}
	}
	return n, nil
}

func (w *writer) tooMany() error {
	return &Error{Reason: fmt.Sprintf("more than %d entries", w.limits.Entries)}
}

// admit checks the path of an entry, counts it, and returns the path in its plain form.
func (w *writer) admit(name string) (string, error) {
	if err := w.ctx.Err(); err != nil {
		return "", context.Cause(w.ctx)
	}
	w.entries++
	if w.entries > w.limits.Entries {
		return "", w.tooMany()
	}
	clean, reason := plainPath(name, w.limits.Depth)
	if reason != "" {
		return "", &Error{name, reason}
	}
	return clean, nil
}

// fault makes an Error of what creating an entry failed with, if the archive is to blame.
func (w *writer) fault(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrExist), isNotFolder(err):
		return &Error{name, "another entry has this path"}
	}
	return err
}

func megabytes(n int64) string {
	if n%(1<<20) == 0 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
