package pyprint

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// JSONOptions are the arguments of json.dumps. The zero value stands for the defaults of Python.
type JSONOptions struct {
	// Indent is the number of blanks per level; negative or HasIndent false: one line, separators ", " and ": ".
	Indent    int
	HasIndent bool
	// SortKeys orders keys as Python compares them: texts by code point, numbers by value.
	SortKeys bool
	// Unicode keeps characters beyond ASCII (ensure_ascii=False).
	Unicode bool
	// Compact leaves out blanks after the separators (separators=(",", ":")).
	Compact bool
}

// JSON returns json.dumps(v). It fails for values that Python's json does not know, and if the text is longer than limit bytes.
func JSON(v any, options JSONOptions, limit int) (string, error) {
	w := &jsonWriter{writer: writer{limit: limit}, o: options}
	if err := w.value(v, 0); err != nil {
		return "", err
	}
	return w.b.String(), nil
}

type jsonWriter struct {
	writer
	o JSONOptions
}

func (w *jsonWriter) value(v any, depth int) error {
	if depth > MaxDepth {
		return ErrTooDeep
	}
	switch v := v.(type) {
	case nil:
		return w.text("null")
	case bool:
		return w.text(strconv.FormatBool(v))
	case string:
		return w.text(jsonString(v, w.o.Unicode))
	case Markup:
		return w.text(jsonString(string(v), w.o.Unicode))
	case float64:
		return w.text(jsonFloat(v))
	case int, int64, *big.Int:
		s, _ := scalar(v)
		return w.text(s)
	case *List:
		return w.list(v.Items, depth)
	case Tuple:
		return w.list(v, depth)
	case *Dict:
		return w.dict(v, depth)
	}
	return fmt.Errorf("an object of type %s is not JSON serializable", TypeName(v))
}

func (w *jsonWriter) list(items []any, depth int) error {
	if len(items) == 0 {
		return w.text("[]")
	}
	if err := w.text("["); err != nil {
		return err
	}
	for i, item := range items {
		if err := w.separate(i, depth); err != nil {
			return err
		}
		if err := w.value(item, depth+1); err != nil {
			return err
		}
	}
	if err := w.line(depth); err != nil {
		return err
	}
	return w.text("]")
}

func (w *jsonWriter) dict(d *Dict, depth int) error {
	if d.Len() == 0 {
		return w.text("{}")
	}
	entries := d.entries
	if w.o.SortKeys {
		var err error
		if entries, err = sortEntries(entries); err != nil {
			return err
		}
	}
	if err := w.text("{"); err != nil {
		return err
	}
	for i, e := range entries {
		if err := w.separate(i, depth); err != nil {
			return err
		}
		key, err := jsonKey(e.Key)
		if err != nil {
			return err
		}
		colon := ": "
		if w.o.Compact {
			colon = ":"
		}
		if err := w.text(jsonString(key, w.o.Unicode) + colon); err != nil {
			return err
		}
		if err := w.value(e.Value, depth+1); err != nil {
			return err
		}
	}
	if err := w.line(depth); err != nil {
		return err
	}
	return w.text("}")
}

// separate writes what stands before item i.
func (w *jsonWriter) separate(i, depth int) error {
	if i > 0 {
		comma := ", "
		if w.o.HasIndent || w.o.Compact {
			comma = ","
		}
		if err := w.text(comma); err != nil {
			return err
		}
	}
	return w.line(depth + 1)
}

// line starts a line of the level if the output is indented.
func (w *jsonWriter) line(depth int) error {
	if !w.o.HasIndent {
		return nil
	}
	blanks := max(w.o.Indent, 0) * depth
	if blanks > w.limit {
		return ErrTooLarge
	}
	return w.text("\n" + strings.Repeat(" ", blanks))
}

func jsonKey(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case Markup:
		return string(v), nil
	case nil:
		return "null", nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return jsonFloat(v), nil
	case int, int64, *big.Int:
		s, _ := scalar(v)
		return s, nil
	}
	return "", fmt.Errorf("keys must be str, int, float, bool or None, not %s", TypeName(v))
}

func jsonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return Float(f)
}

func jsonString(s string, unicode bool) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r < 0x20:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r < 0x7f || unicode:
			b.WriteRune(r)
		case r >= 0x10000:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// sortEntries sorts entries by key. Python compares texts with texts and numbers with numbers only.
func sortEntries(entries []Entry) ([]Entry, error) {
	out := slices.Clone(entries)
	var fault error
	slices.SortStableFunc(out, func(a, b Entry) int {
		if x, ok := a.Key.(string); ok {
			if y, ok := b.Key.(string); ok {
				return strings.Compare(x, y)
			}
		}
		x, okX := number(a.Key)
		y, okY := number(b.Key)
		if okX && okY {
			return x.Cmp(y)
		}
		fault = fmt.Errorf("'<' not supported between instances of '%s' and '%s'", TypeName(b.Key), TypeName(a.Key))
		return 0
	})
	return out, fault
}

// number returns the value of a number or boolean; false for other values and for values without order.
func number(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return big.NewFloat(1), true
		}
		return big.NewFloat(0), true
	case int:
		return new(big.Float).SetInt64(int64(v)), true
	case int64:
		return new(big.Float).SetInt64(v), true
	case *big.Int:
		return new(big.Float).SetInt(v), true
	case float64:
		if math.IsNaN(v) {
			return nil, false
		}
		return big.NewFloat(v), true
	}
	return nil, false
}
