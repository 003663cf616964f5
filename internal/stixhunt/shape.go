package stixhunt

import (
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/stix"
)

// nanos returns a time for ir.TimeRange.
func nanos(l stix.Literal) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, l.Text)
	if err != nil || t.Year() < 1678 || t.Year() > 2261 {
		return 0, false
	}
	return t.UnixNano(), true
}

// also returns ranges and another one. A span may overlap two ranges that have nothing in common.
func also(ranges []ir.TimeRange, r ir.TimeRange) []ir.TimeRange {
	return append(slices.Clone(ranges), r)
}

// startStop returns the range of a qualifier.
func startStop(q stix.StartStop) ir.TimeRange {
	from, ok := nanos(q.Start)
	if !ok {
		from = beyond(q.Start)
	}
	to, ok := nanos(q.Stop)
	if !ok {
		to = beyond(q.Stop)
	}
	return ir.TimeRange{From: from, To: to}
}

// beyond returns the end of all times at which a time lies that has no number of nanoseconds.
func beyond(l stix.Literal) int64 {
	if t, err := time.Parse(time.RFC3339Nano, l.Text); err == nil && t.Year() > 2000 {
		return 1<<63 - 1
	}
	return -1 << 63
}

// A choice is a pair of brackets, by its place in the pattern, whose event overlaps each of some ranges.
type choice struct {
	bracket int
	within  []ir.TimeRange
}

// choices returns the brackets of an expression that one event satisfies on its own, each an alternative. It returns false if the
// expression is about several events.
func choices(expr stix.ObservationExpr, within []ir.TimeRange, number map[*stix.Observation]int) ([]choice, bool) {
	switch expr := expr.(type) {
	case *stix.Observation:
		return []choice{{number[expr], within}}, true
	case *stix.ObservationOperator:
		if expr.Operator != "OR" {
			return nil, false
		}
		var list []choice
		for _, operand := range expr.Operands {
			more, ok := choices(operand, within, number)
			if !ok {
				return nil, false
			}
			list = append(list, more...)
		}
		return list, true
	case *stix.Qualified:
		switch q := expr.Qualifier.(type) {
		case stix.StartStop:
			return choices(expr.Of, also(within, startStop(q)), number)
		case stix.Within: // one event has no time between its first and its last
			return choices(expr.Of, within, number)
		case stix.Repeats:
			if q.Times.Text == "1" {
				return choices(expr.Of, within, number)
			}
		}
	}
	return nil, false
}

// binding returns an expression about several events. base returns that of a pair of brackets. Ranges are for the brackets, see ranges.
func binding(expr stix.ObservationExpr, base func(expr *stix.Observation) *ir.Binding) *ir.Binding {
	switch expr := expr.(type) {
	case *stix.Observation:
		return base(expr)
	case *stix.ObservationOperator:
		ops := map[string]ir.BindingOp{"AND": ir.BindAnd, "OR": ir.BindOr, "FOLLOWEDBY": ir.BindFollowed}
		b := &ir.Binding{Op: ops[expr.Operator], Span: expr.At()}
		for _, operand := range expr.Operands {
			b.Of = append(b.Of, binding(operand, base))
		}
		return b
	case *stix.Qualified:
		switch q := expr.Qualifier.(type) {
		case stix.StartStop: // a set is in a range if all its events are
			return binding(expr.Of, base)
		case stix.Within:
			return &ir.Binding{Op: ir.BindWithin, Of: []*ir.Binding{binding(expr.Of, base)}, Within: seconds(q.Seconds.Text), Span: expr.Span}
		case stix.Repeats:
			times, err := strconv.Atoi(q.Times.Text)
			if err != nil {
				times = 1 << 62 // more than any number of events
			}
			return &ir.Binding{Op: ir.BindRepeats, Of: []*ir.Binding{binding(expr.Of, base)}, Times: times, Span: expr.Span}
		}
	}
	panic("egret bug: an unknown expression")
}

// ranges sets the ranges that the events of each pair of brackets overlap.
func ranges(expr stix.ObservationExpr, within []ir.TimeRange, set func(expr *stix.Observation, within []ir.TimeRange)) {
	switch expr := expr.(type) {
	case *stix.Observation:
		set(expr, within)
	case *stix.ObservationOperator:
		for _, operand := range expr.Operands {
			ranges(operand, within, set)
		}
	case *stix.Qualified:
		if q, ok := expr.Qualifier.(stix.StartStop); ok {
			within = also(within, startStop(q))
		}
		ranges(expr.Of, within, set)
	}
}

// seconds returns a number of seconds; fractions of a nanosecond are cut off, which no two events differ by.
func seconds(text string) time.Duration {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0
	}
	r.Mul(r, big.NewRat(int64(time.Second), 1))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	if !n.IsInt64() {
		return 1<<63 - 1
	}
	return time.Duration(n.Int64())
}
