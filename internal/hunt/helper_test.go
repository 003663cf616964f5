package hunt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// needsDuckDB skips a test before its set-up if this build does not contain DuckDB.
func needsDuckDB(t *testing.T) {
	t.Helper()
	if !duckdb.Built {
		sqltest.DuckDB(t)
	}
}

// load loads a rule set from folders and fails on errors.
func load(t testing.TB, folders ...ruleset.Folder) *ruleset.Set {
	t.Helper()
	set, list, err := ruleset.Load(context.Background(), folders, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return set
}

// rules loads a rule set from texts.
func rules(t testing.TB, texts ...string) *ruleset.Set {
	t.Helper()
	files := fstest.MapFS{}
	for i, text := range texts {
		files[fmt.Sprintf("rule%d.yml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return load(t, ruleset.Folder{Name: "rules", FS: files})
}

// outcome is a hunt's result in a comparable form: findings as JSON lines, summary and ledger.
type outcome struct {
	lines   []string
	summary finding.Summary
	ledger  finding.Ledger
	failed  bool
}

// run hunts, and checks what holds for every hunt: the ledger adds up, and findings are in order.
func run(t testing.TB, options hunt.Options) outcome {
	t.Helper()
	if options.Threads == 0 {
		options.Threads = 2
	}
	result, err := hunt.Run(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	var last *finding.Finding
	o.summary, err = result.Each(context.Background(), 0, &result.Ledger.Findings, func(f *finding.Finding) error {
		o.lines = append(o.lines, string(f.AppendJSON(nil)))
		if last != nil && finding.Compare(last, f) > 0 {
			t.Errorf("out of order: %s %s after %s %s", f.Time, f.EventIDs[0], last.Time, last.EventIDs[0])
		}
		last = &finding.Finding{Time: f.Time, EventIDs: slices.Clone(f.EventIDs), Rule: f.Rule, Group: f.Group, First: f.First, Last: f.Last}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Close(); err != nil {
		t.Fatal(err)
	}
	o.ledger, o.failed = result.Ledger, result.InputFailed
	r := &o.ledger.Records
	if r.In != r.Evaluated+r.Duplicate+r.OutOfRange+r.Failed.Total {
		t.Errorf("ledger counts do not add up: %d in, %d evaluated, %d duplicate, %d out of range, %d failed",
			r.In, r.Evaluated, r.Duplicate, r.OutOfRange, r.Failed.Total)
	}
	if o.summary.Findings != len(o.lines) || o.ledger.Findings.Total != len(o.lines) {
		t.Errorf("got %d findings, %d in the summary, %d in the ledger", len(o.lines), o.summary.Findings, o.ledger.Findings.Total)
	}
	return o
}

// pairs returns the (rule, event) pairs of detections.
func (o *outcome) pairs(t testing.TB) []string {
	t.Helper()
	var pairs []string
	for _, line := range o.lines {
		var f struct {
			Rule     struct{ ID string }
			EventIDs []string `json:"event_ids"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for _, id := range f.EventIDs {
			pairs = append(pairs, f.Rule.ID+" "+id)
		}
	}
	slices.Sort(pairs)
	return pairs
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { _, found := slices.BinarySearch(b, s); return found })
}

// event returns a CloudTrail event of a documentation account.
func event(id, when, name, user string) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","userName":"%s"},`+
		`"eventTime":"%s","eventSource":"iam.amazonaws.com","eventName":"%s","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7",`+
		`"eventID":"%s","recipientAccountId":"111122223333"}`, user, user, when, name, id)
}

func write(t testing.TB, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
