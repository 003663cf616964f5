package archive

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// maxDirectory is how much of a zip archive may be read to find its entries, in bytes. The standard library holds all of
// them in memory.
const maxDirectory = 16 << 20

// encrypted is the bit in the flags of an entry that says so (APPNOTE.TXT 6.3.10, section 4.4.4).
const encrypted = 1

func (w *writer) zip(r io.ReaderAt, size int64) error {
	counted := &countedReaderAt{r: r, left: maxDirectory}
	reader, err := zip.NewReader(counted, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // admit judges paths
		if errors.Is(err, errDirectory) {
			return &Error{Reason: fmt.Sprintf("its list of entries is larger than %s", megabytes(maxDirectory))}
		}
		if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return &Error{Reason: "damaged or cut off: no valid list of entries at its end"}
		}
		return err
	}
	counted.unlimited = true
	if len(reader.File) > w.limits.Entries {
		return w.tooMany() // before any file is written
	}
	for _, entry := range reader.File {
		if err := w.zipEntry(entry); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) zipEntry(entry *zip.File) error {
	mode := entry.Mode()
	switch {
	case strings.HasSuffix(entry.Name, "/") || mode.IsDir():
		return w.folder(entry.Name)
	case mode&fs.ModeSymlink != 0:
		return &Error{entry.Name, "a link"}
	case !mode.IsRegular():
		return &Error{entry.Name, "neither a file nor a folder"}
	case entry.Flags&encrypted != 0:
		return &Error{entry.Name, "encrypted"}
	case entry.UncompressedSize64 > uint64(w.limits.File):
		return &Error{entry.Name, fmt.Sprintf("larger than %s", megabytes(w.limits.File))}
	}
	content, err := entry.Open()
	if err != nil {
		return &Error{entry.Name, "damaged: " + err.Error()}
	}
	defer content.Close()
	return w.file(entry.Name, content, int64(entry.UncompressedSize64))
}

var errDirectory = errors.New("archive: too much read for the list of entries")

// countedReaderAt fails when more than left bytes were read, unless unlimited is set.
type countedReaderAt struct {
	r         io.ReaderAt
	left      int64
	unlimited bool
}

func (c *countedReaderAt) ReadAt(p []byte, offset int64) (int, error) {
	if !c.unlimited {
		c.left -= int64(len(p))
		if c.left < 0 {
			return 0, errDirectory
		}
	}
	return c.r.ReadAt(p, offset)
}
