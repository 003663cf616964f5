package textgen

import (
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// text writes a text with wildcards as a value of the language, in quotes if it needs them.
func (c *converter) text(parts ir.Pattern, span source.Span) (string, error) {
	if !c.quotes(parts) {
		return c.escapeText(parts, span, &c.escaped)
	}
	text, err := c.escapeText(parts, span, &c.escapedQuoted)
	if err == nil && c.Spec.String.Escape == "" && strings.Contains(text, c.Spec.String.Quote) {
		if c.Spec.String.OtherQuote == "" {
			return "", unsupported(span, "%s cannot write a text with %s", c.Spec.Title, c.Spec.String.Quote)
		}
		return c.otherQuotes(text), nil
	}
	if err == nil && c.endsQuotes(text) {
		text, err = c.escapeText(parts, span, &c.escapedSafe)
	}
	return c.Spec.String.Quote + text + c.Spec.String.Quote, err
}

// otherQuotes writes a text in OtherQuote.
func (c *converter) otherQuotes(text string) string {
	return c.Spec.String.OtherQuote + quoteEscaper.Replace(text) + c.Spec.String.OtherQuote
}

var quoteEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

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
		switch part.Kind {
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
		switch part.Kind {
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
	if c.reserved[strings.ToUpper(name)] {
		return form.Quote + escaped + form.Quote
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

// FieldName returns the name of a field as queries have it, escaped and quoted.
func (b *Backend) FieldName(name string) string { return (&converter{Backend: b}).field(name) }
