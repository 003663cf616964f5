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

// objectSize returns the expected maximum length of one object in the files, at least usualObject: the length of the
// longest file, except files with a record on their first line.
func (ft *fileTable) objectSize() int64 {
	longest := int64(usualObject)
	for _, path := range ft.paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // reading the file reports the error
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

// gzipLength returns the length stored at the end of a gzip file, modulo 4 GiB; 0 if it cannot be read.
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

// zstdLength returns the length stored at the beginning of a zstd file. If there is none, as for files compressed from
// a pipe, it decompresses the file.
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
	// Errors in the data are reported when the file is read.
	size, _ := io.Copy(io.Discard, io.LimitReader(unpacked, longestObject))
	return size
}

func newZstd(packed io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(longestObject))
}

// lines reports whether a file has a record on its first line, which means that no object in it is long.
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
