// Package sigma reads and prints Sigma rules, correlations and filters (Sigma specification 2.1).
//
// In goes the text of a rule file, out comes a Collection: a tree that keeps every field of the specification, every
// key that it does not know, and the place of each part in the file, beside a list of diagnostics. The tree says what
// the author wrote; modifiers, wildcards and conditions get their meaning later, in package lower.
package sigma

import "github.com/egret-hunt/egret/source"

// Collection is what the documents of one file (or of several) hold, in the order of the files.
type Collection struct {
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
	// Refused are the correlations that were left out because of an error.
	Refused []*RefusedCorrelation
}

// Text is a string of the rule with its place.
type Text struct {
	Value string
	Span  source.Span
}

// Meta holds the fields that detection rules, correlations and filters share.
// Texts that the author left out are empty; Sigma specification, "Rule Structure".
type Meta struct {
	Title       string
	ID          string // as written; a UUID in a rule that follows the specification, "" if absent
	Name        string // unique name by which correlations and filters may refer to the rule
	Related     []Related
	Taxonomy    string
	Status      string // stable, test, experimental, deprecated, unsupported; other texts are kept
	Description string
	License     string
	Author      string
	References  []string
	Date        string
	Modified    string
	Fields      []string
	// FalsePositives and Tags are in the order of the file.
	FalsePositives []string
	Level          string // informational, low, medium, high, critical; other texts are kept, "" if absent
	Tags           []string
	Scope          []string
	// SharedID says that the id came from an `action: global` document, so that several rules of the file carry it.
	SharedID bool
	// Unknown holds the top-level keys that the specification does not define, in the order of the file.
	Unknown []Unknown

	// Span covers the document; TitleSpan, IDSpan, StatusSpan and LevelSpan the values, zero if absent.
	Span, TitleSpan, IDSpan, StatusSpan, LevelSpan source.Span
	// Document counts the documents of the file from 0.
	Document int
}

// Related is one entry of `related`.
type Related struct {
	ID, Type string
	Span     source.Span
}

// Unknown is a key that the specification does not define. Value is what the YAML holds: string, int64, uint64,
// float64, bool, nil, []any or map[string]any.
type Unknown struct {
	Key   string
	Value any
	Span  source.Span
}

// LogSource names the logs that a rule is about. Values are lower-cased texts as written; "" if absent.
type LogSource struct {
	Category, Product, Service, Definition string
	Unknown                                []Unknown
	Span                                   source.Span
}

// Rule is a detection rule.
type Rule struct {
	Meta
	LogSource LogSource
	Detection Detection
	// Base marks the detection half of a rule with an old aggregation ("| count() > 5"). It has an id and a name of its
	// own, the same text in both, by which the correlation beside it refers to it, and never reports by itself.
	Base bool
}

// Detection holds the search identifiers and the conditions of a rule or filter.
type Detection struct {
	// Searches are in the order of the file; their names are unique.
	Searches []*Search
	// Conditions has one entry, or several where `condition` is a list: any of them is enough.
	Conditions []*Condition
	// Timeframe is the `timeframe` of old aggregations as written, "" if absent. A rule that was made a correlation has
	// it there as Timespan and here as written.
	Timeframe Text
	Span      source.Span
}

// Search is one search identifier: a name and what it stands for.
type Search struct {
	Name string
	Expr SearchExpr
	Span source.Span // of the name
}

// SearchExpr is what a search identifier stands for: AnyOf (a YAML list), AllOf (a YAML map) or Item.
type SearchExpr interface{ searchExpr() }

// AnyOf is a YAML list of maps or of plain values: one that holds is enough. Empty lists do not occur.
type AnyOf struct {
	Exprs []SearchExpr
	Span  source.Span
}

// AllOf is a YAML map: every item must hold. Empty maps do not occur.
type AllOf struct {
	Exprs []SearchExpr
	Span  source.Span
}

// Item is `field|modifier|…: values`, or a list of keywords if Field is "".
type Item struct {
	Field     string
	FieldSpan source.Span
	Modifiers []Modifier
	// Values has at least one entry, in the order of the file. A keyword list of several values is one Item.
	Values []Value
	Span   source.Span
}

func (*AnyOf) searchExpr() {}
func (*AllOf) searchExpr() {}
func (*Item) searchExpr()  {}

// Modifier is one modifier of a field, as written, with its place.
type Modifier struct {
	Name string
	Span source.Span
}

// ValueKind is the type of a value in the rule.
type ValueKind uint8

// The kinds of values. Only decimal integers and decimal fractions are numbers, only true and false are booleans;
// everything else is a string (design: "YAML values").
const (
	StringValue ValueKind = iota
	NumberValue
	BoolValue
	NullValue
)

// Value is one value of an item. Text is the string with YAML's quoting removed and Sigma's escapes still in it, or the
// number as written, or true or false in lower case, or "" for null.
type Value struct {
	Kind ValueKind
	Text string
	Span source.Span
}

// Condition is one condition of a detection.
type Condition struct {
	Text string // as written; of an old aggregation the part before the pipe
	Expr ConditionExpr
	Span source.Span
}

// ConditionExpr is a node of a condition: AndExpr, OrExpr, NotExpr, IdentifierExpr or SelectorExpr.
type ConditionExpr interface {
	conditionExpr()
	Pos() source.Span
}

// AndExpr holds when all operands hold; at least two, in the author's order.
type AndExpr struct {
	Operands []ConditionExpr
	Span     source.Span
}

// OrExpr holds when any operand holds; at least two, in the author's order.
type OrExpr struct {
	Operands []ConditionExpr
	Span     source.Span
}

// NotExpr negates its operand.
type NotExpr struct {
	Operand ConditionExpr
	Span    source.Span
}

// IdentifierExpr refers to a search identifier (or, in an extended temporal correlation, to a rule).
type IdentifierExpr struct {
	Name string
	Span source.Span
}

// SelectorExpr is `1 of x*`, `any of them`, `all of x*`, `2 of them`.
type SelectorExpr struct {
	// All is true for "all of"; otherwise Count (1 for "any") of the matched identifiers must hold.
	All   bool
	Count int
	// Pattern is an identifier with `*` wildcards, or "them"; Detection.Select says which searches it stands for. It
	// may stand for none (with a warning) unless All is set.
	Pattern string
	Span    source.Span
}

func (*AndExpr) conditionExpr()        {}
func (*OrExpr) conditionExpr()         {}
func (*NotExpr) conditionExpr()        {}
func (*IdentifierExpr) conditionExpr() {}
func (*SelectorExpr) conditionExpr()   {}

// Pos is the place of the node.
func (e *AndExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node.
func (e *OrExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node.
func (e *NotExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node.
func (e *IdentifierExpr) Pos() source.Span { return e.Span }

// Pos is the place of the node.
func (e *SelectorExpr) Pos() source.Span { return e.Span }
