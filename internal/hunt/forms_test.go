package hunt_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// These tests check that a sample of each log has the same findings in every form: as lines, as an array, in each wrapper, as
// CSV, as Parquet, and as tables of JSON and of Parquet in DuckDB.

// formSample is a file of public samples for a log, and a table whose columns are its fields, if there is one.
type formSample struct{ file, table string }

// formSamples are the samples of logs for which the starter pack has too few.
var formSamples = map[string]formSample{
	"azure-activity": {"azure-activity/panther-network.jsonl", ""},
	"entra-audit":    {"entra-audit/edited.jsonl", ""},
	"entra-risk":     {"entra-risk/edited.jsonl", ""},
	"entra-signin":   {"entra-signin/edited-failures.jsonl", ""},
	"gcp":            {"gcp/edited-gke.jsonl", ""},
	"gworkspace":     {"gworkspace/edited-admin.jsonl", ""},
	"m365":           {"m365/edited-mail.jsonl", ""},
	"bitbucket":      {"bitbucket/edited-files.jsonl", "bitbucket/table"},
	"duo":            {"cisco-duo/panther-auth.jsonl", "duo/authentication"},
	"onelogin":       {"onelogin/panther.jsonl", "onelogin/table"},
}

// tableSamples are rows of Log Analytics, which are events of the same names as the columns of its tables.
var tableSamples = map[string]string{
	"azure-activity/edited-loganalytics.jsonl": "azure-activity/log-analytics",
	"entra-audit/otrf-loganalytics.jsonl":      "entra-audit/audit-logs",
	"entra-signin/edited-loganalytics.jsonl":   "entra-signin/signin-logs",
	"m365/otrf-loganalytics.jsonl":             "m365/office-activity",
}

// packTables are tables whose columns are the fields of logs that the starter pack has samples of.
var packTables = map[string]string{
	"cloudtrail": "cloudtrail/athena", "github": "github/table", "guardduty": "", "kubernetes": "kubernetes/table", "okta": "okta/table",
	"securityhub": "", "route53": "route53/athena", "waf": "",
}

