//go:build duckdb && cgo

package duckdb

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// objectSize is the longest text of one object that is expected of the files, at least usualObject: the whole file, unless
// a record ends on its first line.
func (ft *fileTable) objectSize() int64 {
	longest := int64(usualObject)
	for _, path := range ft.paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // reading it says so
		}
		size := info.Size()
		switch lower := strings.ToLower(path); {
		case strings.HasSuffix(lower, ".gz") || ft.packing == "gzip":
			size = max(gzipLength(path), size)
		case (strings.HasSuffix(lower, ".zst") || ft.packing == "zstd") && !lines(path):
			size = max(zstdLength(path), size)
		}
		if size > longest && !lines(path) {
			longest = size
		}
	}
	return min(longest, longestObject)
}

// gzipLength is the length that a gzip file tells at its end, modulo 4 GiB; 0 where that cannot be read.
func gzipLength(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	var end [4]byte
	if _, err := f.Seek(-int64(len(end)), io.SeekEnd); err != nil {
		return 0
	}
	if _, err := io.ReadFull(f, end[:]); err != nil {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(end[:]))
}

// zstdLength is the length that a zstd file tells at its beginning. Where it tells none, as when it was packed from a pipe,
// it is unpacked.
func zstdLength(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	head := make([]byte, zstd.HeaderMaxSize)
	n, _ := io.ReadFull(f, head)
	var header zstd.Header
	if err := header.Decode(head[:n]); err == nil && header.HasFCS {
		return int64(min(header.FrameContentSize, longestObject))
	}
	unpacked, err := newZstd(io.MultiReader(bytes.NewReader(head[:n]), f))
	if err != nil {
		return 0
	}
	defer unpacked.Close()
	// What is broken there is told when it is read.
	size, _ := io.Copy(io.Discard, io.LimitReader(unpacked, longestObject))
	return size
}

func newZstd(packed io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(longestObject))
}

// lines tells of a file that has a record on its first line, so that no object of it is long.
func lines(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := io.ReadFull(f, head)
	var text io.Reader = io.MultiReader(bytes.NewReader(head[:n]), f)
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		text, err = gzip.NewReader(text)
	case bytes.HasPrefix(head, zstdMagic):
		var unpacked *zstd.Decoder
		if unpacked, err = newZstd(text); err == nil {
			defer unpacked.Close()
			text = unpacked
		}
	}
	if err != nil {
		return false
	}
	first := make([]byte, 1<<20)
	n, _ = io.ReadFull(text, first)
	line, _, found := bytes.Cut(first[:n], []byte("\n"))
	return found && json.Valid(line)
}
