package hunt_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqlsuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

const anyCall = `title: Any call
id: 0a1b2c3d-0000-4000-8000-000000000011
name: any_call
level: low
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: '*'}
  condition: selection
---
title: Many calls
id: 0a1b2c3d-0000-4000-8000-000000000012
level: high
correlation: {type: event_count, rules: [any_call], group-by: [awsRegion], timespan: 1h, condition: {gte: 2}, generate: true}
`

// copyCases returns the texts of the records that have an id, and the number of their events.
func copyCases() (texts []string, events int) {
	names := map[string]bool{}
	for _, c := range sqlsuite.CopyCases() {
		if strings.Contains(c.Event, " id ") {
			continue
		}
		texts = append(texts, c.Text)
		names[c.Event] = true
	}
	return texts, len(names)
}

// TestDifferentRecordsWithOneIDAreEvents checks that different records with the same id are separate events, whatever
// their order, and that copies count once.
func TestDifferentRecordsWithOneIDAreEvents(t *testing.T) {
	texts, events := copyCases()
	for name, id := range map[string]string{"text": "masked", "uuid": "00000000-0000-4000-8000-000000000000"} {
		t.Run(name, func(t *testing.T) {
			var first outcome
			for turn := range 3 {
				lines := slices.Clone(texts)
				for i := range lines {
					lines[i] = strings.ReplaceAll(lines[i], "masked", id)
				}
				switch turn {
				case 1:
					slices.Reverse(lines)
				case 2:
					lines = append(lines[7:], lines[:7]...)
				}
				path := write(t, "logs.jsonl", lines...)
				o := run(t, hunt.Options{Set: rules(t, anyCall), Source: &hunt.Files{Paths: []string{path}}})
				r := o.ledger.Records
				if r.Evaluated != int64(events) || r.Duplicate != int64(len(texts)-events) || len(o.lines) != events+1 {
					t.Errorf("turn %d: got %d evaluated, %d duplicate, %d findings", turn, r.Evaluated, r.Duplicate, len(o.lines))
				}
				var burst struct{ Count int }
				for _, line := range o.lines {
					if strings.Contains(line, "Many calls") {
						if err := json.Unmarshal([]byte(line), &burst); err != nil {
							t.Fatal(err)
						}
					}
				}
				if burst.Count != events {
					t.Errorf("turn %d: correlation: got %d events, want %d", turn, burst.Count, events)
				}
				// Of several copies the one with the first position is shown.
				for i, line := range o.lines {
					o.lines[i] = withoutPosition(t, line)
				}
				if turn == 0 {
					first = o
				} else if !slices.Equal(o.lines, first.lines) {
					t.Errorf("turn %d: findings depend on the order:\n%s\nand\n%s", turn, strings.Join(without(first.lines, o.lines), "\n"), strings.Join(without(o.lines, first.lines), "\n"))
				}
			}
		})
	}
}

// withoutPosition returns a finding without the field that shows the position of its event.
func withoutPosition(t *testing.T, line string) string {
	t.Helper()
	var f map[string]any
	if err := json.Unmarshal([]byte(line), &f); err != nil {
		t.Fatal(err)
	}
	delete(f["event"].(map[string]any), "userAgent")
	delete(f, "agents")
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCopiesInTablesEqualCopiesInFiles checks that a table yields the same events, whether they are returned as rows
// or counted by the engine.
func TestCopiesInTablesEqualCopiesInFiles(t *testing.T) {
	texts, events := copyCases()
	for _, name := range []string{"cloudtrail/athena", "cloudtrail/files", "cloudtrail/lake"} {
		t.Run(name, func(t *testing.T) {
			p := layoutOf(t, name)
			var rows [][]any
			for _, text := range texts {
				doc, err := new(value.Parser).Parse([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, sqltest.Row(p, doc))
			}
			db, path := sqltest.DuckDB(t), filepath.Join(t.TempDir(), "rows.parquet")
			if err := db.Load(t.Context(), "rows_of_table", sqltest.Columns(p), rows); err != nil {
				t.Fatal(err)
			}
			if err := db.Exec(t.Context(), "COPY rows_of_table TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
				t.Fatal(err)
			}
			e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			for what, generate := range map[string]string{"rows": "true", "counted": "false"} {
				set := rules(t, strings.Replace(anyCall, "generate: true", "generate: "+generate, 1))
				got, ledger := inLake(t, set, e, path, p)
				want := 1
				if what == "rows" {
					want += events
				}
				counted := fmt.Sprintf(`"count":%d,`, events)
				if len(got) != want || !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, counted) }) {
					t.Errorf("%s: got %d findings, want %d; %+v\n%s", what, len(got), want, ledger.Records, strings.Join(got, ""))
				}
			}
		})
	}
}
