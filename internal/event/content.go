package event

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// layer holds a worker's decompressors for one depth; they are reused for all files.
type layer struct {
	gzip   *gzip.Reader
	zstd   *zstd.Decoder
	memory bytes.Reader
	stream *bufio.Reader
}

func (w *worker) layer(depth int) *layer {
	for len(w.layers) <= depth {
		w.layers = append(w.layers, &layer{gzip: new(gzip.Reader)})
	}
	return w.layers[depth]
}

// source returns the rest of the compressed data as a reader type that the decompressor handles efficiently.
func (l *layer) source(rest *buffered) io.Reader {
	if errors.Is(rest.err, io.EOF) {
		l.memory.Reset(rest.buf)
		return &l.memory
	}
	if l.stream == nil {
		l.stream = bufio.NewReaderSize(nil, 256<<10)
	}
	l.stream.Reset(rest)
	return l.stream
}

// content reads one stream of any format, and settles its file or records its end. depth counts the layers of archives
// and compression around it.
func (w *worker) content(file *File, in *input, from io.Reader, depth int) {
	c := w.reader.get(0)
	n, err := readFull(from, c.buf)
	shape, name := sniff(c.buf[:n], err != nil)
	shape, name, layout := w.reader.sniffLines(shape, name, c.buf[:n], err != nil)
	rest := &buffered{from: from, buf: c.buf[:n], room: c.buf, err: err}
	switch shape {
	case emptyShape:
		file.settle(Failed, cmp.Or(faultOf(err), name))
	case foreignShape:
		file.settle(foreignStatus(file, name), name)
	case gzipShape, zstdShape, tarShape, zipShape:
		file.addFormat(name)
		w.unpack(shape, file, in, rest, depth)
	case parquetShape:
		file.addFormat(name)
		w.parquet(file, in, rest, depth)
	case utf16Shape:
		file.addFormat(name)
		w.utf16(file, newUTF16Reader(rest, name), depth)
	case linesShape, valuesShape, csvShape:
		w.text(shape, name, &producer{w: w, file: file, from: from, c: c, n: n, err: err, text: layout, inline: err != nil && depth <= 1})
		return // the consumers own the chunk now
	}
	w.reader.put(c)
}

// text produces the records of JSON text.
func (w *worker) text(shape shape, name string, p *producer) {
	if mark := p.n - len(skipMark(p.c.buf[:p.n])); mark > 0 {
		p.drop(mark)
	}
	switch shape {
	case linesShape:
		p.file.addFormat(name)
		p.lines()
	case csvShape:
		p.csv(name[0])
	default:
		p.values()
	}
	p.file.end(faultOf(p.err), p.base+int64(p.n))
}

func (w *worker) utf16(file *File, from io.Reader, depth int) {
	c := w.reader.get(0)
	n, err := readFull(from, c.buf)
	shape, name := sniffText(skipMark(c.buf[:n]), err != nil)
	shape, name, layout := w.reader.sniffLines(shape, name, c.buf[:n], err != nil)
	if shape == foreignShape {
		w.reader.put(c)
		file.settle(foreignStatus(file, name), name)
		return
	}
	w.text(shape, name, &producer{w: w, file: file, from: from, c: c, n: n, err: err, text: layout, inline: err != nil && depth <= 1})
}

// foreignStatus returns Skipped, or Failed for a file that is named like JSON but is not JSON: it was meant to be read.
func foreignStatus(file *File, name string) Status {
	if name != noJSON && name != binaryData {
		return Skipped
	}
	base := strings.ToLower(file.Path)
	for _, ext := range []string{".gz", ".zst", ".zstd"} {
		base = strings.TrimSuffix(base, ext)
	}
	for _, ext := range []string{".json", ".jsonl", ".ndjson"} {
		if strings.HasSuffix(base, ext) {
			return Failed
		}
	}
	return Skipped
}

// unpack reads the content of a layer of compression or of an archive.
func (w *worker) unpack(shape shape, file *File, in *input, rest *buffered, depth int) {
	switch {
	case depth >= w.reader.limits.Depth:
		file.settle(Failed, fmt.Sprintf("packed more than %d times", w.reader.limits.Depth))
	case shape == tarShape:
		w.tar(file, in, rest, depth)
	case shape == zipShape:
		w.zip(file, in, rest, depth)
	default:
		w.compressed(shape, file, in, rest, depth)
	}
}

// skipMark removes the byte order mark from UTF-8 text.
func skipMark(head []byte) []byte {
	if len(head) >= 3 && string(head[:3]) == string(utf8Mark) {
		return head[3:]
	}
	return head
}

func (w *worker) compressed(shape shape, file *File, in *input, rest *buffered, depth int) {
	l := w.layer(depth)
	var from io.Reader
	if shape == gzipShape {
		if err := l.gzip.Reset(l.source(rest)); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			file.settle(Failed, faultOf(err))
			return
		}
		from = l.gzip
	} else {
		if l.zstd == nil {
			decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(maxZstdWindow))
			if err != nil {
				file.settle(Failed, err.Error())
				return
			}
			l.zstd = decoder
		}
		if err := l.zstd.Reset(rest); err != nil {
			file.settle(Failed, faultOf(err))
			return
		}
		from = l.zstd
	}
	w.content(file, in, &limited{from, in, &w.reader.limits}, depth+1)
}

// maxZstdWindow is the largest window, and so memory, that a zstd file may use: the window of `zstd --long`.
const maxZstdWindow = 128 << 20
