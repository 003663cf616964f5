package event

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Status is the result of a file.
type Status string

// The results of a file. A Partial file was read up to a fault or to the end of the run, a Failed one gave no event
// because of a fault, a Skipped one contains no events that egret reads, and an Unread one was not reached.
const (
	Read    Status = "read"
	Partial Status = "partial"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Unread  Status = "unread"
)

// maxFailures is how many failures of a file are kept in full; the others are only counted.
const maxFailures = 5

// A File describes one input: a file, a member of an archive ("a.zip!member"), or a folder that was skipped as a whole.
type File struct {
	// Path is the path as the user would write it, "<stdin>" for standard input.
	Path string `json:"path"`
	// Status and Reason are the result; Reason is "" for a file that gave events without a fault.
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Format lists the detected formats, the outermost first, such as "gzip, CloudTrail records"; "" if nothing was
	// read.
	Format string `json:"format,omitempty"`
	// Bytes is the number of stored bytes that were read, ContentBytes the size after decompression.
	Bytes        int64 `json:"bytes"`
	ContentBytes int64 `json:"content_bytes"`
	// Records counts the records found: delivered events, failed records, and records of other log types. A record that
	// wraps several events counts once for each.
	Records int64 `json:"records"`
	// Events counts the records that were delivered as events.
	Events int64 `json:"events"`
	// FailedRecords counts the records that could not be read; Failures has the first of them.
	FailedRecords int64     `json:"failed_records"`
	Failures      []Failure `json:"failures,omitempty"`
	// OtherRecords counts the records that are not events of a known log source, Others by type.
	OtherRecords int64            `json:"other_records"`
	Others       map[string]int64 `json:"others,omitempty"`
	// SHA256 is the hash of the stored bytes in lower-case hex. It is "" for members of archives, whose file has one,
	// and for files that were not read to their end.
	SHA256 string `json:"sha256,omitempty"`
	// Bucket is the content of the name of a file that CloudTrail delivered; the zero Bucket for other names.
	Bucket Bucket `json:"-"`

	open  atomic.Int32 // number of goroutines that still read or evaluate it, for Options.Done
	mu    sync.Mutex
	fault string // why reading ended early, "" if it did not
	ended bool
}

// A Failure is one record that could not be read.
type Failure struct {
	// Record is the number of the record, see Record.Number.
	Record int64 `json:"record"`
	// Offset is the position of the record in the decompressed content, in bytes.
	Offset int64  `json:"offset"`
	Reason string `json:"reason"`
}

// String describes the failure with its position.
func (f Failure) String() string {
	return fmt.Sprintf("record %d at byte %d: %s", f.Record, f.Offset, f.Reason)
}

// tally is what one batch adds to its file's counts.
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

// add adds a tally and empties it. The chunks of a file end in any order, so the failures are kept sorted.
func (f *File) add(t *tally) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Records += t.records
	f.Events += t.events
	f.FailedRecords += t.failed
	f.OtherRecords += t.other
	// Iteration order does not matter: each kind has its own sum.
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

// addFormat appends a layer to the format.
func (f *File) addFormat(name string) {
	if f.Format != "" {
		name = f.Format + ", " + name
	}
	f.Format = name
}

// settle sets the result of a file that does not depend on its records.
func (f *File) settle(status Status, reason string) {
	if reason == stopped {
		status = Partial
	}
	f.Status, f.Reason = status, reason
}

// end records that reading of the content has ended, and the fault if it ended early.
func (f *File) end(fault string, contentBytes int64) {
	f.fault, f.ended, f.ContentBytes = fault, true, contentBytes
}

// conclude sets the status from the records, once all of them are counted.
func (f *File) conclude() {
	if f.Status != "" || !f.ended {
		if f.Status == "" {
			f.Status, f.Reason = Unread, "not reached before the run ended"
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
		f.settle(Read, "contains no records")
	}
}

// kinds returns the names of the file's other log types, the most frequent first.
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
