package event

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
)

// input reads the stored bytes of one file. It counts and hashes them, which costs far less than decompression.
type input struct {
	from io.Reader
	ctx  context.Context
	hash hash.Hash // nil if no hash is wanted
	read *atomic.Int64
	in   int64 // bytes read
	out  int64 // bytes after decompression, all layers together
}

func (s *input) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.from.Read(p)
	s.in += int64(n)
	s.read.Add(int64(n))
	if s.hash != nil {
		s.hash.Write(p[:n])
	}
	return n, err
}

// sum returns the hash in hex, or "" if the file was not read to its end.
func (s *input) sum() string {
	if s.hash == nil {
		return ""
	}
	return hex.EncodeToString(s.hash.Sum(make([]byte, 0, sha256.Size)))
}

// bombError means that the content is far larger than the stored bytes.
type bombError struct{ message string }

func (e *bombError) Error() string { return e.message }

// limited counts the output of a decompressor against the limits of the file.
type limited struct {
	from   io.Reader
	input  *input
	limits *Limits
}

func (r *limited) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.input.out += int64(n)
	switch out := r.input.out; {
	case out > r.limits.Bytes:
		return n, &bombError{fmt.Sprintf("decompresses to more than %s, the limit for one file", size(r.limits.Bytes))}
	case out > r.limits.RatioFrom && out/r.limits.Ratio > r.input.in:
		return n, &bombError{fmt.Sprintf("decompresses to more than %d times its size: it looks like a decompression bomb", r.limits.Ratio)}
	}
	return n, err
}

// size formats a number of bytes for people.
func size(n int64) string {
	for _, unit := range []struct {
		shift uint
		name  string
	}{{30, "GiB"}, {20, "MiB"}, {10, "KiB"}} {
		if n >= 1<<unit.shift && n%(1<<unit.shift) == 0 {
			return fmt.Sprintf("%d %s", n>>unit.shift, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// buffered reads the content of a buffer and then continues with the reader that filled it, through the same buffer.
type buffered struct {
	from io.Reader
	buf  []byte // bytes that are not read yet
	room []byte
	err  error
}

func (b *buffered) fill() error {
	for len(b.buf) == 0 && b.err == nil {
		var n int
		n, b.err = b.from.Read(b.room)
		b.buf = b.room[:n]
	}
	if len(b.buf) == 0 {
		return b.err
	}
	return nil
}

func (b *buffered) Read(p []byte) (int, error) {
	if err := b.fill(); err != nil {
		return 0, err
	}
	n := copy(p, b.buf)
	b.buf = b.buf[n:]
	return n, nil
}

// readFull reads until p is full or the reader ends; err is nil only if p is full.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// faultOf describes why reading ended, "" for a regular end.
func faultOf(err error) string {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return ""
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return stopped
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the compressed data is cut off"
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return "the checksum of the compressed data does not match"
	case errors.Is(err, gzip.ErrHeader):
		return "the data after the gzip data, or the header, is not gzip"
	case errors.As(err, &corrupt):
		return "the compressed data is damaged: " + err.Error()
	}
	return err.Error()
}

// stopped is the fault of a file whose reading was stopped from outside.
const stopped = "stopped before its end"
