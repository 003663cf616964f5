package hunt_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	eventpkg "github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// oneCallRules returns rules for one API call each, as detection engineers write them by the hundred.
func oneCallRules(n int) fs.FS {
	files := fstest.MapFS{}
	for i := range n {
		files[fmt.Sprintf("rule%03d.yml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, `title: Call %[1]d
id: 00000000-0000-4000-8000-%012[1]d
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: service%[2]d.amazonaws.com, eventName: CreateThing%[1]d}
  condition: selection
level: low
`, i, i%40)}
	}
	return files
}

// TestFewQueriesAndBytes checks that the starter pack, SigmaHQ's rules for AWS and 700 rules for one API call each
// need at most three queries, one of them for rows, and that at most a tenth of a public incident is returned.
func TestFewQueriesAndBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("the public incident takes half a minute")
	}
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{
		{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))}, {Name: "calls", FS: oneCallRules(700)},
	}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := layoutOf(t, "cloudtrail/athena")
	files := testkit.Shared(t, "data/sans504")
	var rows [][]any
	total, first, last := int64(0), int64(math.MaxInt64), int64(math.MinInt64)
	err = eventpkg.NewReader(eventpkg.Options{NoHash: true}).Run(t.Context(), []string{files}, 1, func(_ int, b *eventpkg.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			doc, err := new(value.Parser).Parse(bytes.Clone(r.Raw))
			if err != nil {
				return err
			}
			var walker value.Walker
			if at, ok := r.Schema.EventTime(&walker, doc); ok {
				first, last = min(first, at.Nanos), max(last, at.Nanos)
			}
			total += int64(len(doc.AppendJSON(nil, 0)))
			rows = append(rows, sqltest.Row(p, doc))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Unix(0, first).UTC().Truncate(24*time.Hour), time.Unix(0, last).UTC().AddDate(0, 0, 1).Truncate(24*time.Hour)
	want, _ := lines(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{files}}, From: from, To: to})
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, e engine.Engine, table string) {
		t.Helper()
		r := &recorded{Engine: e}
		got, ledger := huntOnce(t, set, r, from, to, lake.Table{Name: table, Layout: p})
		compareLines(t, got, want, 100)
		c := ledger.Lake
		rowStatements := 0
		for _, sql := range r.started {
			if !strings.Contains(sql, "PARTITION BY correlation") && !strings.Contains(sql, "eventid IN (") {
				rowStatements++
			}
		}
		if len(r.started) > 3 || c.Queries != len(r.started) || rowStatements != 1 {
			t.Errorf("got %d queries started, %d reported, %d for rows, want at most 3 and 1 for rows", len(r.started), c.Queries, rowStatements)
		}
		if c.ReturnedBytes*10 > total {
			t.Errorf("got %d bytes of %d returned, want at most a tenth", c.ReturnedBytes, total)
		}
		t.Logf("%d findings; %d queries for %d rules; %d rows of %d, %d bytes of %d (%.1f %%)", len(got), c.Queries, len(set.Rules)+len(set.Correlations), c.Rows, len(rows), c.ReturnedBytes, total, 100*float64(c.ReturnedBytes)/float64(total))
	}
	t.Run("duckdb", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "trail.parquet")
		if err := db.Exec(t.Context(), "COPY trail TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
		e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		check(t, e, path)
	})
	t.Run("athena", func(t *testing.T) {
		_, e := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, athenatest.Table{Database: "security", Name: "trail"}, p, "duckdb")
		check(t, e, "trail")
	})
}
