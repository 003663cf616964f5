package hunt_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// severalTables writes tables as Parquet files and opens an engine on them.
func severalTables(t *testing.T, rows map[*schema.Layout][][]any) (*duckdb.Engine, []lake.Table) {
	t.Helper()
	db := sqltest.DuckDB(t)
	files := map[string]*schema.Layout{}
	var tables []lake.Table
	dir := t.TempDir()
	for p, list := range rows {
		name := strings.ReplaceAll(p.FullName(), "/", "_")
		if err := db.Load(t.Context(), name, sqltest.Columns(p), list); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".parquet")
		if err := db.Exec(t.Context(), "COPY "+sqltest.QuoteIdentifier(name)+" TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
		files[path] = p
		tables = append(tables, lake.Table{Name: path, Layout: p})
	}
	slices.SortFunc(tables, func(a, b lake.Table) int { return strings.Compare(a.Name, b.Name) })
	e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, tables
}

// TestTwoTablesOfOneLogEqualFiles checks that a trail in two tables with different layouts, which have every tenth
// event in common, has the same findings as in files. Consecutive events are in different tables, so that no
// correlation can be counted in one of them.
func TestTwoTablesOfOneLogEqualFiles(t *testing.T) {
	needsDuckDB(t)
	set := publicRules(t)
	trail := spread(t)
	one, two := layoutOf(t, "cloudtrail/athena"), layoutOf(t, "cloudtrail/lake")
	rows := map[*schema.Layout][][]any{}
	both := 0
	for i, doc := range trail.docs {
		if i%2 == 0 || i%10 == 1 {
			rows[one] = append(rows[one], sqltest.Row(one, doc))
		}
		if i%2 == 1 {
			rows[two] = append(rows[two], sqltest.Row(two, doc))
		}
		if i%10 == 1 {
			both++
		}
	}
	e, tables := severalTables(t, rows)
	span := testkit.Rounds(1, 1, 0) // all days take longer
	r := spreadRanges[span]
	from, to := spreadRange(r.from, r.to)
	want := spreadFindings(t, span)
	got, ledger, _ := huntTables(t, set, e, from, to, tables...)
	compareLines(t, got, want, r.least)
	if n := ledger.Records.Duplicate; n == 0 || n > int64(both) {
		t.Errorf("got %d duplicates, want some and at most %d", n, both)
	}
	t.Logf("%d findings; %d queries, %d rows, %d of them copies", len(got), ledger.Lake.Queries, ledger.Lake.Rows, ledger.Records.Duplicate)
}

const twoLogsRules = `title: Sign-in
name: sign_in
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: ConsoleLogin}
  condition: selection
level: low
---
title: Rejected
name: rejected
logsource: {product: aws, service: vpcflow}
detection:
  selection: {action: REJECT}
  condition: selection
level: low
---
title: Sign-in from an address that was rejected
name: both
correlation:
  type: temporal
  rules: [sign_in, rejected]
  group-by: [address]
  aliases:
    address: {sign_in: sourceIPAddress, rejected: srcaddr}
  timespan: 1h
level: high
`

const twoLogsThreat = `threat: rejected-first
title: Rejected, then signed in
why: A scan that became a sign-in.
correlation: {type: temporal_ordered, across: true, steps: [rejected, signed-in], group-by: [address], timespan: 1h}
vendors:
  network:
    logsource: {product: aws, service: vpcflow}
    fields: {address: srcaddr}
    detections:
      rejected: {selection: {action: REJECT}, condition: selection}
  aws:
    logsource: {product: aws, service: cloudtrail}
    fields: {address: sourceIPAddress}
    detections:
      signed-in: {selection: {eventName: ConsoleLogin}, condition: selection}
`

// TestCorrelationOverTwoLogs checks that a correlation over the tables of two logs finds related events, over midnight
// too, and nothing else.
func TestCorrelationOverTwoLogs(t *testing.T) {
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(twoLogsRules)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	trail, flows := layoutOf(t, "cloudtrail/athena"), layoutOf(t, "vpcflow/athena")
	midnight := theDay.AddDate(0, 0, 1)
	row := func(p *schema.Layout, cells map[string]any) []any {
		var row []any
		for _, c := range sqltest.Columns(p) {
			row = append(row, cells[c.Name])
		}
		return row
	}
	rows := map[*schema.Layout][][]any{}
	signIn := func(n int, at time.Time, address string) {
		rows[trail] = append(rows[trail], row(trail, map[string]any{
			"eventid": fmt.Sprintf("11111111-0000-4000-8000-%012d", n), "eventtime": at.Format(time.RFC3339), "eventname": "ConsoleLogin",
			"eventsource": "signin.amazonaws.com", "sourceipaddress": address, "timestamp": at.Format("2006/01/02"),
		}))
	}
	reject := func(at time.Time, address string) {
		cells := map[string]any{"srcaddr": address, "action": "REJECT", "start": at.Unix(), "end": at.Unix() + 60, "interface_id": "eni-1"}
		for _, c := range flows.PartitionedBy {
			cells[c.Name] = at.Format("2006/01/02")
		}
		rows[flows] = append(rows[flows], row(flows, cells))
	}
	signIn(1, midnight.Add(10*time.Minute), "192.0.2.7")
	reject(midnight.Add(-10*time.Minute), "192.0.2.7") // over midnight
	signIn(2, midnight.Add(8*time.Hour), "198.51.100.7")
	reject(midnight.Add(8*time.Hour+5*time.Minute), "198.51.100.7") // within a day
	signIn(3, midnight.Add(12*time.Hour), "203.0.113.7")
	reject(midnight.Add(15*time.Hour), "203.0.113.7") // too late
	signIn(4, midnight.Add(16*time.Hour), "203.0.113.8")
	reject(midnight.Add(16*time.Hour), "203.0.113.9") // of different addresses
	e, tables := severalTables(t, rows)
	got, ledger, _ := huntTables(t, set, e, theDay, theDay.AddDate(0, 0, 2), tables...)
	if len(got) != 2 || !strings.Contains(got[0], "192.0.2.7") || !strings.Contains(got[1], "198.51.100.7") || ledger.Lake.CannotRun.Total > 0 {
		t.Errorf("got findings %s, cannot run %+v, want two findings and none", got, ledger.Lake.CannotRun)
	}
	for _, line := range got {
		if member(line, "title") != "Sign-in from an address that was rejected" {
			t.Errorf("got %s, want findings of the correlation only", line)
		}
	}
	// The same events in order, as a threat document across two vendors: the first address was rejected before it signed in.
	ordered, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"t.yml": {Data: []byte(twoLogsThreat)}}}}, ruleset.Options{})
	if err != nil || len(list) > 0 {
		t.Fatal(err, list)
	}
	got, ledger, _ = huntTables(t, ordered, e, theDay, theDay.AddDate(0, 0, 2), tables...)
	if len(got) != 1 || !strings.Contains(got[0], `"group":{"address":"192.0.2.7"}`) || !strings.Contains(got[0], `"threat":{"id":"rejected-first"`) || ledger.Lake.CannotRun.Total > 0 {
		t.Errorf("got findings %s, cannot run %+v, want one of 192.0.2.7", got, ledger.Lake.CannotRun)
	}
}
