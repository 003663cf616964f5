package hunt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
)

// TestPublicExerciseHasExpectedFindings compares with pairs on which two other evaluators agree.
func TestPublicExerciseHasExpectedFindings(t *testing.T) {
	logs, aws := testkit.Shared(t, "data", "invictus"), testkit.Shared(t, "data", "sigmahq", "rules", "cloud", "aws")
	text, err := os.ReadFile(testkit.Shared(t, "data", "invictus-sigmahq-truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth map[string]struct {
		EventIDs []string `json:"event_ids"`
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	var want []string
	for rule, row := range truth {
		for _, id := range row.EventIDs {
			want = append(want, rule+" "+id)
		}
	}
	slices.Sort(want)
	if len(want) != 109 {
		t.Fatalf("got %d expected pairs, want 109", len(want))
	}
	o := run(t, hunt.Options{Set: load(t, ruleset.Folder{Name: "aws", FS: os.DirFS(aws)}), Source: &hunt.Files{Paths: []string{logs}}})
	if got := o.pairs(t); !slices.Equal(got, want) {
		t.Errorf("got %d pairs, want %d\nmissing: %q\nextra: %q", len(got), len(want), without(want, got), without(got, want))
	}
	if o.failed || o.ledger.Records.Evaluated != 2900 {
		t.Errorf("got failed %v and %d evaluated, want false and 2900", o.failed, o.ledger.Records.Evaluated)
	}
}

// TestPublicLabHasExpectedCounts checks the counts of records and ids in the data's own description.
func TestPublicLabHasExpectedCounts(t *testing.T) {
	logs := testkit.Shared(t, "data", "sans504")
	o := run(t, hunt.Options{Set: load(t, ruleset.Folder{Name: "starter", FS: rulepack.FS()}), Source: &hunt.Files{Paths: []string{logs}}})
	r := &o.ledger.Records
	if o.ledger.Files.Read != 3872 || r.In != 30477 || r.Evaluated != 23981 || r.Duplicate != 30477-23981 || r.Failed.Total != 0 {
		t.Errorf("got %d files, %+v", o.ledger.Files.Read, r)
	}
}

// TestRangeReadsTheNextDaysFolder checks that late records are found: 205 records of the lab are in the folder of the
// next day.
func TestRangeReadsTheNextDaysFolder(t *testing.T) {
	logs := testkit.Shared(t, "data", "sans504")
	set := load(t, ruleset.Folder{Name: "starter", FS: rulepack.FS()})
	to := time.Date(2021, 7, 30, 0, 0, 0, 0, time.UTC)
	whole := run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{logs}}, To: to})
	folder := run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{logs}}, From: to.AddDate(0, 0, -1), To: to})
	before := run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{logs}}, To: to.AddDate(0, 0, -1)})
	if got, want := folder.ledger.Records.Evaluated, whole.ledger.Records.Evaluated-before.ledger.Records.Evaluated; got != want || got == 0 {
		t.Errorf("got %d events of the day, want %d", got, want)
	}
}

// TestResultDoesNotDependOnThreadsOrMemory varies threads, the order of paths, and what is spilled to disk.
func TestResultDoesNotDependOnThreadsOrMemory(t *testing.T) {
	logs := testkit.Shared(t, "data", "invictus")
	set := load(t, ruleset.Folder{Name: "starter", FS: rulepack.FS()})
	entries, err := os.ReadDir(logs)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, entry := range entries {
		paths = append(paths, filepath.Join(logs, entry.Name()))
	}
	want := run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: paths}, Threads: 1})
	if len(want.lines) < 50 {
		t.Fatalf("got %d findings, want at least 50", len(want.lines))
	}
	slices.Reverse(paths)
	twice := append(slices.Clone(paths[:len(paths)/2]), paths...)
	for name, options := range map[string]hunt.Options{
		"reversed, 4 threads": {Source: &hunt.Files{Paths: paths}, Threads: 4},
		"the folder":          {Source: &hunt.Files{Paths: []string{logs}}, Threads: 2},
		"spilled":             {Source: &hunt.Files{Paths: paths}, Threads: 3, EvidenceMemory: 1, CorrelationMemory: 1, TempDir: t.TempDir()},
		"half of it twice":    {Source: &hunt.Files{Paths: twice}, Threads: 2},
		"few ids remembered":  {Source: &hunt.Files{Paths: twice}, Threads: 2, SeenLimit: 10},
	} {
		options.Set = set
		got := run(t, options)
		if !slices.Equal(got.lines, want.lines) {
			t.Errorf("%s: got %d findings, want %d", name, len(got.lines), len(want.lines))
			for i := range min(len(got.lines), len(want.lines)) {
				if got.lines[i] != want.lines[i] {
					t.Errorf("first difference at %d:\n%.600s\n%.600s", i, got.lines[i], want.lines[i])
					break
				}
			}
		}
		if name == "few ids remembered" {
			continue
		}
		if got.summary.Events != want.summary.Events || got.ledger.Records.Evaluated != want.ledger.Records.Evaluated {
			t.Errorf("%s: got %d events in findings, %d evaluated, want %d and %d", name, got.summary.Events,
				got.ledger.Records.Evaluated, want.summary.Events, want.ledger.Records.Evaluated)
		}
	}
}

