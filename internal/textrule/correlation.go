package textrule

import (
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A Correlation is a correlation, ready to be written in a text language.
type Correlation struct {
	Info
	// Type is one of sigma.CorrelationTypes.
	Type string
	// Bases are the rules and correlations that it counts, in the order of `rules`.
	Bases []*Base
	// GroupBy are the group keys as written; without them all events form one group.
	GroupBy []string
	// Timespan is the window as written, such as 10m: TimespanCount is 10 and TimespanUnit m. Seconds is its length.
	Timespan, TimespanCount, TimespanUnit string
	Seconds                               int64
	// Bounds must all hold. A temporal type without a condition has the bound that all rules match.
	Bounds []Bound
	// Values are the fields whose values are counted or aggregated.
	Values []string
	// Percentile is the rank of value_percentile as a decimal number, "" for other types.
	Percentile string
	// Extended is the condition of the extended temporal types, nil for other types. Its leaves are of type BaseRef.
	Extended Node
	Aliases  []Alias
	// Fields are the fields that the author wants to show, as written.
	Fields []string
	// State is as in Rule.
	State map[string]any
}

// A Base is a rule or correlation that a correlation counts.
type Base struct {
	Info
	// Fields are the fields that its author wants to show.
	Fields []string
	// Correlation is set if the base is a correlation.
	Correlation bool
	// Queries are its queries, without the form of an output format.
	Queries []string
	// State is as in Rule.
	State map[string]any
}

// A Bound compares the count or aggregate. Op is lt, lte, gt, gte, eq or neq, and Value a decimal number.
type Bound struct{ Op, Value string }

// An Alias is a group key that stands for a field of each base.
type Alias struct {
	Name string
	// Fields are the fields by index of Bases. A base that the alias does not name is missing.
	Fields map[int]string
}

// BaseRef is a leaf of Correlation.Extended: the base with an index in Bases has an event in the window.
type BaseRef struct {
	Index int
	Span  source.Span
}

func (*BaseRef) node() {}

// Pos implements Node.
func (n *BaseRef) Pos() source.Span { return n.Span }

// FromCorrelation reads a correlation. bases are the documents that c.Rules name, in the same order; same reports whether a
// reference names a base. c has no faults: its references are resolved.
func FromCorrelation(c *sigma.Correlation, bases []*Base, same func(reference string, base int) bool) *Correlation {
	out := &Correlation{
		Info: InfoOf(&c.Meta), Type: c.Type, Bases: bases, Timespan: c.TimespanText, Seconds: int64(c.Timespan.Seconds()), Fields: c.Fields,
	}
	if n := len(c.TimespanText); n > 1 {
		out.TimespanCount, out.TimespanUnit = c.TimespanText[:n-1], c.TimespanText[n-1:]
	}
	for _, g := range c.GroupBy {
		out.GroupBy = append(out.GroupBy, g.Value)
	}
	if c.Condition != nil {
		for _, b := range c.Condition.Bounds {
			out.Bounds = append(out.Bounds, Bound{b.Op, number(b.Value)})
		}
		for _, f := range c.Condition.Fields {
			out.Values = append(out.Values, f.Value)
		}
		if c.Condition.HasPercentile {
			out.Percentile = strconv.FormatFloat(c.Condition.Percentile, 'f', -1, 64)
		}
	}
	if len(out.Bounds) == 0 && c.Extended == nil {
		out.Bounds = []Bound{{"gte", strconv.Itoa(len(bases))}}
	}
	indexOf := func(reference string) int {
		return slices.IndexFunc(bases, func(b *Base) bool { return same(reference, slices.Index(bases, b)) })
	}
	for _, a := range c.Aliases {
		alias := Alias{Name: a.Name, Fields: map[int]string{}}
		for i, rule := range a.Rules {
			for base := range bases {
				if _, known := alias.Fields[base]; !known && same(rule.Value, base) {
					alias.Fields[base] = a.Fields[i].Value
				}
			}
		}
		out.Aliases = append(out.Aliases, alias)
	}
	if c.Extended != nil {
		out.Extended = extended(c.Extended.Expr, indexOf)
	}
	return out
}

// extended reads a condition over rules.
func extended(expr sigma.ConditionExpr, indexOf func(string) int) Node {
	list := func(operands []sigma.ConditionExpr) []Node {
		nodes := make([]Node, len(operands))
		for i, operand := range operands {
			nodes[i] = extended(operand, indexOf)
		}
		return nodes
	}
	switch e := expr.(type) {
	case *sigma.AndExpr:
		return &And{list(e.Operands), e.Span}
	case *sigma.OrExpr:
		return &Or{list(e.Operands), e.Span}
	case *sigma.NotExpr:
		return &Not{extended(e.Operand, indexOf), e.Span}
	case *sigma.IdentifierExpr:
		return &BaseRef{max(indexOf(e.Name), 0), e.Span}
	}
	panic("egret bug: a condition over rules has no selectors")
}
