package parquetrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// Limits of pages. Writers make pages of about 1 MiB and dictionaries of less.
const (
	maxPage       = 64 << 20  // uncompressed size of a page
	maxOpen       = 256 << 20 // of one page and the dictionary of all columns of a row group, which are open together
	maxPageValues = 4 << 20
	maxValues     = 16 << 20 // of a column of a row group
)

// page is the header of a page.
type page struct {
	kind, size, stored, values, encoding int64
	levels                               int64 // bytes before the compressed part, in pages of version 2
	plain                                bool  // pages of version 2 may not be compressed
	header                               int   // bytes
}

// Kinds of pages, encodings and codecs: Apache Parquet, "parquet.thrift", read 2026-11.
const (
	dataPage = 0
	dictPage = 2
	dataV2   = 3

	deltaByteArray = 7
	bitPacked      = 4
)

// checkGroup walks the pages of a row group before the library reads them, which would allocate what headers claim.
func (f *File) checkGroup(group *format.RowGroup) error {
	var open int64
	for i := range group.Columns {
		most, err := f.checkColumn(&group.Columns[i].MetaData)
		if err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		if open += most; open > maxOpen {
			return fmt.Errorf("the pages of its columns need more than %d MiB at a time", maxOpen>>20)
		}
	}
	return nil
}

// checkColumn returns the memory that the dictionary and the largest page of a column need.
func (f *File) checkColumn(c *format.ColumnMetaData) (int64, error) {
	start := c.DataPageOffset
	if c.DictionaryPageOffset > 0 {
		start = min(start, c.DictionaryPageOffset)
	}
	end := start + c.TotalCompressedSize
	if start < 4 || c.TotalCompressedSize < 0 || end < start || end > f.size {
		return 0, errors.New("its pages are outside of the file")
	}
	switch c.Codec {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Zstd:
	default:
		return 0, fmt.Errorf("the compression %s is not supported", c.Codec)
	}
	if c.NumValues < 0 || c.NumValues > maxValues {
		return 0, fmt.Errorf("it has more than %d values in one row group", maxValues)
	}
	var dictionary, largest, values int64
	for at := start; at < end; {
		p, err := f.pageAt(at, end)
		if err != nil {
			return 0, err
		}
		if err := f.checkData(p, c.Codec, at+int64(p.header)); err != nil {
			return 0, err
		}
		if p.kind == dictPage {
			dictionary = max(dictionary, p.size)
		} else {
			largest = max(largest, p.size)
			values += p.values
		}
		if values > maxValues {
			return 0, fmt.Errorf("it has more than %d values in one row group", maxValues)
		}
		at += int64(p.header) + p.stored
	}
	return dictionary + largest, nil
}

// pageAt reads the header of a page.
func (f *File) pageAt(at, end int64) (page, error) {
	buf := f.buffer(int(min(maxPageHeader, end-at)))
	if _, err := f.from.ReadAt(buf, at); err != nil && !errors.Is(err, io.EOF) {
		return page{}, err
	}
	var p page
	w := thriftWalk{text: buf, field: func(path []int16, n int64) {
		switch {
		case len(path) == 1 && path[0] == 1:
			p.kind = n
		case len(path) == 1 && path[0] == 2:
			p.size = n
		case len(path) == 1 && path[0] == 3:
			p.stored = n
		case len(path) != 2:
		case path[1] == 1 && (path[0] == 5 || path[0] == 7 || path[0] == 8):
			p.values = n
		case path[0] == 5 && path[1] == 2, path[0] == 7 && path[1] == 2, path[0] == 8 && path[1] == 4:
			p.encoding = n
		case path[0] == 8 && (path[1] == 5 || path[1] == 6):
			p.levels += n
		case path[0] == 8 && path[1] == 7:
			p.plain = n == 0
		}
	}}
	if err := w.structure(0); err != nil {
		return page{}, fmt.Errorf("the header of a page: %w", err)
	}
	p.header = w.at
	switch {
	case p.size < 0 || p.size > maxPage:
		return page{}, fmt.Errorf("a page is larger than %d MiB", maxPage>>20)
	case p.stored < 0 || at+int64(p.header)+p.stored > end:
		return page{}, errors.New("a page ends outside of its column")
	case p.values < 0 || p.values > maxPageValues:
		return page{}, fmt.Errorf("a page has more than %d values", maxPageValues)
	case p.levels < 0 || p.levels > p.stored || p.levels > p.size:
		return page{}, errors.New("the levels of a page are longer than the page")
	case p.encoding == deltaByteArray || p.encoding == bitPacked:
		// The first repeats prefixes of values, so that a small page may become any amount of data.
		return page{}, errors.New("the encoding DELTA_BYTE_ARRAY or BIT_PACKED is not supported")
	}
	return p, nil
}

// checkData checks that the data of a page has the size that its header claims: decoders allocate what the data itself
// says.
func (f *File) checkData(p page, codec format.CompressionCodec, at int64) error {
	if codec == format.Uncompressed || p.kind == dataV2 && p.plain {
		if p.size != p.stored {
			return errors.New("a page that is not compressed has two sizes")
		}
		return nil
	}
	at += p.levels
	stored, size := p.stored-p.levels, p.size-p.levels
	if codec == format.Snappy {
		var head [binary.MaxVarintLen64]byte
		n, _ := f.from.ReadAt(head[:min(stored, int64(len(head)))], at)
		claimed, used := binary.Uvarint(head[:n])
		if stored > 0 && (used <= 0 || claimed > uint64(size)) {
			return errors.New("the data of a page is larger than its header says")
		}
		return nil
	}
	if stored == 0 {
		return nil
	}
	section := io.NewSectionReader(f.from, at, stored)
	var from io.Reader
	if codec == format.Gzip {
		if err := f.gzip.Reset(section); err != nil {
			return fmt.Errorf("the data of a page: %w", err)
		}
		from = &f.gzip
	} else {
		if f.zstd == nil {
			decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxPage))
			if err != nil {
				return err
			}
			f.zstd = decoder
		}
		if err := f.zstd.Reset(section); err != nil {
			return fmt.Errorf("the data of a page: %w", err)
		}
		from = f.zstd
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(from, size+1), f.buffer(maxPageHeader))
	switch {
	case err != nil:
		return fmt.Errorf("the data of a page: %w", err)
	case n > size:
		return errors.New("the data of a page is larger than its header says")
	}
	return nil
}

func (f *File) buffer(n int) []byte {
	if cap(f.buf) < n {
		f.buf = make([]byte, n)
	}
	return f.buf[:n]
}

// checkFooter walks the footer of a file.
func checkFooter(from io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return errors.New("it is too short")
	}
	if _, err := from.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if !bytes.Equal(tail[4:], []byte("PAR1")) {
		return errors.New("it is cut off, or encrypted: it does not end like a Parquet file")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	switch {
	case n > maxFooter:
		return fmt.Errorf("its footer is larger than %d MiB", maxFooter>>20)
	case n > size-12:
		return errors.New("its footer is larger than the file")
	}
	footer := make([]byte, n)
	if _, err := from.ReadAt(footer, size-8-n); err != nil {
		return err
	}
	w := thriftWalk{text: footer}
	if err := w.structure(0); err != nil {
		return fmt.Errorf("its footer: %w", err)
	}
	return nil
}
