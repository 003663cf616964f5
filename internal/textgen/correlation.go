package textgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/textrule"
)

// correlation writes a correlation.
type correlation struct {
	*converter
	m   *Method
	cor *textrule.Correlation
	// kind is the form of the type.
	kind *TypeForm
}

// query returns the query of the correlation.
func (w *correlation) query() (string, error) {
	kind := w.m.Types[w.cor.Type]
	if kind == nil {
		return "", unsupported(w.cor.Span, "%s has no form for correlations of type %s", w.Spec.Title, w.cor.Type)
	}
	for _, b := range w.cor.Bases {
		if b.Correlation && kind.Chained == nil && (!w.m.Chains || len(w.cor.Bases) > 1) {
			return "", unsupported(w.cor.Span, "%s has no form for a correlation of correlations", w.Spec.Title)
		}
	}
	if len(w.cor.Bounds) > 1 && w.m.BoundJoiner == "" {
		return "", unsupported(w.cor.Span, "%s has no form for a condition with several comparisons", w.Spec.Title)
	}
	w.kind = kind
	if err := w.limits(); err != nil {
		return "", err
	}
	w.departs(kind)
	search, err := w.search()
	if err != nil {
		return "", err
	}
	names := values{
		"search", search, "typing", w.typing(), "timespan", w.timespan(), "groupby", w.groupBy(), "rules", w.rules(),
		"field", w.valueFields(), "fields", w.fields(), "percentile", w.cor.Percentile,
		"seconds", fmt.Sprint(w.cor.Seconds), "quantile", w.quantile(), "bases", strconv.Itoa(len(w.cor.Bases)),
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
	if kind.Zero != nil && w.asksForNone() {
		query = kind.Zero
	}
	if query == nil {
		query = w.m.Query
	}
	return query.with(w.names(names)), nil
}

// limits refuses what the form of the type cannot say.
func (w *correlation) limits() error {
	if w.kind.Single && len(w.cor.Bases) > 1 {
		return unsupported(w.cor.Span, "%s has no form for a correlation of type %s over several rules", w.Spec.Title, w.cor.Type)
	}
	if w.kind.OneField && len(w.cor.Values) > 1 {
		return unsupported(w.cor.Span, "%s has no form for a correlation of type %s over several fields", w.Spec.Title, w.cor.Type)
	}
	for _, base := range w.cor.Bases {
		if w.m.SingleQueries && len(base.Queries) > 1 {
			return unsupported(w.cor.Span, "%s has no form for a correlation over a rule with several queries", w.Spec.Title)
		}
	}
	all := strconv.Itoa(len(w.cor.Bases))
	for _, b := range w.cor.Bounds {
		if w.kind.All && (b.Op != "gte" && b.Op != "eq" || b.Value != all) {
			return unsupported(w.cor.Span, "%s can ask only for all rules of a correlation of type %s", w.Spec.Title, w.cor.Type)
		}
	}
	return nil
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
		return filtered(name, v.get)
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
	if w.m.One != nil && w.kind.Each == nil && len(w.cor.Bases) == 1 && len(w.cor.Bases[0].Queries) == 1 {
		base := w.cor.Bases[0]
		normalize, err := w.normalize(0)
		return w.each(w.m.One, base, base.Queries[0], normalize), err
	}
	each, joiner, many := w.m.Each, w.m.Joiner, w.m.Many
	if w.kind.Each != nil {
		each, joiner = w.kind.Each, w.kind.Joiner
		many, _ = ParseTemplate("{queries}")
	}
	if many == nil || each == nil {
		return "", unsupported(w.cor.Span, "%s has no form for a correlation of several queries", w.Spec.Title)
	}
	var queries []string
	for i, base := range w.cor.Bases {
		normalize, err := w.normalize(i)
		if err != nil {
			return "", err
		}
		for _, query := range base.Queries {
			form := each
			if base.Correlation && w.kind.Chained != nil {
				form = w.kind.Chained
			}
			queries = append(queries, w.each(form, base, query, normalize))
		}
	}
	return many.fill("queries", strings.Join(queries, joiner)), nil
}

// asksForNone reports whether the condition holds for no event at all and for nothing else.
func (w *correlation) asksForNone() bool {
	if len(w.cor.Bounds) != 1 {
		return false
	}
	b := w.cor.Bounds[0]
	return b.Value == "0" && (b.Op == "eq" || b.Op == "lte") || b.Value == "1" && b.Op == "lt"
}

// quantile returns the percentile as a share of one, as Python prints it.
func (w *correlation) quantile() string {
	percent, err := strconv.ParseFloat(w.cor.Percentile, 64)
	if err != nil {
		return ""
	}
	return pyprint.Float(percent / 100)
}

// each writes the query of a rule that is counted.
func (w *correlation) each(form *Template, base *textrule.Base, query, normalize string) string {
	names := values{
		"query", query, "rule", w.reference(base), "normalize", normalize, "groupby", w.groupBy(), "timespan", w.timespan(),
	}
	return form.with(func(name string) string { return filtered(name, names.get) })
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
	if len(parts) == 0 {
		return "", nil
	}
	return w.m.NormalizeStart + strings.Join(parts, w.m.NormalizeJoiner), nil
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
	groups := w.cor.GroupBy
	if w.kind.GroupValues {
		groups = slices.Concat(groups, w.cor.Values)
	}
	if len(groups) == 0 || w.m.GroupBy == nil || w.m.GroupField == nil {
		if w.kind.GroupNone != nil {
			return *w.kind.GroupNone
		}
		return w.m.GroupNone
	}
	fields := make([]string, len(groups))
	for i, f := range groups {
		fields[i] = w.m.GroupField.fill("field", w.field(f))
	}
	form := w.m.GroupBy
	if w.kind.GroupBy != nil {
		form = w.kind.GroupBy
	}
	return form.fill("fields", strings.Join(fields, w.m.GroupJoiner))
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
	first := names
	for i, b := range w.cor.Bounds {
		op, ok := w.m.Operators[b.Op]
		if !ok {
			return "", nil, unsupported(w.cor.Span, "%s has no form for the operator %s in the condition of a correlation", w.Spec.Title, b.Op)
		}
		own := append(slices.Clone(names), "op", op, "count", b.Value)
		if i == 0 {
			first = own
		}
		if kind.Condition != nil {
			parts = append(parts, kind.Condition.with(w.names(own)))
		}
	}
	return strings.Join(parts, w.m.BoundJoiner), first, nil
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