const base = `title: Key made
id: 0a1b2c3d-0000-4000-8000-000000000001
name: key_made
level: low
logsource: {product: aws}
detection:
  selection: {eventName: CreateAccessKey}
  condition: selection
`

const burst = `title: Many keys
id: 0a1b2c3d-0000-4000-8000-000000000002
level: high
tags: [attack.persistence]
correlation:
  type: event_count
  rules: [key_made]
  group-by: [userIdentity.userName]
  timespan: 10m
  condition: {gte: 3}
`

// TestCorrelationReportsOneFindingForEachBurst checks that each burst is one finding, and that the base rule does not
// report.
func TestCorrelationReportsOneFindingForEachBurst(t *testing.T) {
	path := write(t, "logs.jsonl",
		event("e4", "2026-03-10T11:08:00Z", "CreateAccessKey", "alice"), event("e1", "2026-03-10T11:00:00.5Z", "CreateAccessKey", "alice"),
		event("e2", "2026-03-10T11:04:00Z", "CreateAccessKey", "alice"), event("x1", "2026-03-10T11:04:00Z", "CreateAccessKey", "bob"),
		event("x2", "2026-03-10T11:05:00Z", "CreateUser", "alice"))
	o := run(t, hunt.Options{Set: rules(t, base, burst), Source: &hunt.Files{Paths: []string{path}}})
	if len(o.lines) != 1 {
		t.Fatalf("got %d findings, want 1: %q", len(o.lines), o.lines)
	}
	want := `{"time":"2026-03-10T11:08:00Z","level":"high","rule":{"id":"0a1b2c3d-0000-4000-8000-000000000002","title":"Many keys","level":"high","own_level":"high",` +
		`"attack":[]},"schema":"cloudtrail","account":"111122223333","principal":"arn:aws:iam::111122223333:user/alice",` +
		`"event_ids":["e1","e2","e4"],"group":{"userIdentity.userName":"alice"},"count":3,"first":"2026-03-10T11:00:00.5Z",` +
		`"last":"2026-03-10T11:08:00Z","examined":3,"outcome":{"succeeded":3,"refused":0,"failed":0,"unknown":0,"errors":[]},` +
		`"actors":[{"principal":"arn:aws:iam::111122223333:user/alice","session":"","type":"IAMUser"}],"addresses":["192.0.2.7"],` +
		`"agents":[],"regions":["eu-west-1"],"accounts":["111122223333"],"actions":["CreateAccessKey"],` +
		`"targets":[{"type":"user","name":"arn:aws:iam::111122223333:user/alice","account":"111122223333","outcome":"succeeded","count":3}],` +
		`"facts":[{"name":"access key for","value":"alice","outcome":"succeeded","count":3}],"origins":[],"known_agents":[],"first_seen":[],"more":{},"also":[],"threat":{},"event":` + event("e1", "2026-03-10T11:00:00.5Z", "CreateAccessKey", "alice") + `}`
	if o.lines[0] != want {
		t.Errorf("got  %s\nwant %s", o.lines[0], want)
	}
	if o.summary.Events != 3 || len(o.summary.Tactics) != 1 || o.summary.Tactics[0].Name != "persistence" {
		t.Errorf("got summary %+v, want 3 events and tactic persistence", o.summary)
	}
}

