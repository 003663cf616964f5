package ruleset

import (
	"fmt"
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// unknownField is a field that the log source of its rule is not documented to have.
type unknownField struct {
	name   string
	schema *schema.Schema
	first  ir.Field
	rules  int
}

// UnknownFields warns of fields that rules and correlations of a set ask for and their log source is not documented to
// have, with the nearest that it has: the letter case of a name counts, so that a misspelt one finds nothing. A field is
// told at its first place; max is how many are, 0 for all, and the rest is counted. wanted chooses rules and correlations,
// nil takes all. The set must have been loaded with the schemas; nil are those that come along.
func UnknownFields(set *Set, schemas []*schema.Schema, wanted func(*Info) bool, max int) diag.List {
	if schemas == nil {
		schemas = schema.All()
	}
	var found []*unknownField
	at := map[string]*unknownField{}
	seen := map[string]bool{} // in the rule at hand
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
		if clear(seen); len(serving[i]) == 0 || wanted != nil && !wanted(&rule.Info) {
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

// servingSchemas are the schemas that have events of a rule's log source and know the fields of their log; none if one of
// them does not.
func servingSchemas(rule *Rule, schemas []*schema.Schema) (serving []*schema.Schema) {
	source := rule.Rule.LogSource
	for _, s := range schemas {
		if _, ok := s.Gate(source.Product, source.Service, source.Category); !ok {
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
			Help:    "a rule that asks for it finds nothing, unless events have it all the same",
		}
		if near := u.schema.Near(u.name); near != "" {
			d.Help = "the nearest is " + near
		}
		if u.rules > 1 {
			d.Message += fmt.Sprintf(" (%d rules)", u.rules)
		}
		if more := len(found) - i - 1; max > 0 && i == max-1 && more > 0 {
			d.Message += fmt.Sprintf("; %d more fields of rules are unknown, too", more)
			return append(list, d)
		}
		list = append(list, d)
	}
	return list
}
