package egret

import (
	"fmt"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/value"
)

// A Trace is the evaluation of one part of a rule on an event.
type Trace struct {
	// Text is a predicate, or "and", "or" or "not", which apply to Operands.
	Text string
	// Matched is the result of the evaluation.
	Matched bool
	// Fields are the values that a predicate compared. It is nil for and, or, not and keywords.
	Fields []FieldValues
	// Operands are nil for a predicate. All operands are evaluated, even if the result does not depend on them.
	Operands []Trace
}

// FieldValues are the values of a field in an event.
type FieldValues struct {
	Field string
	// Texts are the values as texts. It is empty if the field is missing or null.
	Texts []string
}

// Explain shows why a detection rule matches or does not match an event. rule is an id, a name or a title; schema is the
// name of a log source, as for Compile. The trace includes the conditions for an event to belong to the rule's log source.
// Explain returns an error if there is no such rule or log source, if the rule does not apply to that log source, or if the
// event is not JSON.
func (r *Rules) Explain(rule, schema string, event []byte) (*Trace, error) {
	s, err := r.schema(schema)
	if err != nil {
		return nil, err
	}
	found := -1
	for i, candidate := range r.set.Rules {
		if candidate.IsTitled(rule) {
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
	return nil, fmt.Errorf("rule %q does not apply to log source %s", rule, schema)
}

func traceOf(t *match.Trace) *Trace {
	out := &Trace{Text: ir.Line(t.Expr), Matched: t.Held}
	for _, v := range t.Values {
		out.Fields = append(out.Fields, FieldValues(v))
	}
	for i := range t.Operands {
		out.Operands = append(out.Operands, *traceOf(&t.Operands[i]))
	}
	return out
}
