// Package sigma reads and prints Sigma rules, correlations and filters (Sigma specification 2.1).
//
// Parse turns the text of a rule file into a Collection and a list of diagnostics. The Collection is a tree with
// every field of the specification, every unknown key, and the position of each part in the file. The tree keeps what
// the author wrote; package lower gives modifiers, wildcards and conditions their meaning.
package sigma

import "github.com/egret-hunt/egret/source"

// Collection holds the documents of one or more files, in the order of the files.
type Collection struct {
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
	// Refused are the correlations that were left out because of an error.
	Refused []*RefusedCorrelation
}

// Text is a string of the rule with its span.
type Text struct {
	Value string
	Span  source.Span
}

// Meta holds the fields that detection rules, correlations and filters share. Absent texts are empty. See Sigma
// specification, "Rule Structure".
type Meta struct {
	Title       string
	ID          string // as written; a UUID in a rule that follows the specification, "" if absent
	Name        string // unique name that correlations and filters may use to refer to the rule
	Related     []Related
	Taxonomy    string
	Status      string // stable, test, experimental, deprecated, unsupported; other values are kept
	Description string
	License     string
	Author      string
	References  []string
	Date        string
	Modified    string
	Fields      []string
	// FalsePositives and Tags are in the order of the file.
	FalsePositives []string
	Level          string // informational, low, medium, high, critical; other values are kept, "" if absent
	Tags           []string
	Scope          []string
	// SharedID is true if the id came from an `action: global` document, so that several rules of the file have it.
	SharedID bool
	// Unknown holds the top-level keys that the specification does not define, in the order of the file.
	Unknown []Unknown

	// Span covers the document. TitleSpan, IDSpan, StatusSpan and LevelSpan cover the values; they are zero if
	// absent.
	Span, TitleSpan, IDSpan, StatusSpan, LevelSpan source.Span
	// Document is the index of the document in the file, from 0.
	Document int
	// Applied are the ids of the transformations that changed the document, in order; nil after parsing. See
	// MarkApplied.
	Applied []string
}

// Related is one entry of `related`.
type Related struct {
	ID, Type string
	Span     source.Span
}

// Unknown is a key that the specification does not define. Value is the decoded YAML: string, int64, uint64, float64,
// bool, nil, []any or map[string]any.
type Unknown struct {
	Key   string
	Value any
	Span  source.Span
}

// LogSource names the logs to which a rule applies. Values are lower-cased; "" if absent.
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
	// Base marks the detection half of a rule with an old aggregation ("| count() > 5"). It has a generated id and an
	// equal name, by which the correlation refers to it, and never reports by itself.
	Base bool
}

// Detection holds the search identifiers and the conditions of a rule or filter.
type Detection struct {
	// Searches are in the order of the file and have unique names.
	Searches []*Search
	// Conditions has one entry, or several if `condition` is a list: the rule matches if any of them matches.
	Conditions []*Condition
	// Timeframe is the `timeframe` of an old aggregation as written, "" if absent. The correlation made from such a
	// rule has the parsed value in Timespan.
	Timeframe Text
	Span      source.Span
}

// Search is a search identifier: a name and an expression.
type Search struct {
	Name string
	Expr SearchExpr
	Span source.Span // of the name
}

// SearchExpr is the value of a search identifier: AnyOf (a YAML list), AllOf (a YAML map) or Item.
type SearchExpr interface{ searchExpr() }

// AnyOf is a YAML list of maps or plain values. It matches if any entry matches. It is never empty.
type AnyOf struct {
	Exprs []SearchExpr
	Span  source.Span
}

// AllOf is a YAML map. It matches if every item matches. It is never empty.
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
	// Applied are the ids of the transformations that changed the item, in order; nil after parsing. See MarkApplied.
	Applied []string
	Span    source.Span
}

func (*AnyOf) searchExpr() {}
func (*AllOf) searchExpr() {}
func (*Item) searchExpr()  {}

// Modifier is one modifier of a field, as written, with its span.
type Modifier struct {
	Name string
	Span source.Span
}

// ValueKind is the type of a value in the rule.
type ValueKind uint8

// The kinds of values. Only decimal integers and decimal fractions are numbers, and only true and false are booleans.
// Everything else is a string.
const (
	StringValue ValueKind = iota
	NumberValue
	BoolValue
	NullValue
)

// Value is one value of an item. Text is the string with YAML's quoting removed and Sigma's escapes kept, the number
// as written, true or false in lower case, or "" for null.
type Value struct {
	Kind ValueKind
	Text string
	Span source.Span
}

// Condition is one condition of a detection.
type Condition struct {
	Text string // as written; for an old aggregation, the part before the pipe
	Expr ConditionExpr
	Span source.Span
}

// ConditionExpr is a node of a condition: AndExpr, OrExpr, NotExpr, IdentifierExpr or SelectorExpr.
type ConditionExpr interface {
	conditionExpr()
	Pos() source.Span
}

// AndExpr matches if all operands match. It has at least two operands, in the order of the rule.
type AndExpr struct {
	Operands []ConditionExpr
	Span     source.Span
}

// OrExpr matches if any operand matches. It has at least two operands, in the order of the rule.
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
	// All is true for "all of"; otherwise at least Count (1 for "any") of the selected identifiers must match.
	All   bool
	Count int
	// Pattern is an identifier with `*` wildcards, or "them"; see Detection.Select. It may match no identifier (with
	// a warning) unless All is set.
	Pattern string
	Span    source.Span
}

func (*AndExpr) conditionExpr()        {}
func (*OrExpr) conditionExpr()         {}
func (*NotExpr) conditionExpr()        {}
func (*IdentifierExpr) conditionExpr() {}
func (*SelectorExpr) conditionExpr()   {}

// Pos returns the span of the node.
func (e *AndExpr) Pos() source.Span { return e.Span }

// Pos returns the span of the node.
func (e *OrExpr) Pos() source.Span { return e.Span }

// Pos returns the span of the node.
func (e *NotExpr) Pos() source.Span { return e.Span }

// Pos returns the span of the node.
func (e *IdentifierExpr) Pos() source.Span { return e.Span }

// Pos returns the span of the node.
func (e *SelectorExpr) Pos() source.Span { return e.Span }
