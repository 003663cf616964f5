package event

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// A TableFile is an open file of rows, such as a Parquet file.
type TableFile interface {
	// Columns returns the names of the columns, in order.
	Columns() []string
	// Append appends the next row as a JSON object of at most limit bytes. The error is io.EOF after the last row and
	// ErrRowTooLong for a row that exceeds the limit; after any other error nothing can be read.
	Append(dst []byte, limit int) ([]byte, error)
	Close() error
}

// ErrRowTooLong is the error of TableFile.Append for a row that exceeds its limit.
var ErrRowTooLong = errors.New("the row is too long")

// parquetSource reads the rows of a Parquet file.
type parquetSource struct {
	file   TableFile
	limits *Limits
	number int64
	stored int64 // bytes
	bytes  int64 // of all rows as JSON
}

// parquet produces the rows of a Parquet file, whose footer is at its end.
func (w *worker) parquet(file *File, in *input, from io.Reader, depth int) {
	if w.reader.options.Parquet == nil {
		file.settle(Skipped, "Parquet file, which this program does not read: export it to JSON lines first")
		return
	}
	stored, size, done, err := seekableCopy(in, from, depth)
	if err != nil {
		file.settle(Failed, faultOf(err))
		return
	}
	defer done()
	opened, err := w.reader.options.Parquet(stored, size)
	if err != nil {
		file.settle(Failed, "Parquet file: "+err.Error())
		return
	}
	defer func() { _ = opened.Close() }() // nothing is written
	columns := opened.Columns()
	var table *Table
	// The columns of OCSF are similar for all logs; there each row says what it is.
	if !slices.Contains(columns, "class_uid") {
		table = w.reader.fit(columns)
	}
	if table != nil {
		file.addFormat("rows of " + table.Layout.FullName())
	}
	s := &parquetSource{file: opened, limits: &w.reader.limits, stored: size}
	p := &producer{w: w, file: file, inline: size < int64(w.reader.limits.Chunk)}
	p.rows(s, table, "Parquet file whose columns fit no known table")
	file.end(faultOf(p.err), s.bytes)
}

func (s *parquetSource) next(dst []byte) (row []byte, at rowPlace, fault string, done bool) {
	at = rowPlace{number: s.number}
	start := len(dst)
	dst, err := s.file.Append(dst, s.limits.Record)
	s.number++
	s.bytes += int64(len(dst) - start)
	switch {
	case errors.Is(err, io.EOF):
		return dst, at, "", true
	case errors.Is(err, ErrRowTooLong):
		return dst, at, fmt.Sprintf("row %d: %s", at.number+1, tooLong(s.limits.Record)), false
	case err != nil:
		return dst, at, fmt.Sprintf("row %d: %s", at.number+1, err), true
	case s.bytes > s.limits.Bytes || s.bytes > s.limits.RatioFrom && s.bytes/s.limits.Ratio > s.stored:
		return dst, at, fmt.Sprintf("row %d: the rows are more than %d times the size of the file, which looks like a decompression bomb", at.number+1, s.limits.Ratio), true
	}
	return dst, at, "", false
}
