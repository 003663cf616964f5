package textgen

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// A charSet is a set of characters.
type charSet struct {
	ascii [128]bool
	other string
	empty bool
}

func newCharSet(chars string) charSet {
	s := charSet{empty: chars == ""}
	for _, r := range chars {
		if r < 128 {
			s.ascii[r] = true
		} else {
			s.other += string(r)
		}
	}
	return s
}

func (s *charSet) has(r rune) bool {
	if r < 128 {
		return r >= 0 && s.ascii[r]
	}
	return s.other != "" && strings.ContainsRune(s.other, r)
}

// inText reports whether a text has a character of the set.
func (s *charSet) inText(text string) bool {
	if s.empty {
		return false
	}
	for _, r := range text {
		if s.has(r) {
			return true
		}
	}
	return false
}

// matchRegex writes a comparison with a regular expression.
func (c *converter) matchRegex(kind string, m *textrule.Match, v *textrule.Regex, negated bool) (piece, error) {
	c.depart("regex", m.Span)
	flags, err := c.flags(v, m.Span)
	if err != nil {
		return piece{}, err
	}
	regex := c.regex(v)
	return c.form(kind, negated, m, "regular expressions", append(flags, "regex", regex, "value", regex)...)
}

// flags returns the values of {flag_i}, {flag_m} and {flag_s}.
func (c *converter) flags(v *textrule.Regex, span source.Span) ([]string, error) {
	var out []string
	for _, f := range []string{"i", "m", "s"} {
		text := ""
		if strings.Contains(v.Flags(), f) && c.Spec.Regex.Flags != nil {
			var ok bool
			if text, ok = c.Spec.Regex.Flags[f]; !ok {
				return nil, c.refuse(span, "the flag "+f+" of regular expressions")
			}
		}
		out = append(out, "flag_"+f, text)
	}
	return out, nil
}

// regex writes a regular expression as a value of the language.
func (c *converter) regex(v *textrule.Regex) string {
	text := c.escapeRegex(v.Text)
	if flags := v.Flags(); flags != "" && c.Spec.Regex.FlagPrefix {
		return "(?" + flags + ")" + text
	}
	return text
}

// escapeRegex puts Escape before the texts of a regular expression that the language needs escaped.
func (c *converter) escapeRegex(text string) string {
	form := &c.Spec.Regex
	escaped := form.Escaped
	if form.EscapeItself && form.Escape != "" {
		escaped = append(append([]string(nil), escaped...), form.Escape)
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		size := 1
		if form.Unescape && text[i] == '\\' && i+1 < len(text) {
			if !slices.ContainsFunc(escaped, func(e string) bool { return strings.HasPrefix(text[i+1:], e) }) {
				out.WriteString(text[i : i+2])
				i++
			}
			i++
			continue
		}
		for _, e := range escaped {
			if strings.HasPrefix(text[i:], e) {
				out.WriteString(form.Escape)
				size = len(e)
				break
			}
		}
		out.WriteString(text[i : i+size])
		i += size
	}
	return out.String()
}

// pattern writes a text with wildcards as a pattern, without quotes.
func (c *converter) pattern(parts ir.Pattern, span source.Span) (string, error) {
	form := c.Spec.String.Pattern
	if form == nil {
		return c.bare(parts, span)
	}
	var out strings.Builder
	for _, part := range parts {
		if part.Kind != ir.Literal {
			text, err := c.escapeText(ir.Pattern{part}, span, &c.escaped)
			if err != nil {
				return "", err
			}
			out.WriteString(text)
			continue
		}
		if !utf8.ValidString(part.Text) {
			return "", &fault{notText(span)}
		}
		if strings.Contains(part.Text, c.Spec.String.Escape) && !strings.Contains(form.Escaped, c.Spec.String.Escape) {
			c.depart("pattern-escape", span)
		}
		for _, r := range part.Text {
			if c.patternEscaped.has(r) {
				out.WriteString(form.Escape)
			}
			c.escapeLiteral(&out, string(r), &c.escaped)
		}
	}
	return out.String(), nil
}

// departEqual notes what a comparison with a whole text does differently.
func (c *converter) departEqual(v *textrule.String, span source.Span) {
	if v.Cased && v.HasWildcard() {
		c.depart("cased-wildcard", span)
	}
	if !v.Cased {
		c.depart("whole-text", span)
	}
	if c.Spec.Departures["literal-wildcard"] == "" || c.Spec.String.Pattern != nil {
		return
	}
	for _, part := range v.Parts {
		if part.Kind == ir.Literal && strings.ContainsAny(part.Text, c.wild) {
			c.depart("literal-wildcard", span)
		}
	}
}

// dottedWords matches names that consist of words with dots between them.
var dottedWords = lazyre.New(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$`)

// pathField writes a name as it is if no language needs quotes for it.
func (c *converter) pathField(name string) string {
	if dottedWords.MatchString(name) {
		return name
	}
	return c.field(name)
}

// regexSpecial are the characters that a text in a regular expression needs escaped.
const regexSpecial = `.*+?^$[](){}\|`

// textAsRegex writes a text with wildcards as a regular expression that matches it, as a value of the language.
func (c *converter) textAsRegex(parts ir.Pattern, span source.Span) (string, error) {
	text, err := c.literalRegex(parts, span)
	return c.escapeRegex(text), err
}

// literalRegex returns a regular expression that matches a text with wildcards.
func (c *converter) literalRegex(parts ir.Pattern, span source.Span) (string, error) {
	var out strings.Builder
	for _, part := range parts {
		switch part.Kind {
		case ir.AnyRun:
			out.WriteString(".*")
		case ir.AnyOne:
			out.WriteByte('.')
		case ir.Placeholder:
			return "", placeholderFault(part.Text, span)
		default:
			for _, r := range part.Text {
				if strings.ContainsRune(regexSpecial, r) || strings.ContainsRune(c.Spec.Regex.Literal, r) {
					out.WriteByte('\\')
				}
				out.WriteRune(r)
			}
		}
	}
	return out.String(), nil
}

func placeholderFault(name string, span source.Span) error {
	return &fault{diag.Diagnostic{
		Code: "unresolved-placeholder", Span: span, Message: "placeholder %" + name + "% has no values",
		Help: "add values under `placeholders:` in egret.yaml, or a pipeline that replaces it",
	}}
}

func notText(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{Code: "modifier-value", Span: span, Message: "the encoded value is not text; add base64 or base64offset"}
}

// addressText returns an address as Python's module ipaddress prints it: IPv4 in IPv6 in hexadecimal.
func addressText(a netip.Addr) string {
	if a.Is4In6() {
		b := a.As16()
		return fmt.Sprintf("::ffff:%x:%x", uint(b[12])<<8|uint(b[13]), uint(b[14])<<8|uint(b[15]))
	}
	return a.String()
}
