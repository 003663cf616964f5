package ruleset

import (
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Decision makes the Query of a rule a condition that holds for all events of the rule, and perhaps for others. Of the events that
// it holds for the decider chooses, so that a rule can mean what queries cannot express.
type Decision struct {
	// Decider decides for this rule and others. It must be a pointer.
	Decider Decider
	// Item is the rule's number among those of the decider.
	Item int
	// Rows is set for rules of rows of tables in OCSF, which have their row under the key "row". They see no other events; other rules
	// with a Decision do not see such rows.
	Rows bool
	// Reads are the names of fields that the decider reads beside those of Query. Tables of a lake return them as far as they have
	// them; a field without a column has no value there.
	Reads []string
}

// A Decider decides about the events of several rules. It is safe for concurrent use.
type Decider interface {
	// For returns what decides about events of a schema, for one goroutine.
	For(s *schema.Schema) EventDecider
}

// An EventDecider decides about events, one after the other. It is not safe for concurrent use.
type EventDecider interface {
	// Begin sets the event, which stays valid until the next Begin.
	Begin(doc *value.Doc)
	// Decide appends the items whose events the event is, given that the query of an item holds. It need not be among them: its query
	// may be that of others, too.
	Decide(dst []int, item int) []int
	// Span returns the first and last time of the event, in nanoseconds since 1970, for correlations, and how many sightings it stands
	// for. It returns false if the event has no such times.
	Span() (first, last, number int64, ok bool)
}
