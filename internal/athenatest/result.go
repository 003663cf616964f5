package athenatest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/johannesboyne/gofakes3"
)

// result is the result of a query. Its rows are in a file, in the form of the object that Athena writes, so that a
// million rows do not take memory in addition to the object.
type result struct {
	columns []Column
	file    *os.File
	// offsets has the offset of each line, the header first if there is one, and the end of the last line.
	offsets []int64
	header  bool
}

// spool writes rows to a file, until the context ends.
func spool(ctx context.Context, columns []Column, rows Rows, header bool) (*result, error) {
	file, err := os.CreateTemp("", "athenatest-*.csv")
	if err != nil {
		return nil, err
	}
	os.Remove(file.Name()) // on systems that can remove open files, nothing is left behind
	r := &result{columns: columns, file: file, header: header}
	w := bufio.NewWriterSize(file, 1<<20)
	var at int64
	var line []byte
	write := func() error {
		r.offsets = append(r.offsets, at)
		at += int64(len(line))
		_, err := w.Write(line)
		return err
	}
	if header {
		cells := make([]any, len(columns))
		for i, c := range columns {
			cells[i] = c.Name
		}
		line = appendLine(line[:0], nil, cells)
		if err = write(); err != nil {
			r.close()
			return nil, err
		}
	}
	if rows != nil {
		for row, err := range rows {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && len(row) != len(columns) {
				err = fmt.Errorf("a row of %d cells for %d columns", len(row), len(columns))
			}
			if err == nil {
				line = appendLine(line[:0], columns, row)
				err = write()
			}
			if err != nil {
				r.close()
				return nil, err
			}
		}
	}
	r.offsets = append(r.offsets, at)
	if err := w.Flush(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// close closes the file. It may be called more than once.
func (r *result) close() {
	r.file.Close()
	os.Remove(r.file.Name())
}

// appendLine writes a row in the form of Athena's results: values in quotes, with quotes inside doubled, and NULL as
// nothing.
func appendLine(line []byte, columns []Column, row []any) []byte {
	for i, cell := range row {
		if i > 0 {
			line = append(line, ',')
		}
		var columnType string
		if columns != nil {
			columnType = columns[i].Type
		}
		if text, ok := Text(columnType, cell); ok {
			line = append(line, '"')
			line = append(line, strings.ReplaceAll(text, `"`, `""`)...)
			line = append(line, '"')
		}
	}
	return append(line, '\n')
}

// splitLine parses a line of appendLine; a nil cell is NULL.
func splitLine(line string) (cells []*string) {
	for {
		if !strings.HasPrefix(line, `"`) {
			cells = append(cells, nil)
		} else {
			end := 1
			for line[end] != '"' || line[end+1] == '"' {
				if line[end] == '"' {
					end++
				}
				end++
			}
			text := strings.ReplaceAll(line[1:end], `""`, `"`)
			cells, line = append(cells, &text), line[end+1:]
		}
		if line[0] == '\n' {
			return cells
		}
		line = line[1:]
	}
}

// lines returns the number of lines, including the header.
func (r *result) lines() int { return len(r.offsets) - 1 }

// read returns the lines from one index up to another.
func (r *result) read(from, to int) ([][]*string, error) {
	var out [][]*string
	text := make([]byte, r.offsets[to]-r.offsets[from])
	if _, err := r.file.ReadAt(text, r.offsets[from]); err != nil && len(text) > 0 {
		return nil, err
	}
	for i := from; i < to; i++ {
		start := r.offsets[i] - r.offsets[from]
		out = append(out, splitLine(string(text[start:start+r.offsets[i+1]-r.offsets[i]])))
	}
	return out, nil
}

// putResult writes the objects of a successful query: its rows, and the metadata object, which is empty here.
func (s *Server) putResult(q *query) error {
	r := q.result
	var body io.Reader = io.NewSectionReader(r.file, 0, r.offsets[len(r.offsets)-1])
	size := r.offsets[len(r.offsets)-1]
	contentType := "application/octet-stream"
	if !r.header {
		text, err := r.plain()
		if err != nil {
			return err
		}
		body, size, contentType = strings.NewReader(text), int64(len(text)), "binary/octet-stream"
	}
	if err := s.put(q.bucket, q.key, contentType, body, size); err != nil {
		return &Failure{Reason: "Access denied when writing output to url: " + q.output + " . " + err.Error(), Category: 1, Type: 401}
	}
	return s.put(q.bucket, q.key+".metadata", "application/octet-stream", strings.NewReader(""), 0)
}

// plain returns the result of a statement without a header: lines with tabs between the cells.
func (r *result) plain() (string, error) {
	rows, err := r.read(0, r.lines())
	var lines []string
	for _, row := range rows {
		var cells []string
		for _, cell := range row {
			if cell == nil {
				cell = new(string)
			}
			cells = append(cells, *cell)
		}
		lines = append(lines, strings.Join(cells, "\t"))
	}
	return strings.Join(lines, "\n"), err
}

// put stores an object.
func (s *Server) put(bucket, key, contentType string, body io.Reader, size int64) error {
	now := s.options.Now().UTC()
	_, err := s.objects.PutObject(bucket, key, map[string]string{"Content-Type": contentType, "Last-Modified": now.Format(httpTime)}, body, size, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchBucket) {
		return fmt.Errorf("bucket %s does not exist", bucket)
	}
	return err
}
