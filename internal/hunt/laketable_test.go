package hunt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// tableHunt hunts on the day of the exercise in a table with some rows. Cells without a value are NULL. nearby, if not
// nil, wraps the engine.
func tableHunt(t *testing.T, nearby *narrow, layout, rules string, cells ...map[string]any) ([]string, *finding.Ledger) {
	t.Helper()
	p := layoutOf(t, layout)
	var rows [][]any
	for _, named := range cells {
		var row []any
		for _, c := range sqltest.Columns(p) {
			row = append(row, named[c.Name])
		}
		rows = append(rows, row)
	}
	db := sqltest.DuckDB(t)
	path := filepath.Join(t.TempDir(), "rows.parquet")
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
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(rules)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	if nearby != nil {
		nearby.Engine = e
		return inLake(t, set, nearby, path, p)
	}
	return inLake(t, set, e, path, p)
}

// TestTimeOfTheTableIsUsed checks that events whose time is only in the table, or counted in seconds, are found in a
// time range, which lakes require, and correlated by that time.
func TestTimeOfTheTableIsUsed(t *testing.T) {
	var rows []map[string]any
	for i := range 4 {
		start := theDay.Add(time.Duration(i) * 10 * time.Second).Unix()
		if i == 3 { // outside the range
			start = theDay.AddDate(0, 0, 1).Unix()
		}
		rows = append(rows, map[string]any{
			"account_id": "111122223333", "interface_id": "eni-0a1b2c3d", "srcaddr": "192.0.2.7", "dstaddr": "198.51.100.4", "srcport": int64(40000 + i),
			"dstport": int64(22), "protocol": int64(6), "start": start, "end": start + 5, "action": "REJECT", "log_status": "OK", "region": "eu-west-1",
			"day": theDay.Format("2006/01/02"),
		})
	}
	const rules = `title: Rejected
id: 0a1b2c3d-0000-4000-8000-000000000001
name: rejected
level: low
logsource: {product: aws, service: vpcflow}
detection:
  selection: {action: REJECT, dstport: 22}
  condition: selection
---
title: Many rejected
id: 0a1b2c3d-0000-4000-8000-000000000002
level: high
correlation: {type: event_count, rules: [rejected], group-by: [srcaddr], timespan: 1m, condition: {gte: 3}, generate: true}
`
	lines, ledger := tableHunt(t, nil, "vpcflow/athena", rules, rows...)
	if n := ledger.Records.Failed.Total; len(lines) != 4 || n != 0 {
		t.Fatalf("got %d findings, want 3 and their burst; %d failed: %v\n%s", len(lines), n, ledger.Records.Failed, strings.Join(lines, ""))
	}
	for i, second := range []string{"00", "10", "20"} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, `"time":"2023-07-10T00:00:`+second+`Z"`) }) {
			t.Errorf("got no finding at the time of row %d:\n%s", i, strings.Join(lines, ""))
		}
	}
}

// TestRowsWithoutIDAreDistinctEvents checks that identical events without an id are distinct, and that two rules that
// match one of them report the same event.
func TestRowsWithoutIDAreDistinctEvents(t *testing.T) {
	needsDuckDB(t)
	const events = 5000 // several batches, for several workers
	var rows []map[string]any
	for range events {
		rows = append(rows, map[string]any{
			"eventtime": "2023-07-10T10:00:00Z", "eventname": "DeleteUser", "eventsource": "iam.amazonaws.com", "awsregion": "us-east-1",
			"timestamp": theDay.Format("2006/01/02"),
		})
	}
	var rules []string
	for i := range 2 {
		rules = append(rules, fmt.Sprintf("title: Rule %d\nid: 0a1b2c3d-0000-4000-8000-00000000000%d\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\n"+
			"detection:\n  selection: {eventName: DeleteUser}\n  condition: selection\n", i, i))
	}
	lines, ledger := tableHunt(t, nil, "cloudtrail/athena", strings.Join(rules, "---\n"), rows...)
	if len(lines) != 2*events || ledger.Records.Evaluated != events {
		t.Fatalf("got %d findings of %d events, want 2 of each", len(lines), ledger.Records.Evaluated)
	}
	ids := map[string]int{}
	for _, line := range lines {
		var f struct {
			IDs []string `json:"event_ids"`
		}
		if err := json.Unmarshal([]byte(strings.Replace(line, `"event":}`, `"event":0}`, 1)), &f); err != nil || len(f.IDs) != 1 {
			t.Fatal(err, line)
		}
		ids[f.IDs[0]]++
	}
	for id, n := range ids {
		if n != 2 {
			t.Errorf("got %d findings of %s, want 2", n, id)
		}
	}
	if len(ids) != events {
		t.Errorf("got %d ids, want %d", len(ids), events)
	}
}

