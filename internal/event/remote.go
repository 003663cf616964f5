package event

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// RemoteScheme is what the paths of remote files begin with.
const RemoteScheme = "s3://"

// IsRemote reports whether a path leads to files that do not lie on this machine.
func IsRemote(path string) bool { return strings.HasPrefix(path, RemoteScheme) }

// Remote gives files that do not lie on this machine. It must be safe for concurrent use.
type Remote interface {
	// List finds the files that a path leads to and tells each, in any order, never two at the same time. Folders that
	// FolderDays and Outside tell to lie outside of the half-open range [from, to) are told as skipped and not looked
	// into; zero times are open ends. The error is one of the whole path, in words that do not repeat it, or the one
	// that found returned.
	List(ctx context.Context, path string, from, to time.Time, found func(RemoteFile) error) error
	// Open reads a file that List told, from its first to its last byte and as it was when it was listed. The error, and
	// those of the reader, say what is wrong in words that do not repeat the path; a SkippedError says that the file
	// is not to be had and that this is no failure.
	Open(ctx context.Context, file RemoteFile) (io.ReadCloser, error)
}

// RemoteFile is one input that a Remote found.
type RemoteFile struct {
	// Path is the whole address, such as s3://bucket/key.
	Path string
	// Size is the number of bytes as they are stored.
	Size int64
	// Version tells one state of the file from others; "" if the remote side knows none.
	Version string
	// Status is "" for a file that is to be read. Otherwise it is a file or folder to be named in the ledger, with the
	// Reason.
	Status Status
	Reason string
}

// SkippedError says why a file is left out without being a failure.
type SkippedError struct{ Reason string }

func (e *SkippedError) Error() string { return e.Reason }

const (
	// defaultFetches is how many remote files are under way at a time, workerFetches how many for each worker if those are
	// more. What limits them is the time until the first byte comes, not the processor.
	defaultFetches, workerFetches = 64, 16
	// defaultFetchMemory bounds the bytes of remote files that were fetched and are not read yet.
	defaultFetchMemory = 32 << 20
	// wholeFile is the size up to which a remote file is fetched whole before a worker takes it. The bytes of larger
	// ones come while they are read.
	wholeFile = 8 << 20
)

// remoteInput is what the reader knows of a remote file beside what it knows of any.
type remoteInput struct {
	version string
	data    []byte  // all of it, nil if it is not fetched ahead
	room    *[]byte // what data lies in
	fetcher *fetcher
}

// take gets memory for a file; false if the run ends before there is some.
func (in *remoteInput) take(ctx context.Context, size int64) bool {
	class := sizeClass(size)
	if in.fetcher.memory.Acquire(ctx, 1<<class) != nil {
		return false
	}
	in.room, _ = in.fetcher.free[class].Get().(*[]byte)
	if in.room == nil {
		room := make([]byte, 1<<class)
		in.room = &room
	}
	in.data = (*in.room)[:size]
	return true
}

// Close gives up the memory of a file.
func (in *remoteInput) Close() error {
	class := sizeClass(int64(len(*in.room)))
	in.fetcher.free[class].Put(in.room)
	in.fetcher.memory.Release(1 << class)
	in.data, in.room = nil, nil
	return nil
}

// sizeClass is the power of two that has room for a number of bytes, 12 at least. Memory of few sizes is used again and
// again; what is left for the garbage collector would come to as much as the limit once more.
func sizeClass(size int64) int { return max(12, bits.Len64(uint64(max(1, size)-1))) }

// fetcher brings remote files here, ahead of the workers.
type fetcher struct {
	reader *Reader
	memory *semaphore.Weighted
	free   [64]sync.Pool // *[]byte, by size class
	wait   sync.WaitGroup

	*backlog
}

// startFetching starts the goroutines of a fetcher. Whoever calls it calls finish.
func (r *Reader) startFetching() *fetcher {
	memory := semaphore.NewWeighted(max(wholeFile, cmp.Or(r.options.FetchMemory, defaultFetchMemory)))
	f := &fetcher{reader: r, memory: memory, backlog: newBacklog()}
	for range max(1, cmp.Or(r.options.Fetches, max(defaultFetches, workerFetches*r.workers))) {
		f.wait.Go(func() {
			for in := f.next(r.ctx); in != nil; in = f.next(r.ctx) {
				f.fetch(in)
			}
		})
	}
	return f
}

// finish says that no more files come, and waits until the workers have all of them.
func (f *fetcher) finish() {
	if f == nil {
		return
	}
	f.close()
	f.wait.Wait()
}

// fetch passes a file to the workers, with its bytes if it is small.
func (f *fetcher) fetch(in *found) {
	r := f.reader
	if in.size <= wholeFile {
		if !in.remote.take(r.ctx, in.size) {
			return
		}
		if err := f.whole(in); err != nil {
			_ = in.remote.Close()
			r.settleRemote(in, err)
			r.done.Add(1)
			return
		}
	}
	r.enqueue(in)
}

// whole reads all of a file.
func (f *fetcher) whole(in *found) error {
	from, err := f.reader.openRemote(in)
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := io.ReadFull(from, in.remote.data); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return errors.New("it ends before its size")
		}
		return err
	}
	return nil
}

func (r *Reader) openRemote(in *found) (io.ReadCloser, error) {
	return r.options.Remote.Open(r.ctx, RemoteFile{Path: in.open, Size: in.size, Version: in.remote.version})
}

// settleRemote says why a file cannot be had. One that the end of the run came before stays unread.
func (r *Reader) settleRemote(in *found, err error) {
	var skipped *SkippedError
	switch {
	case r.ctx.Err() != nil:
	case errors.As(err, &skipped):
		in.file.settle(Skipped, skipped.Reason)
	default:
		in.file.settle(Failed, err.Error())
	}
}

// remote is the content of a remote file, nil if there is none and its file is settled.
func (w *worker) remote(in *found) (io.Reader, io.Closer) {
	if in.remote.data != nil {
		return bytes.NewReader(in.remote.data), in.remote
	}
	from, err := w.reader.openRemote(in)
	if err != nil {
		w.reader.settleRemote(in, err)
		return nil, nil
	}
	return from, from
}

// remote lists what a remote path leads to, sorted by path.
func (f *finder) remote(path string) {
	r := f.reader
	if r.fetcher == nil {
		r.fetcher = r.startFetching()
	}
	before, told := len(f.list), 0
	err := r.options.Remote.List(r.ctx, path, r.options.From, r.options.To, func(file RemoteFile) error {
		told++
		f.addRemote(file)
		return r.ctx.Err()
	})
	slices.SortStableFunc(f.list[before:], func(a, b *found) int { return strings.Compare(a.file.Path, b.file.Path) })
	switch {
	case r.ctx.Err() != nil:
		f.name(path, Unread, "the run ended while this was listed")
	case err != nil:
		f.name(path, Failed, err.Error())
	case told == 0:
		f.name(path, Failed, "nothing to read here")
	}
}

// addRemote lists a remote file that is not listed yet.
func (f *finder) addRemote(file RemoteFile) {
	if !f.seen.add(file.Path) {
		return
	}
	if file.Status != "" {
		f.name(file.Path, file.Status, file.Reason)
		return
	}
	f.append(&found{
		file: &File{Path: file.Path, Bucket: parseBucket(file.Path)}, open: file.Path, size: max(0, file.Size),
		remote: &remoteInput{version: file.Version, fetcher: f.reader.fetcher},
	})
}
