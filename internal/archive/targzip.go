package archive

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
)

// headerRoom is what headers and padding may add to each entry of a tar archive, in bytes. A long name needs headers of its
// own.
const headerRoom = 8 << 10

func (w *writer) tarGzip(r io.Reader) error {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return &Error{Reason: "damaged or cut off: " + err.Error()}
	}
	// Whatever the headers claim, no more than this is unpacked.
	stream := &io.LimitedReader{
		R: interruptible{w.ctx, unpacked},
		N: w.limits.Total + w.limits.File + int64(w.limits.Entries)*headerRoom,
	}
	reader := tar.NewReader(stream)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) && stream.N > 0 {
			break
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // admit judges paths
			return w.tarFault(err, stream)
		}
		if err := w.tarEntry(header, reader); err != nil {
			return err
		}
	}
	// The checksum of the stream stands at its end.
	if _, err := io.Copy(io.Discard, stream); err != nil {
		return w.tarFault(err, stream)
	}
	if stream.N == 0 {
		return w.tarFault(nil, stream)
	}
	return nil
}

func (w *writer) tarFault(err error, stream *io.LimitedReader) error {
	switch {
	case w.ctx.Err() != nil:
		return context.Cause(w.ctx)
	case stream.N == 0:
		return &Error{Reason: fmt.Sprintf("the archive unpacks to more than %s", megabytes(w.limits.Total))}
	}
	return &Error{Reason: "damaged or cut off: " + unwrapRead(err).Error()}
}

func (w *writer) tarEntry(header *tar.Header, content io.Reader) error {
	switch header.Typeflag {
	case tar.TypeXGlobalHeader: // comments, such as the commit that git archive writes
		return nil
	case tar.TypeDir:
		return w.folder(header.Name)
	case tar.TypeReg:
		return w.file(header.Name, content, header.Size)
	case tar.TypeLink, tar.TypeSymlink:
		return &Error{header.Name, "a link"}
	}
	return &Error{header.Name, "neither a file nor a folder"}
}
