package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/sigma"
)

var logSourceParams = []Param{
	{Name: "category", Type: "text", Help: "category of the log source"},
	{Name: "product", Type: "text", Help: "product of the log source"},
	{Name: "service", Type: "text", Help: "service of the log source"},
}

// A logSource has the parts of a log source that count, "" for those that do not.
type logSource struct{ category, product, service string }

func newLogSource(p *params) any {
	c := readLogSource(p)
	if c == (logSource{}) {
		p.errorf(p.node, "", "a log source needs category, product or service")
	}
	return c
}

func readLogSource(p *params) logSource {
	part := func(name string) string {
		text := p.text(name, "")
		if strings.ToLower(text) != text {
			p.list.Add(diag.Diagnostic{
				Code: "pipeline-value", Severity: diag.Warning, Span: p.at(name),
				Message: fmt.Sprintf("%s: the log sources of rules are in lower case, so none is %q", name, text), Help: "write " + strings.ToLower(text),
			})
		}
		return text
	}
	return logSource{part("category"), part("product"), part("service")}
}

func (c logSource) includes(l *sigma.LogSource) bool {
	return (c.category == "" || c.category == l.Category) && (c.product == "" || c.product == l.Product) &&
		(c.service == "" || c.service == l.Service)
}

func (c logSource) match(r *run) bool {
	if r.rule != nil {
		return c.includes(&r.rule.LogSource)
	}
	return c.countedBy(r, r.counted, 0)
}

// countedBy reports whether a rule that the correlation counts, at any depth, has the log source.
func (c logSource) countedBy(r *run, correlation *sigma.Correlation, depth int) bool {
	if r.rules == nil || depth > maxNesting {
		return false
	}
	return slices.ContainsFunc(correlation.Rules, func(reference sigma.Text) bool {
		switch found := r.rules(reference.Value).(type) {
		case *sigma.Rule:
			return c.includes(&found.LogSource)
		case *sigma.Correlation:
			return c.countedBy(r, found, depth+1)
		}
		return false
	})
}

// tagText is the form of a tag: a namespace, a dot and a name.
var tagText = lazyre.New(`^[^.]+\..+$`)

type tag string

func newTag(p *params) any {
	text := p.text("tag", "")
	if !tagText.MatchString(text) {
		p.errorf(p.nodeOf("tag"), "write it with its namespace, such as attack."+text, "%q is not a tag", text)
	}
	return tag(strings.ToLower(text))
}

func (c tag) match(r *run) bool {
	return slices.ContainsFunc(r.meta.Tags, func(t string) bool { return strings.ToLower(t) == string(c) })
}

var attributeOps = []string{"eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in"}

// An attribute compares an attribute of a rule with a value.
type attribute struct {
	name string
	want any
	op   string
}

func newAttribute(p *params) any {
	return &attribute{p.text("attribute", ""), p.value("value"), p.choice("op", "eq", attributeOps...)}
}

