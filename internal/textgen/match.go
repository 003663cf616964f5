package textgen

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// match writes a comparison.
func (c *converter) match(m *textrule.Match) (piece, error) {
	for _, s := range c.strategies {
		if s.match == nil {
			continue
		}
		if p, handled, err := s.match(c, m); handled || err != nil {
			return p, err
		}
	}
	if m.Keyword {
		return c.keyword(m)
	}
	negated := m.UnderNot && c.Spec.Operators.NotInside
	switch v := m.Value.(type) {
	case *textrule.String:
		return c.matchText(m, v, negated)
	case *textrule.Number:
		return c.form("number", negated, m, "", "value", v.Text)
	case *textrule.Bool:
		word, ok := c.Spec.Bool[v.Value]
		if !ok {
			return piece{}, c.refuse(m.Span, "true and false")
		}
		return c.form("bool", negated, m, "", "value", word)
	case *textrule.Null:
		c.depart("null", m.Span)
		return c.form("is_null", negated, m, "missing values")
	case *textrule.Exists:
		return c.exists(m, v)
	case *textrule.Regex:
		return c.matchRegex("regex", m, v, negated)
	case *textrule.CIDR:
		return c.cidr(m, v, negated)
	case *textrule.Compare:
		return c.compare(m, v)
	case *textrule.TimePart:
		word, ok := c.Spec.TimeParts[v.Part]
		if !ok {
			return piece{}, c.refuse(m.Span, "parts of times")
		}
		return c.form("time_part", false, m, "parts of times", "part", word, "operator", c.Spec.Compare["eq"], "value", v.Number)
	case *textrule.FieldRef:
		return c.fieldRef(m, v)
	case *textrule.Query:
		return textPiece(queryText(v, c.field(m.Field))), nil
	case *textrule.Expansion:
		return c.expansion(m, v)
	}
	panic(fmt.Sprintf("egret bug: value %T", m.Value))
}

// queryText returns the text of a query expression of a pipeline.
func queryText(q *textrule.Query, field string) string {
	return strings.NewReplacer("{field}", field, "{id}", q.ID, "{{", "{", "}}", "}").Replace(q.Text)
}

// form fills the form of a kind. what names the kind in messages; v are names and values of the template.
func (c *converter) form(kind string, negated bool, m *textrule.Match, what string, v ...string) (piece, error) {
	t := c.template(kind, negated)
	if t == nil {
		if what == "" {
			what = kind
		}
		return piece{}, c.refuse(m.Span, what)
	}
	return textPiece(t.with(func(name string) string {
		switch name {
		case "field":
			return c.field(m.Field)
		case "raw_field":
			return m.Field
		case "path_field":
			return c.pathField(m.Field)
		}
		if strings.Contains(name, "|") {
			return filtered(name, values(v).get)
		}
		return values(v).get(name)
	})), nil
}

// textForm fills a template for a text.
func (c *converter) textForm(t *Template, m *textrule.Match, parts ir.Pattern) (piece, error) {
	v := values{"raw_field", m.Field}
	for _, name := range t.Names() {
		var text string
		var err error
		switch name, _, _ = strings.Cut(name, "|"); name {
		case "field":
			text = c.field(m.Field)
		case "value":
			text, err = c.text(parts, m.Span)
		case "bare":
			text, err = c.bare(parts, m.Span)
		case "pattern":
			text, err = c.pattern(parts, m.Span)
		case "regex":
			text, err = c.textAsRegex(parts, m.Span)
		default:
			continue
		}
		if err != nil {
			return piece{}, err
		}
		v = append(v, name, text)
	}
	return textPiece(t.with(func(name string) string { return filtered(name, v.get) })), nil
}

// template returns the template of a kind, nil if the language has none.
func (c *converter) template(kind string, negated bool) *Template {
	f := c.Spec.Match[kind]
	switch {
	case f == nil:
		return nil
	case negated:
		return f.Not
	}
	return &f.Is
}

// affixes are the kinds for values with a wildcard at one end or both, in the order in which they are tried.
var affixes = []struct {
	kind       string
	start, end bool // a wildcard at the start, at the end
}{{"startswith", false, true}, {"endswith", true, false}, {"contains", true, true}}

// matchText writes a comparison with a text.
func (c *converter) matchText(m *textrule.Match, v *textrule.String, negated bool) (piece, error) {
	prefix := ""
	if v.Cased {
		prefix = "cased_"
		c.depart("cased", m.Span)
	} else {
		c.departText(v.Parts, m.Span)
	}
	kind, parts := c.textKind(prefix, v.Parts, negated)
	if kind == prefix+"equal" {
		c.departEqual(v, m.Span)
	}
	t := c.template(kind, negated)
	if t == nil {
		if v.Cased {
			return piece{}, c.refuse(m.Span, "comparisons with case")
		}
		return piece{}, c.refuse(m.Span, "texts")
	}
	return c.textForm(t, m, parts)
}

