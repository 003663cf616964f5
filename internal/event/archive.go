package event

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zip"
)

// member begins a file within an archive.
func (w *worker) member(archive *File, name string, bytes int64) *File {
	member := &File{Path: archive.Path + "!" + name, Bytes: bytes, Bucket: parseBucket(name)}
	member.open.Store(1)
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
		if errors.Is(err, io.EOF) {
			// The padding, and what a checksum at the end still needs.
			if _, err := io.Copy(io.Discard, from); err != nil {
				archive.settle(Partial, archiveFault(err))
				return
			}
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
		if reason := LeftOut(header.Name); reason != "" {
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
	file, size, ok := seekable(in.from)
	if depth > 0 || !ok {
		temp, err := os.CreateTemp("", "egret-*.zip")
		if err != nil {
			archive.settle(Failed, err.Error())
			return
		}
		if os.Remove(temp.Name()) != nil { // so that nothing stays however egret ends; Windows keeps open files
			defer os.Remove(temp.Name())
		}
		defer temp.Close()
		file = temp
		if size, err = io.Copy(temp, from); err != nil {
			archive.settle(Failed, faultOf(err))
			return
		}
	} else if _, err := io.Copy(io.Discard, from); err != nil { // for hash and progress
		archive.settle(Failed, faultOf(err))
		return
	}
	reader, err := zip.NewReader(file, size)
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
		if reason := LeftOut(entry.Name); reason != "" {
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

// seekable is the regular file behind a reader with its size, false if there is none.
func seekable(from io.Reader) (*os.File, int64, bool) {
	file, ok := from.(*os.File)
	if !ok {
		return nil, 0, false
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, 0, false
	}
	return file, info.Size(), true
}