// packEvents are events in the samples of the starter pack by the name of their schema, at most max of each.
func packEvents(t *testing.T, max int) map[string][]string {
	t.Helper()
	events := map[string][]string{}
	seen := map[string]bool{}
	add := func(text json.RawMessage) {
		var compact bytes.Buffer
		if json.Compact(&compact, text) != nil || compact.Bytes()[0] != '{' {
			return
		}
		doc, err := new(value.Parser).Parse(compact.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		s := schema.Detect(doc, 0)
		if s == nil || s.Text != nil {
			return
		}
		id, _ := s.AppendEventID([]byte(s.Name+" "), &value.Walker{}, doc)
		if _, ok := packTables[s.Name]; !ok || seen[string(id)] || len(events[s.Name]) >= max {
			return
		}
		seen[string(id)] = true
		events[s.Name] = append(events[s.Name], compact.String())
	}
	err := filepath.WalkDir(filepath.Join(testkit.Root(t), "internal", "rulepack", "data"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".events.json") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var file struct {
			Match []json.RawMessage `json:"match"`
		}
		if json.Unmarshal(text, &file) == nil {
			for _, sample := range file.Match {
				add(sample)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// forms are the contents of a file for some events, by the file's name.
func forms(t *testing.T, events []string) map[string][]byte {
	t.Helper()
	packed := func(text string) string {
		return strconv.Quote(base64.StdEncoding.EncodeToString(compressed(t, text)))
	}
	var csvText bytes.Buffer
	w := csv.NewWriter(&csvText)
	wrapped := map[string]*strings.Builder{}
	for i, event := range events {
		if i == 0 {
			_ = w.Write([]string{"_time", "_raw"})
		}
		_ = w.Write([]string{"2026-01-02T03:04:06Z", event})
		text := jsonString(t, event)
		subscription := `{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1767323045000,"message":` + text + `}]}`
		for name, line := range map[string]string{
			"vector":       `{"file":"/var/log/x","host":"h","message":` + text + `,"source_type":"file","timestamp":"2026-01-02T03:04:06Z"}`,
			"fluentbit":    `{"date":1767323045.1,"log":` + text + `}`,
			"logstash":     `{"@version":"1","@timestamp":"2026-01-02T03:04:06Z","message":` + text + `}`,
			"datadog":      `{"id":"x","type":"log","attributes":{"service":"audit","message":` + text + `,"tags":["a"],"attributes":{}}}`,
			"newrelic":     `{"common":{"attributes":{"logtype":"x"}},"logs":[{"timestamp":1,"message":` + text + `}]}`,
			"sumo":         `{"_messagetime":"1767323045000","_sourcecategory":"audit","_raw":` + text + `}`,
			"sqs":          `{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":` + text + `}]}`,
			"sns":          `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:us-east-1:111122223333:t","Message":` + text + `}`,
			"otlp":         `{"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":` + text + `}}]}]}]}`,
			"firehose":     `{"requestId":"r","timestamp":1,"records":[{"data":` + packed(subscription) + `}]}`,
			"kinesis":      `{"Records":[{"kinesis":{"partitionKey":"p","data":` + packed(event) + `},"eventSource":"aws:kinesis","eventName":"aws:kinesis:record"}]}`,
			"subscription": `{"awslogs":{"data":` + packed(subscription) + `}}`,
			"object":       `{"received":"2026-01-02T03:04:06Z","data":{"event":` + event + `}}`,
		} {
			if wrapped[name] == nil {
				wrapped[name] = &strings.Builder{}
			}
			wrapped[name].WriteString(line + "\n")
		}
	}
	w.Flush()
	lines := strings.Join(events, "\n") + "\n"
	all := map[string][]byte{
		"lines.json": []byte(lines), "array.json": []byte("[" + strings.Join(events, ",") + "]"), "lines.json.gz": compressed(t, lines),
		"raw.csv": csvText.Bytes(),
	}
	for name, text := range wrapped {
		all[name+".json"] = []byte(text.String())
	}
	return all
}

func jsonString(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

func compressed(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// foundIn hunts, and returns each finding as its rule, level and event ids, sorted.
func foundIn(t *testing.T, set *ruleset.Set, source hunt.Source) []string {
	t.Helper()
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: source, Threads: 1, Unfolded: true})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	var list []string
	_, err = result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		var ids []string
		for _, id := range f.EventIDs {
			if strings.Contains(id, "#") {
				id = "place" // of an event without id: the file and the number in it
			}
			ids = append(ids, id)
		}
		slices.Sort(ids)
		list = append(list, fmt.Sprintf("%s %s %q", f.Rule.Title, f.Level, ids))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	if c := result.Ledger.Lake; c != nil && c.Left.Total > 0 {
		t.Errorf("not read: %v", c.Left.Reasons)
	}
	if failed := result.Ledger.Records.Failed.Reasons; len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	return list
}

func writeText(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func filesOf(path string) *hunt.Files {
	return &hunt.Files{Paths: []string{path}, Parquet: parquetrow.Reader}
}

func loadForForms(t *testing.T) *ruleset.Set {
	t.Helper()
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{
		{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: cloudRules(t)},
	}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// sameIn reports findings that differ from those of the lines.
func sameIn(t *testing.T, form string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		missing := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return slices.Contains(got, s) })
		more := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return slices.Contains(want, s) })
		t.Errorf("%s: got %d findings, want %d; missing %.600q, unexpected %.600q", form, len(got), len(want), missing, more)
	}
}

func TestSameFindingsInEveryForm(t *testing.T) {
	events := packEvents(t, 12)
	for name, sample := range formSamples {
		for _, doc := range docsOf(t, testkit.Shared(t, "data", "cloud-samples", filepath.FromSlash(sample.file))) {
			if len(events[name]) < 20 {
				events[name] = append(events[name], string(doc.AppendJSON(nil, 0)))
			}
		}
	}
	if len(events) < 15 {
		t.Errorf("got samples of only %d logs", len(events))
	}
	set, parts := loadForForms(t), testkit.Rounds(12, 4, 1)
	for n, name := range slices.Sorted(maps.Keys(events)) {
		list := events[name]
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			paths := map[string]string{}
			for file, content := range forms(t, list) {
				paths[file] = filepath.Join(dir, file)
				if err := os.WriteFile(paths[file], content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want := foundIn(t, set, filesOf(paths["lines.json"]))
			if len(want) == 0 {
				t.Fatal("the sample has no findings")
			}
			files := slices.Sorted(maps.Keys(paths))
			for i, file := range files {
				// Each log takes a part of the forms, all of them together take all.
				if path := paths[file]; testkit.Long() || i%parts == n%parts {
					sameIn(t, file, foundIn(t, set, filesOf(path)), want)
				}
			}
			table := packTables[name]
			if sample, ok := formSamples[name]; ok {
				table = sample.table
			}
			// Each log has its records in one of the two kinds of tables, or in both.
			inTables(t, set, list, paths["lines.json"], name, table, want, testkit.Long() || n%2 == 0, testkit.Long() || n%2 == 1)
		})
	}
}

// inTables hunts in tables of DuckDB: lines of JSON and Parquet with a record in each row, and Parquet with a column for each
// field if the log has such a table.
func inTables(t *testing.T, set *ruleset.Set, events []string, lines, name, table string, want []string, json, parquet bool) {
	t.Helper()
	whole := layoutOf(t, name+"/files")
	if json {
		huntTable(t, set, lines, whole, "table of JSON lines", want)
	}
	for _, p := range []*schema.Layout{whole, layoutIf(t, table)} {
		if p == nil || p == whole && !parquet {
			continue
		}
		path := parquetOfEvents(t, p, events)
		huntTable(t, set, path, p, "Parquet table "+p.FullName(), want)
		if p != whole {
			sameIn(t, "Parquet file "+p.FullName(), foundIn(t, set, filesOf(path)), want)
		}
	}
}

func layoutIf(t *testing.T, name string) *schema.Layout {
	if name == "" {
		return nil
	}
	return layoutOf(t, name)
}

func parquetOfEvents(t *testing.T, p *schema.Layout, events []string) string {
	t.Helper()
	var rows [][]any
	for _, event := range events {
		doc, err := new(value.Parser).Parse([]byte(event))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, sqltest.Row(p, doc))
	}
	return parquetFile(t, p, rows)
}

func huntTable(t *testing.T, set *ruleset.Set, path string, p *schema.Layout, form string, want []string) {
	t.Helper()
	e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
	if err != nil {
		t.Skip(err) // built without DuckDB
	}
	defer e.Close()
	sameIn(t, form, foundIn(t, set, wholeTable(t, set, e, path, p)), want)
}

// wholeTable is a table without a range of time as the source of a hunt.
func wholeTable(t *testing.T, set *ruleset.Set, e engine.Engine, path string, p *schema.Layout) hunt.Source {
	t.Helper()
	l, err := lake.Open(t.Context(), lake.Options{
		Engine: e, Tables: []lake.Table{{Name: path, Layout: p}}, Set: set, AllTime: true, Backoff: time.Millisecond,
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

// TestSameFindingsInLogAnalytics hunts rows of Log Analytics as files and as tables with its columns.
func TestSameFindingsInLogAnalytics(t *testing.T) {
	set := loadForForms(t)
	for file, table := range tableSamples {
		t.Run(table, func(t *testing.T) {
			path := testkit.Shared(t, "data", "cloud-samples", filepath.FromSlash(file))
			p := layoutOf(t, table)
			want := foundIn(t, set, filesOf(path))
			var events []string
			for _, doc := range docsOf(t, path) {
				events = append(events, string(doc.AppendJSON(nil, 0)))
			}
			parquet := parquetOfEvents(t, p, events)
			huntTable(t, set, parquet, p, "Parquet table", want)
			sameIn(t, "Parquet file", foundIn(t, set, filesOf(parquet)), want)
			if table != "m365/office-activity" && len(want) == 0 { // its public rows have no event that a rule names
				t.Error("the sample has no findings")
			}
		})
	}
}
