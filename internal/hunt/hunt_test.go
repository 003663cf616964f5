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
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
)

// load makes a rule set of folders and wants it without errors.
func load(t testing.TB, folders ...ruleset.Folder) *ruleset.Set {
	t.Helper()
	set, list, err := ruleset.Load(context.Background(), folders, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return set
}

// rules makes a rule set of texts.
func rules(t testing.TB, texts ...string) *ruleset.Set {
	t.Helper()
	files := fstest.MapFS{}
	for i, text := range texts {
		files[fmt.Sprintf("rule%d.yml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return load(t, ruleset.Folder{Name: "rules", FS: files})
}

// outcome is a hunt's result in a form to compare: findings as JSON lines, and the rest.
type outcome struct {
	lines   []string
	summary finding.Summary
	ledger  finding.Ledger
	failed  bool
}

// run hunts, and checks what holds for every hunt: the ledger adds up, and findings come in their order.
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
	o.summary, err = result.Each(0, func(f *finding.Finding) error {
		o.lines = append(o.lines, string(f.AppendJSON(nil)))
		if last != nil && finding.Compare(last, f) > 0 {
			t.Errorf("out of order: %s %s after %s %s", f.Time, f.EventIDs[0], last.Time, last.EventIDs[0])
		}
		last = &finding.Finding{Time: f.Time, EventIDs: slices.Clone(f.EventIDs), Rule: f.Rule, Group: f.Group, First: f.First}
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
		t.Errorf("the ledger does not add up: %d in, %d evaluated, %d duplicate, %d out of range, %d failed",
			r.In, r.Evaluated, r.Duplicate, r.OutOfRange, r.Failed.Total)
	}
	if o.summary.Findings != len(o.lines) || o.ledger.Findings.Total != len(o.lines) {
		t.Errorf("%d findings, summary %d, ledger %d", len(o.lines), o.summary.Findings, o.ledger.Findings.Total)
	}
	return o
}

// pairs are the (rule, event) pairs of detections.
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

// Two other evaluators agree on these pairs.
func TestPublicExerciseGivesThePublicPairs(t *testing.T) {
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
		t.Fatalf("the truth has %d pairs", len(want))
	}
	o := run(t, hunt.Options{Set: load(t, ruleset.Folder{Name: "aws", FS: os.DirFS(aws)}), Paths: []string{logs}})
	if got := o.pairs(t); !slices.Equal(got, want) {
		t.Errorf("got %d pairs, want %d\nmissing: %q\nextra: %q", len(got), len(want), without(want, got), without(got, want))
	}
	if o.failed || o.ledger.Records.Evaluated != 2900 {
		t.Errorf("failed %v, %d evaluated, want 2900", o.failed, o.ledger.Records.Evaluated)
	}
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { _, found := slices.BinarySearch(b, s); return found })
}

// The counts of records and ids are those that the data's own description gives.
func TestPublicLabIsCountedRight(t *testing.T) {
	logs := testkit.Shared(t, "data", "sans504")
	o := run(t, hunt.Options{Set: load(t, ruleset.Folder{Name: "starter", FS: rulepack.FS()}), Paths: []string{logs}})
	r := &o.ledger.Records
	if o.ledger.Files.Read != 3872 || r.In != 30477 || r.Evaluated != 23981 || r.Duplicate != 30477-23981 || r.Failed.Total != 0 {
		t.Errorf("%d files, %+v", o.ledger.Files.Read, r)
	}
}

// Delivery is late: 205 records of the lab lie in the folder of the day after. With a time range they must be found.
func TestRangeReadsTheNextDaysFolder(t *testing.T) {
	logs := testkit.Shared(t, "data", "sans504")
	set := load(t, ruleset.Folder{Name: "starter", FS: rulepack.FS()})
	to := time.Date(2021, 7, 30, 0, 0, 0, 0, time.UTC)
	whole := run(t, hunt.Options{Set: set, Paths: []string{logs}, To: to})
	folder := run(t, hunt.Options{Set: set, Paths: []string{logs}, From: to.AddDate(0, 0, -1), To: to})
	before := run(t, hunt.Options{Set: set, Paths: []string{logs}, To: to.AddDate(0, 0, -1)})
	if got, want := folder.ledger.Records.Evaluated, whole.ledger.Records.Evaluated-before.ledger.Records.Evaluated; got != want || got == 0 {
		t.Errorf("%d events of the day, want %d", got, want)
	}
}

// Threads, order of paths, and what is spilled to disk never show.
func TestResultDoesNotDependOnHow(t *testing.T) {
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
	want := run(t, hunt.Options{Set: set, Paths: paths, Threads: 1})
	if len(want.lines) < 50 {
		t.Fatalf("only %d findings", len(want.lines))
	}
	slices.Reverse(paths)
	twice := append(slices.Clone(paths[:len(paths)/2]), paths...)
	for name, options := range map[string]hunt.Options{
		"reversed, 4 threads": {Paths: paths, Threads: 4},
		"the folder":          {Paths: []string{logs}, Threads: 2},
		"spilled":             {Paths: paths, Threads: 3, EvidenceMemory: 1, CorrelationMemory: 1, TempDir: t.TempDir()},
		"half of it twice":    {Paths: twice, Threads: 2},
		"few ids remembered":  {Paths: twice, Threads: 2, SeenLimit: 10},
	} {
		options.Set = set
		got := run(t, options)
		if !slices.Equal(got.lines, want.lines) {
			t.Errorf("%s: %d findings, want %d", name, len(got.lines), len(want.lines))
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
			t.Errorf("%s: %d events in findings, %d evaluated, want %d and %d", name, got.summary.Events,
				got.ledger.Records.Evaluated, want.summary.Events, want.ledger.Records.Evaluated)
		}
	}
}

// event is a CloudTrail event of a made-up account.
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

// A correlation gives one finding a burst, as the issue of the first hunt lays it down; its base rule is silent.
func TestCorrelationGivesOneFindingABurst(t *testing.T) {
	path := write(t, "logs.jsonl",
		event("e4", "2026-03-10T11:08:00Z", "CreateAccessKey", "alice"), event("e1", "2026-03-10T11:00:00.5Z", "CreateAccessKey", "alice"),
		event("e2", "2026-03-10T11:04:00Z", "CreateAccessKey", "alice"), event("x1", "2026-03-10T11:04:00Z", "CreateAccessKey", "bob"),
		event("x2", "2026-03-10T11:05:00Z", "CreateUser", "alice"))
	o := run(t, hunt.Options{Set: rules(t, base, burst), Paths: []string{path}})
	if len(o.lines) != 1 {
		t.Fatalf("%d findings: %q", len(o.lines), o.lines)
	}
	want := `{"time":"2026-03-10T11:08:00Z","rule":{"id":"0a1b2c3d-0000-4000-8000-000000000002","title":"Many keys","level":"high",` +
		`"attack":[]},"schema":"cloudtrail","account":"111122223333","principal":"arn:aws:iam::111122223333:user/alice",` +
		`"event_ids":["e1","e2","e4"],"group":{"userIdentity.userName":"alice"},"count":3,"first":"2026-03-10T11:00:00.5Z",` +
		`"last":"2026-03-10T11:08:00Z","event":` + event("e1", "2026-03-10T11:00:00.5Z", "CreateAccessKey", "alice") + `}`
	if o.lines[0] != want {
		t.Errorf("got  %s\nwant %s", o.lines[0], want)
	}
	if o.summary.Events != 3 || len(o.summary.Tactics) != 1 || o.summary.Tactics[0].Name != "persistence" {
		t.Errorf("summary %+v", o.summary)
	}
}

// A correlation that only feeds another is silent; the outer one reports the events at the bottom.
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
	o := run(t, hunt.Options{Set: rules(t, base, inner, outer), Paths: []string{write(t, "logs.jsonl", lines...)}})
	if len(o.lines) != 1 || !strings.Contains(o.lines[0], `"event_ids":["e0","e1","e2","e3","e4","e5"]`) {
		t.Errorf("findings %q", o.lines)
	}
}

// Events of one time come in the order of their ids as texts.
func TestEqualTimesAreOrderedByID(t *testing.T) {
	var lines, want []string
	for _, id := range []string{"b", "a", "Z", "a10", "a2", "é", "0", "c", "d", "e", "f", "g", "h"} {
		lines = append(lines, event(id, "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
		want = append(want, "0a1b2c3d-0000-4000-8000-000000000001 "+id)
	}
	slices.Sort(want)
	o := run(t, hunt.Options{Set: rules(t, base), Paths: []string{write(t, "logs.jsonl", lines...)}})
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

// Records of other kinds of log are passed over and named; they are not part of the sum.
func TestRecordsOfOtherKinds(t *testing.T) {
	path := write(t, "logs.jsonl", event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"), `{"some":"thing"}`, `{broken`)
	o := run(t, hunt.Options{Set: rules(t, base), Paths: []string{path}})
	r := &o.ledger.Records
	if r.In != 2 || r.Evaluated != 1 || r.Failed.Total != 1 || r.Skipped.Total != 1 || !o.failed {
		t.Errorf("%+v", r)
	}
}

func TestGenerateLetsTheBaseRuleReport(t *testing.T) {
	path := write(t, "logs.jsonl", event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
	silent := run(t, hunt.Options{Set: rules(t, base, burst), Paths: []string{path}})
	loud := run(t, hunt.Options{Set: rules(t, base, strings.Replace(burst, "correlation:", "correlation:\n  generate: true", 1)), Paths: []string{path}})
	if len(silent.lines) != 0 || len(loud.lines) != 1 {
		t.Errorf("%d and %d findings, want 0 and 1", len(silent.lines), len(loud.lines))
	}
}

// A record that wraps several events without ids gives each a name of its own.
func TestEventsWithoutIDHaveNamesOfTheirOwn(t *testing.T) {
	plain := func(name string) string {
		return strings.Replace(event("", "2026-03-10T11:00:00Z", name, "alice"), `"eventID":"",`, "", 1)
	}
	path := write(t, "logs.jsonl", plain("CreateAccessKey"),
		`{"Records":[`+plain("CreateAccessKey")+`,`+plain("CreateAccessKey")+`]}`)
	o := run(t, hunt.Options{Set: rules(t, base), Paths: []string{path}})
	if len(o.lines) != 3 || o.ledger.Records.Duplicate != 0 {
		t.Errorf("%d findings, %d duplicates, want 3 and 0: %q", len(o.lines), o.ledger.Records.Duplicate, o.lines)
	}
	if pairs := o.pairs(t); len(slices.Compact(pairs)) != 3 {
		t.Errorf("ids repeat: %q", pairs)
	}
}

func TestEventsWithoutTime(t *testing.T) {
	timeless := event("e1", "when?", "CreateAccessKey", "alice")
	path := write(t, "logs.jsonl", timeless, event("e2", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
	o := run(t, hunt.Options{Set: rules(t, base), Paths: []string{path}})
	if len(o.lines) != 2 || !strings.HasPrefix(o.lines[0], `{"time":"",`) || o.ledger.Records.WithoutTime != 1 {
		t.Errorf("%d without time, findings %q", o.ledger.Records.WithoutTime, o.lines)
	}
	ranged := run(t, hunt.Options{Set: rules(t, base), Paths: []string{path}, From: time.Unix(0, 0)})
	if len(ranged.lines) != 1 || ranged.ledger.Records.Failed.Total != 1 || !ranged.failed {
		t.Errorf("with a range: %d findings, %d failed", len(ranged.lines), ranged.ledger.Records.Failed.Total)
	}
}

// Context: the same principal's other events, within the distance, also around a whole burst.
func TestContextAroundABurst(t *testing.T) {
	path := write(t, "logs.jsonl",
		event("early", "2026-03-10T10:54:00Z", "ListUsers", "alice"), event("before", "2026-03-10T10:55:00Z", "ListUsers", "alice"),
		event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"), event("e2", "2026-03-10T11:04:00Z", "CreateAccessKey", "alice"),
		event("between", "2026-03-10T11:05:00Z", "ListRoles", "alice"), event("other", "2026-03-10T11:05:00Z", "ListRoles", "bob"),
		event("e3", "2026-03-10T11:08:00Z", "CreateAccessKey", "alice"), event("after", "2026-03-10T11:13:00Z", "ListUsers", "alice"),
		event("late", "2026-03-10T11:13:01Z", "ListUsers", "alice"), event("after", "2026-03-10T11:13:00Z", "ListUsers", "alice"))
	o := run(t, hunt.Options{Set: rules(t, base, burst), Paths: []string{path}, Context: 5 * time.Minute})
	var f struct{ Context []struct{ ID string } }
	if len(o.lines) != 1 {
		t.Fatalf("%d findings", len(o.lines))
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

// What was found before the stop is the result, and the ledger says that it is partial.
func TestStoppedHuntGivesWhatItFound(t *testing.T) {
	path := write(t, "a.jsonl", event("e1", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
	ctx, cancel := context.WithCancel(context.Background())
	pipe := &slowReader{first: event("e2", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice") + "\n", stop: cancel, done: ctx.Done()}
	result, err := hunt.Run(ctx, hunt.Options{Set: rules(t, base), Paths: []string{path, "-"}, Stdin: pipe, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if !result.Ledger.Partial || result.Findings() == 0 {
		t.Errorf("partial %v, %d findings", result.Ledger.Partial, result.Findings())
	}
	r := &result.Ledger.Records
	if r.In != r.Evaluated+r.Duplicate+r.OutOfRange+r.Failed.Total {
		t.Errorf("the ledger does not add up: %+v", r)
	}
}

// slowReader gives one line, and then stops the hunt.
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

// An hour without files while another region goes on is a gap.
func TestGapsOfABucket(t *testing.T) {
	root := t.TempDir()
	for region, hours := range map[string][]int{"eu-west-1": {8, 9, 10, 11, 12}, "us-east-1": {8, 9, 12}} {
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
	o := run(t, hunt.Options{Set: rules(t, base), Paths: []string{root}})
	if len(o.ledger.Gaps) != 1 {
		t.Fatalf("gaps %+v", o.ledger.Gaps)
	}
	g := o.ledger.Gaps[0]
	if g.Kind != "hours" || g.Region != "us-east-1" || g.Account != "111122223333" || g.Hours != 2 || g.Basis != "files" ||
		finding.TimeText(g.From.Time) != "2026-03-10T10:00:00Z" || finding.TimeText(g.To.Time) != "2026-03-10T12:00:00Z" {
		t.Errorf("gap %+v", g)
	}
}

func TestLedgerHashesInputs(t *testing.T) {
	path := write(t, "a.jsonl", event("e1", "2026-03-10T11:00:00Z", "ListUsers", "alice"))
	one, two := run(t, hunt.Options{Set: rules(t, base), Paths: []string{path}}), run(t, hunt.Options{Set: rules(t, base), Paths: []string{path}})
	inputs, err := one.ledger.Files.Inputs.List()
	if err != nil || len(inputs) != 1 {
		t.Fatal(inputs, err)
	}
	if one.ledger.Files.SHA256 == "" || one.ledger.Files.SHA256 != two.ledger.Files.SHA256 || inputs[0].SHA256 == "" {
		t.Errorf("hashes %q and %q, input %+v", one.ledger.Files.SHA256, two.ledger.Files.SHA256, inputs)
	}
	if !maps.Equal(one.ledger.Records.Schemas, map[string]int64{"cloudtrail": 1}) {
		t.Errorf("schemas %v", one.ledger.Records.Schemas)
	}
}

func TestCoverageBeyondItsBoundsIsNamed(t *testing.T) {
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
	got := run(t, hunt.Options{Set: set, Paths: []string{path}, Threads: 1})
	if !slices.Contains(got.ledger.Notes, "records left out of the search for gaps, as of too many accounts, regions or hours: 2") {
		t.Errorf("notes: %q", got.ledger.Notes)
	}
}
