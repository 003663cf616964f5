package event

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Status says what became of a file.
type Status string

// What can become of a file. Partial files were read up to a fault or to the end of the run, Failed ones gave no event
// because of a fault, Skipped ones hold no events for us, Unread ones were never reached.
const (
	Read    Status = "read"
	Partial Status = "partial"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Unread  Status = "unread"
)

// maxFailures is how many failures of a file are kept word by word; the rest is counted.
const maxFailures = 5

// File is what is known of one input: a file, a member of an archive ("a.zip!member"), or a folder that was left out as
// a whole.
type File struct {
	// Path is the path as the user would write it, "<stdin>" for standard input.
	Path string `json:"path"`
	// Status and Reason say what became of it; Reason is "" for a file that gave events without a fault.
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Format names what was found, the outermost first, such as "gzip, CloudTrail records"; "" if nothing was read.
	Format string `json:"format,omitempty"`
	// Bytes counts what was read of the file as it is stored, ContentBytes what it held once decompressed.
	Bytes        int64 `json:"bytes"`
	ContentBytes int64 `json:"content_bytes"`
	// Records counts the records that were found: events delivered, failed ones, and those of other kinds of log.
	// A record that wraps several events counts once for each.
	Records int64 `json:"records"`
	// Events counts the records that were delivered as events.
	Events int64 `json:"events"`
	// FailedRecords counts the records that could not be read; Failures holds the first of them.
	FailedRecords int64     `json:"failed_records"`
	Failures      []Failure `json:"failures,omitempty"`
	// OtherRecords counts the records that are no event of a known log source, Others by what they are.
	OtherRecords int64            `json:"other_records"`
	Others       map[string]int64 `json:"others,omitempty"`
	// SHA256 is the hash of the bytes as stored, lower-case hex; "" for members of archives, whose file has one, and
	// where the file was not read to its end.
	SHA256 string `json:"sha256,omitempty"`
	// Bucket is what the path tells of a file that CloudTrail delivered; the zero Bucket if it is none.
	Bucket Bucket `json:"-"`

	open  atomic.Int32 // those that still read or evaluate it, where Options.Done waits for them
	mu    sync.Mutex
	fault string // why reading ended before the end, "" if it did not
	ended bool
}

// Failure is one record that could not be read.
type Failure struct {
	// Record is the number of the record, see Record.Number.
	Record int64 `json:"record"`
	// Offset is where the record begins in the decompressed content, in bytes.
	Offset int64  `json:"offset"`
	Reason string `json:"reason"`
}

// String is the failure in words.
func (f Failure) String() string {
	return fmt.Sprintf("record %d at byte %d: %s", f.Record, f.Offset, f.Reason)
}

// tally is what one batch adds to its file.
type tally struct {
	records, events, failed, other int64
	failures                       []Failure
	others                         map[string]int64
	paths                          pathCounts
}

func (t *tally) fail(record, offset int64, reason string) {
	t.records++
	t.failed++
	if len(t.failures) < maxFailures {
		t.failures = append(t.failures, Failure{record, offset, reason})
	}
}

func (t *tally) otherKind(kind string, n int64) {
	t.records += n
	t.other += n
	if t.others == nil {
		t.others = map[string]int64{}
	}
	t.others[kind] += n
}

// add takes over a tally and empties it. Chunks of a file end in any order, so failures are kept sorted.
func (f *File) add(t *tally) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Records += t.records
	f.Events += t.events
	f.FailedRecords += t.failed
	f.OtherRecords += t.other
	// Any order: each kind has a sum of its own.
	for kind, n := range t.others {
		if f.Others == nil {
			f.Others = map[string]int64{}
		}
		f.Others[kind] += n
	}
	if len(t.failures) > 0 {
		f.Failures = append(f.Failures, t.failures...)
		slices.SortStableFunc(f.Failures, func(a, b Failure) int { return int(min(1, max(-1, a.Offset-b.Offset))) })
		if len(f.Failures) > maxFailures {
			f.Failures = slices.Clip(f.Failures[:maxFailures])
		}
	}
	*t = tally{failures: t.failures[:0], paths: t.paths}
}

// addFormat notes one more layer of the format.
func (f *File) addFormat(name string) {
	if f.Format != "" {
		name = f.Format + ", " + name
	}
	f.Format = name
}

// settle says what became of a file whose records do not decide it.
func (f *File) settle(status Status, reason string) {
	if reason == stopped {
		status = Partial
	}
	f.Status, f.Reason = status, reason
}

// end notes that nothing more will be read of the content, and why that is so before its end.
func (f *File) end(fault string, contentBytes int64) {
	f.fault, f.ended, f.ContentBytes = fault, true, contentBytes
}

// conclude settles the status by the records, once all of them are counted.
func (f *File) conclude() {
	if f.Status != "" || !f.ended {
		if f.Status == "" {
			f.Status, f.Reason = Unread, "the run ended before"
		}
		return
	}
	switch {
	case f.fault == stopped:
		f.settle(Partial, stopped)
	case f.fault != "" && f.Events > 0:
		f.settle(Partial, f.fault)
	case f.fault != "":
		f.settle(Failed, f.fault)
	case f.Events > 0 && f.FailedRecords > 0:
		f.settle(Partial, f.Failures[0].String())
	case f.Events > 0:
		f.settle(Read, "")
	case f.FailedRecords > 0:
		f.settle(Failed, f.Failures[0].String())
	case f.Records > 0:
		f.settle(Skipped, strings.Join(f.kinds(), ", "))
	default:
		f.settle(Read, "holds no records")
	}
}

// kinds are the names of what else the file holds, the most frequent first.
func (f *File) kinds() []string {
	var names []string
	for name := range f.Others {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := f.Others[b] - f.Others[a]; d != 0 {
			return int(min(1, max(-1, d)))
		}
		return strings.Compare(a, b)
	})
	return names
}