// narrow is an engine that rejects statements with both of its words as too complex.
type narrow struct {
	engine.Engine
	words [2]string
	split int
}

func (n *narrow) Start(ctx context.Context, s engine.Statement) (engine.Query, error) {
	if strings.Contains(s.SQL, n.words[0]) && strings.Contains(s.SQL, n.words[1]) {
		n.split++
		return nil, &engine.Error{Kind: engine.TooComplex, Engine: "narrow", Err: errors.New("too many words")}
	}
	return n.Engine.Start(ctx, s)
}

// TestRulesOfACorrelationStayTogether checks that an event that matches two rules of one correlation counts for both,
// even if the statement of the rules was split.
func TestRulesOfACorrelationStayTogether(t *testing.T) {
	const rules = `title: Deletion
id: 0a1b2c3d-0000-4000-8000-000000000001
name: deletion
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteUser}
  condition: selection
---
title: Other
id: 0a1b2c3d-0000-4000-8000-000000000002
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: CreateTrail, requestParameters.name: other}
  condition: selection
---
title: By the tool
id: 0a1b2c3d-0000-4000-8000-000000000003
name: tool
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteUser, userAgent|contains: tool}
  condition: selection
---
title: Deletion by the tool
id: 0a1b2c3d-0000-4000-8000-000000000004
level: high
correlation: {type: temporal, rules: [deletion, tool], group-by: [awsRegion], timespan: 1m}
`
	n := &narrow{words: [2]string{"createtrail", "deleteuser"}}
	lines, _ := tableHunt(t, n, "cloudtrail/athena", rules, map[string]any{
		"eventid": "11111111-0000-4000-8000-000000000001", "eventtime": "2023-07-10T10:00:00Z", "eventname": "DeleteUser", "awsregion": "us-east-1",
		"useragent": "the tool", "timestamp": theDay.Format("2006/01/02"),
	})
	if n.split == 0 || len(lines) != 1 {
		t.Errorf("got %d findings and %d statements too complex, want 1 and some\n%s", len(lines), n.split, strings.Join(lines, ""))
	}
}

// TestFullDiskFailsALakeHunt checks that a hunt fails if evidence cannot be written, instead of leaving findings out.
func TestFullDiskFailsALakeHunt(t *testing.T) {
	p := layoutOf(t, "cloudtrail/athena")
	db := sqltest.DuckDB(t)
	path := filepath.Join(t.TempDir(), "rows.parquet")
	sql := "COPY (SELECT 'id-' || n AS eventid, '2023-07-10T10:00:00Z' AS eventtime, 'DeleteUser' AS eventname, sha256('a' || n) || sha256('b' || n) AS useragent, " +
		"'2023/07/10' AS timestamp FROM range(20000) AS r(n)) TO " + sqltest.QuoteText(path) + " (FORMAT parquet)"
	if err := db.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const rules = "title: Rule\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection: {eventName: DeleteUser}\n  condition: selection\n"
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(rules)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	l, err := lake.Open(t.Context(), lake.Options{
		Engine: e, Tables: []lake.Table{{Name: path, Layout: p}}, Set: set, From: theDay, To: theDay.AddDate(0, 0, 1), Sizes: []lake.Size{{}},
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
	_, err = hunt.Run(t.Context(), hunt.Options{
		Set: set, Source: hunt.Tables(l), From: theDay, To: theDay.AddDate(0, 0, 1), EvidenceMemory: 1, TempDir: filepath.Join(t.TempDir(), "gone"),
	})
	var ledger finding.Ledger
	l.Account(&ledger)
	if err == nil || !ledger.Partial || ledger.Lake.Done > 0 {
		t.Errorf("got error %v, partial %t, %d done, want an error, true and 0", err, ledger.Partial, ledger.Lake.Done)
	}
}
