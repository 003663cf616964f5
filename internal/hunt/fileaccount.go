package hunt

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/gaps"
)

// fileAccount counts the results of files as they finish, and stores the ledger's entry for each on disk.
type fileAccount struct {
	counts finding.FileCounts
	// skipped and failed are the counts of truncated files, for hunts that were stopped and that were not.
	skipped, failed finding.Reasons
	in              int64
	failedRecords   finding.Reasons
	otherRecords    finding.Reasons
	byName          gaps.Coverage
	inputs          *evidence.Sorter
	record          []byte
	err             error // first error of storing inputs
}

func newFileAccount(spool *evidence.Spool) *fileAccount {
	return &fileAccount{byName: gaps.Coverage{}, inputs: evidence.NewSorter(spool)}
}

// add adds a finished file.
func (a *fileAccount) add(f *event.File) {
	a.in += f.Events + f.FailedRecords
	if f.FailedRecords > 0 {
		examples := make([]string, len(f.Failures))
		for i, failure := range f.Failures {
			examples[i] = f.Path + ": " + failure.String()
		}
		a.failedRecords.AddN("cannot be read", f.FailedRecords, examples...)
	}
	// Iteration order does not matter: each kind has its own sum.
	for kind, n := range f.Others {
		a.otherRecords.AddN(kind, n, f.Path)
	}
	if f.Bucket.Kind == "CloudTrail" && f.Status != event.Unread && f.Status != event.Skipped {
		a.byName.Add(gaps.Stream{Account: f.Bucket.Account, Region: f.Bucket.Region}, gaps.HourOf(f.Bucket.Time.UnixNano()))
	}
	a.count(f)
	if err := a.keep(f); err != nil && a.err == nil {
		a.err = err
	}
}

func (a *fileAccount) count(f *event.File) {
	c := &a.counts
	cut := func(reason string) {
		c.Bytes += f.Bytes
		if f.FailedRecords > 0 {
			c.Failed.Add(reason, f.Path+": "+f.Reason)
			return
		}
		a.skipped.Add("stopped before the end", f.Path)
		a.failed.Add(reason, f.Path+": "+f.Reason)
	}
	switch f.Status {
	case event.Read:
		c.Read++
		c.Bytes += f.Bytes
	case event.Partial:
		cut("read in part")
	case event.Failed:
		cut("not read")
	case event.Skipped:
		c.Skipped.Add(f.Reason, f.Path)
	case event.Unread:
		reason := finding.NotReached
		if f.Reason == event.NotListed {
			reason = finding.NotListed
		}
		c.Skipped.Add(reason, f.Path)
	}
}

// keep stores the ledger's entry for a file.
func (a *fileAccount) keep(f *event.File) error {
	r := evidence.AppendOrdered(a.record[:0], f.Path)
	r = binary.AppendVarint(r, f.Bytes)
	r = binary.AppendVarint(r, f.Records)
	for _, text := range []string{f.SHA256, f.Format, string(f.Status), f.Reason} {
		r = binary.AppendUvarint(r, uint64(len(text)))
		r = append(r, text...)
	}
	a.record = r
	return a.inputs.Add(r)
}

// all returns an iterator over the inputs by name. It may be used any number of times.
func (a *fileAccount) all() iter.Seq2[finding.Input, error] {
	return func(yield func(finding.Input, error) bool) {
		for record, err := range evidence.Sorted(a.inputs) {
			if err != nil {
				yield(finding.Input{}, err)
				return
			}
			name, rest := evidence.CutOrdered(record)
			in := finding.Input{Name: string(name)}
			for _, number := range []*int64{&in.Bytes, &in.Records} {
				n, width := binary.Varint(rest)
				*number, rest = n, rest[width:]
			}
			for _, text := range []*string{&in.SHA256, &in.Format, &in.Status, &in.Reason} {
				length, width := binary.Uvarint(rest)
				rest = rest[width:]
				*text, rest = string(rest[:length]), rest[length:]
			}
			if !yield(in, nil) {
				return
			}
		}
	}
}

// finish fills in the ledger's part about files. Truncated files count as failed unless the hunt was stopped.
func (a *fileAccount) finish(c *finding.FileCounts, stopped bool) (failed bool, err error) {
	if a.err != nil {
		return false, a.err
	}
	*c = a.counts
	if stopped {
		c.Skipped.Merge(a.skipped)
	} else {
		c.Failed.Merge(a.failed)
	}
	c.Failed.Sort()
	c.Skipped.Sort()
	c.Inputs = finding.InputList{All: a.all()}
	sum := sha256.New()
	hashed := false
	for input, err := range a.all() {
		if err != nil {
			return false, err
		}
		if input.SHA256 != "" {
			fmt.Fprintf(sum, "%s  %s\n", input.SHA256, input.Name)
			hashed = true
		}
	}
	if hashed {
		c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return c.Failed.Total > 0, nil
}
