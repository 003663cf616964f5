package textgen

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// lokiQuery writes LogQL. LogQL has no NOT, so that a NOT moves down to comparisons and exchanges AND and OR. Keywords become line
// filters, which stand before the parser; comparisons of two fields become labels, which stand behind the other conditions.
// A query that is longer than Loki accepts is divided at its topmost OR.
var lokiQuery = &strategy{
	name:    "loki",
	help:    "writes LogQL: line filters before the parser, NOT at comparisons, labels for comparisons of two fields, and long queries in parts",
	queries: lokiQueries,
	text: func(c *converter, format *Format, query string) (string, error) {
		metric := c.counts != nil
		switch {
		case format.Name == "ruler" && !metric:
			return "sum(count_over_time(" + query + " [1m])) or vector(0) > 0", nil
		case format.Name == "grafana_alerting" && !metric:
			by := ""
			if fields := c.options["loki_group_by_field"]; fields != "" {
				by = " by (" + fields + ")"
			}
			return "sum" + by + "(count_over_time(" + query + "[1m])) > 0", nil
		}
		return query, nil
	},
}

// maxLoki is the length from which a query is divided: Loki accepts 5120 characters.
const maxLoki = 4096

func lokiQueries(c *converter, n textrule.Node) ([]string, error) {
	if n == nil {
		return nil, errNothing
	}
	tree := lokiPush(n, false)
	query, err := c.lokiQuery(tree)
	size := utf8.RuneCountInString(query)
	if err != nil || size < maxLoki || c.format != nil && c.format.IsDocument() {
		return []string{query}, err
	}
	parts := lokiDivide(tree, (size+maxLoki-1)/maxLoki)
	queries := make([]string, len(parts))
	for i, part := range parts {
		if queries[i], err = c.lokiQuery(part); err != nil {
			return nil, err
		}
	}
	return queries, nil
}

// A lokiWriter writes one query.
type lokiWriter struct {
	*converter
	// lines are the line filters, labels the labels to make, and tests their tests.
	lines, labels, tests []string
	// inline writes tests of labels where the comparisons stand in the rule. lost says that an OR has only such tests.
	inline, lost bool
}

func (c *converter) lokiQuery(n textrule.Node) (string, error) {
	w, departures := &lokiWriter{converter: c, inline: c.exact}, len(c.departures)
	condition, err := w.write(n, nil)
	if err == nil && w.lost { // the peer leaves empty parentheses, which Loki cannot read
		w, c.departures = &lokiWriter{converter: c, inline: true}, c.departures[:departures]
		condition, err = w.write(n, nil)
	}
	if err != nil {
		return "", err
	}
	w.addLineFilter(n)
	parser := lokiParser(c.rule)
	if !strings.HasPrefix(strings.TrimLeft(parser, " "), "|") {
		parser = "| " + parser
	}
	if !strings.HasSuffix(strings.TrimRight(parser, " "), "|") {
		parser += " |"
	}
	query := ""
	if condition != "" {
		query = parser + " " + condition
	}
	labels := ""
	if len(w.labels) > 0 {
		labels = "| label_format " + strings.Join(w.labels, ",")
		if query == "" {
			labels = parser + " label_format " + strings.Join(w.labels, ",")
		}
		if len(w.tests) > 0 {
			labels += " | " + strings.Join(w.tests, " and ")
		}
	}
	switch {
	case w.inline && len(w.labels) > 0: // the labels are made before the condition that names them
		query = strings.TrimPrefix(strings.Join(w.lines, " ")+" ", " ") + parser + " label_format " + strings.Join(w.labels, ",") + " | " + condition
	case len(w.lines)+len(w.labels) > 0:
		if query != "" {
			query = " " + query
		}
		query = strings.Join(w.lines, " ") + query + labels
	}
	if len(c.rule.Fields) > 0 {
		var fields []string
		for _, f := range c.rule.Fields {
			fields = append(fields, "{{."+lokiLabel(f)+"}}")
		}
		query += ` | line_format "` + strings.Join(fields, " ") + `"`
	}
	return lokiStream(c.rule) + " " + query, nil
}

// lokiStream returns the selector of the streams that a rule is for: that of a pipeline, or the usual one for the product.
func lokiStream(r *textrule.Rule) string {
	if selector, ok := r.Attributes["logsource_loki_selection"].(string); ok && selector != "" {
		return selector
	}
	switch r.LogSource.Product {
	case "windows":
		return `{job=~"eventlog|winlog|windows|fluentbit.*"}`
	case "azure":
		return `{job="logstash"}`
	}
	return `{job=~".+"}`
}

