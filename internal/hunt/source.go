package hunt

import (
	"context"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Source is the source of a hunt's records: Files, or the tables of a lake (Tables). It defines how records are read
// and accounted for; their evaluation is the same for all sources.
type Source interface {
	// needs returns what a hunt with a set must prepare, before anything is read.
	needs(set *ruleset.Set) needs
	// begin returns the input for one hunt.
	begin(h *hunt) input
}

// needs are what a source requires of the parts of a hunt.
type needs struct {
	// evidenceMemory and correlationMemory are defaults in bytes, which Options override.
	evidenceMemory, correlationMemory int64
	// schemas are log sources that records may belong to, besides those of Options.
	schemas []*schema.Schema
	// direct are the bases of correlations whose events the source selects itself; see worker.keepDirect.
	direct []correlate.Base
	// silent are the rules without findings, by index in hunt.rules.
	silent []int
	// untraced says why not all events are there to follow identities through, "" if they are.
	untraced string
}

// input is a source being read by one hunt.
type input interface {
	// read is the pass from which all findings come: it passes each record to one of hunt.workers, one at a time for
	// each worker. It returns the context's error if the hunt was stopped, so that the records so far count; any other
	// error means that records were lost.
	read(ctx context.Context) error
	// complete fetches the first events of findings whose evidence has only a part of them. Errors are as in read.
	complete(ctx context.Context, r *Result) error
	// follow looks up the records of links and things that the input has not read yet, for Options.Trace. Errors are as in
	// read.
	follow(ctx context.Context, r *Result) error
	// account fills in the ledger's part about the input, after the workers' counts.
	account(r *Result) error
	// nearby passes the workers the records that may be within the windows of an index, and possibly others. Errors
	// are as in read.
	nearby(ctx context.Context, index *nearbyIndex, workers []*nearbyWorker) error
	// accountNearby adds the cost of around to the ledger.
	accountNearby(l *finding.Ledger)
	// close removes temporary files.
	close() error
}

// Progress describes how far a pass over the input has come.
type Progress struct {
	// Unit is what Done and Total count.
	Unit Unit `json:"unit"`
	// Done and Total are numbers of units.
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
	// Growing reports that Total and TotalBytes may still grow.
	Growing bool `json:"growing"`
	// Records is the number of records so far.
	Records int64 `json:"records"`
	// ReadBytes is the number of bytes read so far: for files as stored, for a lake as its engine counts. TotalBytes
	// is 0 if unknown.
	ReadBytes  int64 `json:"read_bytes"`
	TotalBytes int64 `json:"total_bytes"`
	// Dollars is the cost of the hunt so far, in USD.
	Dollars float64 `json:"dollars"`
}

// Unit is the unit in which progress is counted.
type Unit string

// The units of inputs.
const (
	UnitFiles   Unit = "files"
	UnitQueries Unit = "queries"
)

// watch passes a function that returns the progress of a new pass to Options.Progress.
func (h *hunt) watch(now func() Progress) {
	if h.options.Progress != nil {
		h.options.Progress(now)
	}
}
