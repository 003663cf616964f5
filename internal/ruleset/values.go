package ruleset

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// withValues returns an expression in which values of the log count also as the words that rules use for them.
func withValues(where ir.Expr, s *schema.Schema) ir.Expr {
	if !s.HasValues() {
		return where
	}
	return pass.Values(where, s.Values, holdsFor)
}

// holdsFor decides a comparison for a text, with the matcher itself so that all comparisons mean the same.
func holdsFor(e ir.Expr, text string) bool {
	if s, ok := e.(*ir.StringExpr); ok {
		for _, part := range s.Pattern {
			if part.Kind == ir.Placeholder {
				return false
			}
		}
	}
	bound := ir.Clone(e)
	for _, field := range ir.Fields(bound) {
		field.Name, field.Paths = "value", []value.Path{{Text: "value"}}
	}
	doc, err := new(value.Parser).Parse([]byte(`{"value":` + string(value.AppendQuoted(nil, []byte(text))) + `}`))
	if err != nil {
		return false
	}
	return len(match.Compile([]ir.Expr{bound}, nil).NewMatcher().Match(doc)) > 0
}
