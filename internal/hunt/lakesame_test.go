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
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// The same hunt gives the same findings wherever the logs are: starter pack and SigmaHQ's AWS rules on a public exercise.

// theDay is that of the exercise.
var theDay = time.Date(2023, 7, 10, 0, 0, 0, 0, time.UTC)

func publicRules(t *testing.T) *ruleset.Set {
	t.Helper()
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{
		{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))},
	}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// lines are the findings of a hunt as jsonl, sorted, without the events: a table gives the columns that were read.
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
	summary, err := result.Each(0, writer.Finding)
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
			t.Errorf("a finding without its event: %s", line)
		}
		// Each line is compared as it stands, but for the event's bytes.
		list = append(list, strings.Replace(line, string(whole), "", 1))
	}
	slices.Sort(list)
	return list, &result.Ledger
}

// publicRows are rows of a table of CloudTrail with the events of the exercise.
func publicRows(t *testing.T, p *schema.Profile) [][]any {
	t.Helper()
	var rows [][]any
	err := eventpkg.NewReader(eventpkg.Options{NoHash: true}).Run(t.Context(), []string{testkit.Shared(t, "data/invictus")}, 1, func(_ int, b *eventpkg.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			doc, err := new(value.Parser).Parse(bytes.Clone(r.Raw))
			if err != nil {
				return err
			}
			rows = append(rows, sqltest.Row(p, doc))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func profileOf(t *testing.T, name string) *schema.Profile {
	t.Helper()
	p, err := schema.FindProfile(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inLake hunts in a table.
func inLake(t *testing.T, set *ruleset.Set, e engine.Engine, table string, p *schema.Profile) ([]string, *finding.Ledger) {
	t.Helper()
	l, err := lake.Describe(t.Context(), lake.Options{
		Engine: e, Tables: []lake.Table{{Name: table, Profile: p}}, Set: set, Slice: 24 * time.Hour,
		From: theDay, To: theDay.AddDate(0, 0, 1), Price: 5, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Create(t.TempDir(), journal.Header{Created: time.Now(), Fingerprint: l.Fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	l.Use(j)
	return lines(t, hunt.Options{Set: set, Lake: l})
}

// sameFindings hunts natively and in a table, and tells the differences.
func sameFindings(t *testing.T, e engine.Engine, table string, p *schema.Profile) *finding.Ledger {
	t.Helper()
	set := publicRules(t)
	want, _ := lines(t, hunt.Options{Set: set, Paths: []string{testkit.Shared(t, "data/invictus")}})
	got, ledger := inLake(t, set, e, table, p)
	if len(want) < 150 {
		t.Errorf("only %d findings to compare", len(want))
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %.600s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("too many: %.600s", line)
		}
	}
	c := ledger.Lake
	t.Logf("%d findings; %d queries, %d rows, %d bytes back; %d rules cannot run; left: %v", len(got), c.Queries, c.Rows, c.ReturnedBytes, c.CannotRun.Total, c.Left.Reasons)
	if c.Left.Total+int64(len(ledger.Records.Failed.Reasons)) > 0 {
		t.Errorf("left %+v, failed %+v", c.Left, ledger.Records.Failed)
	}
	return ledger
}

// parquetOf writes the exercise as a Parquet file with the columns of a table.
func parquetOf(t *testing.T, p *schema.Profile) string {
	t.Helper()
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), publicRows(t, p)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trail.parquet")
	if err := db.Exec(t.Context(), "COPY trail TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSameFindingsOnDuckDB(t *testing.T) {
	for _, name := range []string{"cloudtrail/athena", "cloudtrail/athena-partitioned", "cloudtrail/files", "cloudtrail/lake"} {
		t.Run(name, func(t *testing.T) {
			p := profileOf(t, name)
			path := parquetOf(t, p)
			e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Profile{path: p}})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			sameFindings(t, e, path, p)
		})
	}
}

// onTrino loads the exercise into a table of a server and tells its full name.
func onTrino(t *testing.T, db sqltest.Engine, p *schema.Profile) string {
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
	for _, name := range []string{"cloudtrail/athena", "cloudtrail/athena-partitioned", "cloudtrail/lake"} {
		t.Run(name, func(t *testing.T) {
			p := profileOf(t, name)
			sameFindings(t, e, onTrino(t, db, p), p)
		})
	}
}
