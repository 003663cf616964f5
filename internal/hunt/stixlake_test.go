package hunt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	logs "github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/stix"
)

// stixLayouts are the layouts of tables for the public events by their source.
var stixLayouts = map[string]string{
	"vpcflow": "vpcflow/athena-manual", "cloudtrail": "cloudtrail/athena", "guardduty": "guardduty/athena", "route53": "route53/athena",
	"waf": "waf/athena", "ocsf-api": "cloudtrail/security-lake-v2", "ocsf-net": "vpcflow/security-lake-v2",
}

// stixTables returns the public events as tables. Rows without an id have tables of their own, whose name begins with that of the event.
func stixTables(t *testing.T, events []stixEvent) (layouts map[string]*schema.Layout, rows map[string][][]any) {
	t.Helper()
	layouts, rows = map[string]*schema.Layout{}, map[string][][]any{}
	for _, e := range events {
		p, table := layoutOf(t, stixLayouts[e.source]), e.source
		if e.source == "ocsf-net" {
			table = e.name
		}
		layouts[table] = p
		rows[table] = append(rows[table], sqltest.Row(p, stixDoc(t, e, p)))
	}
	return layouts, rows
}

// stixDoc returns the record of an event with the names of the columns of a table.
func stixDoc(t *testing.T, e stixEvent, p *schema.Layout) *value.Doc {
	t.Helper()
	text, err := os.ReadFile(e.path)
	if err != nil {
		t.Fatal(err)
	}
	if !p.OCSF() {
		err := logs.NewReader(logs.Options{}).Run(context.Background(), []string{e.path}, 1, func(_ int, b *logs.Batch) error {
			text = bytes.Clone(b.Next().JSON())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if e.source == "vpcflow" {
		var record map[string]any
		if err := json.Unmarshal(text, &record); err != nil {
			t.Fatal(err)
		}
		renamed := map[string]any{}
		for name, v := range record {
			renamed[strings.ReplaceAll(name, "-", "_")] = v
		}
		if text, err = json.Marshal(renamed); err != nil {
			t.Fatal(err)
		}
	}
	if e.source == "guardduty" { // as Athena's SerDe does
		text = loweredKeys(t, text)
	}
	doc, err := new(value.Parser).Parse(bytes.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// loweredKeys returns JSON with keys in lower case at every depth.
func loweredKeys(t *testing.T, text []byte) []byte {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	var lower func(v any) any
	lower = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			out := map[string]any{}
			for key, member := range v {
				out[strings.ToLower(key)] = lower(member)
			}
			return out
		case []any:
			for i := range v {
				v[i] = lower(v[i])
			}
		}
		return v
	}
	out, err := json.Marshal(lower(v))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// stixSource returns tables as the source of a hunt.
func stixSource(t *testing.T, set *ruleset.Set, e engine.Engine, tables []lake.Table) hunt.Source {
	t.Helper()
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	l, err := lake.Open(t.Context(), lake.Options{
		Engine: e, Tables: tables, Set: set, Sizes: slices.Repeat([]lake.Size{{Chunk: 7 * 24 * time.Hour}}, len(tables)), AllTime: true,
		From: from, To: from.AddDate(0, 0, 4), Price: 5, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Create(t.TempDir(), journal.Header{Created: time.Now(), Fingerprint: l.Fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	l.Use(j)
	return hunt.Tables(l)
}

// stixTogether makes rules of all patterns that may have matches, and returns the id of the case by that of the rule.
func stixTogether(t *testing.T, cases []stixCase) (*ruleset.Set, map[string]string) {
	t.Helper()
	var list []*stixhunt.Indicator
	for _, c := range cases {
		i := stixhunt.Alone(c.ID, c.Pattern, stix.V21)
		i.ID = c.ID
		list = append(list, i)
	}
	made, faults := stixhunt.Make(list, stixhunt.Options{Schemas: schema.All()})
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	set, more, err := ruleset.Load(context.Background(), nil, ruleset.Options{Lowered: []*ruleset.Lowered{made.Lowered}})
	if err != nil || more.HasErrors() {
		t.Fatal(err, more)
	}
	caseOf := map[string]string{}
	for rule, i := range made.Indicators {
		caseOf[rule] = i.ID
	}
	return set, caseOf
}

// wholeCases are the cases about all events that are not refused.
func wholeCases(t *testing.T) []stixCase {
	t.Helper()
	return slices.DeleteFunc(stixCases(t), func(c stixCase) bool { return c.Refuse || len(c.Sources)+len(c.Only) > 0 })
}

// compareCases compares the findings of a hunt of many patterns with the expected events, and returns how many agree.
func compareCases(t *testing.T, o outcome, caseOf, byID map[string]string, cases []stixCase) int {
	t.Helper()
	got := map[string]outcome{}
	for _, line := range o.lines {
		var f struct{ Rule struct{ ID string } }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		of := got[caseOf[f.Rule.ID]]
		of.lines = append(of.lines, line)
		got[caseOf[f.Rule.ID]] = of
	}
	right := 0
	for _, c := range cases {
		want := c.Events
		if c.Mixed != nil {
			want = c.Mixed.Events
		}
		slices.Sort(want)
		if names := found(t, got[c.ID], byID); !slices.Equal(names, want) {
			t.Errorf("%s %s:\ngot  %v\nwant %v", c.ID, c.Pattern, names, want)
			continue
		}
		right++
	}
	t.Logf("%d of %d cases right", right, len(cases))
	return right
}

// TestSTIXCasesTogether hunts all patterns at once, which puts exact values into tables.
func TestSTIXCasesTogether(t *testing.T) {
	events, byID := stixEvents(t)
	cases := wholeCases(t)
	set, caseOf := stixTogether(t, cases)
	var paths []string
	for _, e := range events {
		paths = append(paths, e.path)
	}
	compareCases(t, run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: paths}}), caseOf, byID, cases)
}

// A stixLake makes tables of an engine, in the order of their names.
type stixLake func(t *testing.T, layouts map[string]*schema.Layout, rows map[string][][]any) (engine.Engine, []lake.Table)

// stixInDuckDB writes each table to a Parquet file.
func stixInDuckDB(t *testing.T, layouts map[string]*schema.Layout, rows map[string][][]any) (engine.Engine, []lake.Table) {
	t.Helper()
	files := map[string]*schema.Layout{}
	var tables []lake.Table
	dir := t.TempDir()
	db := sqltest.DuckDB(t)
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		p, path := layouts[name], filepath.Join(dir, name+".parquet")
		if err := db.Load(t.Context(), name, sqltest.Columns(p), rows[name]); err != nil {
			t.Fatal(name, err)
		}
		if err := db.Exec(t.Context(), "COPY "+sqltest.QuoteIdentifier(name)+" TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
			t.Fatal(name, err)
		}
		files[path] = p
		tables = append(tables, lake.Table{Name: path, Layout: p})
	}
	e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, tables
}

// stixInTrino loads the tables into the memory of a server.
func stixInTrino(t *testing.T, layouts map[string]*schema.Layout, rows map[string][][]any) (engine.Engine, []lake.Table) {
	t.Helper()
	db := sqltest.Trino(t)
	var tables []lake.Table
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		p := layouts[name]
		loaded := strings.ReplaceAll(name, "-", "_")
		if err := db.Load(t.Context(), loaded, sqltest.Columns(p), rows[name]); err != nil {
			t.Fatal(name, err)
		}
		tables = append(tables, lake.Table{Name: fmt.Sprintf("memory.%v.%s", ask(t, db, "SELECT current_schema")[0][0], loaded), Layout: p})
	}
	return trinoEngine(t), tables
}

// withCounts adds the column count of OCSF, which AWS's tables do not have, to tables of one event each.
func withCounts(t *testing.T, layouts map[string]*schema.Layout, rows map[string][][]any, events []stixEvent) {
	t.Helper()
	for _, e := range events {
		p := layouts[e.name]
		if p == nil {
			continue
		}
		wider := p.With(schema.Column{Name: "count", Type: schema.Type{Kind: schema.Integer}})
		layouts[e.name], rows[e.name] = wider, [][]any{sqltest.Row(wider, stixDoc(t, e, wider))}
	}
}

// stixCasesIn hunts all patterns in tables: those about all events at once, the others in tables of their events.
func stixCasesIn(t *testing.T, in stixLake) {
	t.Helper()
	testkit.Shared(t, "data/stix")
	events, byID := stixEvents(t)
	groups := map[string][]stixCase{}
	refused := 0
	for _, c := range stixCases(t) {
		if c.Refuse {
			if set, list := stixSet(t, c.Pattern, false); !list.HasErrors() || len(set.Rules) > 0 {
				t.Errorf("%s %s: got %v, want an error", c.ID, c.Pattern, list)
			}
			refused++
			continue
		}
		of := fmt.Sprint(c.Sources, c.Only)
		groups[of] = append(groups[of], c)
	}
	right := refused
	for _, of := range slices.Sorted(maps.Keys(groups)) {
		cases := groups[of]
		layouts, rows := stixTables(t, slices.DeleteFunc(slices.Clone(events), func(e stixEvent) bool {
			return len(cases[0].Sources) > 0 && !slices.Contains(cases[0].Sources, e.source) || len(cases[0].Only) > 0 && !slices.Contains(cases[0].Only, e.name)
		}))
		if slices.Contains(cases[0].Sources, "ocsf-net") {
			withCounts(t, layouts, rows, events)
		}
		e, tables := in(t, layouts, rows)
		for i := range tables { // a hunt knows only the published columns
			tables[i].Layout = layoutOf(t, tables[i].Layout.FullName())
		}
		names := maps.Clone(byID)
		maps.DeleteFunc(names, func(_, name string) bool { return strings.HasPrefix(name, "n") }) // rows without an id are named by their table
		for i, name := range slices.Sorted(maps.Keys(layouts)) {
			names[tables[i].Name] = name
		}
		set, caseOf := stixTogether(t, cases)
		from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		o := run(t, hunt.Options{Set: set, Source: stixSource(t, set, e, tables), From: from, To: from.AddDate(0, 0, 4)})
		right += compareCases(t, o, caseOf, names, cases)
	}
	t.Logf("%d cases right, %d of them refused", right, refused)
}

// TestSTIXCasesInDuckDB hunts the patterns in tables.
func TestSTIXCasesInDuckDB(t *testing.T) { stixCasesIn(t, stixInDuckDB) }

// TestSTIXCasesIntegration hunts the patterns in tables of a server.
func TestSTIXCasesIntegration(t *testing.T) { stixCasesIn(t, stixInTrino) }
