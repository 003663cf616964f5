package hunt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/cli"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// These tests measure the memory of a whole hunt to which a million rows are returned: egret in its own process, which
// is this test binary, from its flags to its report.

const (
	// roleEnv makes this binary run as another program: egret, or a fake Athena endpoint.
	roleEnv = "EGRET_TEST_ROLE"
	// rulesEnv names the file of rules that the endpoint must know too.
	rulesEnv = "EGRET_TEST_RULES"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleEnv) {
	case "":
		code := m.Run()
		removeShared()
		os.Exit(code)
	case "egret":
		code := cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		// The last line of output is the peak memory of the process.
		status, _ := os.ReadFile("/proc/self/status")
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		peak, _, _ := strings.Cut(rest, "\n")
		fmt.Fprintln(os.Stderr, peak)
		os.Exit(code)
	case "athena":
		backend, err := newMillion(os.Getenv(rulesEnv))
		if err == nil {
			err = athenatest.Serve(athenatest.Options{Backend: backend, Tables: []athenatest.Table{backend.table()}}, os.Stdin, os.Stdout)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// The rules of these hunts run beside the starter pack. Each selects the action of the million rows.
const (
	// missRules match none of them, but a table can evaluate their condition only in part.
	missRules = `title: Reads of keys
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: GetObject, requestParameters.key|re: 'backup-[0-9]+[.]pem$'}
  condition: selection
level: medium
`
	// countRules match all of them, and a correlation counts them: with a threshold of 50 the engine counts, with a
	// threshold of one it returns rows.
	countRules = `title: Reads
name: reads
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: GetObject}
  condition: selection
---
title: Many reads
correlation: {type: event_count, rules: [reads], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: %d}}
level: medium
`
)

const (
	millionDays = 4
	// millionLimit is in kB. An idle machine needs up to 170 MB, and one with busy cores 205 MB, see checkPeak. The rows are 560 MB.
	millionLimit = 180 << 10
)

// millionPerDay is the number of rows of a day: a million in all if tests may take long. A tenth of them would already exceed
// the limit if egret kept rows in memory.
var millionPerDay = func() int {
	if testkit.Long() {
		return 250_000
	}
	return 25_000
}()

// readers is the number of users that share the rows, each with about a hundred rows an hour.
var readers = millionPerDay / 2_500

// million is a fake lake with a million reads of objects over four days. It generates the answers to a hunt's
// statements.
type million struct {
	layout     *schema.Layout
	statements map[plan.Kind]*plan.Statement
	// pair is the number of the rows' pair if they are counted, 0 if they are returned as rows.
	pair int64
}

// millionSet loads the starter pack and the rules of a file.
func millionSet(file string) (*ruleset.Set, error) {
	set, _, err := ruleset.Load(context.Background(), []ruleset.Folder{
		{Name: "starter", FS: rulepack.FS()}, {FS: os.DirFS(filepath.Dir(file))},
	}, ruleset.Options{})
	return set, err
}

func newMillion(file string) (*million, error) {
	set, err := millionSet(file)
	if err != nil {
		return nil, err
	}
	m := &million{statements: map[plan.Kind]*plan.Statement{}}
	if m.layout, err = schema.FindLayout(schema.All(), "cloudtrail/athena"); err != nil {
		return nil, err
	}
	for _, s := range plan.Build(set, m.layout, plan.Options{Dialect: sqlgen.DialectByName("athena"), Table: "trail", From: theDay, To: theDay.AddDate(0, 0, millionDays)}).Statements {
		m.statements[s.Kind] = s
		for i, pair := range s.Pairs {
			if set.Correlations[pair.Correlation].Title == "Many reads" {
				m.pair = int64(i + 1)
			}
		}
	}
	return m, nil
}

func (m *million) table() athenatest.Table {
	t := athenatest.Table{Database: "security", Name: "trail"}
	for _, c := range m.layout.Columns {
		t.Columns = append(t.Columns, athenatest.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	for _, c := range m.layout.PartitionedBy {
		t.PartitionKeys = append(t.PartitionKeys, athenatest.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	return t
}

// millionCell returns a function that generates an event's value at a path, as Athena prints it; nil for no value.
func millionCell(path string) func(n int, at time.Time) any {
	number := func(before, after string) func(n int, at time.Time) any {
		return func(n int, _ time.Time) any { return before + strconv.Itoa(n) + after }
	}
	switch path {
	case "eventTime":
		return func(_ int, at time.Time) any { return at.Format(time.RFC3339) }
	case "eventID":
		return func(n int, _ time.Time) any { return "11111111-0000-4000-8000-" + strconv.Itoa(1e11+n) }
	case "userIdentity.arn":
		return func(n int, _ time.Time) any {
			return "arn:aws:iam::111122223333:user/reader-" + strconv.Itoa(n%readers)
		}
	case "userIdentity.userName":
		return func(n int, _ time.Time) any { return "reader-" + strconv.Itoa(n%readers) }
	case "requestParameters":
		return number(`{"bucketName":"reports.example.com","Host":"reports.example.com.s3.eu-west-1.amazonaws.com","key":"year/2023/month/07/part-`, `.parquet"}`)
	case "additionalEventData":
		return number(`{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","AuthenticationMethod":"AuthHeader","bytesTransferredOut":`, "}")
	case "requestParameters.key":
		return number("year/2023/month/07/part-", ".parquet")
	}
	text, ok := map[string]string{
		"eventName": "GetObject", "eventSource": "s3.amazonaws.com", "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7",
		"userAgent": "[aws-sdk-java/1.12.261 Linux/5.10.118-111.515.amzn2.x86_64]", "recipientAccountId": "111122223333", "readOnly": "true",
		"userIdentity.type": "IAMUser", "userIdentity.accountId": "111122223333", "userIdentity.principalId": "AIDAEXAMPLEEXAMPLE111",
		"userIdentity.accessKeyId": "AKIAEXAMPLEEXAMPLE11", "requestParameters.bucketName": "reports.example.com",
	}[path]
	if !ok {
		return func(int, time.Time) any { return nil }
	}
	return func(int, time.Time) any { return text }
}

// Query answers a statement. Only one kind of statement returns the million rows.
func (m *million) Query(_ context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
	kind := plan.Rows
	if strings.Contains(sql, "PARTITION BY correlation") {
		kind = plan.Counts
	}
	var columns []athenatest.Column
	var cells []func(n int, at time.Time) any
	if kind == plan.Counts {
		columns = append(columns, athenatest.Column{Name: "pair", Type: "integer"}, athenatest.Column{Name: "complete", Type: "integer"})
		cells = append(cells, func(int, time.Time) any { return m.pair }, func(n int, _ time.Time) any {
			if atEnd(n) {
				return int64(1)
			}
			return int64(0)
		})
	}
	for i, c := range m.statements[kind].Columns {
		columns = append(columns, athenatest.Column{Name: c.Name, Type: "varchar"})
		cell := millionCell(c.Path)
		switch {
		case kind == plan.Counts && c.JSON && c.Path == "requestParameters":
			cell = func(int, time.Time) any { return nil } // its members are separate columns
		case kind == plan.Counts && strings.HasPrefix(c.Path, "requestParameters."):
			plain := cell
			cell = func(n int, at time.Time) any { return quoted(plain(n, at)) }
		}
		if counted := c.Path == "eventName" || c.Path == "userIdentity.arn"; kind == plan.Counts && i >= m.statements[kind].Keys && !counted {
			all := map[bool]func(n int, at time.Time) any{true: cell, false: func(int, time.Time) any { return nil }}
			cell = func(n int, at time.Time) any { return all[atEnd(n)](n, at) }
		}
		cells = append(cells, cell)
	}
	first, rows := 0, 0
	switch {
	case strings.Contains(sql, "eventid IN ("): // a look-up of events by id, which finds nothing here
	case kind == plan.Counts && m.pair > 0:
		rows = millionDays * millionPerDay // in one chunk
	case kind == plan.Rows && m.pair == 0:
		for day := range millionDays {
			if strings.Contains(sql, theDay.AddDate(0, 0, day).Format(`"timestamp" >= '2006/01/02'`)) {
				first, rows = day*millionPerDay, millionPerDay
			}
		}
	}
	return columns, func(yield func([]any, error) bool) {
		row := make([]any, len(columns))
		for n := first; n < first+rows; n++ {
			at := theDay.Add(time.Duration(n) * (24 * time.Hour / time.Duration(millionPerDay)))
			for k, cell := range cells {
				row[k] = cell(n, at)
			}
			if !yield(row, nil) {
				return
			}
		}
	}, nil
}

// atEnd reports whether an event is at an end of its run: the events of a user are one run, since there is no gap of an hour.
// Only these have the columns that reports need; the rule and the correlation read the action and the user.
func atEnd(n int) bool {
	rank, last := n/readers, millionDays*millionPerDay/readers-1
	return rank < plan.Ends || last-rank < plan.Ends
}

// quoted returns a text as JSON.
func quoted(cell any) any {
	text, ok := cell.(string)
	if !ok {
		return cell
	}
	json, _ := json.Marshal(text)
	return string(json)
}

// millionLedger holds the members of a ledger that the tests read.
type millionLedger struct {
	Lake *struct {
		Queries       int   `json:"queries"`
		Rows          int64 `json:"rows"`
		ReturnedBytes int64 `json:"returned_bytes"`
		Left          int64 `json:"left"`
	} `json:"lake"`
	Findings struct {
		Total int64 `json:"total"`
	} `json:"findings"`
}

// egretPeak runs egret and returns its peak memory in kB, and its ledger.
func egretPeak(t *testing.T, dir string, env []string, args ...string) (int, *millionLedger) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, append([]string{"hunt", "--format", "jsonl", "-o", "findings.jsonl", "--ledger", "ledger.json", "--state", "state", "--quiet"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), env...), roleEnv+"=egret")
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code > 1 || code < 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	peak := 0
	if n, err := fmt.Sscan(strings.TrimSpace(lines[len(lines)-1]), &peak); n != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "ledger.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ledger millionLedger
	if err := json.Unmarshal(text, &ledger); err != nil {
		t.Fatal(err)
	}
	if ledger.Lake == nil || ledger.Lake.Left > 0 {
		t.Fatalf("%+v\n%s", ledger.Lake, out)
	}
	return peak, &ledger
}

// millionCases are hunts to which a million rows are returned.
var millionCases = []struct {
	name, rules string
	// counted reports whether correlations find something.
	counted bool
}{
	{"no row matches", missRules, false},
	{"all match and egret counts", fmt.Sprintf(countRules, 1), true},
	{"all match and the engine counts", fmt.Sprintf(countRules, 50), true},
}

// millionWindow returns the flags of their time range.
func millionWindow() []string {
	return []string{"--from", theDay.Format(time.DateOnly), "--to", theDay.AddDate(0, 0, millionDays).Format(time.DateOnly)}
}

// millionDir returns a folder with rules and egret.yaml.
func millionDir(t *testing.T, rules, config string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"rules/rules.yml": rules, "egret.yaml": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func skipWithoutPeaks(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a million rows take a while")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("peak memory is read from /proc, which does not exist here")
	}
}

// checkPeak hunts up to three times until the peak is within its limit: while other tests use all cores, the garbage collector
// comes late, and the same hunt takes a fifth more memory.
func checkPeak(t *testing.T, counted bool, hunt func() (peak int, ledger *millionLedger)) {
	t.Helper()
	peak, ledger := hunt()
	for tries := 1; peak > millionLimit && tries < 3; tries++ {
		t.Logf("a peak of %d kB: hunting again", peak)
		peak, ledger = hunt()
	}
	t.Logf("%d kB for %d rows with %d bytes in %d queries; %d findings", peak, ledger.Lake.Rows, ledger.Lake.ReturnedBytes, ledger.Lake.Queries, ledger.Findings.Total)
	if ledger.Lake.Rows < int64(millionDays*millionPerDay) {
		t.Errorf("got %d rows, want %d", ledger.Lake.Rows, millionDays*millionPerDay)
	}
	if (ledger.Findings.Total > 0) != counted {
		t.Errorf("got %d findings, want some: %v", ledger.Findings.Total, counted)
	}
	if peak > millionLimit {
		t.Errorf("got a peak of %d kB, want at most %d", peak, millionLimit)
	}
}

// TestMillionRowsInBoundedMemory hunts in Athena with a million rows returned.
func TestMillionRowsInBoundedMemory(t *testing.T) {
	if !testkit.Long() {
		t.Skip("returns a million rows to each of three hunts: runs if EGRET_LONG is set")
	}
	skipWithoutPeaks(t)
	for _, c := range millionCases {
		t.Run(c.name, func(t *testing.T) {
			dir := millionDir(t, c.rules, "lakes:\n  prod: {engine: athena, region: eu-west-1, database: security, tables: {cloudtrail: {table: trail, schema: athena}}}\n")
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			server := exec.Command(self)
			server.Env = append(os.Environ(), roleEnv+"=athena", rulesEnv+"="+filepath.Join(dir, "rules", "rules.yml"))
			endpoint := athenatest.Launch(t, server)
			// This test is not about partitions.
			checkPeak(t, c.counted, func() (int, *millionLedger) {
				return egretPeak(t, dir, append(endpoint.Env(), "AWS_PROFILE="), append(millionWindow(), "--lake", "prod", "--all-time", "--rules", "starter", "--rules", "rules")...)
			})
		})
	}
}
