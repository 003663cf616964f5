package hunt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/engine/trino"
	eventpkg "github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// These tests check that a hunt with the starter pack and SigmaHQ's AWS rules on a public exercise has the same
// findings wherever the logs are.

// theDay is the day of the exercise.
var theDay = time.Date(2023, 7, 10, 0, 0, 0, 0, time.UTC)

// lines returns the findings of a hunt as JSON lines, sorted, without the events, which contain only the columns that
// were read.
func lines(t *testing.T, opt hunt.Options) ([]string, *finding.Ledger) {
	t.Helper()
	if opt.Threads = 2; opt.From.IsZero() {
		opt.From, opt.To = theDay, theDay.AddDate(0, 0, 1)
	}
	result, err := hunt.Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	format, _ := report.Lookup("jsonl")
	var text bytes.Buffer
	writer := format.New(&text, report.Options{})
	summary, err := result.Each(t.Context(), 0, &result.Ledger.Findings, writer.Finding)
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(&summary, &result.Ledger); err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(text.String()) {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		whole := members["event"]
		if len(whole) < 3 {
			t.Errorf("got a finding without its event: %s", line)
		}
		// Compare each line unchanged, except for the event.
		list = append(list, strings.Replace(line, string(whole), "{}", 1))
	}
	slices.Sort(list)
	return list, &result.Ledger
}

// publicRows returns the events of the exercise as rows of a CloudTrail table.
func publicRows(t *testing.T, p *schema.Layout) [][]any {
	t.Helper()
	var rows [][]any
	for _, doc := range publicDocs.get(t, func() []*value.Doc { return docsOf(t, testkit.Shared(t, "data/invictus")) }) {
		rows = append(rows, sqltest.Row(p, doc))
	}
	return rows
}

// rowsOf returns the events of files as rows of a table.
func rowsOf(t testing.TB, p *schema.Layout, path string) [][]any {
	t.Helper()
	var rows [][]any
	for _, doc := range docsOf(t, path) {
		rows = append(rows, sqltest.Row(p, doc))
	}
	return rows
}

// docsOf returns the events of files.
func docsOf(t testing.TB, path string) []*value.Doc {
	t.Helper()
	var docs []*value.Doc
	err := eventpkg.NewReader(eventpkg.Options{NoHash: true}).Run(t.Context(), []string{path}, 1, func(_ int, b *eventpkg.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			doc, err := new(value.Parser).Parse(bytes.Clone(r.Raw))
			if err != nil {
				return err
			}
			docs = append(docs, doc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func layoutOf(t testing.TB, name string) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inLake hunts in a table.
func inLake(t *testing.T, set *ruleset.Set, e engine.Engine, table string, p *schema.Layout) ([]string, *finding.Ledger) {
	t.Helper()
	return lines(t, hunt.Options{Set: set, Source: tableSource(t, set, e, table, p)})
}

// tableSource returns a table as the source of a hunt.
func tableSource(t testing.TB, set *ruleset.Set, e engine.Engine, table string, p *schema.Layout) hunt.Source {
	t.Helper()
	return rangedSource(t, set, e, table, p, theDay, theDay.AddDate(0, 0, 1))
}

func rangedSource(t testing.TB, set *ruleset.Set, e engine.Engine, table string, p *schema.Layout, from, to time.Time) hunt.Source {
	t.Helper()
	l, err := lake.Open(t.Context(), lake.Options{
		Engine: e, Tables: []lake.Table{{Name: table, Layout: p}}, Set: set, Sizes: []lake.Size{{Chunk: 24 * time.Hour}}, AllTime: true,
		From: from, To: to, Price: 5, Backoff: time.Millisecond,
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

// sameFindings hunts natively and in a table, and reports the differences.
func sameFindings(t *testing.T, e engine.Engine, table string, p *schema.Layout) *finding.Ledger {
	t.Helper()
	want := publicFindings(t)
	got, ledger := inLake(t, publicRules(t), e, table, p)
	compareLines(t, got, want, 150)
	c := ledger.Lake
	t.Logf("%d findings; %d queries, %d rows, %d bytes back; %d rules cannot run; left: %v", len(got), c.Queries, c.Rows, c.ReturnedBytes, c.CannotRun.Total, c.Left.Reasons)
	if c.Left.Total+int64(len(ledger.Records.Failed.Reasons)) > 0 {
		t.Errorf("got left %+v, failed %+v, want none", c.Left, ledger.Records.Failed)
	}
	return ledger
}

func parquetFile(t testing.TB, p *schema.Layout, rows [][]any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trail.parquet")
	writeParquet(t, p, rows, path)
	return path
}

// writeParquet writes rows of a table as a Parquet file.
func writeParquet(t testing.TB, p *schema.Layout, rows [][]any, path string) {
	t.Helper()
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), "COPY trail TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
}

func TestSameFindingsOnDuckDB(t *testing.T) {
	needsDuckDB(t)
	layouts := []string{"cloudtrail/athena", "cloudtrail/files", "cloudtrail/lake"}
	if testkit.Long() {
		layouts = append(layouts, "cloudtrail/athena-partitioned")
	}
	for _, name := range layouts {
		t.Run(name, func(t *testing.T) {
			p := layoutOf(t, name)
			path := parquetOf(t, p)
			e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			sameFindings(t, e, path, p)
		})
	}
}

// onTrino loads the exercise into a table of a server and returns its full name.
func onTrino(t *testing.T, db sqltest.Engine, p *schema.Layout) string {
	t.Helper()
	name := "trail_" + strings.ToLower(strings.ReplaceAll(p.Name, "-", "_"))
	if err := db.Load(t.Context(), name, sqltest.Columns(p), publicRows(t, p)); err != nil {
		t.Fatal(err)
	}
	_, rows, err := db.Query(t.Context(), "SELECT table_schema FROM memory.information_schema.tables WHERE table_name = "+sqltest.QuoteText(name)+
		" AND table_schema IN (SELECT current_schema) UNION ALL SELECT table_schema FROM memory.information_schema.tables WHERE table_name = "+sqltest.QuoteText(name))
	if err != nil || len(rows) == 0 {
		t.Fatal(rows, err)
	}
	return fmt.Sprintf("memory.%v.%s", rows[0][0], name)
}

func TestSameFindingsOnTrinoIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e, err := trino.Open(t.Context(), trino.Options{URL: os.Getenv("EGRET_TRINO"), User: "egret"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	layouts := []string{"cloudtrail/athena", "cloudtrail/lake"}
	if testkit.Long() {
		layouts = append(layouts, "cloudtrail/athena-partitioned") // which Athena's dialect hunts on the same server
	}
	for _, name := range layouts {
		t.Run(name, func(t *testing.T) {
			p := layoutOf(t, name)
			sameFindings(t, e, onTrino(t, db, p), p)
		})
	}
}