// levels and statuses are in the order in which they compare.
var (
	levels   = []string{"informational", "low", "medium", "high", "critical"}
	statuses = []string{"unsupported", "deprecated", "experimental", "test", "stable"}
	dateText = lazyre.New(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

func (c *attribute) match(r *run) bool {
	have, ok := r.attribute(c.name)
	if !ok {
		return false
	}
	text, isText := c.want.(string)
	switch have := have.(type) {
	case []string:
		return c.list(slices.Contains(have, text) && isText)
	case ranked:
		order := slices.Index(have.order, strings.ToLower(text))
		if !isText || order < 0 {
			r.failf("pipeline-step", "write one of "+strings.Join(have.order, ", "), "%s: %v is not a %s", c.name, c.want, c.name)
			return false
		}
		return c.compare(r, cmp.Compare(slices.Index(have.order, have.value), order))
	case date:
		other := strings.ReplaceAll(text, "/", "-")
		if !isText || !dateText.MatchString(other) {
			r.failf("pipeline-step", "write it as 2026-03-10", "%s: %v is not a date", c.name, c.want)
			return false
		}
		return c.compare(r, cmp.Compare(string(have), other))
	case string:
		switch c.op {
		case "eq":
			return isText && have == text
		case "ne":
			return !isText || have != text
		}
		r.failf("pipeline-step", "compare texts with eq or ne", "%s: a text cannot be compared with %s", c.name, c.op)
	case bool, int64, uint64, float64:
		a, _ := asNumber(have)
		b, ok := asNumber(c.want)
		if isText {
			var err error
			b, err = strconv.ParseFloat(text, 64)
			ok = err == nil
		}
		if !ok {
			r.failf("pipeline-step", "", "%s: %v is not a number", c.name, c.want)
			return false
		}
		return c.compare(r, cmp.Compare(a, b))
	case *pyprint.List:
		return c.list(slices.ContainsFunc(have.Items, func(v any) bool { return looseEqual(v, c.want) }))
	case []any: // of the rule itself
		return c.list(slices.ContainsFunc(have, func(v any) bool { return looseEqual(v, c.want) }))
	default:
		r.failf("pipeline-step", "", "the attribute %s is not a text, number, list or boolean", c.name)
	}
	return false
}

// list evaluates the condition for a list, which contains the value or not.
func (c *attribute) list(contains bool) bool {
	switch c.op {
	case "in":
		return contains
	case "not_in":
		return !contains
	}
	return c.op == "ne"
}

func (c *attribute) compare(r *run, order int) bool {
	if c.op == "in" || c.op == "not_in" {
		r.failf("pipeline-step", "in and not_in are for lists", "%s: a single value cannot be compared with %s", c.name, c.op)
		return false
	}
	return ordered(c.op, order)
}

// ordered evaluates an operator for the result of cmp.Compare.
func ordered(op string, order int) bool {
	switch op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gte":
		return order >= 0
	case "gt":
		return order > 0
	case "lte":
		return order <= 0
	case "lt":
		return order < 0
	}
	return false
}

// A ranked value is one of an ordered list of words.
type ranked struct {
	value string
	order []string
}

// A date is a day as 2006-01-02.
type date string

// attribute returns an attribute of the document; false if it has none.
func (r *run) attribute(name string) (any, bool) {
	m := r.meta
	text := func(s string) (any, bool) { return s, s != "" }
	switch name {
	case "title":
		return m.Title, true
	case "id":
		return text(strings.ToLower(m.ID))
	case "name":
		return text(m.Name)
	case "taxonomy":
		return cmp.Or(m.Taxonomy, "sigma"), true
	case "description":
		return text(m.Description)
	case "license":
		return text(m.License)
	case "author":
		return text(m.Author)
	case "level":
		return ranked{strings.ToLower(m.Level), levels}, m.Level != ""
	case "status":
		return ranked{strings.ToLower(m.Status), statuses}, m.Status != ""
	case "date":
		return date(strings.ReplaceAll(m.Date, "/", "-")), m.Date != ""
	case "modified":
		return date(strings.ReplaceAll(m.Modified, "/", "-")), m.Modified != ""
	case "references":
		return m.References, true
	case "fields":
		return m.Fields, true
	case "falsepositives":
		return m.FalsePositives, true
	case "tags":
		return m.Tags, true
	case "scope":
		return m.Scope, true
	case "logsource.category", "logsource.product", "logsource.service": // an extension of egret
		if r.rule == nil {
			return nil, false
		}
		l := &r.rule.LogSource
		return text(map[string]string{"logsource.category": l.Category, "logsource.product": l.Product, "logsource.service": l.Service}[name])
	}
	if value, ok := r.out.Attributes[name]; ok {
		return value, true
	}
	for _, unknown := range m.Unknown {
		if unknown.Key == name {
			return unknown.Value, true
		}
	}
	return nil, false
}

func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// looseEqual compares two decoded values as Python does: numbers and booleans by value, texts as texts.
func looseEqual(a, b any) bool {
	x, okX := asNumber(a)
	y, okY := asNumber(b)
	if okX || okY {
		return okX && okY && x == y
	}
	s, okS := a.(string)
	t, okT := b.(string)
	if okS || okT {
		return okS && okT && s == t
	}
	return a == nil && b == nil
}

// looseCompare orders two numbers or two texts; false for other values.
func looseCompare(a, b any) (int, bool) {
	x, okX := asNumber(a)
	y, okY := asNumber(b)
	if okX && okY {
		return cmp.Compare(x, y), true
	}
	s, okS := a.(string)
	t, okT := b.(string)
	return strings.Compare(s, t), okS && okT
}

// parseNumber parses the text of a number.
func parseNumber(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}
