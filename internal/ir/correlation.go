package ir

import (
	"math"
	"time"

	"github.com/egret-hunt/egret/source"
)

// CorrelationType is the type of a correlation, named as in Sigma.
type CorrelationType uint8

// The correlation types: seven of Sigma 2.1, and three that pySigma 1.5 adds.
const (
	EventCount CorrelationType = iota
	ValueCount
	Temporal
	TemporalOrdered
	ValueSum
	ValueAvg
	ValuePercentile
	ValueMedian
	TemporalExtended
	TemporalOrderedExtended
	// Bindings is for sets of different events that Correlation.Binding describes.
	Bindings
)

// A Correlation is a lowered correlation rule.
type Correlation struct {
	// Rule is the id of the correlation, Title its title. Both are only for display.
	Rule, Title string
	Type        CorrelationType
	// Bases are the rules and correlations whose matches are counted, in the order of `rules`.
	Bases []Base
	// GroupBy are the group keys as the rule names them. If it is empty, all events form one group.
	GroupBy []string
	// Timespan is the length of the window. With NoLimit the window of an event contains all earlier events.
	Timespan time.Duration
	// TimespanText is the timespan as the rule writes it, such as 60m, or "" if no rule text gives one.
	TimespanText string
	// Bounds must all be satisfied. Temporal types without a condition have none: they need every base.
	Bounds     []Bound
	Percentile float64 // 0 to 100, only for ValuePercentile
	// Extended is the condition of an extended temporal type, nil for other types. Its leaves are of type *BaseExpr.
	Extended Expr
	// Binding is the condition of Bindings, nil for other types. A finding has all events of sets that satisfy it.
	Binding *Binding
	// Strict makes ordered types require increasing times; otherwise times only must not decrease.
	Strict bool
	// Spans makes an event count from its first to its last time; otherwise it counts at its first time only. It is for
	// EventCount, Temporal, TemporalExtended, Bindings and, unless Strict, TemporalOrdered.
	Spans bool
	Span  source.Span
}

// NoLimit is the Timespan of a correlation without a time limit.
const NoLimit time.Duration = math.MaxInt64

// A TimeRange is the half-open range [From, To), in nanoseconds since 1970-01-01T00:00:00Z.
type TimeRange struct{ From, To int64 }

// Overlaps reports whether some time from first to last, both included, is in the range. A nil range contains every time.
func (r *TimeRange) Overlaps(first, last int64) bool {
	return r == nil || r.From < r.To && r.From <= last && first < r.To
}

// A Reference identifies a rule or correlation by its index.
type Reference struct {
	// Index is an index into the list of rules or, if Correlation is set, the list of correlations.
	Index       int
	Correlation bool
}

// A Base is a rule or correlation that a correlation refers to, with the fields that the correlation reads in its events.
type Base struct {
	Reference
	// Range limits the base to events that overlap it; nil sets no limit. Bases with different ranges count as different rules.
	Range *TimeRange
	// GroupBy has a field for each of the correlation's GroupBy, with aliases resolved.
	GroupBy []Field
	// Values are the fields whose values are counted or aggregated. It is empty for types that need none.
	Values []Field
}

// BoundOp is the operator of a Bound.
type BoundOp uint8

// The operators of bounds.
const (
	BoundGreater BoundOp = iota
	BoundGreaterEqual
	BoundLess
	BoundLessEqual
	BoundEqual
	BoundNotEqual
)

// A Bound is one comparison in a correlation's condition.
type Bound struct {
	Op BoundOp
	// Text is a JSON number, as the rule writes it.
	Text string
	Span source.Span
}

// BaseExpr is a leaf of an extended temporal condition. It is true if the base with that index in Bases has an event in the
// window.
type BaseExpr struct {
	Index int
	Span  source.Span
}

func (*BaseExpr) expr() {}

// Pos implements Expr.
func (e *BaseExpr) Pos() source.Span { return e.Span }
