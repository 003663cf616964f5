package textgen

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/textrule"
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
	// Chains is set if a correlation may count correlations.
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
}

// correlationNames are the names that templates of correlations may use.
var correlationNames = []string{
	"search", "typing", "aggregate", "condition", "groupby", "timespan", "field", "fields", "rules", "op", "count", "percentile",
	"extended", "rule.", "query", "queries", "rule", "normalize", "alias", "option.", "state.", "seconds",
}

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

// correlation writes a correlation.
type correlation struct {
	*converter
	m   *Method
	cor *textrule.Correlation
}

// query returns the query of the correlation.
func (w *correlation) query() (string, error) {
	kind := w.m.Types[w.cor.Type]
	if kind == nil {
		return "", unsupported(w.cor.Span, "%s has no form for correlations of type %s", w.Spec.Title, w.cor.Type)
	}
	for _, b := range w.cor.Bases {
		if b.Correlation && !w.m.Chains {
			return "", unsupported(w.cor.Span, "%s has no form for a correlation of correlations", w.Spec.Title)
		}
	}
	if len(w.cor.Bounds) > 1 && w.m.BoundJoiner == "" {
		return "", unsupported(w.cor.Span, "%s has no form for a condition with several comparisons", w.Spec.Title)
	}
	w.departs(kind)
	search, err := w.search()
	if err != nil {
		return "", err
	}
	names := values{
		"search", search, "typing", w.typing(), "timespan", w.timespan(), "groupby", w.groupBy(), "rules", w.rules(),
		"field", w.valueFields(), "fields", w.fields(), "percentile", w.cor.Percentile,
		"seconds", fmt.Sprint(w.cor.Seconds),
	}
	if kind.Aggregate != nil {
		names = append(names, "aggregate", kind.Aggregate.with(w.names(names)))
	}
	condition, names, err := w.condition(kind, names)
	if err != nil {
		return "", err
	}
	names = append(names, "condition", condition)
	query := kind.Query
	if query == nil {
		query = w.m.Query
	}
	return query.with(w.names(names)), nil
}

// valueFields returns the fields whose values are counted.
func (w *correlation) valueFields() string {
	fields := make([]string, len(w.cor.Values))
	for i, f := range w.cor.Values {
		fields[i] = w.field(f)
	}
	return strings.Join(fields, ", ")
}

// reference returns the name or id of a rule as a text of the language, without quotes.
func (w *correlation) reference(base *textrule.Base) string {
	var out strings.Builder
	w.escapeLiteral(&out, base.Reference(), &w.escapedSafe)
	return out.String()
}

// names returns a function for templates: the given values, and those of the correlation.
func (w *correlation) names(v values) func(string) string {
	return func(name string) string {
		if strings.Contains(name, ".") {
			return filtered(name, w.name)
		}
		return v.get(name)
	}
}

// departs notes what the form of a type does differently.
func (w *correlation) departs(kind *TypeForm) {
	note := func(text string) {
		if text != "" {
			w.departures = append(w.departures, departure{feature: "=" + text, span: w.cor.Span})
		}
	}
	note(kind.Departure)
	if len(w.cor.Bases) > 1 {
		note(kind.Several)
	}
	if slices.ContainsFunc(w.cor.Bounds, func(b textrule.Bound) bool { return b.Op != "gte" }) {
		note(kind.Bounds)
	}
}

// search returns the search for the events of all rules.
func (w *correlation) search() (string, error) {
	if w.m.One != nil && len(w.cor.Bases) == 1 && len(w.cor.Bases[0].Queries) == 1 {
		base := w.cor.Bases[0]
		normalize, err := w.normalize(0)
		return w.m.One.fill("query", base.Queries[0], "rule", w.reference(base), "normalize", normalize), err
	}
	if w.m.Many == nil || w.m.Each == nil {
		return "", unsupported(w.cor.Span, "%s has no form for a correlation of several queries", w.Spec.Title)
	}
	var queries []string
	for i, base := range w.cor.Bases {
		normalize, err := w.normalize(i)
		if err != nil {
			return "", err
		}
		for _, query := range base.Queries {
			queries = append(queries, w.m.Each.fill("query", query, "rule", w.reference(base), "normalize", normalize))
		}
	}
	return w.m.Many.fill("queries", strings.Join(queries, w.m.Joiner)), nil
}

// normalize returns the renaming of a rule's fields to aliases.
func (w *correlation) normalize(base int) (string, error) {
	if len(w.cor.Aliases) == 0 {
		return "", nil
	}
	if w.m.Normalize == nil {
		return "", unsupported(w.cor.Span, "%s has no form for aliases of fields", w.Spec.Title)
	}
	var parts []string
	for _, a := range w.cor.Aliases {
		if field, ok := a.Fields[base]; ok {
			parts = append(parts, w.m.Normalize.fill("alias", w.field(a.Name), "field", w.field(field)))
		}
	}
	return strings.Join(parts, w.m.NormalizeJoiner), nil
}