// departText notes the feature text if the value has letters, whose case a language may not ignore.
func (c *converter) departText(parts ir.Pattern, span source.Span) {
	if c.Spec.Departures["text"] == "" {
		return
	}
	for _, p := range parts {
		if p.Kind == ir.Literal && strings.ToLower(p.Text) != strings.ToUpper(p.Text) {
			c.depart("text", span)
			return
		}
	}
}

// textKind returns the kind of comparison for a text, and the part of it that the form compares.
func (c *converter) textKind(prefix string, parts ir.Pattern, negated bool) (string, ir.Pattern) {
	n := len(parts)
	for _, a := range affixes {
		kind := prefix + a.kind
		if n == 0 || c.template(kind, negated) == nil {
			continue
		}
		// Like the peer's, the test for startswith does not ask what the value begins with, and so on: the rest says it.
		starts, ends := parts[0].Kind == ir.AnyRun, parts[n-1].Kind == ir.AnyRun
		if a.start && !starts || a.end && !ends || a.start && a.end && n < 2 {
			continue
		}
		rest := parts
		if a.start {
			rest = rest[1:]
		}
		if a.end {
			rest = rest[:len(rest)-1]
		}
		if c.Spec.Match[kind].Wildcards || !textrule.HasWildcard(rest) {
			return kind, rest
		}
	}
	if textrule.HasWildcard(parts) && c.template(prefix+"wildcard", negated) != nil {
		return prefix + "wildcard", parts
	}
	return prefix + "equal", parts
}

func (c *converter) exists(m *textrule.Match, v *textrule.Exists) (piece, error) {
	if v.Value {
		return c.form("exists", false, m, "fields that exist")
	}
	if c.Spec.Match["not_exists"] != nil {
		return c.form("not_exists", false, m, "fields that do not exist")
	}
	return c.not(&textrule.Not{Arg: &textrule.Match{Field: m.Field, Value: &textrule.Exists{Value: true}, Span: m.Span}, Span: m.Span})
}

func (c *converter) compare(m *textrule.Match, v *textrule.Compare) (piece, error) {
	operator, ok := c.Spec.Compare[v.Op]
	if !ok {
		return piece{}, c.refuse(m.Span, "order comparisons")
	}
	if v.Part == "" {
		return c.form("compare", false, m, "order comparisons", "operator", operator, "value", v.Number)
	}
	word, ok := c.Spec.TimeParts[v.Part]
	if !ok {
		return piece{}, c.refuse(m.Span, "parts of times")
	}
	return c.form("time_part", false, m, "parts of times", "part", word, "operator", operator, "value", v.Number)
}

func (c *converter) fieldRef(m *textrule.Match, v *textrule.FieldRef) (piece, error) {
	c.depart("field-reference", m.Span)
	kind := "field_equal"
	switch {
	case v.Start && v.End:
		kind = "field_contains"
	case v.Start:
		kind = "field_startswith"
	case v.End:
		kind = "field_endswith"
	}
	return c.form(kind, false, m, "comparisons of two fields", "other", c.field(v.Field))
}

// expansion writes the alternatives of one value as an OR, or as a list if the language wants that.
func (c *converter) expansion(m *textrule.Match, v *textrule.Expansion) (piece, error) {
	args := make([]textrule.Node, len(v.Values))
	for i, value := range v.Values {
		args[i] = &textrule.Match{Field: m.Field, Keyword: m.Keyword, Value: value, Span: m.Span}
	}
	if c.Spec.In.Expansions {
		if list, ok, err := c.list(args, c.Spec.In.Or); ok || err != nil {
			return list, err
		}
	}
	return c.join(&textrule.Or{Args: args, Span: m.Span}, args, c.or)
}

func (c *converter) keyword(m *textrule.Match) (piece, error) {
	c.depart("keyword", m.Span)
	switch v := m.Value.(type) {
	case *textrule.String:
		if v.Cased {
			c.depart("cased-keyword", m.Span)
		}
		t := c.template("keyword", false)
		if wildcard := c.template("keyword_wildcard", false); wildcard != nil && v.HasWildcard() {
			t = wildcard
		}
		if t == nil {
			return piece{}, c.refuse(m.Span, "keywords")
		}
		return c.textForm(t, m, v.Parts)
	case *textrule.Number:
		return c.form("keyword_number", false, m, "numbers as keywords", "value", v.Text)
	case *textrule.Regex:
		return c.matchRegex("keyword_regex", m, v, false)
	case *textrule.Expansion:
		return c.expansion(m, v)
	case *textrule.Query:
		if strings.Contains(v.Text, "{field}") {
			return piece{}, unsupported(m.Span, "the query expression of the pipeline needs a field, but keywords have none")
		}
		return textPiece(queryText(v, "")), nil
	}
	return piece{}, c.refuse(m.Span, "keywords of this kind")
}
