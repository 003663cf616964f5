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

// member starts a file inside an archive.
func (w *worker) member(archive *File, name string, bytes int64) *File {
	member := &File{Path: archive.Path + "!" + name, Bytes: bytes, Bucket: parseBucket(name)}
	member.open.Store(1)
	w.members = append(w.members, member)
	return member
}

// tooMany reports whether an archive exceeds the limit of members, and settles it if so.
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
			// Read the padding and what the checksum at the end needs.
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

// zip reads an archive. Its table of contents is at the end, so an archive that is not a regular file is first copied
// to a temporary file.
func (w *worker) zip(archive *File, in *input, from io.Reader, depth int) {
	file, size, done, err := seekableCopy(in, from, depth)
	if err != nil {
		archive.settle(Failed, faultOf(err))
		return
	}
	defer done()
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

// seekableCopy returns a file that can be read at any position: the input itself, or a temporary file if it is not a
// regular file or is inside of another. Call done at the end. It reads all of from.
func seekableCopy(in *input, from io.Reader, depth int) (_ *os.File, size int64, done func(), err error) {
	done = func() {}
	file, size, ok := seekable(in.from)
	if depth == 0 && ok {
		_, err := io.Copy(io.Discard, from) // for the hash and the progress
		return file, size, done, err
	}
	temp, err := os.CreateTemp("", "egret-*.tmp")
	if err != nil {
		return nil, 0, nil, err
	}
	kept := os.Remove(temp.Name()) != nil // removed however egret ends; Windows keeps open files
	done = func() {
		temp.Close()
		if kept {
			_ = os.Remove(temp.Name()) // a file in the system's folder for temporary files
		}
	}
	if size, err = io.Copy(temp, from); err != nil {
		done()
		return nil, 0, nil, err
	}
	return temp, size, done, nil
}

// seekable returns the regular file behind a reader with its size, or false if there is none.
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
