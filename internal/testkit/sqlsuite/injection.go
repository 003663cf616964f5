package sqlsuite

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// hostile lists the characters with a special meaning in SQL, LIKE, JSON paths or comments.
var hostile = []rune("'\"\\%_;-/*()`\n\x00")

// hostileTexts returns all strings of one to three hostile characters; if some is not negative, only that many of three
// characters.
func hostileTexts(some int) []string {
	var texts, three []string
	for _, a := range hostile {
		texts = append(texts, string(a))
		for _, b := range hostile {
			texts = append(texts, string([]rune{a, b}))
			for _, c := range hostile {
				three = append(three, string([]rune{a, b, c}))
			}
		}
	}
	if some >= 0 {
		rand.New(rand.NewPCG(1, 3)).Shuffle(len(three), func(i, j int) { three[i], three[j] = three[j], three[i] })
		three = three[:some]
	}
	return append(texts, three...)
}

// wordsSchema is a log source whose events have a string and a JSON text.
const wordsSchema = `
name: words
title: Texts of tests
logsource:
  products: [test]
detect:
  - has: [text]
roots: [""]
time: [time]
id:
  - [nr]
layouts:
  - name: words
    title: Texts
    table: words
    columns:
      nr: bigint
      text: string
      event: json
    fields:
      nr: nr
      text: text
      "*": event
    id: []
    time: {column: nr, format: epoch_s}
`

// Injection queries every hostile string as a value of a column, as a value in JSON text and as a key of it, and
// expects exactly the one event that has it. Each statement packs perStatement queries; 1 packs none, with few events in a table unless
// testkit.Long, since each query reads them all. If some is not negative, only that many strings of three characters are tested.
func Injection(t *testing.T, engine sqltest.Engine, some, perStatement int) {
	s, err := schema.Load([]byte(wordsSchema))
	if err != nil {
		t.Fatal(err)
	}
	texts := hostileTexts(some)
	perTable := len(texts)
	if perStatement == 1 && !testkit.Long() {
		perTable = 50
	}
	slow := 300
	if some >= 0 {
		slow = min(some, slow)
	}
	slowly := hostileTexts(slow)
	found := map[string]int{}
	kinds := []string{"text", "value", "key"}
	for part := range slices.Chunk(texts, perTable) {
		loadWords(t, engine, s.Layouts()[0], part)
		for _, kind := range kinds {
			tried := part
			if kind != "text" { // the same literals inside slower expressions
				tried = slices.DeleteFunc(slices.Clone(part), func(text string) bool { return !slices.Contains(slowly, text) })
			}
			found[kind] += inject(t, engine, s, kind, part, tried, perStatement)
		}
	}
	for _, kind := range kinds {
		t.Logf("%s: %d texts as %s", engine.Name(), found[kind], kind)
	}
}

// loadWords fills a table with an event for each text, numbered from 0.
func loadWords(t *testing.T, engine sqltest.Engine, layout *schema.Layout, texts []string) {
	t.Helper()
	var rows [][]any
	for i, text := range texts {
		event, err := json.Marshal(map[string]any{"value": text, "key": map[string]string{text: "x' OR 1=1 -- "}})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, []any{int64(i), text, string(event)})
	}
	if err := engine.Load(t.Context(), "words", layout.Columns, rows); err != nil {
		t.Fatal(err)
	}
}

// inject queries the tried ones among the texts that were loaded, and returns their number.
func inject(t *testing.T, engine sqltest.Engine, s *schema.Schema, kind string, loaded, tried []string, perStatement int) int {
	t.Helper()
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Layout: s.Layouts()[0]}
	var queries []*ir.Query
	var numbers []string
	for i, text := range tried {
		rule := fmt.Sprintf("%s: %s", yamlText(kind), yamlText(escape(text)))
		if kind == "key" {
			rule = fmt.Sprintf("%s: %s", yamlText("key."+text), yamlText(escape("x' OR 1=1 -- ")))
		}
		q := parse(t, rule)
		q.Rule, q.Title = fmt.Sprintf("%s %d", kind, i), text+"\n; drop table words */ "+text
		q.Where = pass.Native(q.Where, s.Paths)
		queries, numbers = append(queries, q), append(numbers, fmt.Sprint(slices.Index(loaded, text)))
	}
	if perStatement == 1 {
		for i, q := range queries {
			if got, text := single(t, engine, q, opt); !slices.Equal(got, numbers[i:i+1]) {
				t.Errorf("%s %q: got %v, want %s\n%s", kind, tried[i], got, numbers[i], text)
			}
		}
		return len(queries)
	}
	for start := 0; start < len(queries); start += perStatement {
		batch := queries[start:min(start+perStatement, len(queries))]
		got := foundByRule(t, engine, batch, opt)
		for i, q := range batch {
			if n := start + i; !slices.Equal(got[q.Rule], numbers[n:n+1]) {
				t.Errorf("%s %q: got %v, want %s", kind, tried[n], got[q.Rule], numbers[n])
			}
		}
	}
	return len(queries)
}

