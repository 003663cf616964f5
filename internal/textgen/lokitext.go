package textgen

import (
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// lokiLabel returns the label that Loki makes of a field: characters that a label cannot have become `_`.
func lokiLabel(field string) string {
	field = strings.TrimSpace(field)
	var out strings.Builder
	for i, r := range field {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_':
			out.WriteRune(r)
		case r >= '0' && r <= '9':
			if i == 0 {
				out.WriteByte('_')
			}
			out.WriteRune(r)
		default:
			out.WriteByte('_')
		}
	}
	return out.String()
}

// asRegex writes a text with wildcards as a regular expression. With anchors it must match the whole text.
func (w *lokiWriter) asRegex(v *textrule.String, anchors bool, span source.Span) (string, error) {
	var out strings.Builder
	switch {
	case v.Cased && w.exact:
		out.WriteString("(?s)")
	case v.Cased:
	case w.exact:
		out.WriteString("(?is)")
	default:
		out.WriteString("(?i)")
	}
	n := len(v.Parts)
	if anchors && (n == 0 || v.Parts[0].Kind != ir.AnyRun) {
		out.WriteByte('^')
	}
	for _, part := range v.Parts {
		switch part.Kind {
		case ir.AnyRun:
			out.WriteString(".*")
		case ir.AnyOne:
			out.WriteByte('.')
		case ir.Placeholder:
			return "", placeholderFault(part.Text, span)
		default:
			if !utf8.ValidString(part.Text) {
				return "", &fault{notText(span)}
			}
			text := pythonEscape(part.Text)
			if !w.exact && strings.ContainsAny(part.Text, "*?") {
				w.depart("literal-wildcard", span)
				text = strings.NewReplacer(`\*`, `\\.*`, `\?`, `\\.`, `\\`, `\\`).Replace(text)
			}
			out.WriteString(text)
		}
	}
	if anchors && (n == 0 || v.Parts[n-1].Kind != ir.AnyRun) {
		out.WriteByte('$')
	}
	return out.String(), nil
}

// pythonEscape returns re.escape(text) of Python.
func pythonEscape(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\t\n\v\f\r #$&()*+-.?[\\]^{|}~", r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// lokiQuote puts a regular expression or text into quotes: backquotes if it has none.
func lokiQuote(text string) string {
	if !strings.Contains(text, "`") {
		return "`" + text + "`"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(text) + `"`
}

// plain writes a text without wildcards.
func (w *lokiWriter) plain(parts ir.Pattern, span source.Span) (string, error) {
	var out strings.Builder
	for _, part := range parts {
		if part.Kind == ir.Placeholder {
			return "", placeholderFault(part.Text, span)
		}
		if !utf8.ValidString(part.Text) {
			return "", &fault{notText(span)}
		}
		out.WriteString(part.Text)
	}
	text := out.String()
	if !w.exact && strings.ContainsAny(text, "*?") {
		w.depart("literal-wildcard", span)
		text = starEscaper.Replace(text)
	}
	return lokiQuote(text), nil
}
