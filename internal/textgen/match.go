package textgen

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

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
		c.depart("text", m.Span)
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

// text writes a text with wildcards as a value of the language, in quotes if it needs them.
func (c *converter) text(parts ir.Pattern, span source.Span) (string, error) {
	if !c.quotes(parts) {
		return c.escapeText(parts, span, &c.escaped)
	}
	text, err := c.escapeText(parts, span, &c.escapedQuoted)
	if err == nil && c.endsQuotes(text) {
		text, err = c.escapeText(parts, span, &c.escapedSafe)
	}
	return c.Spec.String.Quote + text + c.Spec.String.Quote, err
}

// bare writes a text with wildcards without quotes; a template has them.
func (c *converter) bare(parts ir.Pattern, span source.Span) (string, error) {
	text, err := c.escapeText(parts, span, &c.escaped)
	if err == nil && c.endsQuotes(text) {
		text, err = c.escapeText(parts, span, &c.escapedSafe)
	}
	return text, err
}

// endsQuotes reports whether a text would end its quotes before its end, or not at it: a spec that does not escape the escape
// character lets a text end in one.
func (c *converter) endsQuotes(text string) bool {
	form := &c.Spec.String
	if form.Quote == "" || form.Escape == "" || c.escapedQuoted.has([]rune(form.Escape)[0]) {
		return false
	}
	for i := 0; i < len(text); {
		switch {
		case form.Escape != form.Quote && strings.HasPrefix(text[i:], form.Escape):
			i += len(form.Escape)
			if i == len(text) {
				return true
			}
			_, size := utf8.DecodeRuneInString(text[i:])
			i += size
		case strings.HasPrefix(text[i:], form.Quote) && form.Escape != form.Quote:
			return true
		default:
			i++
		}
	}
	return false
}

// escapeText writes a text with wildcards without quotes, with Escape before the characters of a set.
func (c *converter) escapeText(parts ir.Pattern, span source.Span, escaped *charSet) (string, error) {
	form := &c.Spec.String
	var out strings.Builder
	for _, part := range parts {
		switch part.Kind { //nolint:exhaustive // trees have no Dash
		case ir.AnyRun:
			if form.Many == nil {
				return "", c.refuse(span, "wildcards for any number of characters")
			}
			out.WriteString(*form.Many)
		case ir.AnyOne:
			if form.One == nil {
				return "", c.refuse(span, "wildcards for one character")
			}
			c.depart("single-wildcard", span)
			out.WriteString(*form.One)
		case ir.Placeholder:
			return "", placeholderFault(part.Text, span)
		default:
			if !utf8.ValidString(part.Text) {
				return "", &fault{notText(span)}
			}
			if strings.ContainsAny(part.Text, form.Dropped) {
				c.depart("dropped", span)
			}
			c.escapeLiteral(&out, part.Text, escaped)
		}
	}
	return out.String(), nil
}

// escapeLiteral writes a literal text with Escape before the characters of a set, and without dropped characters.
func (c *converter) escapeLiteral(out *strings.Builder, text string, escaped *charSet) {
	form := &c.Spec.String
	if form.Dropped == "" && form.Replaced == nil && !escaped.inText(text) {
		out.WriteString(text)
		return
	}
	for _, r := range text {
		if strings.ContainsRune(form.Dropped, r) {
			continue
		}
		if with, ok := form.Replaced[string(r)]; ok {
			out.WriteString(with)
			continue
		}
		if escaped.has(r) {
			out.WriteString(form.Escape)
		}
		out.WriteRune(r)
	}
}

// quotes reports whether a text is put into quotes.
func (c *converter) quotes(parts ir.Pattern) bool {
	form := &c.Spec.String
	switch {
	case form.Quote == "", form.QuotePlain && textrule.HasWildcard(parts):
		return false
	case form.QuoteIf != nil:
		return form.QuoteIf.atStart(sigmaText(parts))
	case form.QuoteUnless != nil:
		return !form.QuoteUnless.atStart(sigmaText(parts))
	}
	return true
}

// sigmaText returns a pattern as a text of a rule: wildcards, and `\` before literal * and ?.
func sigmaText(parts ir.Pattern) string {
	var out strings.Builder
	for _, part := range parts {
		switch part.Kind { //nolint:exhaustive // trees have no Dash
		case ir.AnyRun:
			out.WriteByte('*')
		case ir.AnyOne:
			out.WriteByte('?')
		case ir.Placeholder:
			out.WriteString("%" + part.Text + "%")
		default:
			out.WriteString(starEscaper.Replace(part.Text))
		}
	}
	return out.String()
}

var starEscaper = strings.NewReplacer("*", `\*`, "?", `\?`)

// field writes the name of a field.
func (c *converter) field(name string) string {
	form := &c.Spec.Field
	if form.Label {
		return lokiLabel(name)
	}
	escaped := name
	if form.Escape != "" {
		escaped = c.escapeField(name)
	}
	if form.Quote == "" {
		return escaped
	}
	if form.QuoteIf != nil && !form.QuoteIf.atStart(escaped) || form.QuoteUnless != nil && form.QuoteUnless.atStart(escaped) {
		return escaped
	}
	return form.Quote + escaped + form.Quote
}

func (c *converter) escapeField(name string) string {
	form := &c.Spec.Field
	at := map[int]bool{}
	if form.Escaped != nil {
		for _, m := range form.Escaped.anywhere.FindAllStringIndex(name, -1) {
			at[m[0]] = true
		}
	}
	if form.Quote != "" {
		for i := 0; i < len(name); {
			j := strings.Index(name[i:], form.Quote)
			if j < 0 {
				break
			}
			at[i+j] = true
			i += j + len(form.Quote)
		}
	}
	if len(at) == 0 {
		return name
	}
	var out strings.Builder
	for i := range len(name) {
		if at[i] {
			out.WriteString(form.Escape)
		}
		out.WriteByte(name[i])
	}
	return out.String()
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

// cidr writes a test for a network. Without a form for networks it is written as texts with wildcards.
func (c *converter) cidr(m *textrule.Match, v *textrule.CIDR, negated bool) (piece, error) {
	if c.template("cidr", negated) != nil {
		address := addressText(v.Prefix.Addr())
		return c.form("cidr", negated, m, "networks", "value", fmt.Sprintf("%s/%d", address, v.Prefix.Bits()), "network", address,
			"prefix", fmt.Sprint(v.Prefix.Bits()), "mask", maskText(v.Prefix))
	}
	patterns, err := networkPatterns(v.Prefix)
	if err != nil {
		return piece{}, unsupported(m.Span, "%s has no form for networks, and this one has too many texts", c.Spec.Title)
	}
	list := make([]textrule.Value, len(patterns))
	for i, p := range patterns {
		list[i] = &textrule.String{Parts: p}
	}
	return c.node(textrule.Any(m.Field, false, list, m.Span))
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

// maskText returns the mask of a network as an address.
func maskText(p netip.Prefix) string {
	mask := p.Addr().AsSlice()
	for i := range mask {
		bits := min(max(p.Bits()-8*i, 0), 8)
		mask[i] = byte(0xff << (8 - bits)) //nolint:gosec // the shift leaves one byte
	}
	address, _ := netip.AddrFromSlice(mask)
	return addressText(address)
}

// errTooManyTexts says that a network cannot be written as texts.
var errTooManyTexts = errors.New("too many texts")
