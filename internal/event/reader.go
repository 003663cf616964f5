package event

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/internal/event/textlog"
	"github.com/egret-hunt/egret/internal/schema"
)

// Limits bound the resources that one file may use. Zero fields mean the defaults.
type Limits struct {
	// Record is the maximum size of a record in bytes; a larger record counts as failed. 16 MiB: CloudTrail's records
	// have at most 1 MiB.
	Record int
	// Bytes is the maximum size of a file after decompression. 64 GiB.
	Bytes int64
	// Ratio is the maximum ratio of the decompressed size to the stored size, enforced above RatioFrom bytes. 200 and
	// 64 MiB: logs compress by a factor of 10 to 30, gzip can reach 1,000.
	Ratio, RatioFrom int64
	// Depth is the maximum number of layers of compression and archives. 4: a .json.gz in a .zip in a .tar.gz.
	Depth int
	// Members is the maximum number of files read from one archive. 1,000,000.
	Members int
	// Chunk is the size of the chunks of large files that workers share, in bytes. 512 KiB.
	Chunk int
}

func (l Limits) withDefaults() Limits {
	set := func(field *int64, value int64) {
		if *field <= 0 {
			*field = value
		}
	}
	setInt := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	setInt(&l.Record, 16<<20)
	set(&l.Bytes, 64<<30)
	set(&l.Ratio, 200)
	set(&l.RatioFrom, 64<<20)
	setInt(&l.Depth, 4)
	setInt(&l.Members, 1_000_000)
	setInt(&l.Chunk, 512<<10)
	return l
}

// Options control what is read and how. The zero value reads everything with the default limits.
type Options struct {
	// From and To are a half-open time range; zero times are open ends. Folders of CloudTrail's bucket layout that lie
	// entirely outside the range are not opened. Everything else is read, without a check of the events' times.
	From, To time.Time
	// Schemas are the log sources to look for; nil means egret's own.
	Schemas []*schema.Schema
	// TextColumns has the columns of logs in text by the name of the log source, for files without a header that are not in
	// the order of its schema; it may be nil.
	TextColumns map[string][]string
	// WholeRows keeps the whole row of a table under the key "row" of its event, if the columns mean something else than the log's names.
	// Else the row has only what the log has no name for.
	WholeRows bool
	// Stdin is read for the path "-"; nil means the process's standard input.
	Stdin io.Reader
	// StdinName is the path of Stdin in Files and in findings; "" means <stdin>.
	StdinName string
	// Kept has the content of named pipes and devices, by path, that an earlier pass saved, since they give it only
	// once. It may be nil.
	Kept map[string]*io.SectionReader
	// Guard, if not nil, is called for each local file before it is read; its error ends the run.
	Guard func(path string, info fs.FileInfo) error
	// Done, if not nil, is called with the result of each input as soon as it is known, in any order and never
	// concurrently. Files is empty then, so that a million files take little memory. Done owns the File.
	Done func(*File)
	// Parquet opens Parquet files; with nil they are only named. A program that embeds egret does without its library.
	Parquet func(from io.ReaderAt, size int64) (TableFile, error)
	// Limits bound the resources of one file.
	Limits Limits
	// NoHash leaves the SHA256 of files empty.
	NoHash bool
	// Remote provides the files of paths for which IsRemote is true; with nil these are ordinary paths.
	Remote Remote
	// Fetches is the number of remote files that are open at a time; 0 means 64, or 16 for each worker if that is more.
	Fetches int
	// FetchMemory bounds the bytes of remote files that are being fetched or wait for a worker. The minimum is 8 MiB,
	// the size of the largest file that is prefetched; 0 means 32 MiB. Memory that Remote uses for larger files is not
	// included.
	FetchMemory int64
}

