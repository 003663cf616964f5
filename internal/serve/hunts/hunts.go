// Package hunts runs the hunts of egret serve, one at a time, and keeps them in a folder: what was asked, what came of it in every
// format, and the rows that the page lists.
//
// Its input is Specs, whose texts come from browsers, and the places that may be read; its output is Records, rows and files. A hunt that
// nobody watches is stopped unless its Spec says otherwise. Names of folders are made here, never taken from a request as they
// are. The package answers no requests.
package hunts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/durable"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/setup"
)

// Store runs and keeps hunts. It is safe for concurrent use.
type Store struct {
	dir    string
	places *inquiry.Places
	// grace is how long a hunt goes on that nobody watches: a page that is loaded anew comes back.
	grace time.Duration

	ctx    context.Context // of all hunts
	cancel context.CancelFunc
	group  sync.WaitGroup

	mutex   sync.Mutex
	running *run
}

// usualGrace is the grace of a Store.
const usualGrace = 3 * time.Second

// New returns a store in a folder, which is made when the first hunt begins; with "" none can begin. Close ends its hunts.
func New(dir string, places *inquiry.Places) *Store {
	ctx, cancel := context.WithCancel(context.Background())
	return &Store{dir: dir, places: places, grace: usualGrace, ctx: ctx, cancel: cancel}
}

// Places returns what hunts may read.
func (s *Store) Places() *inquiry.Places { return s.places }

// Close stops the hunt that runs, and waits until what it has found is written.
func (s *Store) Close() {
	s.mutex.Lock()
	running := s.running
	s.mutex.Unlock()
	if running != nil {
		running.stop("the server was stopped")
	}
	s.cancel()
	s.group.Wait()
}

// ErrBusy means that another hunt is running, and ErrState that a hunt is not in a state for what was asked.
var (
	ErrBusy  = errors.New("another hunt is running")
	ErrState = errors.New("its state does not allow it")
)

// run is a hunt that runs.
type run struct {
	store    *Store
	question inquiry.Question
	lock     *os.File
	ctx      context.Context
	cancel   context.CancelFunc
	// ended is closed once the record has its final state, and written once all formats are there too.
	ended, written chan struct{}

	mutex    sync.Mutex
	record   Record
	progress func() hunt.Progress
	watchers int
	idle     *time.Timer
}

func (r *run) id() string { return r.record.ID } // it never changes

// snapshot returns a copy of the record with the current progress.
func (r *run) snapshot() *Record {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	record := r.record
	if record.State == Running && r.progress != nil {
		p := r.progress()
		record.Progress = &p
	}
	return &record
}

// change changes the record and writes it.
func (r *run) change(change func(*Record)) error {
	r.mutex.Lock()
	change(&r.record)
	record := r.record
	r.mutex.Unlock()
	return r.store.save(&record)
}

// stop ends the hunt and says why.
func (r *run) stop(why string) {
	r.mutex.Lock()
	if r.record.State == Running && r.record.Why == "" {
		r.record.Why = why
	}
	r.mutex.Unlock()
	r.cancel()
}

