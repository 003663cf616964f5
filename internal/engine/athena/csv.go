package athena

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxRow is the maximum length of a row, in bytes. Athena's own limit is 32 MB.
const maxRow = 64 << 20

// maxCells is the maximum number of cells in a row: a NULL takes only the byte of its comma.
const maxCells = 100_000

// csvReader reads the CSV that Athena writes: cells in double quotes, quotes in them doubled, NULL as nothing at all,
// lines ended by a line feed. Other CSV readers, encoding/csv among them, return the same empty text for NULL and for
// "", but rules distinguish missing fields from empty ones.
type csvReader struct {
	in *bufio.Reader
	// at is the number of bytes read, for errors.
	at int64
	// text contains the cells of a row one after the other, ends the end of each, or -1 for NULL.
	text []byte
	ends []int
	row  []any
}

// csvBuffer is how many bytes are read at a time.
const csvBuffer = 256 << 10

func newCSVReader(in io.Reader) *csvReader {
	return &csvReader{in: bufio.NewReaderSize(in, csvBuffer)}
}

// errCSV is wrapped by every error about the form of the file.
var errCSV = errors.New("this is not CSV as Athena writes it")

func (r *csvReader) fault(format string, args ...any) error {
	return fmt.Errorf("%w: byte %d: %s", errCSV, r.at, fmt.Sprintf(format, args...))
}

// next returns the next row, whose cells are string or nil; io.EOF after the last one. The slice is reused. Errors of
// the input are returned unchanged.
func (r *csvReader) next() ([]any, error) {
	if _, err := r.in.Peek(1); err != nil {
		return nil, err
	}
	r.text, r.ends = r.text[:0], r.ends[:0]
	for more := true; more; {
		var err error
		if more, err = r.cell(); err != nil {
			return nil, err
		}
		if len(r.ends) > maxCells {
			return nil, r.fault("row has more than %d cells", maxCells)
		}
	}
	// All cells are substrings of one string for the whole row.
	all, start := string(r.text), 0
	r.row = r.row[:0]
	for _, end := range r.ends {
		if end < 0 {
			r.row = append(r.row, nil)
			continue
		}
		r.row = append(r.row, all[start:end])
		start = end
	}
	return r.row, nil
}

// cell reads a cell and its end; more reports that a comma follows.
func (r *csvReader) cell() (more bool, err error) {
	c, err := r.in.ReadByte()
	if errors.Is(err, io.EOF) {
		r.ends = append(r.ends, -1)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.at++
	switch c {
	case ',', '\n':
		r.ends = append(r.ends, -1)
		return c == ',', nil
	case '"':
		err = r.quoted()
	default:
		return r.bare(c)
	}
	if err != nil {
		return false, err
	}
	r.ends = append(r.ends, len(r.text))
	return r.end()
}

// end reads what follows a quoted cell.
func (r *csvReader) end() (more bool, err error) {
	c, err := r.in.ReadByte()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.at++
	if c != ',' && c != '\n' {
		return false, r.fault("expected a comma or the end of the line after a cell, found %q", c)
	}
	return c == ',', nil
}

// quoted reads up to the quote that ends a cell.
func (r *csvReader) quoted() error {
	for {
		err := r.until('"')
		if errors.Is(err, io.EOF) {
			return r.fault("the file ends within a cell")
		}
		if err != nil {
			return err
		}
		next, err := r.in.Peek(1)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(next) == 0 || next[0] != '"' {
			r.text = r.text[:len(r.text)-1] // the quote that ends the cell
			return nil
		}
		r.in.Discard(1) //nolint:errcheck // the byte has been peeked at
		r.at++
	}
}

// bare reads a cell without quotes. Athena writes none, but other servers with its API do.
func (r *csvReader) bare(first byte) (more bool, err error) {
	r.text = append(r.text, first)
	for {
		c, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			r.ends = append(r.ends, len(r.text))
			return false, nil
		}
		if err != nil {
			return false, err
		}
		r.at++
		switch {
		case c == ',' || c == '\n':
			r.ends = append(r.ends, len(r.text))
			return c == ',', nil
		case c == '"':
			return false, r.fault("quote in a cell that does not begin with one")
		case len(r.text) >= maxRow:
			return false, r.tooLong()
		}
		r.text = append(r.text, c)
	}
}

func (r *csvReader) tooLong() error { return r.fault("row has more than %d MB", maxRow>>20) }

// until appends all bytes up to and including end to the text.
func (r *csvReader) until(end byte) error {
	for {
		part, err := r.in.ReadSlice(end)
		r.at += int64(len(part))
		if len(r.text)+len(part) > maxRow {
			return r.tooLong()
		}
		r.text = append(r.text, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
