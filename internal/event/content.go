package event

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
)

// layer holds what a worker decompresses with at one depth, reused from file to file.
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

// source is the rest of the compressed data as one of the types that the decompressor reads fast.
func (l *layer) source(rest *buffered) io.Reader {
	if rest.err == io.EOF {
		l.memory.Reset(rest.buf)
		return &l.memory
	}
	if l.stream == nil {
		l.stream = bufio.NewReaderSize(nil, 256<<10)
	}
	l.stream.Reset(rest)
	return l.stream
}

// content reads one stream, whatever it turns out to be, and settles its file. It returns why reading ended early, ""
// if it did not. depth counts the layers of archives and compression around it.
func (w *worker) content(file *File, in *input, from io.Reader, depth int) {
	c := w.reader.get(0)
	n, err := readFull(from, c.buf)
	shape, name := sniff(c.buf[:n], err != nil)
	packed := shape == gzipShape || shape == zstdShape || shape == zipShape || shape == tarShape
	if packed && depth >= w.reader.limits.Depth {
		shape, name = foreignShape, fmt.Sprintf("packed more than %d times", w.reader.limits.Depth)
		file.settle(Failed, name)
		w.reader.put(c)
		return
	}
	rest := &buffered{from: from, buf: c.buf[:n], room: c.buf, err: err}
	switch shape {
	case emptyShape:
		w.reader.put(c)
		file.settle(Failed, cmp.Or(faultOf(err), name))
		return
	case foreignShape:
		w.reader.put(c)
		file.settle(Skipped, name)
		return
	case gzipShape, zstdShape:
		file.addFormat(name)
		w.compressed(shape, file, in, rest, depth)
		w.reader.put(c)
		return
	case tarShape:
		file.addFormat(name)
		w.tar(file, in, rest, depth)
		w.reader.put(c)
		return
	case zipShape:
		file.addFormat(name)
		w.zip(file, in, rest, depth)
		w.reader.put(c)
		return
	case utf16Shape:
		file.addFormat(name)
		from = newUTF16Reader(rest, name)
		first := c
		c = w.reader.get(0)
		n, err = readFull(from, c.buf)
		defer w.reader.put(first)
		if shape, name = sniffText(skipMark(c.buf[:n]), err != nil); shape == foreignShape {
			w.reader.put(c)
			file.settle(Skipped, name)
			return
		}
	}
	p := &producer{w: w, file: file, from: from, c: c, n: n, err: err, inline: err != nil && depth <= 1}
	if mark := n - len(skipMark(c.buf[:n])); mark > 0 {
		p.drop(mark)
	}
	if shape == linesShape {
		file.addFormat(name)
		p.lines()
	} else {
		p.values()
	}
	file.end(faultOf(p.err), p.base+int64(p.n))
}

// skipMark takes the byte order mark off UTF-8 text.
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
			if err == io.EOF {
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

// maxZstdWindow is the largest window that a zstd file may ask for, which is memory: that of `zstd --long`.
const maxZstdWindow = 128 << 20

// member begins a file within an archive and reports false where the archive has too many.
func (w *worker) member(archive *File, name string, bytes int64) *File {
	member := &File{Path: archive.Path + "!" + name, Bytes: bytes, Bucket: parseBucket(name)}
	w.members = append(w.members, member)
	return member
}

// tooMany settles an archive with more members than the limit.
func (w *worker) tooMany(archive *File, count int) bool {
	if count < w.reader.limits.Members {
		return false
	}
	archive.settle(Partial, fmt.Sprintf("more than %d members, the limit for one archive", w.reader.limits.Members))
	return true
}

func (w *worker) tar(archive *File, in *input, from io.Reader, depth int) {
	reader := tar.NewReader(from)
	for count := 0; ; {
		header, err := reader.Next()
		if err == io.EOF {
			io.Copy(io.Discard, from) // padding, and what a checksum at the end still needs
			archive.settle(Read, "")
			return
		}
		if err != nil {
			archive.settle(Partial, archiveFault(err))
			return
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if w.tooMany(archive, count) {
			return
		}
		count++
		member := w.member(archive, header.Name, header.Size)
		if reason := leftOut(header.Name); reason != "" {
			member.settle(Skipped, reason)
			continue
		}
		w.content(member, in, reader, depth+1)
	}
}

func archiveFault(err error) string {
	if fault := faultOf(err); fault != err.Error() {
		return fault
	}
	return "the archive is damaged: " + err.Error()
}

// zip reads an archive. Its table of contents is at the end, so one that is no file of its own is first copied to a
// temporary file.
func (w *worker) zip(archive *File, in *input, from io.Reader, depth int) {
	file, isFile := in.from.(*os.File)
	if depth > 0 || !isFile || file == os.Stdin {
		temp, err := os.CreateTemp("", "egret-*.zip")
		if err != nil {
			archive.settle(Failed, err.Error())
			return
		}
		defer os.Remove(temp.Name())
		defer temp.Close()
		if _, err := io.Copy(temp, from); err != nil {
			archive.settle(Failed, faultOf(err))
			return
		}
		file = temp
	} else if _, err := io.Copy(io.Discard, from); err != nil { // for hash and progress
		archive.settle(Failed, faultOf(err))
		return
	}
	info, err := file.Stat()
	if err != nil {
		archive.settle(Failed, err.Error())
		return
	}
	reader, err := zip.NewReader(file, info.Size())
	if err != nil {
		archive.settle(Failed, archiveFault(err))
		return
	}
	for count, entry := range reader.File {
		if entry.FileInfo().IsDir() || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		if w.tooMany(archive, count) {
			return
		}
		member := w.member(archive, entry.Name, int64(entry.CompressedSize64))
		if reason := leftOut(entry.Name); reason != "" {
			member.settle(Skipped, reason)
			continue
		}
		if entry.Flags&1 != 0 {
			member.settle(Failed, "encrypted")
			continue
		}
		content, err := entry.Open()
		if err != nil {
			member.settle(Failed, archiveFault(err))
			continue
		}
		w.content(member, in, &limited{content, in, &w.reader.limits}, depth+1)
		content.Close()
	}
	archive.settle(Read, "")
}
