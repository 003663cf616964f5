package ruleset

import (
	"fmt"
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// An unknownField is a field of a rule that the documentation of its log source does not list.
type unknownField struct {
	name   string
	schema *schema.Schema
	first  ir.Field
	rules  int
}

// UnknownFields warns of fields in rules and correlations that the documentation of their log source does not list, and
// suggests the nearest known field. Field names are case-sensitive, so a misspelt name never matches. Each field is reported
// once, at its first use. max limits the number of diagnostics, 0 for all; the last one counts the remaining fields. wanted
// selects rules and correlations, nil selects all. schemas must be those with which the set was loaded; nil stands for the
// built-in ones.
func UnknownFields(set *Set, schemas []*schema.Schema, wanted func(*Info) bool, max int) diag.List {
	if schemas == nil {
		schemas = schema.All()
	}
	var found []*unknownField
	at := map[string]*unknownField{}
	seen := map[string]bool{} // fields of the current rule
	add := func(serving []*schema.Schema, f ir.Field) {
		if f.Name == "" || seen[f.Name] {
			return
		}
		seen[f.Name] = true
		for _, s := range serving {
			if _, unknown := s.Unknown(f.Name); !unknown {
				return
			}
		}
		key := serving[0].Name + " " + f.Name
		if at[key] == nil {
			at[key] = &unknownField{name: f.Name, schema: serving[0], first: f}
			found = append(found, at[key])
		}
		at[key].rules++
	}
	serving := make([][]*schema.Schema, len(set.Rules))
	for i, rule := range set.Rules {
		serving[i] = servingSchemas(rule, schemas)
		if clear(seen); len(serving[i]) == 0 || wanted != nil && !wanted(&rule.Info) || rule.Decision != nil { // the fields of a Decision are not the author's
			continue
		}
		ir.Walk(rule.Query.Where, func(e ir.Expr) bool {
			for _, f := range ir.Fields(e) {
				add(serving[i], *f)
			}
			return true
		})
	}
	for _, c := range set.Correlations {
		if clear(seen); wanted != nil && !wanted(&c.Info) {
			continue
		}
		for _, base := range c.IR.Bases {
			if base.Correlation || len(serving[base.Index]) == 0 {
				continue
			}
			for _, f := range slices.Concat(base.GroupBy, base.Values) {
				add(serving[base.Index], f)
			}
		}
	}
	return unknownFaults(found, max)
}

// servingSchemas returns the schemas that serve a rule's log source, or nil if one of them does not list its fields.
func servingSchemas(rule *Rule, schemas []*schema.Schema) (serving []*schema.Schema) {
	for _, s := range schemas {
		if !s.Serves(rule.LogSource) {
			continue
		}
		if len(s.Names()) == 0 {
			return nil
		}
		serving = append(serving, s)
	}
	return serving
}

func unknownFaults(found []*unknownField, max int) (list diag.List) {
	for i, u := range found {
		d := diag.Diagnostic{
			Code: "unknown-field", Severity: diag.Warning, Span: u.first.Span,
			Message: fmt.Sprintf("%s has no field %q", u.schema.Title, u.name),
			Help:    "a rule with this field matches nothing unless events have an undocumented field of that name",
		}
		if near := u.schema.Near(u.name); near != "" {
			d.Help = "the nearest is " + near
		}
		if u.rules > 1 {
			d.Message += fmt.Sprintf(" (%d rules)", u.rules)
		}
		if more := len(found) - i - 1; max > 0 && i == max-1 && more > 0 {
			d.Message += fmt.Sprintf("; %d more fields in rules are unknown", more)
			return append(list, d)
		}
		list = append(list, d)
	}
	return list
}
