package event

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gunzip reads gzip data (RFC 1952), one member after the other. Errors are those of package gzip.
type gunzip struct {
	inflater inflater
	digest   uint32 // of the member's header, then of its content
	size     uint32
	err      error
}

// Flags of a member's header.
const (
	gzipHeaderCRC = 1 << 1
	gzipExtra     = 1 << 2
	gzipName      = 1 << 3
	gzipComment   = 1 << 4
	gzipReserved  = 0xe0
)

// maxGzipText is how long a name or a comment may be, in bytes.
const maxGzipText = 512

// reset begins with other data and reads its first header. io.EOF says that there is none.
func (g *gunzip) reset(from io.Reader) error {
	g.inflater.reset(from)
	g.err = g.header()
	return g.err
}

// Read gives the content. After an error it gives that again.
func (g *gunzip) Read(p []byte) (int, error) {
	d := &g.inflater
	for d.given == d.n {
		if g.err != nil {
			return 0, g.err
		}
		g.err = d.more()
		made := d.out[d.given:d.n]
		g.digest = crc32.Update(g.digest, crc32.IEEETable, made)
		g.size += uint32(len(made))
		if errors.Is(g.err, io.EOF) {
			g.err = g.next()
		}
	}
	n := copy(p, d.out[d.given:d.n])
	d.given += n
	return n, nil
}

// next checks the end of a member and begins the next. io.EOF says that there is none.
func (g *gunzip) next() error {
	var trailer [8]byte
	if _, err := io.ReadFull(&g.inflater, trailer[:]); err != nil {
		return noEOF(err)
	}
	if binary.LittleEndian.Uint32(trailer[:]) != g.digest || binary.LittleEndian.Uint32(trailer[4:]) != g.size {
		return gzip.ErrChecksum
	}
	return g.header()
}

// header reads the header of a member.
func (g *gunzip) header() error {
	g.digest, g.size = 0, 0
	var head [10]byte
	if _, err := io.ReadFull(&g.inflater, head[:]); err != nil {
		return err
	}
	if !bytes.Equal(head[:3], []byte{0x1f, 0x8b, 8}) || head[3]&gzipReserved != 0 {
		return gzip.ErrHeader
	}
	g.digest = crc32.ChecksumIEEE(head[:])
	flags := head[3]
	if flags&gzipExtra != 0 {
		size, err := g.headerBytes(2)
		if err == nil {
			_, err = g.headerBytes(int(binary.LittleEndian.Uint16(size)))
		}
		if err != nil {
			return err
		}
	}
	for _, flag := range []byte{gzipName, gzipComment} {
		if flags&flag == 0 {
			continue
		}
		for i := 0; ; i++ {
			c, err := g.headerBytes(1)
			if err != nil {
				return err
			}
			if c[0] == 0 {
				break
			}
			if i == maxGzipText-1 {
				return gzip.ErrHeader
			}
		}
	}
	if flags&gzipHeaderCRC != 0 {
		want := uint16(g.digest)
		sum, err := g.headerBytes(2)
		if err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(sum) != want {
			return gzip.ErrHeader
		}
	}
	g.digest = 0
	g.inflater.begin()
	return nil
}

// headerBytes reads more of a header.
func (g *gunzip) headerBytes(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(&g.inflater, b)
	g.digest = crc32.Update(g.digest, crc32.IEEETable, b)
	return b, noEOF(err)
}
