// Package ir is the typed query that every front end lowers to and every engine and back end reads.
//
// A Query is a tree of predicates over fields. Predicates keep the author's order, the parts of their wildcards and the
// spans of the rule, so that a text back end can still write an IN list or a startswith, and every later stage can point
// at the rule. Lowering makes the tree; passes rewrite it without changing its meaning; fields are logical names until
// the bind pass gives them their paths.
//
// Truth is two-valued: a predicate over a missing field is false, and Not turns it to true.
package ir

import (
	"net/netip"
	"regexp/syntax"

	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/source"
)

// Query is one lowered detection.
type Query struct {
	// Rule is the id of the rule, Title its title; both are for people.
	Rule, Title string
	Where       Expr
}

// Field is a field of an event.
type Field struct {
	// Name is the field as the rule names it.
	Name string
	Span source.Span
	// Paths are the places where the field may live, the first that leads to a value counts; nil until bound.
	Paths []value.Path
	// Stored makes the field the text of the column that its path leads to or into, as the table stores it: JSON text is
	// not parsed. Only planning sets it, for predicates that need not be exact; the native matcher never sees it.
	Stored bool
}

// Expr is a node of a query. The set is closed: see Kinds.
type Expr interface {
	// Pos is the place in the rule that the node was made of; zero for nodes that no text stands for.
	Pos() source.Span
	expr()
}

// AndExpr holds when all operands hold; no operands: true.
type AndExpr struct {
	Operands []Expr
	// List marks operands that are the values of one item with the modifier `all`.
	List bool
	Span source.Span
}

// OrExpr holds when any operand holds; no operands: false.
type OrExpr struct {
	Operands []Expr
	// List marks operands that are the values of one item: same field, same operator.
	List bool
	Span source.Span
}

// NotExpr negates.
type NotExpr struct {
	Operand Expr
	Span    source.Span
}

// ConstExpr is always true or always false.
type ConstExpr struct {
	Value bool
	Span  source.Span
}

// StringOp says which part of a text a pattern is held against.
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
	Literal PartKind = iota // Text
	AnyRun                  // any run of characters, line breaks too: *
	AnyOne                  // one code point: ?
	Dash                    // one of - / – — ― (windash)
)

// Part is one part of a pattern.
type Part struct {
	Kind PartKind
	Text string // of a Literal, never empty there; "" otherwise
}

// Pattern is a text with wildcards. No two Literals stand side by side; an empty Pattern is the empty string.
type Pattern []Part

// StringExpr holds when the text of any leaf of the field matches the pattern.
type StringExpr struct {
	Field   Field
	Op      StringOp
	Pattern Pattern
	// Cased compares code points as they are; otherwise both sides are lower-cased code point by code point.
	Cased bool
	Span  source.Span
}

// NumberOp compares numbers.
type NumberOp uint8

// The number operators.
const (
	NumberEqual NumberOp = iota
	Greater
	GreaterEqual
	Less
	LessEqual
)

// NumberExpr holds when any leaf is a number, or a string that is one, and compares so.
type NumberExpr struct {
	Field Field
	Op    NumberOp
	// Text is a JSON number, as the rule writes it.
	Text string
	Span source.Span
}

// BoolExpr holds when any leaf is the boolean, or a string that equals its text ignoring case.
type BoolExpr struct {
	Field Field
	Value bool
	Span  source.Span
}

// NullExpr holds when the field has no leaf: it is missing or JSON null.
type NullExpr struct {
	Field Field
	Span  source.Span
}

// ExistsExpr holds when the field has a leaf.
type ExistsExpr struct {
	Field Field
	Span  source.Span
}

// RegexExpr holds when the regular expression is found in the text of any leaf.
type RegexExpr struct {
	Field Field
	// Text is RE2 syntax without flags. A Field without name stands for every string of the event (keywords).
	Text string
	// IgnoreCase, MultiLine and DotAll are the flags i, m and s.
	IgnoreCase, MultiLine, DotAll bool
	Span                          source.Span
}

// CIDRExpr holds when any leaf is an address within the prefix; an IPv4-mapped IPv6 address is IPv4.
type CIDRExpr struct {
	Field  Field
	Prefix netip.Prefix // masked, never IPv4-mapped
	Span   source.Span
}

// FieldRefExpr holds when any leaf of the field relates to the text of any leaf of the other field.
type FieldRefExpr struct {
	Field, Other Field
	Op           StringOp
	Cased        bool
	Span         source.Span
}

// TimePart is a part of a time in UTC.
type TimePart uint8

// The parts of a time; Week is that of ISO 8601.
const (
	Minute TimePart = iota
	Hour
	Day
	Week
	Month
	Year
)

// TimePartExpr holds when any leaf is a time whose part compares so with a number.
type TimePartExpr struct {
	Field Field
	Part  TimePart
	Op    NumberOp
	Text  string // a JSON number
	Span  source.Span
}

// KeywordExpr holds when any string value anywhere in the event contains the pattern. Departure from Sigma: keys and
// numbers are not searched; keys are the log's grammar, and numbers match by accident (testdata/case/keyword).
type KeywordExpr struct {
	Pattern Pattern
	Cased   bool
	Span    source.Span
}

func (*AndExpr) expr()      {}
func (*OrExpr) expr()       {}
func (*NotExpr) expr()      {}
func (*ConstExpr) expr()    {}
func (*StringExpr) expr()   {}
func (*NumberExpr) expr()   {}
func (*BoolExpr) expr()     {}
func (*NullExpr) expr()     {}
func (*ExistsExpr) expr()   {}
func (*RegexExpr) expr()    {}
func (*CIDRExpr) expr()     {}
func (*FieldRefExpr) expr() {}
func (*TimePartExpr) expr() {}
func (*KeywordExpr) expr()  {}

// Pos is the place of the node in the rule.
func (e *AndExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *OrExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *NotExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *ConstExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *StringExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *NumberExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *BoolExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *NullExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *ExistsExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *RegexExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *CIDRExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *FieldRefExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *TimePartExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node in the rule.
func (e *KeywordExpr) Pos() source.Span { return e.Span }

// Syntax are the flags for package regexp/syntax: RE2, with ^ and $ at the ends of the text unless MultiLine is set.
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
