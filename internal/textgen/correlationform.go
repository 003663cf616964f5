package textgen

import (
	"fmt"
	"maps"
	"slices"
)

// A CorrelationForm says how correlations are written, for each method.
type CorrelationForm struct {
	// Default is the method without -c.
	Default string             `yaml:"default"`
	Methods map[string]*Method `yaml:"methods"`
}

// A Method is a way to write correlations.
type Method struct {
	Title string `yaml:"title"`
	// Query joins the parts: {search}, {typing}, {aggregate}, {condition}, {groupby}, {timespan}, and for languages without parts
	// also the names of Types.
	Query *Template            `yaml:"query"`
	Types map[string]*TypeForm `yaml:"types"`
	// One is {search} for a correlation of one query, with {query}, {rule} and {normalize}. Many, with {queries}, is that of
	// several; each of them is written as Each, and Joiner stands between them. Without One, Many is used for one query too.
	One    *Template `yaml:"one"`
	Many   *Template `yaml:"many"`
	Each   *Template `yaml:"each"`
	Joiner string    `yaml:"joiner"`
	// Normalize renames a field to an alias: {alias}, {field}. NormalizeJoiner stands between several.
	Normalize       *Template `yaml:"normalize"`
	NormalizeJoiner string    `yaml:"normalize_joiner"`
	// NormalizeStart stands before the first renamed field.
	NormalizeStart string `yaml:"normalize_start"`
	// SingleQueries refuses rules that have several queries.
	SingleQueries bool `yaml:"single_queries"`
	// Typing tells the events of rules apart: {queries}, each as TypingEach, with TypingJoiner between them.
	Typing       *Template `yaml:"typing"`
	TypingEach   *Template `yaml:"typing_each"`
	TypingJoiner string    `yaml:"typing_joiner"`
	// GroupBy, with {fields}, is {groupby}; each field is written as GroupField, with GroupJoiner between them. GroupNone is
	// {groupby} without fields.
	GroupBy     *Template `yaml:"group_by"`
	GroupField  *Template `yaml:"group_field"`
	GroupJoiner string    `yaml:"group_joiner"`
	GroupNone   string    `yaml:"group_none"`
	// Fields, with {fields}, are further fields of the rules to show; each is written as FieldsEach, with FieldsJoiner between.
	Fields       *Template `yaml:"fields"`
	FieldsEach   *Template `yaml:"fields_each"`
	FieldsJoiner string    `yaml:"fields_joiner"`
	// Units replace units of timespans: s, m, h, d, w, M, y. With Seconds timespans are in seconds.
	Units   map[string]string `yaml:"units"`
	Seconds bool              `yaml:"seconds"`
	// Operators are those of conditions: lt, lte, gt, gte, eq, neq.
	Operators map[string]string `yaml:"operators"`
	// BoundJoiner stands between the conditions of several bounds; without it such a correlation is refused.
	BoundJoiner string `yaml:"bound_joiner"`
	// RuleEach, with {rule}, and RuleJoiner make {rules}.
	RuleEach   *Template `yaml:"rule_each"`
	RuleJoiner string    `yaml:"rule_joiner"`
	// Extended, with {rule}, is a rule in a condition of the extended types.
	Extended *Template `yaml:"extended"`
	// Chains is set if a correlation may count another one. It can never count several.
	Chains bool `yaml:"chains"`
}

// A TypeForm is a type of correlation.
type TypeForm struct {
	Query     *Template `yaml:"query"`
	Aggregate *Template `yaml:"aggregate"`
	Condition *Template `yaml:"condition"`
	// Departure is what the query does differently, as in Spec.Departures; Bounds the same for conditions other than gte, and
	// Several for more than one rule.
	Departure string `yaml:"departure"`
	Bounds    string `yaml:"bounds"`
	Several   string `yaml:"several"`
	// Single refuses several rules, OneField several fields, and All a condition that does not ask for all rules.
	Single   bool `yaml:"single"`
	OneField bool `yaml:"one_field"`
	All      bool `yaml:"all"`
	// GroupValues adds the fields whose values are counted to {groupby}.
	GroupValues bool `yaml:"group_values"`
	// GroupNone replaces that of the method.
	GroupNone *string `yaml:"group_none"`
	// GroupBy replaces that of the method.
	GroupBy *Template `yaml:"group_by"`
	// Each and Joiner replace those of the method, for one query too. {search} is then the joined queries.
	Each   *Template `yaml:"each"`
	Joiner string    `yaml:"joiner"`
	// Zero replaces Query for a condition that asks for no event at all.
	Zero *Template `yaml:"zero"`
	// Chained, with {query}, writes a correlation that is counted, in place of Each. Without it Chains decides.
	Chained *Template `yaml:"chained"`
}

// correlationNames are the names that templates of correlations may use.
var correlationNames = slices.Concat(Values, []string{
	"search", "typing", "aggregate", "condition", "groupby", "timespan", "field", "fields", "rules", "op", "count", "percentile", "quantile", "bases",
	"extended", "queries", "rule", "normalize", "alias", "option.", "state.", "seconds",
})

func (f *CorrelationForm) check() error {
	if f.Methods[f.Default] == nil {
		return fmt.Errorf("`correlation.default`: %q is not one of `methods`", f.Default)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Methods)) {
		m := f.Methods[name]
		where := "correlation.methods." + name
		templates := map[string]*Template{
			"query": m.Query, "one": m.One, "many": m.Many, "each": m.Each, "normalize": m.Normalize, "typing": m.Typing, "typing_each": m.TypingEach,
			"group_by": m.GroupBy, "group_field": m.GroupField, "fields": m.Fields, "fields_each": m.FieldsEach, "rule_each": m.RuleEach, "extended": m.Extended,
		}
		for _, kind := range slices.Sorted(maps.Keys(m.Types)) {
			t := m.Types[kind]
			if t == nil {
				return fmt.Errorf("%s.types.%s is empty", where, kind)
			}
			if m.Query == nil && t.Query == nil {
				return fmt.Errorf("%s.types.%s needs a `query`", where, kind)
			}
			templates["types."+kind+".chained"], templates["types."+kind+".each"], templates["types."+kind+".zero"] = t.Chained, t.Each, t.Zero
			templates["types."+kind+".group_by"] = t.GroupBy
			templates["types."+kind+".query"], templates["types."+kind+".aggregate"], templates["types."+kind+".condition"] = t.Query, t.Aggregate, t.Condition
		}
		for _, key := range slices.Sorted(maps.Keys(templates)) {
			if t := templates[key]; t != nil {
				if err := t.checkNames(where+"."+key, correlationNames); err != nil {
					return err
				}
			}
		}
		if m.One == nil && (m.Many == nil || m.Each == nil) {
			return fmt.Errorf("%s needs `one`, or `many` and `each`", where)
		}
	}
	return nil
}

// Methods returns the names of the methods for correlations, the default first; nil if the target has no correlations.
func (s *Spec) Methods() []string {
	if s.Correlation == nil {
		return nil
	}
	names := []string{s.Correlation.Default}
	for _, name := range slices.Sorted(maps.Keys(s.Correlation.Methods)) {
		if name != s.Correlation.Default {
			names = append(names, name)
		}
	}
	return names
}
