package egret

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
)

// HuntOptions say how events are hunted. The zero value hunts all of them.
type HuntOptions struct {
	// From and To bound the time of events, From included, To excluded; zero times are open ends.
	From, To time.Time
	// Context is how far around a finding other events of its principal are collected; 0 for none. It makes a second pass,
	// for which the events are kept in a temporary file.
	Context time.Duration
	// Threads is how many goroutines match events; 0: as many as there are processors.
	Threads int
	// TempDir is the folder for temporary files; "" is the system's.
	TempDir string
}

// Result is what a hunt found.
type Result struct {
	result *hunt.Result
	rules  map[ruleKey]Rule
	taken  bool
}

type ruleKey struct{ id, title string }

// Hunt runs all rules over a stream of events, as the command egret hunt does over files: each event's log source is found
// from its content, copies of an event count once, correlations count events over time, and findings come in an order that
// does not depend on that of the events. Memory is bounded: beyond it events that rules matched go to temporary files.
//
// An event is a JSON object. It may also be an envelope as in log files, such as {"Records": […]}, or an array. One that
// cannot be read, or is of no known log source, is counted in the Ledger; an error of the iterator ends the hunt with that
// error. The slice of an event is not used after the iterator has gone on. The iterator runs on one goroutine at a time.
//
// When the context ends, what was found so far is the result, and its ledger is partial; an iterator that waits should heed
// the context, too, or its goroutine is left behind until it comes back. Close must be called on a Result.
func (r *Rules) Hunt(ctx context.Context, events iter.Seq2[[]byte, error], opt HuntOptions) (*Result, error) {
	input := newEventReader(events)
	defer input.close()
	threads := opt.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	result, err := hunt.Run(ctx, hunt.Options{
		Set: r.set, Schemas: r.schemas, Paths: []string{"-"}, Stdin: input, StdinName: "events", From: opt.From, To: opt.To,
		Context: opt.Context, Threads: threads, TempDir: opt.TempDir,
	})
	if err != nil {
		return nil, err
	}
	if err := input.failure(); err != nil {
		return nil, errors.Join(err, result.Close())
	}
	r.account(&result.Ledger)
	out := &Result{result: result, rules: map[ruleKey]Rule{}}
	for _, rule := range r.All() {
		out.rules[ruleKey{rule.ID, rule.Title}] = rule
	}
	return out, nil
}

// account fills in the ledger's part about rules.
func (r *Rules) account(l *finding.Ledger) {
	c := &l.Rules
	c.Folders = []string{}
	c.Loaded, c.Correlations, c.Filters = len(r.set.Rules)+len(r.set.Correlations), len(r.set.Correlations), len(r.set.Filters)
	for _, s := range r.set.Skipped {
		c.Skipped.Add(string(s.Reason), s.Path+": "+s.Title)
	}
	c.Skipped.Sort()
	c.SHA256 = r.set.Fingerprint()
	l.Command = []string{}
	if l.Partial {
		l.Stopped = "the context ended"
	}
}

// eventReader makes lines of events. A hunt that is stopped leaves a read that still waits for the iterator behind, so that
// the iterator has a lock.
type eventReader struct {
	mu   sync.Mutex
	next func() ([]byte, error, bool)
	stop func()
	rest []byte // of the event at hand
	line []byte
	err  error // of the iterator
}

func newEventReader(events iter.Seq2[[]byte, error]) *eventReader {
	next, stop := iter.Pull2(events)
	return &eventReader{next: next, stop: stop}
}

// Read implements io.Reader. Line breaks within an event become spaces: in JSON they only stand between tokens.
func (e *eventReader) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.rest) == 0 {
		if e.err != nil {
			return 0, io.EOF
		}
		event, err, ok := e.next()
		switch {
		case !ok:
			return 0, io.EOF
		case err != nil:
			e.err = err
			return 0, io.EOF
		}
		e.line = e.line[:0]
		for _, c := range event {
			if c == '\n' || c == '\r' {
				c = ' '
			}
			e.line = append(e.line, c)
		}
		e.line = append(e.line, '\n')
		e.rest = e.line
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// failure is the error of the iterator, nil if there was none so far.
func (e *eventReader) failure() error {
	if !e.mu.TryLock() {
		return nil // the iterator has not come back
	}
	defer e.mu.Unlock()
	return e.err
}

// close ends the iterator, at once or when it comes back.
func (e *eventReader) close() {
	if e.mu.TryLock() {
		defer e.mu.Unlock()
		e.stop()
		return
	}
	go func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.stop()
	}()
}

// errTaken ends the walk over findings when the loop over them ends.
var errTaken = errors.New("no more findings wanted")

// Len is the number of findings.
func (r *Result) Len() int { return r.result.Findings() }

// Findings gives the findings ordered by time, then event id, then rule id. It can be ranged over once. After an error,
// which is a failure to read a temporary file, it ends.
func (r *Result) Findings() iter.Seq2[*Finding, error] {
	return func(yield func(*Finding, error) bool) {
		if r.taken {
			yield(nil, errors.New("findings can be ranged over once"))
			return
		}
		r.taken = true
		_, err := r.result.Each(0, func(f *finding.Finding) error {
			if !yield(r.finding(f), nil) {
				return errTaken
			}
			return nil
		})
		if err != nil && !errors.Is(err, errTaken) {
			yield(nil, err)
		}
	}
}

// Ledger is the account of a hunt. In is the sum of Evaluated, Duplicate, OutOfRange and Failed.
type Ledger struct {
	In, Evaluated, Duplicate, OutOfRange, Failed int64
	// OtherKinds counts records of no known log source, which are not part of In.
	OtherKinds int64
	// Partial says that the context ended before all events were read.
	Partial bool
	// First and Last are the times of the earliest and the latest evaluated event; zero if none has a time.
	First, Last time.Time
	// Notes are remarks on the hunt as a whole; nil if there are none.
	Notes []string

	ledger *finding.Ledger
}

// JSON is the whole ledger as docs/formats/ledger.md describes it.
func (l *Ledger) JSON() ([]byte, error) { return json.Marshal(l.ledger) }

// Ledger is the account of the hunt. Its JSON counts the findings that were taken so far.
func (r *Result) Ledger() *Ledger {
	l := &r.result.Ledger
	return &Ledger{
		In: l.Records.In, Evaluated: l.Records.Evaluated, Duplicate: l.Records.Duplicate, OutOfRange: l.Records.OutOfRange,
		Failed: l.Records.Failed.Total, OtherKinds: l.Records.Skipped.Total, Partial: l.Partial,
		First: goTime(l.First.Time), Last: goTime(l.Last.Time), Notes: l.Notes, ledger: l,
	}
}

// Close frees memory and removes temporary files.
func (r *Result) Close() error {
	if err := r.result.Close(); err != nil {
		return fmt.Errorf("temporary files of the hunt: %w", err)
	}
	return nil
}
