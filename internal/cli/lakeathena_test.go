//go:build duckdb && cgo

package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// Hunts in a lake of Athena from the command line. An endpoint stands in for Athena, with DuckDB behind: the same calls,
// the same results, another dialect.

// days is how many days the table covers, from the first of them on.
const days = 6

var firstDay = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)

// window are the flags for all of them.
var window = []string{"--from", "2026-03-10", "--to", "2026-03-16"}

// daily are the flags for a slice for each day, whatever the engine estimates.
var daily = []string{"--chunk", "1d"}

// perQuery is what each query is said to read.
const perQuery = 20 << 20

// trail are events as files have them: a day has two sign-ins of root, a burst of failed ones, a key that is made, and
// other things.
func trail() []string {
	var lines []string
	n := 0
	add := func(at time.Time, kind, user, source, name, more string) {
		n++
		lines = append(lines, fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"%s","arn":"arn:aws:iam::111122223333:%s","accountId":"111122223333"},`+
			`"eventTime":"%s","eventSource":"%s","eventName":"%s","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7",%s"eventID":"11111111-0000-4000-8000-%012d","recipientAccountId":"111122223333"}`,
			kind, user, at.Format(time.RFC3339), source, name, more, n))
	}
	for day := range days {
		at := firstDay.AddDate(0, 0, day).Add(10 * time.Hour)
		for hour := range 2 {
			add(at.Add(time.Duration(hour)*time.Hour), "Root", "root", "signin.amazonaws.com", "ConsoleLogin", `"responseElements":{"ConsoleLogin":"Success"},`)
		}
		for second := range 4 {
			add(at.Add(time.Duration(second)*time.Second), "IAMUser", "user/bob", "signin.amazonaws.com", "ConsoleLogin", `"errorMessage":"Failed authentication",`)
		}
		add(at.Add(time.Minute), "IAMUser", "user/alice", "iam.amazonaws.com", "CreateAccessKey", `"requestParameters":{"userName":"bob"},`)
		add(at.Add(2*time.Minute), "Root", "root", "iam.amazonaws.com", "ListUsers", "")
		add(at.Add(3*time.Minute), "IAMUser", "user/alice", "s3.amazonaws.com", "ListBuckets", "")
	}
	return lines
}

const trailRules = `title: Root console login
id: 0a1b2c3d-0000-4000-8000-000000000001
status: test
level: high
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: ConsoleLogin, userIdentity.type: Root}
  condition: selection
---
title: Access key made
id: 0a1b2c3d-0000-4000-8000-000000000002
status: test
level: medium
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: CreateAccessKey, requestParameters.userName|re: '^b'}
  condition: selection
---
title: Failed sign-in
id: 0a1b2c3d-0000-4000-8000-000000000003
name: failed
status: test
level: low
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: ConsoleLogin, errorMessage: Failed authentication}
  condition: selection
---
title: Many failed sign-ins
id: 0a1b2c3d-0000-4000-8000-000000000004
status: test
level: high
correlation:
  type: event_count
  rules: [failed]
  group-by: [userIdentity.arn]
  timespan: 5m
  condition: {gte: 3}