// Start begins a hunt and returns its id. It fails if the Spec is wrong, or with ErrBusy.
func (s *Store) Start(spec Spec) (string, error) {
	now := s.places.Now()
	q, err := spec.question(now)
	if err != nil {
		return "", err
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // it never fails
	id := now.UTC().Format("20060102-150405-") + hex.EncodeToString(random[:])
	return id, s.begin(Record{ID: id, Spec: spec, State: Running, Started: now.UTC(), Formats: []string{}}, q)
}

// Resume goes on with a hunt in the lake that was stopped.
func (s *Store) Resume(id string) error {
	r, err := s.Get(id)
	if err != nil {
		return err
	}
	if !r.Resumable || r.State == Running {
		return fmt.Errorf("this hunt cannot go on; begin a new one: %w", ErrState)
	}
	q, err := r.Spec.question(s.places.Now())
	if err != nil {
		return err
	}
	r.State, r.Why, r.Help, r.Resumable, r.Ended = Running, "", "", false, time.Time{}
	return s.begin(*r, q)
}

// begin runs a hunt.
func (s *Store) begin(record Record, q inquiry.Question) error {
	if err := s.places.Check(q.InLake); err != nil {
		return err
	}
	dir, err := s.folder(record.ID)
	if err != nil {
		return err
	}
	if s.dir == "" {
		return setup.UsageError("start egret serve with --state DIR", errors.New("there is no folder for hunts"))
	}
	if err := s.awaitWritten(); err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.running != nil && !s.running.isWritten() {
		return setup.UsageError("wait for it, or stop it", ErrBusy)
	}
	if s.ctx.Err() != nil {
		return errors.New("the server is stopping")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock, err := durable.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return err
	}
	r := &run{store: s, question: q, lock: lock, record: record, ended: make(chan struct{}), written: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(s.ctx)
	if q.InLake && record.Spec.Kind != Summary {
		r.question.StateDir = filepath.Join(dir, "journal")
	}
	r.question.Progress = func(now func() hunt.Progress) {
		r.mutex.Lock()
		r.progress = now
		r.mutex.Unlock()
	}
	if err := s.save(&record); err != nil {
		r.cancel()
		return errors.Join(err, lock.Close())
	}
	s.running = r
	r.unwatched() // the page that began it watches it in a moment
	s.group.Go(r.work)
	return nil
}

// isWritten reports whether nothing of the hunt is left to do.
func (r *run) isWritten() bool {
	select {
	case <-r.written:
		return true
	default:
		return false
	}
}

// patience is how long a new hunt waits until the formats of the one before are written.
const patience = 20 * time.Second

// awaitWritten waits until the formats of the last hunt are written. It returns ErrBusy while that hunt still runs, or if it takes long.
func (s *Store) awaitWritten() error {
	s.mutex.Lock()
	last := s.running
	s.mutex.Unlock()
	if last == nil || last.isWritten() {
		return nil
	}
	if last.snapshot().State == Running {
		return setup.UsageError("wait for it, or stop it", ErrBusy)
	}
	select {
	case <-last.written:
		return nil
	case <-time.After(patience):
		return setup.UsageError("its results are being written", ErrBusy)
	}
}

// Stop ends a hunt that runs; what it has found is kept.
func (s *Store) Stop(id string) error {
	r := s.current(id)
	if r == nil {
		if _, err := s.Get(id); err != nil {
			return err
		}
		return fmt.Errorf("hunt %s does not run: %w", id, ErrState)
	}
	r.stop("stopped by its user")
	return nil
}

// current returns a hunt that runs or is being written, nil for others.
func (s *Store) current(id string) *run {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.running == nil || s.running.id() != id {
		return nil
	}
	return s.running
}

// Watch says that someone looks at a hunt until leave is called. ended is closed when the hunt has ended.
func (s *Store) Watch(id string) (ended <-chan struct{}, leave func()) {
	r := s.current(id)
	if r == nil {
		over := make(chan struct{})
		close(over)
		return over, func() {}
	}
	r.mutex.Lock()
	r.watchers++
	if r.idle != nil {
		r.idle.Stop()
	}
	r.mutex.Unlock()
	var once sync.Once
	return r.ended, func() { once.Do(func() { r.mutex.Lock(); r.watchers--; r.mutex.Unlock(); r.unwatched() }) }
}

// unwatched stops the hunt after the grace if nobody watches it by then.
func (r *run) unwatched() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.watchers > 0 || r.record.Spec.KeepRunning {
		return
	}
	if r.idle != nil {
		r.idle.Stop()
	}
	r.idle = time.AfterFunc(r.store.grace, func() {
		r.mutex.Lock()
		alone := r.watchers == 0
		r.mutex.Unlock()
		if alone {
			r.stop("its page was closed")
		}
	})
}
