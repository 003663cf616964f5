// Package stix reads and prints patterns of STIX 2.0 and 2.1 (OASIS, "STIX Version 2.1", section 9).
//
// Parse returns the tree of a pattern, whose nodes have spans, or diagnostics that point at the character that cannot be
// read and say what was expected. It accepts exactly the grammar. Check finds what the grammar allows although it has no
// meaning, such as a date that does not exist.
package stix

import "github.com/egret-hunt/egret/source"

// A Version is a version of the STIX specification.
type Version uint8

// The versions differ in what their grammars allow: 2.1 adds EXISTS and allows each kind of qualifier once.
const (
	V21 Version = iota // 2.1, the default
	V20                // 2.0
)

// String returns the version as people write it: 2.0 or 2.1.
func (v Version) String() string {
	if v == V20 {
		return "2.0"
	}
	return "2.1"
}

// ParseVersion reads 2.0 or 2.1.
func ParseVersion(text string) (v Version, ok bool) {
	switch text {
	case "2.1":
		return V21, true
	case "2.0":
		return V20, true
	}
	return V21, false
}

// A Pattern is the tree of one pattern.
type Pattern struct {
	Version Version
	Expr    ObservationExpr
}

// An ObservationExpr is an expression about several observations. The set of implementations is closed.
type ObservationExpr interface {
	observation()
	// At returns the position of the whole expression.
	At() source.Span
}

// An Observation is one pair of brackets: a condition on a single observation.
type Observation struct {
	Comparison ComparisonExpr
	Span       source.Span
}

// An ObservationOperator joins expressions that have the same operator and no parentheses, at least two, from left to right.
type ObservationOperator struct {
	Operator string // AND, OR or FOLLOWEDBY
	Operands []ObservationExpr
}

// A Qualified is an expression with one qualifier; several qualifiers are nested, the last one outermost.
type Qualified struct {
	Of        ObservationExpr
	Qualifier Qualifier
	// Closed says that parentheses stand around the expression together with its qualifier.
	Closed bool
	Span   source.Span // of the qualifier
}

func (*Observation) observation()         {}
func (*ObservationOperator) observation() {}
func (*Qualified) observation()           {}

// At returns the position of the brackets and what is in them.
func (o *Observation) At() source.Span { return o.Span }

// At returns the position from the first operand to the last.
func (o *ObservationOperator) At() source.Span {
	return join(o.Operands[0].At(), o.Operands[len(o.Operands)-1].At())
}

// At returns the position of the expression and its qualifier.
func (q *Qualified) At() source.Span { return join(q.Of.At(), q.Span) }

func join(first, last source.Span) source.Span {
	return source.Span{File: first.File, Start: first.Start, End: last.End}
}

// A Qualifier restricts the observations that an expression binds. The set of implementations is closed.
type Qualifier interface {
	// Keyword returns the word that the qualifier begins with.
	Keyword() string
}

// A StartStop restricts observations to a time range; the start is part of it, the end is not.
type StartStop struct{ Start, Stop Literal }

// A Within limits the time between the first and the last observation.
type Within struct{ Seconds Literal }

// A Repeats asks for the expression a number of times, with other observations each time.
type Repeats struct{ Times Literal }

// Keyword returns START.
func (StartStop) Keyword() string { return "START" }

// Keyword returns WITHIN.
func (Within) Keyword() string { return "WITHIN" }

// Keyword returns REPEATS.
func (Repeats) Keyword() string { return "REPEATS" }

// A ComparisonExpr is a condition on one observation. The set of implementations is closed.
type ComparisonExpr interface {
	comparison()
	// At returns the position of the whole expression.
	At() source.Span
}

// A ComparisonOperator joins conditions that have the same operator and no parentheses, at least two.
type ComparisonOperator struct {
	Operator string // AND or OR
	Operands []ComparisonExpr
}

// A Comparison compares a property with a literal or, for IN, with a set of literals.
type Comparison struct {
	Path Path
	Not  bool
	// Operator is =, !=, <, <=, >, >=, IN, LIKE, MATCHES, ISSUBSET or ISSUPERSET; == and <> are read as = and !=.
	Operator string
	// Values has one literal, for IN any number.
	Values []Literal
	Span   source.Span
}

// An Exists asks whether a property exists. It is part of STIX 2.1 only.
type Exists struct {
	Not  bool
	Path Path
	Span source.Span
}

func (*ComparisonOperator) comparison() {}
func (*Comparison) comparison()         {}
func (*Exists) comparison()             {}

// At returns the position from the first operand to the last.
func (o *ComparisonOperator) At() source.Span {
	return join(o.Operands[0].At(), o.Operands[len(o.Operands)-1].At())
}

// At returns the position of the comparison.
func (c *Comparison) At() source.Span { return c.Span }

// At returns the position from NOT or EXISTS to the end of the path.
func (e *Exists) At() source.Span { return e.Span }

// A Path is an object path: the type of an object and steps to a property, at least one, of which the first is a key.
type Path struct {
	Type  string
	Steps []Step
	Span  source.Span
}

// A Step of a path is a key, or an index into a list.
type Step struct {
	Key string
	// List says that the step is an index: Index counts from 0, and Any is [*].
	List  bool
	Any   bool
	Index string
}

// A LiteralKind is the type of a literal.
type LiteralKind uint8

// The types of literals.
const (
	String LiteralKind = iota
	Integer
	Float
	Boolean
	Timestamp
	Hex
	Binary
)

// String returns the name of the type in lower case.
func (k LiteralKind) String() string {
	return [...]string{"string", "integer", "float", "boolean", "timestamp", "hex", "binary"}[k]
}

// A Literal is a value in a pattern.
type Literal struct {
	Kind LiteralKind
	// Text is the value without quotes and escapes; a number has no plus sign. Hex and Binary keep their encoding.
	Text string
	Span source.Span
}