func (w *correlation) typing() string {
	if w.m.Typing == nil || w.m.TypingEach == nil {
		return ""
	}
	var parts []string
	for _, base := range w.cor.Bases {
		for _, query := range base.Queries {
			parts = append(parts, w.m.TypingEach.fill("query", query, "rule", w.reference(base)))
		}
	}
	return w.m.Typing.fill("queries", strings.Join(parts, w.m.TypingJoiner))
}

func (w *correlation) timespan() string {
	if w.m.Seconds {
		return fmt.Sprint(w.cor.Seconds)
	}
	if unit, ok := w.m.Units[w.cor.TimespanUnit]; ok {
		return w.cor.TimespanCount + unit
	}
	return w.cor.Timespan
}

func (w *correlation) groupBy() string {
	if len(w.cor.GroupBy) == 0 || w.m.GroupBy == nil || w.m.GroupField == nil {
		return w.m.GroupNone
	}
	fields := make([]string, len(w.cor.GroupBy))
	for i, f := range w.cor.GroupBy {
		fields[i] = w.m.GroupField.fill("field", w.field(f))
	}
	return w.m.GroupBy.fill("fields", strings.Join(fields, w.m.GroupJoiner))
}

// fields returns the fields to show, without those that are grouped by.
func (w *correlation) fields() string {
	if w.m.Fields == nil || w.m.FieldsEach == nil {
		return ""
	}
	var all, parts []string
	for _, base := range w.cor.Bases {
		all = append(all, base.Fields...)
	}
	seen := slices.Clone(w.cor.GroupBy)
	for _, f := range append(all, w.cor.Fields...) {
		if !slices.Contains(seen, f) {
			seen = append(seen, f)
			parts = append(parts, w.m.FieldsEach.fill("field", w.field(f)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return w.m.Fields.fill("fields", strings.Join(parts, w.m.FieldsJoiner))
}

func (w *correlation) rules() string {
	if w.m.RuleEach == nil {
		return ""
	}
	var parts []string
	for _, base := range w.cor.Bases {
		parts = append(parts, w.m.RuleEach.fill("rule", w.reference(base)))
	}
	return strings.Join(parts, w.m.RuleJoiner)
}

// condition returns the condition of the correlation, and names with those of the first bound.
func (w *correlation) condition(kind *TypeForm, names values) (string, values, error) {
	if w.cor.Extended != nil {
		if w.m.Extended == nil {
			return "", nil, unsupported(w.cor.Span, "%s has no form for a condition over rules", w.Spec.Title)
		}
		names = append(names, "extended", w.extended(w.cor.Extended))
		if kind.Condition == nil {
			return "", names, nil
		}
		return kind.Condition.with(w.names(names)), names, nil
	}
	var parts []string
	for i, b := range w.cor.Bounds {
		op, ok := w.m.Operators[b.Op]
		if !ok {
			return "", nil, unsupported(w.cor.Span, "%s has no form for the operator %s in the condition of a correlation", w.Spec.Title, b.Op)
		}
		own := append(slices.Clone(names), "op", op, "count", b.Value)
		if i == 0 {
			names = own
		}
		if kind.Condition != nil {
			parts = append(parts, kind.Condition.with(w.names(own)))
		}
	}
	return strings.Join(parts, w.m.BoundJoiner), names, nil
}

// extended writes a condition over rules.
func (w *correlation) extended(n textrule.Node) string {
	o := &w.Spec.Operators
	list := func(args []textrule.Node, operator string) string {
		parts := make([]string, len(args))
		for i, arg := range args {
			parts[i] = w.extended(arg)
			if _, leaf := arg.(*textrule.BaseRef); !leaf && !w.bindsTighter(n, arg) {
				parts[i] = o.Group.fill("expr", parts[i])
			}
		}
		return strings.Join(parts, o.Separator+operator+o.Separator)
	}
	switch n := n.(type) {
	case *textrule.And:
		return list(n.Args, o.And)
	case *textrule.Or:
		return list(n.Args, o.Or)
	case *textrule.Not:
		arg := w.extended(n.Arg)
		if _, leaf := n.Arg.(*textrule.BaseRef); !leaf {
			arg = o.Group.fill("expr", arg)
		}
		return o.Not + o.Separator + arg
	case *textrule.BaseRef:
		return w.m.Extended.fill("rule", w.reference(w.cor.Bases[n.Index]))
	}
	panic(fmt.Sprintf("egret bug: condition over rules with %T", n))
}
