package egret

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/value"
)

// Trace says of one part of a rule whether it held for an event.
type Trace struct {
	// Text is the part in words: a predicate, or and, or, not over Operands.
	Text string
	Held bool
	// Fields are the values that a predicate saw; nil for and, or, not, and for keywords.
	Fields []FieldValues
	// Operands are the parts below; nil for a predicate. Each is evaluated, also where the result did not depend on it.
	Operands []Trace
}

// FieldValues are the texts of a field's values in an event.
type FieldValues struct {
	Field string
	// Texts are empty where the field is missing or null.
	Texts []string
}

// Explain says why a detection rule matches an event of a log source, or does not. rule is an id, a name or a title; schema
// a log source, as for Compile. The conditions under which an event belongs to the rule's log source are part of it.
// The error says that there is no such rule or log source, that the log source has no events of the rule, or that the event
// is no JSON.
func (r *Rules) Explain(rule, schema string, event []byte) (*Trace, error) {
	s, err := r.schema(schema)
	if err != nil {
		return nil, err
	}
	found := -1
	for i, candidate := range r.set.Rules {
		if strings.EqualFold(candidate.ID, rule) || candidate.Meta.Name == rule || strings.EqualFold(candidate.Title, rule) {
			found = i
			break
		}
	}
	if found < 0 {
		return nil, fmt.Errorf("no detection rule has the id, name or title %q", rule)
	}
	compiled := r.set.Compile(s)
	for query, i := range compiled.Rules {
		if i != found {
			continue
		}
		var parser value.Parser
		doc, err := parser.Parse(event)
		if err != nil {
			return nil, err
		}
		trace := match.Explain(compiled.Queries[query], doc)
		return traceOf(&trace), nil
	}
	return nil, fmt.Errorf("rule %q is about another log source than %s", rule, schema)
}

func traceOf(t *match.Trace) *Trace {
	out := &Trace{Text: ir.Line(t.Expr), Held: t.Held}
	for _, v := range t.Values {
		out.Fields = append(out.Fields, FieldValues(v))
	}
	for i := range t.Operands {
		out.Operands = append(out.Operands, *traceOf(&t.Operands[i]))
	}
	return out
}