// lokiParser returns the parser for the lines that a rule is for: that of a pipeline, or the usual one for the product.
func lokiParser(r *textrule.Rule) string {
	if parser, ok := r.Attributes["loki_parser"].(string); ok && parser != "" {
		return parser
	}
	if slices.Contains([]string{"windows", "azure", "zeek"}, r.LogSource.Product) {
		return "json"
	}
	return "logfmt"
}

// write writes a part of the condition. above are the operators that contain it, the outermost first. Parts that stand elsewhere
// in the query return "".
func (w *lokiWriter) write(n textrule.Node, above []textrule.Node) (string, error) {
	switch n := n.(type) {
	case *textrule.And:
		if slices.ContainsFunc(n.Args, isKeyword) && underOr(above) {
			return "", unsupported(n.Span, "%s has no form for an OR of keywords and other parts", w.Spec.Title)
		}
		return w.join(n, n.Args, above, " and ")
	case *textrule.Or:
		if slices.ContainsFunc(n.Args, isKeyword) {
			return "", w.keywords(n, above)
		}
		return w.join(n, n.Args, above, " or ")
	case *textrule.Not:
		if m, ok := n.Arg.(*textrule.Match); ok {
			return w.leaf(m, true, above)
		}
		return "", unsupported(n.Span, "the condition always holds: a selector matches no search identifier")
	case *textrule.Match:
		return w.leaf(n, false, above)
	case *textrule.Never:
		return "", unsupported(n.Span, "the condition can never hold: a selector matches no search identifier")
	}
	panic(fmt.Sprintf("egret bug: node %T", n))
}

func (w *lokiWriter) join(outer textrule.Node, args, above []textrule.Node, operator string) (string, error) {
	var parts []string
	above = append(slices.Clone(above), outer)
	for _, arg := range args {
		text, err := w.write(arg, above)
		if err != nil {
			return "", err
		}
		if text == "" {
			continue
		}
		_, inOr := outer.(*textrule.Or)
		switch _, isOr := arg.(*textrule.Or); {
		case isOr && !inOr:
			text = "(" + text + ")"
		case !inOr && w.exact && strings.Contains(text, " or "):
			text = "(" + text + ")" // alternatives that modifiers make of one value
		}
		parts = append(parts, text)
	}
	if _, inOr := outer.(*textrule.Or); inOr && len(parts) == 0 && len(above) > 1 {
		w.lost = true
	}
	return strings.Join(parts, operator), nil
}

func underOr(above []textrule.Node) bool {
	return slices.ContainsFunc(above, func(n textrule.Node) bool {
		_, ok := n.(*textrule.Or)
		return ok
	})
}

// isKeyword reports whether a part is a keyword, negated or not.
func isKeyword(n textrule.Node) bool {
	if not, ok := n.(*textrule.Not); ok {
		n = not.Arg
	}
	m, ok := n.(*textrule.Match)
	return ok && m.Keyword
}

