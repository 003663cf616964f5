package ir

import (
	"time"

	"github.com/egret-hunt/egret/source"
)

// CorrelationType is the type of a correlation, named as in Sigma.
type CorrelationType uint8

// The types of correlations: seven of Sigma 2.1, and three that pySigma 1.5 adds.
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
)

// Correlation is a lowered correlation.
type Correlation struct {
	// Rule is the id of the correlation, Title its title; both are for people.
	Rule, Title string
	Type        CorrelationType
	// Bases are what the correlation counts, in the order of its `rules`.
	Bases []Base
	// GroupBy names the group's keys, as the rule does; empty: one global group.
	GroupBy  []string
	Timespan time.Duration
	// Bounds must all hold; empty for temporal types without condition, which need every base.
	Bounds     []Bound
	Percentile float64 // 0 to 100, of ValuePercentile
	// Extended is the condition of the extended temporal types, else nil. Its leaves are BaseExpr.
	Extended Expr
	Span     source.Span
}

// Base is one rule that a correlation refers to, with the fields it is asked for in that rule's events.
type Base struct {
	// Index is the place of the base in the list that holds it: of queries, or of correlations where Correlation is
	// true.
	Index       int
	Correlation bool
	// GroupBy has a field for each of the correlation's GroupBy, aliases resolved.
	GroupBy []Field
	// Values are the fields whose values are counted or added; empty for types that need none.
	Values []Field
}

// BoundOp compares a count or value with a bound.
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

// Bound is one comparison of a correlation's condition.
type Bound struct {
	Op BoundOp
	// Text is a JSON number, as the rule writes it.
	Text string
	Span source.Span
}

// BaseExpr is a leaf of an extended temporal condition: the base with that index in Bases has an event in the window.
type BaseExpr struct {
	Index int
	Span  source.Span
}

func (*BaseExpr) expr() {}

// Pos is the place of the node in the rule.
func (e *BaseExpr) Pos() source.Span { return e.Span }
