package pyprint

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Str returns str(v): what a template prints for the value. It fails if the text is longer than limit bytes.
func Str(v any, limit int) (string, error) {
	switch v := v.(type) {
	case string:
		if len(v) > limit {
			return "", ErrTooLarge
		}
		return v, nil
	case Markup:
		return Str(string(v), limit)
	case Object:
		return Str(v.Str(), limit)
	}
	return Repr(v, limit)
}

// Repr returns repr(v): how Python prints the value inside a list. It fails if the text is longer than limit bytes.
func Repr(v any, limit int) (string, error) {
	w := &writer{limit: limit}
	if err := w.repr(v, 0); err != nil {
		return "", err
	}
	return w.b.String(), nil
}

// writer collects text up to a limit.
type writer struct {
	b     strings.Builder
	limit int
}

func (w *writer) text(s string) error {
	if w.b.Len()+len(s) > w.limit {
		return ErrTooLarge
	}
	w.b.WriteString(s)
	return nil
}

func (w *writer) repr(v any, depth int) error {
	if depth > MaxDepth {
		return ErrTooDeep
	}
	switch v := v.(type) {
	case *List:
		return w.sequence("[", v.Items, "]", depth)
	case Tuple:
		if len(v) == 1 {
			return w.sequence("(", v, ",)", depth)
		}
		return w.sequence("(", v, ")", depth)
	case *Dict:
		return w.dict(v, depth)
	case string:
		return w.text(QuoteString(v))
	case Markup:
		return w.text("Markup(" + QuoteString(string(v)) + ")")
	case Object:
		return w.text(v.Repr())
	case interface {
		ReprItems() (string, []any, string)
	}:
		before, items, after := v.ReprItems()
		return w.sequence(before, items, after, depth)
	}
	s, ok := scalar(v)
	if !ok {
		return fmt.Errorf("a value of the type %T has no Python form", v)
	}
	return w.text(s)
}

func (w *writer) sequence(before string, items []any, after string, depth int) error {
	if err := w.text(before); err != nil {
		return err
	}
	for i, item := range items {
		if i > 0 {
			if err := w.text(", "); err != nil {
				return err
			}
		}
		if err := w.repr(item, depth+1); err != nil {
			return err
		}
	}
	return w.text(after)
}

func (w *writer) dict(d *Dict, depth int) error {
	if err := w.text("{"); err != nil {
		return err
	}
	for i, e := range d.entries {
		if i > 0 {
			if err := w.text(", "); err != nil {
				return err
			}
		}
		if err := w.repr(e.Key, depth+1); err != nil {
			return err
		}
		if err := w.text(": "); err != nil {
			return err
		}
		if err := w.repr(e.Value, depth+1); err != nil {
			return err
		}
	}
	return w.text("}")
}

// scalar prints None, booleans and numbers.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "None", true
	case bool:
		if v {
			return "True", true
		}
		return "False", true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case *big.Int:
		return v.String(), true
	case float64:
		return Float(v), true
	}
	return "", false
}

// Float returns repr(f): the shortest text that reads as the same number, with an exponent below 1e-4 and from 1e16 on.
func Float(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// QuoteString returns repr of a text: in single quotes, or in double quotes if it has single quotes only.
func QuoteString(s string) string {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteByte(quote)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			// Python's text has no such bytes; a file read with surrogateescape shows them like this.
			fmt.Fprintf(&b, `\udc%02x`, s[i])
		case r == '\\' || r == rune(quote):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	b.WriteByte(quote)
	return b.String()
}
