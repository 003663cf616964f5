package testkit

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Mutated returns records of one log source with values changed at random: JSON objects, or lines of text in columns, of which the first is
// a header. A value becomes that of the same place in another record, is twisted if it is text, or goes away. keep reports the keys and
// columns that stay as they are.
func Mutated(rng *rand.Rand, records []string, keep func(key string) bool) []string {
	m := mutation{rng: rng, keep: keep, pool: map[string][]any{}}
	if len(records) > 0 && !strings.HasPrefix(records[0], "{") {
		return m.lines(records)
	}
	docs := make([]any, len(records))
	for i, text := range records {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&docs[i]) != nil {
			return records
		}
		m.collect("", docs[i])
	}
	out := make([]string, len(records))
	for i := range docs {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if encoder.Encode(m.change("", docs[i])) != nil {
			return records
		}
		out[i] = strings.TrimSpace(b.String())
	}
	return out
}

type mutation struct {
	rng  *rand.Rand
	keep func(key string) bool
	// pool are the values of each place.
	pool map[string][]any
}

func (m *mutation) lines(records []string) []string {
	rows := make([][]string, len(records))
	for i, line := range records {
		rows[i] = strings.Fields(line)
	}
	out := slices.Clone(records)
	for i := 1; i < len(rows); i++ {
		row := slices.Clone(rows[i])
		for c := range row {
			if from := rows[1+m.rng.IntN(len(rows)-1)]; chance(m.rng, 4) && c < len(from) && !m.keep(rows[0][c]) {
				row[c] = from[c]
			}
		}
		out[i] = strings.Join(row, " ")
	}
	return out
}

func (m *mutation) collect(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			m.collect(path+"."+key, v[key])
		}
	case []any:
		for i := range v {
			m.collect(path, v[i])
		}
	default:
		m.pool[path] = append(m.pool[path], v)
	}
}

// change returns a changed copy of a value.
func (m *mutation) change(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			kept := m.keep(key)
			if !kept && chance(m.rng, 60) {
				continue
			}
			if out[key] = v[key]; !kept {
				out[key] = m.change(path+"."+key, v[key])
			}
		}
		if len(out) == 0 {
			return v // tables do not tell an empty object from a missing one
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = m.change(path, v[i])
		}
		return out
	case string:
		if chance(m.rng, 25) {
			return m.twisted(v)
		}
	}
	if pool := m.pool[path]; len(pool) > 1 && chance(m.rng, 5) {
		return pick(m.rng, pool)
	}
	return v
}

// twisted returns a text that differs in what comparisons treat differently.
func (m *mutation) twisted(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	switch m.rng.IntN(6) {
	case 0:
		return strings.ToUpper(text)
	case 1:
		return text + "."
	case 2:
		return norm.NFD.String(text + "é")
	case 3:
		return strings.Map(func(r rune) rune {
			if unicode.ToLower(r) == 'k' {
				return '\u212A'
			}
			return r
		}, text)
	case 4:
		return text + "\n"
	}
	return "'" + text + `%\`
}
