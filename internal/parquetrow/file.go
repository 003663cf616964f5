// Package parquetrow reads Parquet files of unknown origin and returns their rows as JSON objects, with a member for
// each column: structs are objects, lists arrays, maps objects, times RFC 3339.
//
// The library that decodes pages trusts sizes in the file and panics on some damaged files. So the footer, the header of each
// page and the size of its decompressed data are checked before, within limits, and a panic becomes an error. The
// compressions are Snappy, gzip and Zstandard; encrypted files and two rare encodings are refused.
//
// The package is the only importer of the library. It knows no log sources.
package parquetrow

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/egret-hunt/egret/internal/event"
)

// maxColumns is the maximum number of leaves of a file's columns.
const maxColumns = 5000

// A File is an open Parquet file. It is not safe for concurrent use.
type File struct {
	from  io.ReaderAt
	size  int64
	file  *parquet.File
	root  []*node
	group int // index of the next row group
	rows  parquet.Rows
	batch []parquet.Row
	ready []parquet.Row // read and not returned
	cells []cells       // by leaf, of the current row
	buf   []byte
	gzip  gzip.Reader
	zstd  *zstd.Decoder
	// broken ends reading: after a fault the state of the library is unknown.
	broken bool
}

// Open opens a file of a size.
func Open(from io.ReaderAt, size int64) (f *File, err error) {
	defer recovered(&err)
	if err := checkFooter(from, size); err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(from, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.FileReadMode(parquet.ReadModeSync))
	if err != nil {
		return nil, fmt.Errorf("its footer: %w", err)
	}
	f = &File{from: from, size: size, file: file, batch: make([]parquet.Row, 64)}
	for _, c := range file.Root().Columns() {
		n, err := f.node(c, 0)
		if err != nil {
			return nil, err
		}
		f.root = append(f.root, n)
	}
	return f, nil
}

// Reader is Open for event.Options.
func Reader(from io.ReaderAt, size int64) (event.TableFile, error) { return Open(from, size) }

// recovered makes an error of a panic of the library.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("it is damaged: %v", r)
	}
}

// Columns returns the names of the columns, in order.
func (f *File) Columns() []string {
	var names []string
	for _, n := range f.root {
		names = append(names, n.name)
	}
	return names
}

// Rows returns the number of rows as the footer has it.
func (f *File) Rows() int64 { return f.file.NumRows() }

// Close frees what is held for the current row group.
func (f *File) Close() (err error) {
	defer recovered(&err)
	if f.zstd != nil {
		f.zstd.Close()
		f.zstd = nil
	}
	if f.rows != nil && !f.broken {
		err = f.rows.Close()
		f.rows = nil
	}
	return err
}

// Append appends the next row as a JSON object of at most limit bytes; columns without a value are left out. It returns
// io.EOF after the last row. event.ErrRowTooLong is about this row only; after any other error, nothing can be read.
func (f *File) Append(dst []byte, limit int) (_ []byte, err error) {
	defer func() {
		if err != nil && !errors.Is(err, event.ErrRowTooLong) {
			f.broken = true
		}
	}()
	defer recovered(&err)
	if f.broken {
		return dst, io.EOF
	}
	for len(f.ready) == 0 {
		if err := f.read(); err != nil {
			return dst, err
		}
	}
	row := f.ready[0]
	f.ready = f.ready[1:]
	return f.object(dst, row, limit)
}

// read reads more rows, from the next row group if necessary.
func (f *File) read() error {
	if f.rows == nil {
		groups := f.file.RowGroups()
		if f.group >= len(groups) {
			return io.EOF
		}
		if err := f.checkGroup(&f.file.Metadata().RowGroups[f.group]); err != nil {
			return fmt.Errorf("row group %d: %w", f.group+1, err)
		}
		f.rows = groups[f.group].Rows()
		f.group++
	}
	n, err := f.rows.ReadRows(f.batch)
	f.ready = f.batch[:n]
	if errors.Is(err, io.EOF) {
		// The rows that were read stay valid until the next call.
		if n > 0 {
			return nil
		}
		rows := f.rows
		f.rows = nil
		return rows.Close()
	}
	if err == nil && n == 0 {
		return io.ErrNoProgress
	}
	if err != nil {
		return fmt.Errorf("row group %d: %w", f.group, err)
	}
	return nil
}