`

// trailInDuckDB is a database with the trail, for all tests: they only read it.
var trailInDuckDB = sync.OnceValues(func() (sqltest.Engine, error) {
	p, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for _, line := range trail() {
		doc, err := new(value.Parser).Parse([]byte(line))
		if err != nil {
			return nil, err
		}
		rows = append(rows, sqltest.Row(p, doc))
	}
	db, err := sqltest.OpenDuckDB(context.Background())
	if err != nil {
		return nil, err
	}
	return db, db.Load(context.Background(), "trail", sqltest.Columns(p), rows)
})

// duckLake is a folder with an egret.yaml that names the lake prod, whose endpoint is there.
type duckLake struct {
	*athenatest.Server
	t *testing.T
}

// newLake makes a lake and goes to its folder, with an environment that leads nowhere else. change may change the options
// of the endpoint; more is further lines of the lake in egret.yaml.
func newLake(t *testing.T, change func(o *athenatest.Options), more ...string) *duckLake {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	db, err := trailInDuckDB()
	if err != nil {
		t.Fatal(err)
	}
	table := athenatest.Table{Database: "security", Name: "trail", PartitionKeys: []athenatest.Column{{Name: "timestamp", Type: "string"}}}
	for _, c := range p.Columns {
		table.Columns = append(table.Columns, athenatest.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	o := athenatest.Options{
		Backend: athenatest.Explained(athenatest.SQL(db), explained("timestamp")), Tables: []athenatest.Table{table},
		Scanned: func(string) int64 { return perQuery },
	}
	if change != nil {
		change(&o)
	}
	l := &duckLake{athenatest.Start(t, o), t}
	dir := t.TempDir()
	t.Chdir(dir)
	l.SetEnv(t)
	for name, value := range map[string]string{
		"EGRET_TEST_DIALECT": "duckdb", "HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, ".config"),
		"XDG_STATE_HOME": filepath.Join(dir, ".state"), "TMPDIR": filepath.Join(dir, "tmp"), "NO_COLOR": "1",
	} {
		t.Setenv(name, value)
	}
	if err := os.Mkdir("tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	l.configure(more...)
	l.write("rules.yml", trailRules)
	l.write("logs.jsonl", strings.Join(trail(), "\n")+"\n")
	return l
}

// configure writes egret.yaml.
func (l *duckLake) configure(more ...string) {
	l.t.Helper()
	lines := append([]string{"engine: athena", "region: " + l.Region(), "database: security", "tables: {cloudtrail: {table: trail, layout: athena}}"}, more...)
	l.write("egret.yaml", "lakes:\n  prod:\n    "+strings.Join(lines, "\n    ")+"\n")
}

func (l *duckLake) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// explained is what Athena would explain: bytes that are read, and columns that keep parts of the table from being read.
func explained(columns ...string) func(sql string) string {
	return func(string) string {
		var constraints []string
		for _, c := range columns {
			constraints = append(constraints, fmt.Sprintf(`{"columnName":%q,"type":"varchar","domain":{"nullsAllowed":false,"ranges":[{"low":{"value":"2026","bound":"EXACTLY"},"high":{"value":"2027","bound":"BELOW"}}]}}`, c))
		}
		return fmt.Sprintf(`{"inputTableColumnInfos":[{"table":{"catalog":"awsdatacatalog","schemaTable":{"schema":"security","table":"trail"}},`+
			`"constraint":{"none":false,"columnConstraints":[%s]},"estimate":{"outputRowCount":100.0,"outputSizeInBytes":%d.0}}]}`, strings.Join(constraints, ","), perQuery)
	}
}

// huntDaily is hunt in slices of a day, for tests that count or disturb slices.
func (l *duckLake) huntDaily(more ...string) run { return l.hunt(append(more, daily...)...) }

// hunt runs a hunt in the lake over all days, with the ledger in ledger.json.
func (l *duckLake) hunt(more ...string) run {
	return inProcess(append(append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml", "--format", "jsonl", "--ledger", "ledger.json"}, window...), more...)...)
}

// undisturbed are the findings of the same hunt in files.
func undisturbed(t *testing.T) []string {
	t.Helper()
	r := inProcess(append([]string{"hunt", "logs.jsonl", "--rules", "rules.yml", "--format", "jsonl"}, window...)...)
	if r.code != 1 {
		t.Fatal(r)
	}
	list := findings(t, r.stdout)
	if len(list) != (2+1+1)*days {
		t.Fatalf("%d findings in files:\n%s", len(list), r.stdout)
	}
	return list
}

// findings are the lines of jsonl without the events, sorted: a table gives only the columns that were read.
func findings(t *testing.T, jsonl string) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(jsonl) {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		// What correlations know of all their events too: those that a lake only counts come with few columns.
		for _, key := range []string{"event", "outcome", "actors", "addresses", "agents", "regions", "accounts", "targets", "facts", "more"} {
			delete(members, key)
		}
		text, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(text))
	}
	slices.Sort(list)
	return list
}

// same compares findings.
func same(t *testing.T, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("%d findings, want %d", len(got), len(want))
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("too many: %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
}

// ledger is what the last hunt says of its lake.
type ledger struct {
	Partial bool
	Stopped string
	Lake    struct {
		Slices, Done, Resumed, Queries, Split, Stopped, Attached, Retried int
		BilledBytes                                                       int64 `json:"billed_bytes"`
		BudgetUsed                                                        bool  `json:"budget_used"`
		Left                                                              int
	}
}

func lastLedger(t *testing.T) (l ledger) {
	t.Helper()
	text, err := os.ReadFile("ledger.json")
	if err == nil {
		err = json.Unmarshal(text, &l)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// has checks that a text has all parts, and shows it once if not.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

// asked are the texts that were run and read data, and how often each was started.
func (l *duckLake) asked() map[string]int {
	list := l.Started()
	maps.DeleteFunc(list, func(sql string, _ int) bool { return metadataOnly(sql) })
	return list
}

// metadataOnly tells whether a statement reads no data, so that it is not billed: Athena explains statements and lists
// partitions from the catalog.
func metadataOnly(sql string) bool {
	return strings.HasPrefix(sql, "EXPLAIN ") || strings.HasPrefix(sql, "SHOW PARTITIONS ")
}

// By default slices are sized by what Athena estimates, 20 MiB for all days: the table is read once, by one statement.
func TestAthenaHuntFindsWhatFilesHave(t *testing.T) {
	for name, c := range map[string]struct {
		flags  []string
		slices int
	}{"slices as estimated": {nil, 1}, "slices of a day": {daily, days}} {
		t.Run(name, func(t *testing.T) {
			l := newLake(t, nil)
			r := l.hunt(c.flags...)
			if r.code != 1 {
				t.Fatal(r)
			}
			same(t, findings(t, r.stdout), undisturbed(t))
			l.notTwice()
			got := lastLedger(t).Lake
			if got.Slices != c.slices || len(l.asked()) != c.slices || got.Done != c.slices || got.Queries != c.slices || got.BilledBytes != int64(c.slices)*perQuery {
				t.Errorf("%+v for %d queries, want %d", got, len(l.asked()), c.slices)
			}
			listed := 0
			for _, q := range l.Queries() {
				if metadataOnly(q.SQL) && q.ScannedBytes != 0 {
					t.Errorf("%d bytes are billed for %.100s", q.ScannedBytes, q.SQL)
				}
				if strings.HasPrefix(q.SQL, "SHOW PARTITIONS ") {
					listed++
				}
			}
			if listed != 1 {
				t.Errorf("partitions were listed %d times", listed)
			}
		})
	}
}

// waitsFor is a backend whose statements with a text in them wait.
func waitsFor(b athenatest.Backend, release <-chan struct{}, part string) athenatest.Backend {
	return athenatest.BackendFunc(func(ctx context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
		if strings.Contains(sql, part) {
			select {
			case <-release:
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
		}
		return b.Query(ctx, sql)
	})
}
