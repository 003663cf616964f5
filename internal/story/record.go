package story

import (
	"iter"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/value"
)

// Records are the records of a log that a story needs besides findings. The zero value has none.
type Records struct {
	// Links yields the records of links in order of time, each time anew. A record is valid until the next one.
	Links func() iter.Seq2[*facts.Record, error]
	// Things yields the records of things. Those of one kind, account, region and name follow each other in order of time.
	Things func() iter.Seq2[*facts.Record, error]
	// Last is the time of the last event of the log, if it is later than that of the ledger; zero if
	// that is not known.
	Last value.Time
	// Missing says why records are missing, "" if none are.
	Missing string
}
