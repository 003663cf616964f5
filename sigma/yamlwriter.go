package sigma

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxSimpleKey is the length up to which YAML takes a key without the sign `?` before it; the specification says 1024
// characters, quotes included.
const maxSimpleKey = 1000

// yamlWriter writes block YAML. Depth counts steps of two blanks.
type yamlWriter struct {
	out   strings.Builder
	depth int
	lead  string // goes before the next line in place of as many blanks
}

func (w *yamlWriter) line(text string) {
	w.out.WriteString(strings.Repeat("  ", w.depth))
	w.out.WriteString(w.lead)
	w.out.WriteString(text)
	w.out.WriteByte('\n')
}

// prefixed writes lines with a prefix before the first of them.
func (w *yamlWriter) prefixed(prefix string, write func()) {
	w.lead = prefix
	write()
	w.lead = ""
}

// indented writes what is below a key.
func (w *yamlWriter) indented(write func()) {
	w.depth += 2
	write()
	w.depth -= 2
}

// key begins an entry whose value follows on the next lines. The key is written as it is.
func (w *yamlWriter) key(key string) {
	if len(key) <= maxSimpleKey {
		w.line(key + ":")
		return
	}
	w.line("? " + key)
	w.lead = strings.Repeat(" ", len(w.lead))
	w.line(":")
}

// entry writes a key and a value as they are.
func (w *yamlWriter) entry(key, value string) {
	if len(key) <= maxSimpleKey {
		w.line(key + ": " + value)
		return
	}
	w.line("? " + key)
	w.lead = strings.Repeat(" ", len(w.lead))
	w.line(": " + value)
}

// text writes a key with a text, nothing if it is empty.
func (w *yamlWriter) text(key, text string) {
	if text != "" {
		w.entry(key, quote(text))
	}
}

// list writes a key with a list of texts, nothing if it is empty.
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

// value writes a key with anything that YAML may hold; see Unknown.
func (w *yamlWriter) value(key string, value any) {
	if text, ok := flatValue(value); ok {
		w.entry(key, text)
		return
	}
	w.key(key)
	w.indented(func() { w.block(value) })
}

// block writes a list or map that is not empty, its keys sorted.
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

// flatValue writes what fits on a line: scalars, empty lists and empty maps.
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

// quote writes a text as a YAML scalar that is read back as this text by YAML 1.1 and 1.2 readers.
func quote(text string) string {
	if isPlain(text) || isDate(text, '-') {
		return text
	}
	return quoteValue(text)
}

// quoteValue writes a text in quotes: single ones where they can hold it.
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

// quoteCondition writes a condition plainly where YAML allows it.
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

// isPlain tells whether a text needs no quotes: it begins with a letter, has no sign that means anything to YAML and is
// no word that some reader takes for a boolean or null.
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
