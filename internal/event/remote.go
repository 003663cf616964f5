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

// RemoteScheme begins the paths of remote files.
const RemoteScheme = "s3://"

// IsRemote reports whether a path leads to files that are not on this machine.
func IsRemote(path string) bool { return strings.HasPrefix(path, RemoteScheme) }

// Remote provides files that are not on this machine. It must be safe for concurrent use.
type Remote interface {
	// List finds the files that a path leads to and passes each to found, in any order and never concurrently. It
	// reports folders that are outside the half-open range [from, to) according to FolderDays and Outside as skipped,
	// without listing them; zero times are open ends. The error is about the whole path, without repeating it, or it is
	// the one that found returned.
	List(ctx context.Context, path string, from, to time.Time, found func(RemoteFile) error) error
	// Open reads a file that List found, from the first to the last byte, in the version that was listed. The errors of
	// Open and of the reader do not repeat the path. A SkippedError means that the file is unavailable, but not because
	// of a failure.
	Open(ctx context.Context, file RemoteFile) (io.ReadCloser, error)
}

// A RemoteFile is one input that a Remote found.
type RemoteFile struct {
	// Path is the whole address, such as s3://bucket/key.
	Path string
	// Size is the number of stored bytes.
	Size int64
	// Version identifies one version of the file; "" if the remote side has no versions.
	Version string
	// Status is "" for a file to read. Otherwise the file or folder is only listed in the ledger, with Reason.
	Status Status
	Reason string
}

// A SkippedError is the reason why a file is skipped without being a failure.
type SkippedError struct{ Reason string }

func (e *SkippedError) Error() string { return e.Reason }

const (
	// defaultFetches is how many remote files are open at a time, workerFetches how many for each worker if that is
	// more. The limit is the latency until the first byte, not the processor.
	defaultFetches, workerFetches = 64, 16
	// defaultFetchMemory bounds the bytes of remote files that are fetched but not read yet.
	defaultFetchMemory = 32 << 20
	// wholeFile is the size up to which a remote file is fetched completely before a worker takes it. The bytes of
	// larger ones are fetched while they are read.
	wholeFile = 8 << 20
)

// remoteInput has the additional properties of a remote file.
type remoteInput struct {
	version string
	data    []byte  // the whole content, nil if it is not prefetched
	room    *[]byte // the memory that contains data
	fetcher *fetcher
}

// take allocates memory for a file, or returns false if the run ends before there is enough.
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

// Close releases the memory of a file.
func (in *remoteInput) Close() error {
	class := sizeClass(int64(len(*in.room)))
	in.fetcher.free[class].Put(in.room)
	in.fetcher.memory.Release(1 << class)
	in.data, in.room = nil, nil
	return nil
}

// sizeClass returns the exponent of the smallest power of two with room for a number of bytes, at least 12. Memory of
// few sizes can be reused; otherwise garbage would take as much memory as the limit again.
func sizeClass(size int64) int { return max(12, bits.Len64(uint64(max(1, size)-1))) }

// fetcher fetches remote files before the workers need them.
type fetcher struct {
	reader *Reader
	memory *semaphore.Weighted
	free   [64]sync.Pool // *[]byte, by size class
	wait   sync.WaitGroup

	*backlog
}

// startFetching starts the goroutines of a fetcher. The caller must call finish.
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

// finish marks the end of the files and waits until the workers have all of them.
func (f *fetcher) finish() {
	if f == nil {
		return
	}
	f.close()
	f.wait.Wait()
}

// fetch passes a file to the workers, with its content if it is small.
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

// settleRemote records why a file is unavailable. A file that the end of the run interrupted stays unread.
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

// remote returns a reader of a remote file, or nil if it is unavailable; its file is then settled.
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
		f.name(path, Unread, NotListed)
	case err != nil:
		f.name(path, Failed, err.Error())
	case told == 0:
		f.name(path, Failed, "nothing to read here")
	}
}

// addRemote lists a remote file unless it is listed already.
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
