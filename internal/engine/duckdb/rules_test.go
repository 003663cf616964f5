//go:build duckdb && cgo

package duckdb_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tablecheck"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

func layoutOf(t *testing.T, name string) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t *testing.T, text string) *value.Doc {
	t.Helper()
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return doc
}

// invictus returns the records of a public log, as egret's own reader reads them, and the rules to run.
func invictus(t *testing.T) (folder string, docs []*value.Doc, set *ruleset.Set) {
	t.Helper()
	folder = testkit.Shared(t, "data/invictus")
	err := event.NewReader(event.Options{NoHash: true}).Run(t.Context(), []string{folder}, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			docs = append(docs, parse(t, string(r.Doc.AppendJSON(nil, 0))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	folders := []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}
	if testkit.Long() {
		folders = append(folders, ruleset.Folder{Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))})
	}
	set, _, err = ruleset.Load(t.Context(), folders, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return folder, docs, set
}

// matches adds the pairs of event id and rule that the native matcher finds.
func matches(c *ruleset.Compiled, m *match.Matcher, doc *value.Doc, serves map[int]bool, into map[string]bool) {
	var walker value.Walker
	id, _ := c.Schema.AppendEventID(nil, &walker, doc)
	for _, q := range m.Match(doc) {
		if serves[c.Rules[q]] {
			into[fmt.Sprintf("%s %d", id, c.Rules[q])] = true
		}
	}
}

// sameMatches hunts in a table, and checks that rules match its rows as they match the records.
func sameMatches(t *testing.T, e *duckdb.Engine, table string, p *schema.Layout, docs []*value.Doc, set *ruleset.Set) {
	t.Helper()
	described, err := e.Describe(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range described.Columns {
		columns = append(columns, c.Name)
	}
	p, _ = tablecheck.Open(p, described, true)
	c := set.Compile(p.Schema)
	m := c.Program.NewMatcher()
	planned := plan.Build(set, p, plan.Options{
		Dialect: sqlgen.DialectByName(e.Info().Dialect), Table: described.Name, Columns: columns, CountFrom: -1,
	})
	if len(planned.Statements) == 0 {
		t.Fatal("got no rule that can run")
	}
	for _, s := range planned.Statements {
		serves := map[int]bool{}
		for _, i := range s.Rules {
			serves[i] = true
		}
		want, got := map[string]bool{}, map[string]bool{}
		for _, doc := range docs {
			matches(c, m, doc, serves, want)
		}
		sql := s.SQL(plan.Chunk{})
		q, err := e.Start(t.Context(), engine.Statement{SQL: sql})
		if err != nil {
			t.Fatal(err)
		}
		r := plan.NewRebuilder(s.Columns)
		stats, err := q.Read(t.Context(), engine.Result{Row: func(row []any) error {
			text, err := r.Append(nil, row)
			if err != nil {
				return err
			}
			matches(c, m, parse(t, string(text)), serves, got)
			return nil
		}})
		if err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
		t.Logf("%d rules; %d rows of %d records; %d matches", len(s.Rules), stats.Rows, len(docs), len(want))
		if len(want) < 100 || len(s.Rules) < 50 {
			t.Errorf("got %d rules with %d matches, want more", len(s.Rules), len(want))
		}
		var wrong []string
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if !got[key] {
				wrong = append(wrong, "missing: "+key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(got)) {
			if !want[key] {
				wrong = append(wrong, "unexpected: "+key)
			}
		}
		if len(wrong) > 0 {
			t.Errorf("got %d differences: %s", len(wrong), strings.Join(wrong[:min(5, len(wrong))], "; "))
		}
	}
}

// TestRulesFindTheSameInFiles checks that a public log as delivered by CloudTrail, as lines, and as Parquet from
// several sources, read with the layouts that fit, has the same matches as its records.
func TestRulesFindTheSameInFiles(t *testing.T) {
	folder, docs, set := invictus(t)
	dir := t.TempDir()
	var lines strings.Builder
	for _, doc := range docs {
		lines.Write(doc.AppendJSON(nil, 0))
		lines.WriteByte('\n')
	}
	ndjson := filepath.Join(dir, "it's lines.ndjson")
	if err := os.WriteFile(ndjson, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ form, layout, table string }{
		{"records", "cloudtrail/files", folder},
		{"records", "cloudtrail/athena", folder + "/*.json"},
		{"lines", "cloudtrail/files", ndjson},
		{"lines", "cloudtrail/lake", ndjson},
	} {
		t.Run(c.form+"/"+c.layout, func(t *testing.T) {
			p := layoutOf(t, c.layout)
			sameMatches(t, open(t, duckdb.Options{Tables: map[string]*schema.Layout{c.table: p}}), c.table, p, docs, set)
		})
	}
	// Parquet with the layout's columns.
	layouts := []string{"cloudtrail/athena"}
	if testkit.Long() { // package hunt compares findings in files of the others
		layouts = append(layouts, "cloudtrail/security-lake-v2", "cloudtrail/files", "cloudtrail/lake", "cloudtrail/security-lake-v1")
	}
	for _, name := range layouts {
		t.Run("parquet/"+name, func(t *testing.T) {
			p := layoutOf(t, name)
			path := filepath.Join(t.TempDir(), "rows.parquet")
			db := sqltest.DuckDB(t)
			row := sqltest.Row
			if p.OnlyFields {
				row = sqltest.OCSFRow
			}
			var rows [][]any
			for _, doc := range docs {
				rows = append(rows, row(p, doc))
			}
			if err := db.Load(t.Context(), "rows", sqltest.Columns(p), rows); err != nil {
				t.Fatal(err)
			}
			if err := db.Exec(t.Context(), "COPY rows TO "+sqltest.QuoteText(path)); err != nil {
				t.Fatal(err)
			}
			sameMatches(t, open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}}), path, p, docs, set)
			if name == "cloudtrail/athena" { // matching types need no layout
				sameMatches(t, open(t, duckdb.Options{}), path, p, docs, set)
			}
		})
	}
	// Parquet as DuckDB creates it from the files by default: times are timestamps, objects are structs.
	for form, depth := range map[string]string{"guessed": "-1", "guessed shallow": "2"} {
		t.Run(form, func(t *testing.T) {
			p := layoutOf(t, "cloudtrail/athena")
			path := filepath.Join(t.TempDir(), "rows.parquet")
			db := sqltest.DuckDB(t)
			source := "read_json(" + sqltest.QuoteText(ndjson) + ", sample_size = -1, maximum_depth = " + depth + ")"
			if err := db.Exec(t.Context(), "COPY (FROM "+source+") TO "+sqltest.QuoteText(path)); err != nil {
				t.Fatal(err)
			}
			sameMatches(t, open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}}), path, p, docs, set)
		})
	}
}