// leaf writes a comparison.
func (w *lokiWriter) leaf(m *textrule.Match, negated bool, above []textrule.Node) (string, error) {
	if m.Keyword {
		return "", w.keyword(m, negated)
	}
	field := lokiLabel(m.Field)
	if field == "" {
		return "", unsupported(m.Span, "a label of Loki needs a name")
	}
	is, isRegex := "=", "=~"
	if negated {
		is, isRegex = "!=", "!~"
	}
	switch v := m.Value.(type) {
	case *textrule.String:
		return w.text(field, is, isRegex, v, m.Span)
	case *textrule.Regex:
		w.depart("regex", m.Span)
		text := v.Text
		if w.exact {
			text = "(?s:.*)(?:" + text + ")(?s:.*)"
		}
		if flags := v.Flags(); flags != "" {
			text = "(?" + flags + ")" + text
		}
		return field + isRegex + lokiQuote(text), nil
	case *textrule.Number:
		if w.exact {
			return field + is + "`" + v.Text + "`", nil
		}
		w.number(negated, m.Span)
		return field + is + v.Text, nil
	case *textrule.Null:
		w.depart("null", m.Span)
		return field + is + "``", nil
	case *textrule.Exists:
		if v.Value == negated {
			return field + `=""`, nil
		}
		return field + `!=""`, nil
	case *textrule.CIDR:
		text := field + is + fmt.Sprintf(`ip("%s/%d")`, addressText(v.Prefix.Addr()), v.Prefix.Bits())
		if negated && w.exact {
			return "(" + text + " or " + field + `="")`, nil
		}
		w.number(negated, m.Span)
		return text, nil
	case *textrule.Compare:
		if v.Part != "" {
			return "", w.refuse(m.Span, "order comparisons of parts of times")
		}
		w.depart("number", m.Span)
		w.number(negated, m.Span)
		operator := w.Spec.Compare[v.Op]
		if negated {
			operator = map[string]string{"lt": ">=", "lte": ">", "gt": "<=", "gte": "<"}[v.Op]
		}
		return field + operator + v.Number, nil
	case *textrule.FieldRef, *textrule.TimePart:
		return w.label(m, field, is, above)
	case *textrule.Expansion:
		return w.alternatives(m, v, negated, above)
	case *textrule.Query:
		if negated {
			return "", unsupported(m.Span, "%s has no NOT, and the query expression of the pipeline is negated", w.Spec.Title)
		}
		return queryText(v, field), nil
	}
	return "", w.refuse(m.Span, "true and false")
}

// number notes what a comparison with a number or a network does differently.
func (w *lokiWriter) number(negated bool, span source.Span) {
	w.depart("number", span)
	if negated {
		w.depart("negation", span)
	}
}

// text writes a comparison with a text.
func (w *lokiWriter) text(field, is, isRegex string, v *textrule.String, span source.Span) (string, error) {
	if (v.Cased || w.options["case_sensitive"] == "true") && !v.HasWildcard() {
		text, err := w.plain(v.Parts, span)
		return field + is + text, err
	}
	text, err := w.asRegex(v, true, span)
	return field + isRegex + lokiQuote(text), err
}

// alternatives writes the alternatives that modifiers make of one value. Like the peer it puts no parentheses around them.
func (w *lokiWriter) alternatives(m *textrule.Match, v *textrule.Expansion, negated bool, above []textrule.Node) (string, error) {
	parts := make([]string, len(v.Values))
	for i, value := range v.Values {
		part, err := w.leaf(&textrule.Match{Field: m.Field, Value: value, Span: m.Span}, negated, above)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	if negated {
		return strings.Join(parts, " and "), nil
	}
	if n := len(above); n > 0 && len(parts) > 1 {
		if _, ok := above[n-1].(*textrule.And); ok && !w.exact {
			w.depart("and-before-or", m.Span)
		}
	}
	return strings.Join(parts, " or "), nil
}

// label makes a label for a comparison of two fields or a part of a time, and tests it behind the other conditions.
func (w *lokiWriter) label(m *textrule.Match, field, is string, above []textrule.Node) (string, error) {
	name, expression, value := "", "", "true"
	switch v := m.Value.(type) {
	case *textrule.FieldRef:
		w.depart("field-reference", m.Span)
		function := "eq"
		switch {
		case v.Start && v.End:
			function = "contains"
		case v.Start:
			function = "hasPrefix"
		case v.End:
			function = "hasSuffix"
		}
		one, other := "."+lokiLabel(v.Field), "."+field
		if w.exact {
			one, other = "(lower "+one+")", "(lower "+other+")"
		}
		name = fmt.Sprintf("match_%d", len(w.labels))
		expression = fmt.Sprintf("{{ if %s %s %s }}true{{ else }}false{{ end }}", function, one, other)
	case *textrule.TimePart:
		layout, ok := w.Spec.TimeParts[v.Part]
		if !ok {
			return "", w.refuse(m.Span, "the part "+v.Part+" of times")
		}
		w.depart("time-part", m.Span)
		name, value = fmt.Sprintf("date_%d", len(w.labels)), v.Number
		expression = fmt.Sprintf(`{{ date "%s" (unixToTime .%s) }}`, layout, field)
		if w.exact && len(value) == 1 && v.Part != "year" {
			value = "0" + value
		}
	}
	w.labels = append(w.labels, name+"=`"+expression+"`")
	test := name + is + "`" + value + "`"
	if w.inline {
		return test, nil
	}
	if underOr(above) {
		w.depart("deferred-under-or", m.Span)
	}
	w.tests = append(w.tests, test)
	return "", nil
}