// single runs one query and returns the first cells of its rows, and its text.
func single(t *testing.T, engine sqltest.Engine, q *ir.Query, opt sqlgen.Options) (cells []string, text string) {
	statement, list := sqlgen.Detection(q, nil, opt)
	if statement.Select == nil {
		t.Errorf("%q was rejected: %v", q.Title, list)
		return nil, ""
	}
	text = opt.Dialect.Print(statement.Select)
	if n := statements(text); n != 1 {
		t.Errorf("got %d statements in\n%s", n, text)
	}
	_, rows, err := engine.Query(t.Context(), text)
	if err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	for _, row := range rows {
		cells = append(cells, fmt.Sprint(row[0]))
	}
	return cells, text
}

// HostileNames queries columns with hostile names of a table with unknown columns. A name may be rejected.
func HostileNames(t *testing.T, engine sqltest.Engine, some int) {
	dialect := sqlgen.DialectByName(engine.Dialect())
	generic := schema.Generic()
	ctx := context.Background()
	refused, right := 0, 0
	for _, name := range hostileTexts(some) {
		q := parse(t, yamlText(name)+": hit")
		q.Where = pass.Native(q.Where, generic.Paths)
		statement, list := sqlgen.Detection(q, nil, sqlgen.Options{Dialect: dialect, Layout: generic.Layouts()[0], Table: "names"})
		if statement.Select == nil {
			if refused++; !list.HasErrors() {
				t.Errorf("%q was rejected without a reason", name)
			}
			continue
		}
		text := dialect.Print(statement.Select)
		if n := statements(text); n != 1 {
			t.Errorf("got %d statements in\n%s", n, text)
		}
		columns := []schema.Column{{Name: name, Type: schema.Type{Kind: schema.Text}}, {Name: "nr", Type: schema.Type{Kind: schema.Integer}}}
		if err := engine.Load(ctx, "names", columns, [][]any{{"hit", int64(1)}, {"miss", int64(2)}}); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		_, rows, err := engine.Query(ctx, text)
		if err != nil || len(rows) != 1 || rows[0][1] != int64(1) {
			t.Errorf("%q: got %v %v\n%s", name, rows, err, text)
			continue
		}
		right++
	}
	t.Logf("%s: %d names correct, %d rejected", engine.Name(), right, refused)
}

// parse parses a rule of one item.
func parse(t *testing.T, item string) *ir.Query {
	t.Helper()
	text := "title: x\nlogsource:\n    product: test\ndetection:\n    s:\n        " + item + "\n    condition: s\n"
	collection, list := sigma.Parse(source.NewFile("hostile.yml", text))
	if len(collection.Rules) != 1 {
		t.Fatalf("got %v", list)
	}
	q, list := lower.Rule(collection.Rules[0], lower.Options{})
	if q == nil {
		t.Fatalf("got %v", list)
	}
	return q
}

// escape escapes text so that a Sigma value means it literally.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(text)
}

// yamlText writes text as a YAML scalar in double quotes.
func yamlText(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// statements counts the statements in SQL text, with the literals, quoted names and comments of the SQL standard.
func statements(text string) int {
	count, something := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"' || c == '`':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return -1
			}
			i += end + 1 // a doubled quote opens the next part
			something = true
		case strings.HasPrefix(text[i:], "--"):
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				end = len(text) - i
			}
			i += end
		case strings.HasPrefix(text[i:], "/*"):
			return -2
		case c == ';':
			if something {
				count++
			}
			something = false
		case c > ' ':
			something = true
		}
	}
	if something {
		count++
	}
	return count
}
