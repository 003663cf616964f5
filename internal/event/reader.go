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

	"github.com/egret-hunt/egret/internal/schema"
)

// Limits bound what one file may make of this machine. Zero fields take the defaults.
type Limits struct {
	// Record is the size of the largest record in bytes; a larger one counts as failed. 16 MiB: CloudTrail's are at
	// most 1 MiB.
	Record int
	// Bytes is the most that a file may decompress to. 64 GiB.
	Bytes int64
	// Ratio is how many times its size a file may decompress to, once that is more than RatioFrom. 200 and 64 MiB: logs
	// compress to a tenth or a thirtieth, gzip can do a thousandth.
	Ratio, RatioFrom int64
	// Depth is how many layers of compression and archives are opened. 4: a .json.gz in a .zip in a .tar.gz.
	Depth int
	// Members is how many files of one archive are read. 1,000,000.
	Members int
	// Chunk is the size of the pieces in which large files are shared out, in bytes. 512 KiB.
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

// Options say what is read and how. The zero value reads everything with the default limits.
type Options struct {
	// From and To are a half-open range of time. Folders of CloudTrail's bucket layout whose events all lie outside are
	// not opened; everything else is read, and events are not looked at. Zero times are open ends.
	From, To time.Time
	// Schemas are the log sources whose events are looked for; nil: those that come with egret.
	Schemas []*schema.Schema
	// Stdin is what the path "-" stands for; nil: the process's standard input.
	Stdin io.Reader
	// StdinName is the path of Stdin in Files and in what is made of it; "": <stdin>.
	StdinName string
	// Kept has the content of named pipes and devices that was kept from an earlier pass, by path, since such a file gives it
	// only once. It may be nil.
	Kept map[string]*io.SectionReader
	// Guard, if not nil, is asked about each file on this machine before it is read; its error ends the run.
	Guard func(path string, info fs.FileInfo) error
	// Done, if not nil, is told what became of each input as soon as that is known, in any order and never two at a time. Files
	// is empty then: a million files take little memory. The File is the function's.
	Done func(*File)
	// Limits bound the work.
	Limits Limits
	// NoHash leaves the SHA256 of files empty.
	NoHash bool
	// Remote gives the files of the paths for which IsRemote holds; nil: those are paths like any other.
	Remote Remote
	// Fetches is how many remote files are under way at a time; 0: 64, or 16 for each worker if that is more.
	Fetches int
	// FetchMemory bounds the bytes of remote files that are under way or wait for a worker, but never to less than 8 MiB,
	// the size of the largest that is fetched ahead; 0: 32 MiB. What Remote keeps of a larger one comes on top.
	FetchMemory int64
}

// Reader reads files. Make one for each run.
type Reader struct {
	options  Options
	limits   Limits
	detector *schema.Detector
	pool     sync.Pool
	work     chan *chunk
	ctx      context.Context
	cancel   context.CancelCauseFunc
	handle   func(worker int, b *Batch) error

	listing  context.Context // ends shortly after ctx
	backlog  *backlog        // local inputs that the workers did not take yet
	queue    chan *found     // inputs to be read
	workers  int
	fetcher  *fetcher     // nil until there is a remote path
	busy     atomic.Int64 // workers that may still produce chunks
	found    atomic.Int64 // inputs so far
	allFound atomic.Bool
	total    atomic.Int64
	read     atomic.Int64
	done     atomic.Int64
	events   atomic.Int64
	broken   atomic.Pointer[error] // the first error of handle
	files    []*File

	paths      pathCounts
	pathsMutex sync.Mutex
	doneMutex  sync.Mutex
}

// NewReader makes a reader.
func NewReader(options Options) *Reader {
	return &Reader{options: options, limits: options.Limits.withDefaults(), detector: schema.NewDetector(options.Schemas)}
}

// Progress is how far a run is. Bytes count files as they are stored; TotalBytes and Files grow until AllFound.
// Standard input adds nothing to TotalBytes.
type Progress struct {
	TotalBytes, ReadBytes int64
	Files, FilesDone      int64
	Events                int64
	AllFound              bool
}

// Progress may be called at any time, from any goroutine.
func (r *Reader) Progress() Progress {
	return Progress{
		TotalBytes: r.total.Load(), ReadBytes: r.read.Load(), Files: r.found.Load(), FilesDone: r.done.Load(),
		Events: r.events.Load(), AllFound: r.allFound.Load(),
	}
}

// Files says what became of each input, in the order in which they were found, members of archives behind their
// archive. It may be called after Run.
func (r *Reader) Files() []*File { return r.files }

// Run reads the paths with so many workers and passes batches of events to handle, from up to that many goroutines at a
// time; batches with the same worker number never overlap, so a worker's number can pick memory of its own. Batches of
// one file come in no order. handle must take every event of a batch.
//
// The error is the first that handle returned, else that of the context: both end the run at once. What fails in a file is
// told by Files, never by the error.
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

// fail ends the run for an error of the caller's function. The first one counts, whatever else ends the run.
func (r *Reader) fail(err error) {
	r.broken.CompareAndSwap(nil, &err)
	r.cancel(err)
}

// enqueue hands an input to the workers, unless the run has ended.
func (r *Reader) enqueue(in *found) {
	select {
	case r.queue <- in:
	case <-r.ctx.Done():
		r.release(in)
	}
}

// release tells Done of an input that nobody reads any more.
func (r *Reader) release(in *found) {
	if r.options.Done == nil || in.listed {
		return
	}
	r.closeFile(in.file)
	for _, member := range in.members {
		r.closeFile(member)
	}
}

// closeFile ends one use of a file, and tells Done of it after the last.
func (r *Reader) closeFile(f *File) {
	if r.options.Done == nil || f.open.Add(-1) != 0 {
		return
	}
	f.conclude()
	r.doneMutex.Lock()
	defer r.doneMutex.Unlock()
	r.options.Done(f)
}

// finishRest tells Done of what was not reached, and of what was listed.
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
	members []*File // of the archive at hand
}

// run reads files while there are any, works off the chunks of others before each, and at the end.
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

// consume passes a chunk to the caller.
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

// open gives the stored bytes of an input, and what is to be closed behind them or nil; no reader if there are none and
// the file is settled.
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
	// A fault may have left bytes unread: the hash is to be that of the whole file.
	if _, err := io.Copy(io.Discard, in); err == nil {
		f.file.Bytes = in.in
		f.file.SHA256 = in.sum()
	}
}