// A Reader reads files. Use a new one for each run.
type Reader struct {
	options  Options
	limits   Limits
	detector *schema.Detector
	texts    *textlog.Formats
	pool     sync.Pool
	work     chan *chunk
	ctx      context.Context
	cancel   context.CancelCauseFunc
	handle   func(worker int, b *Batch) error

	listing  context.Context // ends shortly after ctx
	backlog  *backlog        // local inputs that no worker has taken yet
	queue    chan *found     // inputs to be read
	workers  int
	fetcher  *fetcher     // nil until there is a remote path
	busy     atomic.Int64 // number of workers that may still produce chunks
	found    atomic.Int64 // inputs so far
	allFound atomic.Bool
	total    atomic.Int64
	read     atomic.Int64
	done     atomic.Int64
	events   atomic.Int64
	broken   atomic.Pointer[error] // the first error of handle
	files    []*File

	paths       pathCounts
	pathsMutex  sync.Mutex
	tables      map[string]*Table // see table
	tablesMutex sync.Mutex
	doneMutex   sync.Mutex
}

// NewReader returns a reader.
func NewReader(options Options) *Reader {
	schemas := options.Schemas
	if schemas == nil {
		schemas = schema.All()
	}
	return &Reader{
		options: options, limits: options.Limits.withDefaults(), detector: schema.NewDetector(schemas),
		texts: textlog.NewFormats(schemas, options.TextColumns),
	}
}

// Progress is the state of a run. Bytes count stored bytes; TotalBytes and Files grow until AllFound. Standard input
// adds nothing to TotalBytes.
type Progress struct {
	TotalBytes, ReadBytes int64
	Files, FilesDone      int64
	Events                int64
	AllFound              bool
}

// Progress returns the state of the run. It is safe for concurrent use.
func (r *Reader) Progress() Progress {
	return Progress{
		TotalBytes: r.total.Load(), ReadBytes: r.read.Load(), Files: r.found.Load(), FilesDone: r.done.Load(),
		Events: r.events.Load(), AllFound: r.allFound.Load(),
	}
}

// Files returns the result of each input in the order in which they were found, with the members of an archive after
// it. Call it after Run.
func (r *Reader) Files() []*File { return r.files }

// Run reads the paths with a number of workers and passes batches of events to handle, concurrently from up to that
// many goroutines. Batches with the same worker number never overlap, so handle may use that number to select its own
// memory. The batches of one file come in any order. handle must consume every event of a batch.
//
// The error is the first one that handle returned, or else that of the context; both end the run at once. Faults of
// files are in Files, never in the error.
func (r *Reader) Run(ctx context.Context, paths []string, workers int, handle func(worker int, b *Batch) error) error {
	workers = max(1, workers)
	r.workers = workers
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	r.handle = handle
	r.work = make(chan *chunk, 2*workers)
	r.queue = make(chan *found, 256)
	r.backlog = newBacklog()
	r.busy.Store(int64(workers))
	var release func()
	r.listing, release = listing(r.ctx)
	defer release()
	var inputs []*found
	var wait, local sync.WaitGroup
	local.Go(func() {
		for in := r.backlog.next(r.ctx); in != nil; in = r.backlog.next(r.ctx) {
			r.enqueue(in)
		}
	})
	wait.Go(func() {
		defer close(r.queue)
		inputs = r.find(paths)
		r.backlog.close()
		local.Wait()
		r.fetcher.finish()
	})
	for id := range workers {
		wait.Go(func() { (&worker{reader: r, id: id}).run() })
	}
	wait.Wait()
	r.finishRest(inputs)
	if r.options.Done != nil {
		inputs = nil
	}
	for _, in := range inputs {
		for _, f := range append([]*File{in.file}, in.members...) {
			f.conclude()
			r.files = append(r.files, f)
		}
	}
	if err := r.broken.Load(); err != nil {
		return *err
	}
	return context.Cause(r.ctx) //nolint:contextcheck // the run's own, made of ctx above
}

// fail ends the run with an error of handle. It takes precedence over any other cause; the first such error is kept.
func (r *Reader) fail(err error) {
	r.broken.CompareAndSwap(nil, &err)
	r.cancel(err)
}

// enqueue passes an input to the workers, unless the run has ended.
func (r *Reader) enqueue(in *found) {
	select {
	case r.queue <- in:
	case <-r.ctx.Done():
		r.release(in)
	}
}

