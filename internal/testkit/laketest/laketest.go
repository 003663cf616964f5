// Package laketest makes what tests of servers read: a log of CloudTrail, a rule, and lakes over the same events, in files with DuckDB or
// behind the endpoint that stands in for Athena.
package laketest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// Rule matches the calls of StopLogging.
const Rule = `title: Trail stopped
id: 5f6c3b1e-0000-4000-8000-000000000001
status: test
level: high
logsource: {product: aws, service: cloudtrail}
detection:
  call: {eventName: StopLogging}
  condition: call
tags: [attack.stealth, attack.t1685]
`

// Event returns an event of CloudTrail in one line of JSON, at second n after 2026-03-10 10:00. response is JSON.
func Event(n int, name, agent, response string) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-%012d","eventTime":"2026-03-10T10:00:%02dZ","eventSource":"cloudtrail.amazonaws.com","eventName":%q,"awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":%q,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/admin","accountId":"111122223333","userName":"admin","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"responseElements":%s,"recipientAccountId":"111122223333"}`,
		n, n, name, agent, response)
}

// Write writes files, named by paths below a folder, and returns the folder, which is new if dir is "".
func Write(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	// Iteration order does not matter: each file is a matter of its own.
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Places returns places without a lake: the logs and rules of these paths.
func Places(logs, rules string) *inquiry.Places {
	return &inquiry.Places{
		Logs: []string{logs}, Rules: []string{rules}, Config: setup.NoConfig(), Schemas: schema.All(), Threads: 2, Version: "test", Now: time.Now,
	}
}

// layout is that of the tables.
const layout = "cloudtrail/athena"

// configured returns places with the lake "case" that lines of egret.yaml describe.
func configured(t *testing.T, dir, lines string) *inquiry.Places {
	t.Helper()
	Write(t, dir, map[string]string{"rules/rule.yml": Rule, "egret.yaml": "lakes:\n  case:\n" + lines})
	c, err := setup.ReadConfig(filepath.Join(dir, "egret.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := Places(filepath.Join(dir, "logs"), filepath.Join(dir, "rules"))
	p.Config, p.Lake = c, "case"
	return p
}

// DuckDB returns places whose logs and lake are the same file of events, one a line. It skips the test in a build without DuckDB.
func DuckDB(t *testing.T, events ...string) *inquiry.Places {
	t.Helper()
	sqltest.DuckDB(t)
	dir := Write(t, "", map[string]string{"logs/trail.json": `{"Records":[` + strings.Join(events, ",\n") + `]}`})
	return configured(t, dir, "    engine: duckdb\n    tables: {cloudtrail: {table: logs/trail.json, layout: athena}}\n")
}

// Scanned is what each query in Athena is said to read, in bytes.
const Scanned = 20 << 20

// Athena returns places with a lake that bills: an endpoint that stands in for Athena, with DuckDB behind it and these events in a
// table. budget is that of the lake. It skips the test in a build without DuckDB. Tests that use it do not run in parallel.
func Athena(t *testing.T, budget string, events ...string) (*inquiry.Places, *athenatest.Server) {
	t.Helper()
	db := sqltest.DuckDB(t)
	p, err := schema.FindLayout(schema.All(), layout)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]any
	for _, text := range events {
		doc, err := new(value.Parser).Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, sqltest.Row(p, doc))
	}
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	table := athenatest.Table{Database: "security", Name: "trail", PartitionKeys: []athenatest.Column{{Name: "timestamp", Type: "string"}}}
	for _, c := range p.Columns {
		table.Columns = append(table.Columns, athenatest.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	server := athenatest.Start(t, athenatest.Options{
		Backend: athenatest.Explained(athenatest.SQL(db), explained), Tables: []athenatest.Table{table}, Scanned: func(string) int64 { return Scanned },
	})
	server.SetEnv(t)
	driver := registry.Driver("athena")
	before := driver.New
	driver.New = func() engine.Settings { return &settings{} }
	t.Cleanup(func() { driver.New = before })
	return configured(t, t.TempDir(), fmt.Sprintf("    engine: athena\n    region: %s\n    database: security\n    tables: {cloudtrail: {table: trail, layout: athena}}\n    budget: %s\n", server.Region(), budget)), server
}

// settings are those of Athena with the dialect of DuckDB and short pauses.
type settings struct{ athena.Settings }

// Open opens the engine.
func (s *settings) Open(ctx context.Context, opening engine.Opening) (engine.Engine, error) {
	o := s.Options(opening)
	o.Dialect, o.MaxBackoff, o.Poll = "duckdb", 80*time.Millisecond, 2*time.Millisecond
	e, err := athena.Open(ctx, o)
	if err != nil {
		return nil, err // not a nil *athena.Engine in an interface
	}
	return e, nil
}

// explained is how Athena explains any statement: the range of times keeps parts of the table from being read.
func explained(string) string {
	return fmt.Sprintf(`{"inputTableColumnInfos":[{"table":{"catalog":"awsdatacatalog","schemaTable":{"schema":"security","table":"trail"}},`+
		`"constraint":{"none":false,"columnConstraints":[{"columnName":"timestamp","type":"varchar","domain":{"nullsAllowed":false,"ranges":[{"low":{"value":"2026","bound":"EXACTLY"},"high":{"value":"2027","bound":"BELOW"}}]}}]},`+
		`"estimate":{"outputRowCount":100.0,"outputSizeInBytes":%d.0}}]}`, Scanned)
}
