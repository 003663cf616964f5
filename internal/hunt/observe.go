package hunt

import (
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Observe lets a caller see the events of a hunt, whether rules match them or not: those that the ledger counts as
// evaluated. Of the copies of an event it sees one, which may be any: copies agree in what distinguishes events. Only Files have
// all events; the tables of a lake return those that rules may match.
type Observe struct {
	// Fields returns the fields that observers read of events of a schema, each with its alternatives.
	Fields func(s *schema.Schema) []schema.Paths
	// New returns the observer of one worker. It is called for each worker before anything is read.
	New func() Observer
}

// An Observer sees the events of one worker. Its calls never overlap.
type Observer interface {
	// Event sees an event. The values of fields are those of Observe.Fields; they and doc are valid during the call. when is
	// finding.NoTime without a readable time.
	Event(s *schema.Schema, when value.Time, fields match.Fields)
}