// release passes an input that will not be read any more to Done.
func (r *Reader) release(in *found) {
	if r.options.Done == nil || in.listed {
		return
	}
	r.closeFile(in.file)
	for _, member := range in.members {
		r.closeFile(member)
	}
}

// closeFile ends one use of a file, and passes it to Done after the last.
func (r *Reader) closeFile(f *File) {
	if r.options.Done == nil || f.open.Add(-1) != 0 {
		return
	}
	f.conclude()
	r.doneMutex.Lock()
	defer r.doneMutex.Unlock()
	r.options.Done(f)
}

// finishRest passes inputs that were not reached, or that were only listed, to Done.
func (r *Reader) finishRest(listed []*found) {
	if r.options.Done == nil {
		return
	}
	for in := range r.queue {
		r.release(in)
	}
	for in := r.backlog.rest(); in != nil; in = r.backlog.rest() {
		r.release(in)
	}
	for _, in := range listed {
		in.listed = false
		r.release(in)
	}
}

// worker is one goroutine of a run with its memory.
type worker struct {
	reader  *Reader
	id      int
	batch   Batch
	layers  []*layer
	hash    hash.Hash
	members []*File // of the current archive
}

// run reads files while there are any. Before each file, and at the end, it processes chunks of others.
func (w *worker) run() {
	r := w.reader
	for more := true; more && r.ctx.Err() == nil; {
		select {
		case c := <-r.work:
			w.consume(c)
			continue
		default:
		}
		var f *found
		select {
		case c := <-r.work:
			w.consume(c)
		case f, more = <-r.queue:
			if more {
				w.file(f)
				r.release(f)
				r.done.Add(1)
			}
		}
	}
	if r.busy.Add(-1) == 0 {
		close(r.work)
	}
	for c := range r.work {
		w.consume(c)
	}
	r.pathsMutex.Lock()
	defer r.pathsMutex.Unlock()
	r.paths.addAll(&w.batch.tally.paths)
}

// consume passes a chunk to the caller's handle.
func (w *worker) consume(c *chunk) {
	r := w.reader
	if r.ctx.Err() == nil {
		b := &w.batch
		b.reset(r, c)
		if err := r.handle(w.id, b); err != nil {
			r.fail(err)
		}
		r.events.Add(b.tally.events)
		c.file.add(&b.tally)
	}
	r.closeFile(c.file)
	r.put(c)
}

// open returns a reader of the stored bytes of an input, and what to close afterwards or nil. It returns no reader if
// the input cannot be opened; the file is then settled.
func (w *worker) open(f *found) (io.Reader, io.Closer) {
	if f.remote != nil {
		return w.remote(f)
	}
	if f.open != "" {
		if kept := w.reader.options.Kept[f.open]; kept != nil {
			return io.NewSectionReader(kept, 0, kept.Size()), nil
		}
		if !f.regular {
			return PatientFile(w.reader.ctx, f.open), nil
		}
		opened, reason := openRegular(f.open)
		if opened == nil {
			f.file.settle(Failed, reason)
			return nil, nil
		}
		return opened, opened
	}
	from := w.reader.options.Stdin
	if from == nil {
		from = os.Stdin
	}
	if _, _, regular := seekable(from); !regular {
		from = Patient(w.reader.ctx, from)
	}
	return from, nil
}

// file reads one input.
func (w *worker) file(f *found) {
	from, closer := w.open(f)
	if from == nil {
		return
	}
	if closer != nil {
		defer closer.Close()
	}
	in := &input{from: from, ctx: w.reader.ctx, read: &w.reader.read}
	if !w.reader.options.NoHash {
		if w.hash == nil {
			w.hash = sha256.New()
		}
		w.hash.Reset()
		in.hash = w.hash
	}
	w.members = nil
	w.content(f.file, in, in, 0)
	f.members = w.members
	f.file.Bytes = in.in
	if f.file.Status == Skipped || w.reader.ctx.Err() != nil {
		return
	}
	// After a fault, read the rest: the hash covers the whole file.
	if _, err := io.Copy(io.Discard, in); err == nil {
		f.file.Bytes = in.in
		f.file.SHA256 = in.sum()
	}
}
