package hunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// downloadRules count the downloads from one bucket, which the table stores inside JSON text, and report one call
// directly.
const downloadRules = `title: Download
id: 00000000-0000-4000-8000-000000000001
name: download
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: s3.amazonaws.com, requestParameters.bucketName: backups}
  condition: selection
---
title: Many downloads
id: 00000000-0000-4000-8000-000000000002
level: medium
correlation: {type: event_count, rules: [download], group-by: [sourceIPAddress], timespan: 10m, condition: {gte: 20}}
---
title: User made
id: 00000000-0000-4000-8000-000000000003
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: CreateUser}
  condition: selection
level: low
`

// TestFirstEventsComeWithTheCounts checks that a statement that returns rows and counts returns the first and last events
// of a finding completely. If SQL cannot exclude many earlier events that do not count, the first event is looked up, and
// other events that did not come completely are not examined.
func TestFirstEventsComeWithTheCounts(t *testing.T) {
	needsDuckDB(t)
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"rules.yml": {Data: []byte(downloadRules)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	for _, c := range []struct {
		name             string
		before, counted  int // events that do not count, and events after them that do
		queries, unknown int // unknown is how many events files examine and the lake does not
	}{
		{"the first of its group", 0, 30, 1, 0},
		{"after one that does not count", 1, 30, 1, 0},
		{"after many that do not count", 600, 600, 2, 99},
	} {
		t.Run(c.name, func(t *testing.T) {
			var records []string
			add := func(bucket string, second int) {
				second /= 10
				records = append(records, fmt.Sprintf(`{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-%012d","eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":"GetObject",`+
					`"awsRegion":"eu-west-1","recipientAccountId":"111122223333","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2.1","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/app"},"requestParameters":{"bucketName":%q,"key":"object"}}`,
					len(records), theDay.Add(10*time.Hour+time.Duration(second)*time.Second).Format(time.RFC3339), bucket))
			}
			for i := range c.before {
				add("pictures-of-backups", i)
			}
			for i := range c.counted {
				add("backups", 1000+i)
			}
			p := layoutOf(t, "cloudtrail/athena")
			dir := t.TempDir()
			var rows [][]any
			for _, r := range records {
				doc, err := new(value.Parser).Parse([]byte(r))
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, sqltest.Row(p, doc))
			}
			log := filepath.Join(dir, "log.jsonl")
			if err := os.WriteFile(log, []byte(strings.Join(records, "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			want, _ := lines(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{log}}})

			db := sqltest.DuckDB(t)
			if err := db.Load(t.Context(), "trail", sqltest.Columns(p), rows); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "trail.parquet")
			if err := db.Exec(t.Context(), "COPY trail TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
				t.Fatal(err)
			}
			opened, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			e := &recorded{Engine: opened}
			l, err := lake.Open(t.Context(), lake.Options{
				Engine: e, Tables: []lake.Table{{Name: path, Layout: p}}, Set: set, From: theDay, To: theDay.AddDate(0, 0, 1), Backoff: time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			got, ledger := huntIn(t, set, l, theDay, theDay.AddDate(0, 0, 1))
			if c.unknown == 0 {
				compareLines(t, got, want, 1)
			} else if examined := fmt.Sprintf(`"examined":%d,`, c.counted-c.unknown); len(got) != 1 || !strings.Contains(got[0], examined) || !strings.Contains(want[0], fmt.Sprintf(`"examined":%d,`, c.counted)) {
				t.Errorf("got %.3000s, want %s", got, examined)
			}
			if len(e.started) != c.queries || len(ledger.Notes) > 1 {
				t.Errorf("got %d queries and the notes %q, want %d queries and no note on missing events", len(e.started), ledger.Notes, c.queries)
			}
		})
	}
}
