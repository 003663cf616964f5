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
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

func profileOf(t *testing.T, name string) *schema.Profile {
	t.Helper()
	p, err := schema.FindProfile(schema.All(), name)
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

// invictus are the records of a public log, as egret's own reader finds them, and the rules that find something there.
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
	set, _, err = ruleset.Load(t.Context(), []ruleset.Folder{
		{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))},
	}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return folder, docs, set
}

// matches are the pairs of event id and rule that the native matcher finds.
func matches(c *ruleset.Compiled, m *match.Matcher, doc *value.Doc, serves map[int]bool, into map[string]bool) {
	var walker value.Walker
	id, _ := c.Schema.AppendEventID(nil, &walker, doc)
	for _, q := range m.Match(doc) {
		if serves[c.Rules[q]] {
			into[fmt.Sprintf("%s %d", id, c.Rules[q])] = true
		}
	}
}

// sameMatches hunts a table as a lake is hunted, and checks that its rows are decided as the records are.
func sameMatches(t *testing.T, e *duckdb.Engine, table string, p *schema.Profile, docs []*value.Doc, set *ruleset.Set) {
	t.Helper()
	described, err := e.Describe(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range described.Columns {
		columns = append(columns, c.Name)
	}
	c := set.Compile(p.Schema)
	m := c.Program.NewMatcher()
	planned := plan.Build(set, p, plan.Options{
		Dialect: sqlgen.DialectByName(e.Info().Dialect), Table: described.Name, Columns: columns, CountFrom: -1,
	})
	if len(planned.Statements) == 0 {
		t.Fatal("no rule can run")
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
		sql := s.SQL(plan.Slice{})
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
			t.Errorf("%d rules with %d matches prove little", len(s.Rules), len(want))
		}
		var wrong []string
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if !got[key] {
				wrong = append(wrong, "missing: "+key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(got)) {
			if !want[key] {
				wrong = append(wrong, "too many: "+key)
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%d differences: %s", len(wrong), strings.Join(wrong[:min(5, len(wrong))], "; "))
		}
	}
}

// TestRulesFindTheSameInFiles: a public log as CloudTrail delivered it, as lines, and as Parquet of several makes, each
// read with the profiles that fit it, gives the matches that its records give.
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
	for _, c := range []struct{ form, profile, table string }{
		{"records", "cloudtrail/files", folder},
		{"records", "cloudtrail/athena", folder + "/*.json"},
		{"lines", "cloudtrail/files", ndjson},
		{"lines", "cloudtrail/lake", ndjson},
	} {
		t.Run(c.form+"/"+c.profile, func(t *testing.T) {
			p := profileOf(t, c.profile)
			sameMatches(t, open(t, duckdb.Options{Tables: map[string]*schema.Profile{c.table: p}}), c.table, p, docs, set)
		})
	}
	// Parquet whose columns are those of the profile.
	for _, name := range []string{"cloudtrail/athena", "cloudtrail/files", "cloudtrail/lake", "cloudtrail/security-lake-v1", "cloudtrail/security-lake-v2"} {
		t.Run("parquet/"+name, func(t *testing.T) {
			p := profileOf(t, name)
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
			sameMatches(t, open(t, duckdb.Options{Tables: map[string]*schema.Profile{path: p}}), path, p, docs, set)
			if name == "cloudtrail/athena" { // types that fit need no profile
				sameMatches(t, open(t, duckdb.Options{}), path, p, docs, set)
			}
		})
	}
	// Parquet as DuckDB makes it of the files when nobody tells it how: times are timestamps, objects are structs.
	for form, depth := range map[string]string{"guessed": "-1", "guessed shallow": "2"} {
		t.Run(form, func(t *testing.T) {
			p := profileOf(t, "cloudtrail/athena")
			path := filepath.Join(t.TempDir(), "rows.parquet")
			db := sqltest.DuckDB(t)
			source := "read_json(" + sqltest.QuoteText(ndjson) + ", sample_size = -1, maximum_depth = " + depth + ")"
			if err := db.Exec(t.Context(), "COPY (FROM "+source+") TO "+sqltest.QuoteText(path)); err != nil {
				t.Fatal(err)
			}
			sameMatches(t, open(t, duckdb.Options{Tables: map[string]*schema.Profile{path: p}}), path, p, docs, set)
		})
	}
}
