// Package ir defines the typed query that every front end lowers to and every engine and back end reads.
//
// A Query is a tree of predicates over fields. Predicates keep the author's order, their wildcards as parts and the spans
// of the rule, so that a text back end can still write an IN list or a startswith, and every later stage can point at the
// rule. Lowering builds the tree and passes rewrite it. Fields are logical names until the bind pass sets their paths.
//
// Logic is two-valued: a predicate over a missing field is false, and its negation is true.
package ir

import (
	"net/netip"
	"regexp/syntax"

	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/source"
)

// A Query is one lowered detection.
type Query struct {
	// Rule is the id of the rule, Title its title. Both are only for display.
	Rule, Title string
	Where       Expr
}

// A Field is a field of an event.
type Field struct {
	// Name is the field as the rule names it.
	Name string
	Span source.Span
	// Paths are the paths at which the field may be in the event; the first one that leads to a value counts. It is nil
	// until the field is bound.
	Paths []value.Path
	// Stored makes the field's value the text of the whole column that contains it, as the table stores it: JSON text is
	// not parsed. Only planning sets it, for predicates that need not be exact. The native matcher never sees it.
	Stored bool
}

// Expr is a node of a query. Only types of this package implement it.
type Expr interface {
	// Pos returns the span of the rule that the node was made from. It is zero for nodes without a text in the rule.
	Pos() source.Span
	expr()
}

// AndExpr is true if all operands are true. Without operands it is true.
type AndExpr struct {
	Operands []Expr
	// List is set if the operands are the values of one item with the modifier `all`.
	List bool
	Span source.Span
}

// OrExpr is true if any operand is true. Without operands it is false.
type OrExpr struct {
	Operands []Expr
	// List is set if the operands are the values of one item, with the same field and operator.
	List bool
	Span source.Span
}

// NotExpr negates its operand.
type NotExpr struct {
	Operand Expr
	Span    source.Span
}

// ConstExpr is the constant true or false.
type ConstExpr struct {
	Value bool
	Span  source.Span
}

// StringOp determines which part of a text must match a pattern.
type StringOp uint8

// The string operators.
const (
	Equal StringOp = iota
	StartsWith
	EndsWith
	Contains
)

// PartKind is the type of a part of a pattern.
type PartKind uint8

// The parts of a pattern.
const (
	Literal     PartKind = iota // Text
	AnyRun                      // any number of characters, including line breaks: *
	AnyOne                      // one code point: ?
	Dash                        // one of - / – — ― (windash)
	Placeholder                 // a placeholder without values yet; Text is its name without percent signs
)

// A Part is one part of a pattern.
type Part struct {
	Kind PartKind
	Text string // not empty for Literal and Placeholder, "" for other kinds
}

// A Pattern is a text with wildcards. Two Literals never follow each other. An empty Pattern is the empty string.
type Pattern []Part

// StringExpr is true if the text of any leaf of the field matches the pattern.
type StringExpr struct {
	Field   Field
	Op      StringOp
	Pattern Pattern
	// Cased makes the comparison case-sensitive. Otherwise both sides are lower-cased code point by code point.
	Cased bool
	// CaseImplied is set if the comparison is cased only because the value is encoded, not because of the modifier `cased`.
	CaseImplied bool
	Span        source.Span
}

// NumberOp compares numbers, and texts by their order.
type NumberOp uint8

// The number operators.
const (
	NumberEqual NumberOp = iota
	Greater
	GreaterEqual
	Less
	LessEqual
)

// NumberExpr is true if the comparison is true for any leaf that is a number or the text of one.
type NumberExpr struct {
	Field Field
	Op    NumberOp
	// Text is a JSON number, as the rule writes it.
	Text string
	Span source.Span
}

// TextOrderExpr compares the text of any leaf with Text in the order of code points, case-sensitively. A number is compared
// as its text; NumberExpr compares values.
type TextOrderExpr struct {
	Field Field
	// Op is never NumberEqual: a StringExpr tests for equal texts.
	Op   NumberOp
	Text string
	Span source.Span
}

// BoolExpr is true if any leaf is the boolean, or a string that equals its text ignoring case.
type BoolExpr struct {
	Field Field
	Value bool
	Span  source.Span
}

// NullExpr is true if the field has no leaf: it is missing or JSON null.
type NullExpr struct {
	Field Field
	// Absent is set if the rule uses `exists: false` instead of comparing with null. Both mean the same to egret, but other
	// languages write them differently.
	Absent bool
	Span   source.Span
}

// ExistsExpr is true if the field has a leaf.
type ExistsExpr struct {
	Field Field
	Span  source.Span
}

// RegexExpr is true if the regular expression matches anywhere in the text of any leaf.
type RegexExpr struct {
	Field Field
	// Text is RE2 syntax without flags, or any other syntax if lowering keeps it (see lower.Runnable). A Field without a
	// name stands for every string of the event (keywords).
	Text string
	// IgnoreCase, MultiLine and DotAll are the flags i, m and s.
	IgnoreCase, MultiLine, DotAll bool
	Span                          source.Span
}

// CIDRExpr is true if any leaf is an address within the prefix. IPv4-mapped IPv6 addresses count as IPv4.
type CIDRExpr struct {
	Field  Field
	Prefix netip.Prefix // masked, never IPv4-mapped
	// Text is the network as the rule writes it, or "" if no rule text gives one.
	Text string
	Span source.Span
}

// FieldRefExpr is true if any leaf of Field and any leaf of Other satisfy Op, compared as texts.
type FieldRefExpr struct {
	Field, Other Field
	Op           StringOp
	Cased        bool
	Span         source.Span
}

// TimePart is a part of a time in UTC.
type TimePart uint8

// The parts of a time. Week is the ISO 8601 week.
const (
	Minute TimePart = iota
	Hour
	Day
	Week
	Month
	Year
)

// TimePartExpr is true if any leaf is a time and the comparison of its part with a number is true.
type TimePartExpr struct {
	Field Field
	Part  TimePart
	Op    NumberOp
	Text  string // a JSON number
	Span  source.Span
}

// KeywordExpr is true if any string value anywhere in the event contains the pattern. Departure from Sigma: keys and
// numbers are not searched, since keys are the same in all events and numbers match by accident (testdata/case/keyword).
type KeywordExpr struct {
	Pattern Pattern
	Cased   bool
	// CaseImplied is as in StringExpr.
	CaseImplied bool
	Span        source.Span
}

// Syntax returns the flags for package regexp/syntax: RE2, with ^ and $ at the ends of the text unless MultiLine is set.
func (e *RegexExpr) Syntax() syntax.Flags {
	flags := syntax.Perl
	if e.IgnoreCase {
		flags |= syntax.FoldCase
	}
	if e.MultiLine {
		flags &^= syntax.OneLine
	}
	if e.DotAll {
		flags |= syntax.DotNL
	}
	return flags
}
