package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/source"
)

// An absence is what some rules ask for and their log never has.
type absence struct {
	schema *schema.Schema
	never  *schema.Never
	// whole means that the rules match nothing because of it, otherwise only some of their conditions are never true.
	whole bool
	span  source.Span
	value string
	rules int
}

// NeverMatching warns of rules that ask for a field or value that their log source never has, with the reason. Each is
// reported once, at its first use. max limits the number of diagnostics, 0 for all; the last one counts the others. wanted
// selects rules, nil selects all. schemas must be those with which the set was loaded; nil stands for the built-in ones.
func NeverMatching(set *Set, schemas []*schema.Schema, wanted func(*Info) bool, max int) diag.List {
	if schemas == nil {
		schemas = schema.All()
	}
	type key struct {
		never *schema.Never
		whole bool
	}
	var found []*absence
	at := map[key]*absence{}
	for _, rule := range set.Rules {
		if wanted != nil && !wanted(&rule.Info) || rule.Decision != nil {
			continue
		}
		a, ok := absent(rule, schemas)
		if !ok {
			continue
		}
		k := key{a.never, a.whole}
		if at[k] == nil {
			at[k] = &a
			found = append(found, &a)
		}
		at[k].rules++
	}
	return absenceFaults(found, max)
}

// absent returns what a rule asks for and none of its log sources has.
func absent(rule *Rule, schemas []*schema.Schema) (first absence, ok bool) {
	serving := 0
	for _, s := range schemas {
		if !s.Serves(rule.LogSource) {
			continue
		}
		serving++
		a, missing := absentFrom(rule.Query.Where, s)
		switch {
		case !missing || serving > 1 && !a.whole:
			return absence{}, false
		case serving == 1:
			first = a
		}
	}
	return first, serving > 0 && (serving == 1 || first.whole)
}

// absentFrom finds what an expression asks for and a log never has.
func absentFrom(where ir.Expr, s *schema.Schema) (first absence, missing bool) {
	list := s.Never()
	if len(list) == 0 {
		return absence{}, false
	}
	rest := pass.Simplify(ir.Rewrite(where, func(e ir.Expr) ir.Expr {
		if and, ok := e.(*ir.AndExpr); ok {
			i := slices.IndexFunc(list, func(n schema.Never) bool { return asksTogether(and, &n) })
			if i < 0 {
				return e
			}
			if !missing {
				first, missing = absence{schema: s, never: &list[i], span: e.Pos(), value: strings.Join(list[i].Together, " and ")}, true
			}
			return &ir.ConstExpr{Span: e.Pos()}
		}
		fields := ir.Fields(e)
		if len(fields) != 1 {
			return e
		}
		for i := range list {
			if list[i].Field != fields[0].Name || len(list[i].Together) > 0 {
				continue
			}
			text, never := neverHolds(e, &list[i])
			if !never {
				continue
			}
			if !missing {
				first, missing = absence{schema: s, never: &list[i], span: e.Pos(), value: text}, true
			}
			_, isNull := e.(*ir.NullExpr)
			return &ir.ConstExpr{Value: isNull, Span: e.Pos()}
		}
		return e
	}))
	c, constant := rest.(*ir.ConstExpr)
	first.whole = constant && !c.Value
	return first, missing
}

// asksTogether reports whether an AND asks one field for all the values that it never has together.
func asksTogether(and *ir.AndExpr, never *schema.Never) bool {
	for _, value := range never.Together {
		if !slices.ContainsFunc(and.Operands, func(e ir.Expr) bool {
			text, ok := e.(*ir.StringExpr)
			return ok && text.Field.Name == never.Field && strings.EqualFold(wanted(text.Pattern), value)
		}) {
			return false
		}
	}
	return len(never.Together) > 0
}

// neverHolds reports whether a comparison cannot hold, and the value that it asks for, "" for any.
func neverHolds(e ir.Expr, never *schema.Never) (text string, ok bool) {
	switch e := e.(type) {
	case *ir.NullExpr:
		return "", len(never.Values) == 0
	case *ir.StringExpr:
		text = wanted(e.Pattern)
	case *ir.NumberExpr:
		text = e.Text
	default:
		return "", len(never.Values) == 0
	}
	if len(never.Values) == 0 {
		return text, true
	}
	for _, pattern := range never.Values {
		if likeText(pattern, text) {
			return text, true
		}
	}
	return "", false
}

// wanted returns a pattern as rules write it.
func wanted(pattern ir.Pattern) string {
	var b strings.Builder
	for _, part := range pattern {
		switch part.Kind {
		case ir.Literal:
			b.WriteString(part.Text)
		case ir.AnyRun:
			b.WriteByte('*')
		case ir.AnyOne:
			b.WriteByte('?')
		case ir.Dash:
			b.WriteByte('-')
		case ir.Placeholder:
			b.WriteString("%" + part.Text + "%")
		}
	}
	return b.String()
}

// likeText reports whether a text fits a pattern with stars, ignoring case.
func likeText(pattern, text string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	text = strings.ToLower(text)
	if len(parts) == 1 {
		return parts[0] == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, text, ok = strings.Cut(text, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

func absenceFaults(found []*absence, max int) (list diag.List) {
	for i, a := range found {
		what := fmt.Sprintf("has no field %q", a.never.Field)
		if len(a.never.Values)+len(a.never.Together) > 0 {
			what = fmt.Sprintf("never has %q in the field %q", a.value, a.never.Field)
		}
		effect := "this part of the rule is never true"
		if a.whole {
			effect = "the rule matches nothing"
		}
		d := diag.Diagnostic{
			Code: "never-matches", Severity: diag.Warning, Span: a.span,
			Message: fmt.Sprintf("%s %s; %s", a.schema.Title, what, effect), Help: a.never.Why,
		}
		if a.rules > 1 {
			d.Message += fmt.Sprintf(" (%d rules)", a.rules)
		}
		if more := len(found) - i - 1; max > 0 && i == max-1 && more > 0 {
			d.Message += fmt.Sprintf("; %d more warnings of this kind", more)
			return append(list, d)
		}
		list = append(list, d)
	}
	return list
}

// MatchesNothing reports whether a rule matches nothing because of a field or value that its log source never has, with the
// reason. schemas are those with which the set was loaded; nil stands for the built-in ones.
func MatchesNothing(rule *Rule, schemas []*schema.Schema) (why string, ok bool) {
	if schemas == nil {
		schemas = schema.All()
	}
	a, ok := absent(rule, schemas)
	if !ok || !a.whole {
		return "", false
	}
	if len(a.never.Values)+len(a.never.Together) > 0 {
		return fmt.Sprintf("%s never is %q: %s", a.never.Field, a.value, a.never.Why), true
	}
	return fmt.Sprintf("%s: %s", a.never.Field, a.never.Why), true
}
