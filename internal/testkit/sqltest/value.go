package sqltest

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/schema"
)

// wholeNumber returns an int64 if the number fits, so that engines with different widths of sums agree.
func wholeNumber(n *big.Int) any {
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

// decimalNumber returns the value of a decimal's text: a whole number, or else the text without trailing zeros. It
// ignores the scale of the type, since engines choose scales differently.
func decimalNumber(text string) any {
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if n, ok := new(big.Int).SetString(text, 10); ok {
		return wholeNumber(n)
	}
	return text
}

// fitRow normalizes the cells of a row: structs have all their members, maps are Pairs with distinct keys.
func fitRow(columns []schema.Column, row []any) ([]any, error) {
	if len(row) != len(columns) {
		return nil, fmt.Errorf("%d cells for %d columns", len(row), len(columns))
	}
	out := make([]any, len(row))
	for i, c := range columns {
		cell, err := fit(c.Type, row[i])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		out[i] = cell
	}
	return out, nil
}

// fit normalizes one cell.
func fit(t schema.Type, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch t.Kind {
	case schema.Integer:
		return expect[int64](v)
	case schema.Double:
		return expect[float64](v)
	case schema.Boolean:
		return expect[bool](v)
	case schema.Timestamp, schema.Date:
		at, err := expect[time.Time](v)
		return at.UTC(), err
	case schema.Struct:
		return fitStruct(t, v)
	case schema.Array:
		list, err := expect[[]any](v)
		out := make([]any, len(list))
		for i := range list {
			cell, err := fit(element(t), list[i])
			if err != nil {
				return nil, fmt.Errorf("element %d: %w", i, err)
			}
			out[i] = cell
		}
		return out, err
	case schema.Map:
		return fitMap(t, v)
	default:
		text, err := expect[string](v)
		if err == nil && !utf8.ValidString(text) {
			err = fmt.Errorf("%q is not UTF-8", text)
		}
		return text, err
	}
}

func fitStruct(t schema.Type, v any) (any, error) {
	members, err := expect[map[string]any](v)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, m := range t.Members {
		if out[m.Name], err = fit(m.Type, members[m.Name]); err != nil {
			return nil, fmt.Errorf("member %s: %w", m.Name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if _, ok := out[name]; !ok {
			return nil, fmt.Errorf("member %s is not in the type", name)
		}
	}
	return out, nil
}

func fitMap(t schema.Type, v any) (any, error) {
	pairs, ordered := v.(Pairs)
	if !ordered {
		entries, err := expect[map[string]any](v)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			pairs = append(pairs, Pair{key, entries[key]})
		}
	}
	out := make(Pairs, len(pairs))
	seen := map[string]bool{}
	for i, p := range pairs {
		value, err := fit(element(t), p.Value)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", p.Key, err)
		}
		if seen[p.Key] {
			return nil, fmt.Errorf("duplicate key %q", p.Key)
		}
		seen[p.Key] = true
		out[i] = Pair{p.Key, value}
	}
	return out, nil
}

func expect[T any](v any) (T, error) {
	out, ok := v.(T)
	if !ok {
		return out, fmt.Errorf("expected %T, found %T", out, v)
	}
	return out, nil
}