// TestInnerCorrelationIsSilent checks that a correlation that another one uses does not report; the outer one reports
// the events of the base rules.
func TestInnerCorrelationIsSilent(t *testing.T) {
	inner := strings.Replace(burst, "title: Many keys", "title: Many keys\nname: many_keys", 1)
	outer := `title: Many keys twice
id: 0a1b2c3d-0000-4000-8000-000000000003
correlation:
  type: event_count
  rules: [many_keys]
  group-by: [userIdentity.userName]
  timespan: 1d
  condition: {gte: 2}
`
	var lines []string
	for i := range 6 {
		lines = append(lines, event(fmt.Sprint("e", i), fmt.Sprintf("2026-03-10T%02d:0%d:00Z", 8+3*(i/3), i), "CreateAccessKey", "alice"))
	}
	o := run(t, hunt.Options{Set: rules(t, base, inner, outer), Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", lines...)}}})
	if len(o.lines) != 1 || !strings.Contains(o.lines[0], `"event_ids":["e0","e1","e2","e3","e4","e5"]`) {
		t.Errorf("got findings %q, want one with all six events", o.lines)
	}
}

// TestEqualTimesAreOrderedByID checks that events of one time are in the order of their ids as texts.
func TestEqualTimesAreOrderedByID(t *testing.T) {
	var lines, want []string
	for _, id := range []string{"b", "a", "Z", "a10", "a2", "é", "0", "c", "d", "e", "f", "g", "h"} {
		lines = append(lines, event(id, "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
		want = append(want, "0a1b2c3d-0000-4000-8000-000000000001 "+id)
	}
	slices.Sort(want)
	o := run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", lines...)}}})
	var got []string
	for _, line := range o.lines {
		var f struct {
			EventIDs []string `json:"event_ids"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		got = append(got, "0a1b2c3d-0000-4000-8000-000000000001 "+f.EventIDs[0])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRecordsOfUnknownLogsAreSkipped checks that records of unknown logs are skipped and reported, and do not count as
// read.
func TestRecordsOfUnknownLogsAreSkipped(t *testing.T) {
	path := write(t, "logs.jsonl", event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"), `{"some":"thing"}`, `{broken`)
	o := run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{path}}})
	r := &o.ledger.Records
	if r.In != 2 || r.Evaluated != 1 || r.Failed.Total != 1 || r.Skipped.Total != 1 || !o.failed {
		t.Errorf("got %+v, want 2 in, 1 evaluated, 1 failed, 1 skipped", r)
	}
}

func TestGenerateMakesBaseRuleReport(t *testing.T) {
	path := write(t, "logs.jsonl", event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
	silent := run(t, hunt.Options{Set: rules(t, base, burst), Source: &hunt.Files{Paths: []string{path}}})
	loud := run(t, hunt.Options{Set: rules(t, base, strings.Replace(burst, "correlation:", "correlation:\n  generate: true", 1)), Source: &hunt.Files{Paths: []string{path}}})
	if len(silent.lines) != 0 || len(loud.lines) != 1 {
		t.Errorf("got %d and %d findings, want 0 and 1", len(silent.lines), len(loud.lines))
	}
}

// TestEventsWithoutIDGetDistinctIDs checks that each event without an id gets its own id, also if a record contains
// several.
func TestEventsWithoutIDGetDistinctIDs(t *testing.T) {
	plain := func(name string) string {
		return strings.Replace(event("", "2026-03-10T11:00:00Z", name, "alice"), `"eventID":"",`, "", 1)
	}
	path := write(t, "logs.jsonl", plain("CreateAccessKey"),
		`{"Records":[`+plain("CreateAccessKey")+`,`+plain("CreateAccessKey")+`]}`)
	o := run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{path}}})
	if len(o.lines) != 3 || o.ledger.Records.Duplicate != 0 {
		t.Errorf("got %d findings and %d duplicates, want 3 and 0: %q", len(o.lines), o.ledger.Records.Duplicate, o.lines)
	}
	if pairs := o.pairs(t); len(slices.Compact(pairs)) != 3 {
		t.Errorf("got repeated ids: %q", pairs)
	}
}

func TestEventsWithoutTimeFailOnlyWithRange(t *testing.T) {
	timeless := event("e1", "when?", "CreateAccessKey", "alice")
	path := write(t, "logs.jsonl", timeless, event("e2", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
	o := run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{path}}})
	if len(o.lines) != 2 || !strings.HasPrefix(o.lines[0], `{"time":"",`) || o.ledger.Records.WithoutTime != 1 {
		t.Errorf("got %d without time, findings %q, want 1 and two findings", o.ledger.Records.WithoutTime, o.lines)
	}
	ranged := run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{path}}, From: time.Unix(0, 0)})
	if len(ranged.lines) != 1 || ranged.ledger.Records.Failed.Total != 1 || !ranged.failed {
		t.Errorf("with a range: got %d findings and %d failed, want 1 and 1", len(ranged.lines), ranged.ledger.Records.Failed.Total)
	}
}

// TestContextSurroundsWholeBurst checks that other events of the same principal, within the distance around a whole
// burst, are collected.
func TestContextSurroundsWholeBurst(t *testing.T) {
	path := write(t, "logs.jsonl",
		event("early", "2026-03-10T10:54:00Z", "ListUsers", "alice"), event("before", "2026-03-10T10:55:00Z", "ListUsers", "alice"),
		event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"), event("e2", "2026-03-10T11:04:00Z", "CreateAccessKey", "alice"),
		event("between", "2026-03-10T11:05:00Z", "ListRoles", "alice"), event("other", "2026-03-10T11:05:00Z", "ListRoles", "bob"),
		event("e3", "2026-03-10T11:08:00Z", "CreateAccessKey", "alice"), event("after", "2026-03-10T11:13:00Z", "ListUsers", "alice"),
		event("late", "2026-03-10T11:13:01Z", "ListUsers", "alice"), event("after", "2026-03-10T11:13:00Z", "ListUsers", "alice"))
	o := run(t, hunt.Options{Set: rules(t, base, burst), Source: &hunt.Files{Paths: []string{path}}, Context: 5 * time.Minute})
	var f struct{ Context []struct{ ID string } }
	if len(o.lines) != 1 {
		t.Fatalf("got %d findings, want 1", len(o.lines))
	}
	if err := json.Unmarshal([]byte(o.lines[0]), &f); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range f.Context {
		got = append(got, c.ID)
	}
	if want := []string{"before", "between", "after"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestStoppedHuntReturnsPartialResult checks that the result is what was found before the stop, and that the ledger is
// marked partial.
func TestStoppedHuntReturnsPartialResult(t *testing.T) {
	path := write(t, "a.jsonl", event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
	ctx, cancel := context.WithCancel(context.Background())
	pipe := &slowReader{first: event("e2", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice") + "\n", stop: cancel, done: ctx.Done()}
	result, err := hunt.Run(ctx, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{path, "-"}, Stdin: pipe}, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if !result.Ledger.Partial || result.Findings() == 0 {
		t.Errorf("got partial %v and %d findings, want true and some", result.Ledger.Partial, result.Findings())
	}
	r := &result.Ledger.Records
	if r.In != r.Evaluated+r.Duplicate+r.OutOfRange+r.Failed.Total {
		t.Errorf("ledger counts do not add up: %+v", r)
	}
}

// slowReader returns one line, and then stops the hunt.
type slowReader struct {
	first string
	stop  func()
	done  <-chan struct{}
}

func (s *slowReader) Read(p []byte) (int, error) {
	if s.first != "" {
		n := copy(p, s.first)
		s.first = s.first[n:]
		return n, nil
	}
	s.stop()
	<-s.done
	return 0, context.Canceled
}

// TestMissingFilesOfBucketAreGap checks that hours without files are a gap if another region has files.
func TestMissingFilesOfBucketAreGap(t *testing.T) {
	root := t.TempDir()
	for region, hours := range map[string][]int{"eu-west-1": {4, 5, 6, 7, 8, 9, 10, 11, 12}, "us-east-1": {2, 3, 4, 5, 6, 7, 8, 9, 12}} {
		for _, hour := range hours {
			dir := filepath.Join(root, "AWSLogs", "111122223333", "CloudTrail", region, "2026", "03", "10")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("111122223333_CloudTrail_%s_20260310T%02d05Z_abcdefgh%02d.json", region, hour, hour)
			text := `{"Records":[` + event(fmt.Sprint(region, hour), fmt.Sprintf("2026-03-10T%02d:00:00Z", hour), "ListUsers", "alice") + `]}`
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	o := run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{root}}})
	if len(o.ledger.Gaps) != 1 {
		t.Fatalf("got gaps %+v, want one", o.ledger.Gaps)
	}
	g := o.ledger.Gaps[0]
	if g.Kind != "hours" || g.Region != "us-east-1" || g.Account != "111122223333" || g.Hours != 2 || g.Basis != "files" ||
		finding.TimeText(g.From.Time) != "2026-03-10T10:00:00Z" || finding.TimeText(g.To.Time) != "2026-03-10T12:00:00Z" {
		t.Errorf("got gap %+v, want two hours of us-east-1", g)
	}
}

func TestLedgerHashesInputs(t *testing.T) {
	path := write(t, "a.jsonl", event("e1", "2026-03-10T11:00:00Z", "ListUsers", "alice"))
	one, two := run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{path}}}), run(t, hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{path}}})
	inputs, err := one.ledger.Files.Inputs.List()
	if err != nil || len(inputs) != 1 {
		t.Fatal(inputs, err)
	}
	if one.ledger.Files.SHA256 == "" || one.ledger.Files.SHA256 != two.ledger.Files.SHA256 || inputs[0].SHA256 == "" {
		t.Errorf("got hashes %q and %q, input %+v", one.ledger.Files.SHA256, two.ledger.Files.SHA256, inputs)
	}
	if !maps.Equal(one.ledger.Records.Schemas, map[string]int64{"cloudtrail": 1}) {
		t.Errorf("got schemas %v, want one cloudtrail record", one.ledger.Records.Schemas)
	}
}

func TestLedgerReportsIncompleteCoverage(t *testing.T) {
	var events strings.Builder
	for region := range 1_002 {
		fmt.Fprintf(&events, `{"eventVersion":"1.08","eventID":"%d","eventTime":"2024-01-01T00:00:00Z","eventName":"X","eventSource":"s3.amazonaws.com","awsRegion":"made-up-%d"}`+"\n",
			region, region)
	}
	path := filepath.Join(t.TempDir(), "many.jsonl")
	if err := os.WriteFile(path, []byte(events.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	set := rules(t, "title: X\nlogsource:\n    product: aws\ndetection:\n    s:\n        eventName: Y\n    condition: s\n")
	got := run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{path}}, Threads: 1})
	if !slices.Contains(got.ledger.Notes, "records left out of the search for gaps, because of too many accounts, regions or hours: 2") {
		t.Errorf("got notes %q, want one on two records", got.ledger.Notes)
	}
}

// TestCorrelationStandsWhereItBegins checks that a burst that begins before another event and ends after it comes first,
// and that --context covers both of its ends.
func TestCorrelationStandsWhereItBegins(t *testing.T) {
	path := write(t, "logs.jsonl",
		event("c1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"), event("u1", "2026-03-10T11:05:00Z", "CreateUser", "bob"),
		event("c2", "2026-03-10T11:04:00Z", "CreateAccessKey", "alice"), event("c3", "2026-03-10T11:09:00Z", "CreateAccessKey", "alice"),
		event("near-begin", "2026-03-10T10:59:00Z", "ListUsers", "alice"), event("near-end", "2026-03-10T11:10:00Z", "ListUsers", "alice"),
		event("far", "2026-03-10T11:12:00Z", "ListUsers", "alice"))
	user := strings.NewReplacer("Key made", "User made", "CreateAccessKey", "CreateUser", "key_made", "user_made", "000000000001", "000000000003").Replace(base)
	o := run(t, hunt.Options{Set: rules(t, base, burst, user), Source: &hunt.Files{Paths: []string{path}}, Context: 2 * time.Minute})
	if len(o.lines) != 2 || !strings.Contains(o.lines[0], `"title":"Many keys"`) || !strings.Contains(o.lines[1], `"title":"User made"`) {
		t.Fatalf("got findings %q, want the burst before the user", o.lines)
	}
	for id, want := range map[string]bool{"near-begin": true, "near-end": true, "far": false} {
		if got := strings.Contains(o.lines[0], `"id":"`+id+`"`); got != want {
			t.Errorf("event %s in the context: %v, want %v", id, got, want)
		}
	}
}
