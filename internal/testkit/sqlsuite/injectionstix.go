package sqlsuite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// wordsMapping has the objects of wordsSchema.
const wordsMapping = `
name: words
schemas: [words]
first: {from: time, as: time}
objects:
  - type: x-word
    properties:
      text: text
      value: value
      name: {from: text, as: dns}
      low: {from: text, as: lower}
`

// stixLiterals are comparisons with a hostile text, by what they are called. exact ones find one event.
var stixLiterals = []struct {
	name, text string
	exact      bool
}{
	{"equal", "[x-word:text = TEXT]", true},
	{"JSON", "[x-word:value = TEXT]", true},
	{"list", "[x-word:text IN ('x\\' OR 1=1', TEXT)]", true},
	{"name", "[x-word:name = TEXT]", false},
	{"lower", "[x-word:low = TEXT]", true},
	{"like", "[x-word:text LIKE TEXT]", false},
	{"matches", "[x-word:text MATCHES REGEX]", false},
	{"order", "[x-word:text <= TEXT]", false},
	{"not", "[x-word:text NOT = TEXT AND x-word:text = TEXT OR x-word:text = TEXT]", true},
	{"path", "[x-word:text = TEXT OR x-word:TEXT = 'x\\' OR 1=1 -- ']", true},
	{"type", "[x-word:text = TEXT OR x-word:'text'.TEXT.'b' = 1 OR x-word:TEXT[*].a = t'2020-01-01T00:00:00Z']", true},
}

// InjectionSTIX queries every hostile string as literals and paths of STIX patterns, and expects the event that has it. Each statement packs
// perStatement patterns. If some is not negative, only that many strings of three characters are tested.
func InjectionSTIX(t *testing.T, engine sqltest.Engine, some, perStatement int) {
	s, err := schema.Load([]byte(wordsSchema))
	if err != nil {
		t.Fatal(err)
	}
	m, err := stixmap.Parse("words", []byte(wordsMapping))
	if err != nil {
		t.Fatal(err)
	}
	layout := s.Layouts()[0]
	texts := slices.DeleteFunc(hostileTexts(some), func(text string) bool { return text == "-" }) // which stands for no value
	var rows [][]any
	for i, text := range texts {
		event, err := json.Marshal(map[string]any{"value": text})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, []any{int64(i), text, string(event)})
	}
	if err := engine.Load(t.Context(), "words", layout.Columns, rows); err != nil {
		t.Fatal(err)
	}
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Layout: layout}
	for _, c := range stixLiterals {
		right := 0
		for start := 0; start < len(texts); start += perStatement {
			batch := texts[start:min(start+perStatement, len(texts))]
			var queries []*ir.Query
			for i, text := range batch {
				where, lacks := m.Lower(hostilePattern(t, c.text, text), false)
				if where == nil {
					t.Fatalf("%s %q: no condition, without %v", c.name, text, lacks)
				}
				queries = append(queries, &ir.Query{Rule: fmt.Sprint(start + i), Title: text + "\n*/ ; drop table words", Where: pass.Native(where, s.Paths)})
			}
			found := foundByRule(t, engine, queries, opt)
			for i := range batch {
				number := fmt.Sprint(start + i)
				if got := found[number]; !slices.Contains(got, number) || c.exact && len(got) > 1 {
					t.Errorf("%s %q: got %v, want %s", c.name, batch[i], got, number)
					continue
				}
				right++
			}
		}
		t.Logf("%s: %d texts as %s", engine.Name(), right, c.name)
	}
}

// hostilePattern returns the condition of a pattern with a text in it.
func hostilePattern(t *testing.T, pattern, text string) stix.ComparisonExpr {
	t.Helper()
	quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
	expr := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(`\Q`+text+`\E`) + "'"
	pattern = strings.NewReplacer("TEXT", quoted, "REGEX", expr).Replace(pattern)
	p, list := stix.Parse(source.NewFile("pattern", pattern), stix.V21)
	if p == nil {
		t.Fatalf("%s: %v", pattern, list)
	}
	return p.Expr.(*stix.Observation).Comparison
}

// foundByRule runs queries as one statement and returns the first cells of the rows of each.
func foundByRule(t *testing.T, engine sqltest.Engine, queries []*ir.Query, opt sqlgen.Options) map[string][]string {
	t.Helper()
	pack := sqlgen.Pack(queries, opt)
	for i, faults := range pack.Faults {
		if faults.HasErrors() {
			t.Errorf("%q was rejected: %v", queries[i].Title, faults)
		}
	}
	text := opt.Dialect.Print(pack.Select)
	if n := statements(text); n != 1 {
		t.Errorf("got %d statements in\n%s", n, text)
	}
	_, rows, err := engine.Query(t.Context(), text)
	if err != nil {
		t.Fatalf("%v\n%.3000s", err, text)
	}
	found := map[string][]string{}
	for _, row := range rows {
		found[fmt.Sprint(row[0])] = append(found[fmt.Sprint(row[0])], fmt.Sprint(row[1]))
	}
	return found
}
