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

// HuntOptions configure a hunt. The zero value hunts all events.
type HuntOptions struct {
	// From and To limit the hunt to events in the half-open range [From, To). A zero time sets no limit.
	From, To time.Time
	// Context is the time before and after a finding in which other events of its principal are collected, 0 for none. It
	// requires a second pass, for which the hunt keeps the events in a temporary file.
	Context time.Duration
	// Unfolded keeps findings apart that else are in Finding.Also of another one.
	Unfolded bool
	// Threads is the number of goroutines that match events. 0 means one for each processor.
	Threads int
	// TempDir is the folder for temporary files, "" for the system's default.
	TempDir string
}

// A Result holds the findings and the ledger of a hunt. The caller must call Close.
type Result struct {
	result *hunt.Result
	rules  map[ruleKey]Rule
}

type ruleKey struct{ id, title string }

// Hunt runs all rules over a stream of events, as the command egret hunt does over files. It detects the log source of each
// event from its content and drops duplicate events. The order of events does not affect the findings or their order.
// Memory is bounded: matched events that exceed the limit go to temporary files.
//
// An event is a JSON object, an array of events, or an envelope as in log files, such as {"Records": […]}. The Ledger counts
// events that are invalid or of an unknown log source. If the iterator yields an error, Hunt returns it. Hunt does not
// use the bytes of an event after yield returns. The iterator runs on one goroutine at a time.
//
// If the context ends, Hunt returns the findings so far with a partial ledger. An iterator that blocks should also watch
// the context; otherwise its goroutine stays alive until the iterator returns.
func (r *Rules) Hunt(ctx context.Context, events iter.Seq2[[]byte, error], opt HuntOptions) (*Result, error) {
	input := newEventReader(events)
	defer input.close()
	threads := opt.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	result, err := hunt.Run(ctx, hunt.Options{
		Set: r.set, Schemas: r.schemas, From: opt.From, To: opt.To,
		Source:  &hunt.Files{Paths: []string{"-"}, Stdin: input, StdinName: "events"},
		Context: opt.Context, Threads: threads, TempDir: opt.TempDir, MinLevel: r.minLevel, Unfolded: opt.Unfolded,
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

// account fills in the part of the ledger that describes rules.
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

// An eventReader reads events as lines. Its lock protects the iterator, since a read may still be waiting for the iterator
// when the hunt stops.
type eventReader struct {
	mu   sync.Mutex
	next func() ([]byte, error, bool)
	stop func()
	rest []byte // the unread part of line
	line []byte // the current event
	err  error  // the iterator's error
}

func newEventReader(events iter.Seq2[[]byte, error]) *eventReader {
	next, stop := iter.Pull2(events)
	return &eventReader{next: next, stop: stop}
}

// Read implements io.Reader. It replaces line breaks in an event by spaces: valid JSON has them only between tokens.
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

// failure returns the iterator's error, or nil if there was none so far.
func (e *eventReader) failure() error {
	if !e.mu.TryLock() {
		return nil // the iterator is still running
	}
	defer e.mu.Unlock()
	return e.err
}

// close stops the iterator. If the iterator is running, close stops it later, when it yields the next event.
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

// errLoopEnded stops reading findings when the caller leaves its loop.
var errLoopEnded = errors.New("the loop over findings ended")

// Len returns the number of findings, including those that Findings leaves out because of LoadOptions.MinLevel.
func (r *Result) Len() int { return r.result.Findings() }

// Findings returns the findings ordered by the time of their first event, then event id, then rule id. It can be called any number of times until
// Close, by one goroutine at a time. The iterator yields an error and stops if it cannot read a temporary file.
func (r *Result) Findings() iter.Seq2[*Finding, error] {
	return func(yield func(*Finding, error) bool) {
		_, err := r.result.Each(context.Background(), 0, &r.result.Ledger.Findings, func(f *finding.Finding) error {
			if !yield(r.finding(f), nil) {
				return errLoopEnded
			}
			return nil
		})
		if err != nil && !errors.Is(err, errLoopEnded) {
			yield(nil, err)
		}
	}
}

// A Ledger accounts for all records of a hunt. In is the sum of Evaluated, Duplicate, OutOfRange and Failed.
type Ledger struct {
	In, Evaluated, Duplicate, OutOfRange, Failed int64
	// OtherKinds is the number of records of unknown log sources. They are not part of In.
	OtherKinds int64
	// Partial is set if the context ended before all events were read.
	Partial bool
	// First and Last are the times of the earliest and the latest evaluated event. They are zero if no event has a time.
	First, Last time.Time
	// Notes are remarks on the whole hunt. It is nil if there are none.
	Notes []string

	ledger *finding.Ledger
}

// JSON returns the complete ledger as docs/formats/ledger.md describes it.
func (l *Ledger) JSON() ([]byte, error) { return json.Marshal(l.ledger) }

// Ledger returns the ledger of the hunt. Its JSON form counts only findings that Findings has already yielded.
func (r *Result) Ledger() *Ledger {
	l := &r.result.Ledger
	return &Ledger{
		In: l.Records.In, Evaluated: l.Records.Evaluated, Duplicate: l.Records.Duplicate, OutOfRange: l.Records.OutOfRange,
		Failed: l.Records.Failed.Total, OtherKinds: l.Records.Skipped.Total, Partial: l.Partial,
		First: goTime(l.First.Time), Last: goTime(l.Last.Time), Notes: l.Notes, ledger: l,
	}
}

// Close releases memory and removes temporary files.
func (r *Result) Close() error {
	if err := r.result.Close(); err != nil {
		return fmt.Errorf("closing the hunt's temporary files: %w", err)
	}
	return nil
}
