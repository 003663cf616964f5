package sigma

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxSimpleKey is the length up to which YAML accepts a key without the indicator `?`; the specification allows 1024
// characters, including quotes.
const maxSimpleKey = 1000

// yamlWriter writes block YAML. Depth counts levels of indentation, two spaces each.
type yamlWriter struct {
	out   strings.Builder
	depth int
	lead  string // written before the next line instead of that many spaces
	fault error  // why the output does not represent the tree
}

func (w *yamlWriter) line(text string) {
	w.out.WriteString(strings.Repeat("  ", w.depth))
	w.out.WriteString(w.lead)
	w.out.WriteString(text)
	w.out.WriteByte('\n')
}

// prefixed writes lines with a prefix before the first one.
func (w *yamlWriter) prefixed(prefix string, write func()) {
	w.lead = prefix
	write()
	w.lead = ""
}

// indented writes the lines below a key.
func (w *yamlWriter) indented(write func()) {
	w.depth += 2
	write()
	w.depth -= 2
}

// key begins an entry whose value follows on the next lines. It writes the key unquoted.
func (w *yamlWriter) key(key string) {
	if len(key) <= maxSimpleKey {
		w.line(key + ":")
		return
	}
	w.line("? " + key)
	w.lead = strings.Repeat(" ", len(w.lead))
	w.line(":")
}

// entry writes a key and a value without quoting them.
func (w *yamlWriter) entry(key, value string) {
	if len(key) <= maxSimpleKey {
		w.line(key + ": " + value)
		return
	}
	w.line("? " + key)
	w.lead = strings.Repeat(" ", len(w.lead))
	w.line(": " + value)
}

// text writes a key and a string; it writes nothing for an empty string.
func (w *yamlWriter) text(key, text string) {
	if text != "" {
		w.entry(key, quote(text))
	}
}

// list writes a key and a list of strings; it writes nothing for an empty list.
func (w *yamlWriter) list(key string, list []string) {
	if len(list) == 0 {
		return
	}
	w.key(key)
	w.indented(func() {
		for _, text := range list {
			w.line("- " + quote(text))
		}
	})
}

// unknown writes keys that the specification does not define.
func (w *yamlWriter) unknown(list []Unknown) {
	for _, u := range list {
		w.value(quote(u.Key), u.Value)
	}
}

// value writes a key and any YAML value; see Unknown.
func (w *yamlWriter) value(key string, value any) {
	if text, ok := flatValue(value); ok {
		w.entry(key, text)
		return
	}
	w.key(key)
	w.indented(func() { w.block(value) })
}

// block writes a nonempty list or map, with sorted keys.
func (w *yamlWriter) block(value any) {
	switch v := value.(type) {
	case []any:
		for _, entry := range v {
			if text, ok := flatValue(entry); ok {
				w.line("- " + text)
				continue
			}
			w.line("-")
			w.indented(func() { w.block(entry) })
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.value(quote(key), v[key])
		}
	}
}

// flatValue writes values that fit on a line: scalars, empty lists and empty maps.
func flatValue(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "null", true
	case string:
		return quote(v), true
	case bool, int64, uint64:
		return fmt.Sprint(v), true
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text, true
	case []any:
		return "[]", len(v) == 0
	case map[string]any:
		return "{}", len(v) == 0
	}
	return "null", true
}

// quote writes a string as a YAML scalar that YAML 1.1 and 1.2 readers parse as this string.
func quote(text string) string {
	if isPlain(text) || isDate(text, '-') {
		return text
	}
	return quoteValue(text)
}

// quoteValue writes a string in quotes, single ones if possible.
func quoteValue(text string) string {
	for _, c := range text {
		if c < 0x20 || 0x7f <= c && c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff {
			return doubleQuote(text)
		}
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func doubleQuote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteRune(c)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\t':
			out.WriteString(`\t`)
		case c < 0x20 || 0x7f <= c && c < 0xa0:
			fmt.Fprintf(&out, `\x%02x`, c)
		case c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff:
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteRune(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// quoteCondition writes a condition without quotes if YAML allows it.
func quoteCondition(text string) string {
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '('
		if !letter && (i == 0 || c != ' ' && c != '*' && c != ')' && c != '-') {
			return quoteValue(text)
		}
	}
	if plainKind(text) != StringValue {
		return quoteValue(text)
	}
	return text
}

// isPlain reports whether a text needs no quotes: it begins with a letter, has no YAML indicator and is not a word
// that some reader takes for a boolean or null.
func isPlain(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		inner := '0' <= c && c <= '9' || c == '-' || c == '.' || c == '/' || c == ' ' && i+1 < len(text)
		if !letter && (i == 0 || !inner) {
			return false
		}
	}
	switch strings.ToLower(text) {
	case "", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return true
}
