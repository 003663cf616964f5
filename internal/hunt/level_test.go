package hunt_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// deleteRule is a rule whose level follows the outcome.
const deleteRule = `title: Bucket deleted
id: 0a1b2c3d-0000-4000-8000-000000000011
level: high
logsource: {product: aws, service: cloudtrail}
detection:
  s:
    eventName: DeleteBucket
  condition: s
egret:
  level: {succeeded: critical, refused: low, failed: medium}
`

const manyDeleted = `title: Many buckets deleted
id: 0a1b2c3d-0000-4000-8000-000000000012
level: high
egret:
  level: {refused: low, failed: medium}
correlation:
  type: event_count
  rules: 0a1b2c3d-0000-4000-8000-000000000011
  group-by: userIdentity.userName
  timespan: 1h
  condition: {gte: 2}
`

// failing returns an event with an error code, "" for a success.
func failing(id, name, user, code string) string {
	line := event(id, "2026-03-10T11:00:0"+id[len(id)-1:]+"Z", name, user)
	if code == "" {
		return line
	}
	return strings.Replace(line, `"eventVersion"`, fmt.Sprintf(`"errorCode":%q,"eventVersion"`, code), 1)
}

type levelled struct {
	Level string
	Rule  struct {
		Title, Level string
		OwnLevel     string `json:"own_level"`
	}
	EventIDs []string `json:"event_ids"`
	Also     []struct {
		Title, Level string
		Count        int
	}
}

func (l *levelled) String() string {
	text := fmt.Sprintf("%s %s %s", l.Level, l.Rule.Title, strings.Join(l.EventIDs, ","))
	for _, a := range l.Also {
		text += fmt.Sprintf(" also %s %s x%d", a.Level, a.Title, a.Count)
	}
	return text
}

func levelledTexts(t *testing.T, lines []string) []string {
	t.Helper()
	var list []string
	for _, line := range lines {
		var l levelled
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Level != l.Rule.Level {
			t.Errorf("level is %s and rule.level %s", l.Level, l.Rule.Level)
		}
		list = append(list, l.String())
	}
	return list
}

func TestLevelFollowsTheOutcome(t *testing.T) {
	logs := write(t, "logs.jsonl", failing("e1", "DeleteBucket", "alice", ""), failing("e2", "DeleteBucket", "bob", "AccessDenied"),
		failing("e3", "DeleteBucket", "carol", "NoSuchBucket"))
	o := run(t, hunt.Options{Set: rules(t, deleteRule), Source: &hunt.Files{Paths: []string{logs}}})
	want := []string{"critical Bucket deleted e1", "low Bucket deleted e2", "medium Bucket deleted e3"}
	if got := levelledTexts(t, o.lines); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(o.lines[1], `"own_level":"high"`) {
		t.Errorf("got no own level in %s", o.lines[1])
	}
	if l := o.summary.Levels; len(l) != 3 || l[0].Name != "critical" || o.summary.Principals[0].Level != finding.Critical {
		t.Errorf("got levels %+v", l)
	}
}

func TestOneSuccessMakesABurstADeed(t *testing.T) {
	hidden := strings.Replace(deleteRule, "succeeded: critical, ", "", 1)
	for _, test := range []struct {
		name, want string
		codes      []string
	}{
		{"all refused", "low", []string{"AccessDenied", "AccessDenied"}},
		{"refused and failed", "medium", []string{"AccessDenied", "NoSuchBucket"}},
		{"one success", "high", []string{"AccessDenied", ""}},
	} {
		var lines []string
		for i, code := range test.codes {
			lines = append(lines, failing(fmt.Sprintf("e%d", i), "DeleteBucket", "alice", code))
		}
		o := run(t, hunt.Options{Set: rules(t, hidden, manyDeleted), Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", lines...)}}})
		if want := []string{test.want + " Many buckets deleted e0,e1"}; !slices.Equal(levelledTexts(t, o.lines), want) {
			t.Errorf("%s: got %q, want %q", test.name, levelledTexts(t, o.lines), want)
		}
	}
}

// Windows events show no outcome, so that the level of the rule stays.
func TestUnknownOutcomeKeepsTheLevelOfTheRule(t *testing.T) {
	rule := strings.Replace(strings.Replace(deleteRule, "{product: aws, service: cloudtrail}", "{product: windows, service: security}", 1),
		"eventName: DeleteBucket", "EventID: 4688", 1)
	line := `{"Event":{"System":{"EventID":4688,"EventRecordID":1,"Channel":"Security","Computer":"h","TimeCreated":{"@SystemTime":"2026-03-10T11:00:00Z"}}}}`
	o := run(t, hunt.Options{Set: rules(t, rule), Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", line)}}})
	if len(o.lines) != 1 || !strings.HasPrefix(levelledTexts(t, o.lines)[0], "high ") {
		t.Errorf("got %q, want level high", o.lines)
	}
}

func TestMinLevelWorksOnFindings(t *testing.T) {
	logs := write(t, "logs.jsonl", failing("e1", "DeleteBucket", "alice", ""), failing("e2", "DeleteBucket", "bob", "AccessDenied"))
	low := strings.Replace(strings.Replace(deleteRule, "level: high", "level: low", 1), "refused: low", "refused: informational", 1)
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"a.yml": {Data: []byte(low)}}}}, ruleset.Options{MinLevel: "high"})
	if err != nil || len(set.Rules) != 1 {
		t.Fatalf("got %d rules (%v), want the rule that may be critical", len(set.Rules), err)
	}
	o := run(t, hunt.Options{Set: set, MinLevel: finding.High, Source: &hunt.Files{Paths: []string{logs}}})
	if got := levelledTexts(t, o.lines); !slices.Equal(got, []string{"critical Bucket deleted e1"}) {
		t.Errorf("got %q", got)
	}
	if o.ledger.Findings.Below != 1 || o.summary.Events != 1 {
		t.Errorf("got %d left out and %d events, want 1 and 1", o.ledger.Findings.Below, o.summary.Events)
	}
}

func TestLevelsOfTheConfigurationWin(t *testing.T) {
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"a.yml": {Data: []byte(deleteRule)}}}},
		ruleset.Options{Levels: map[string]string{"0a1b2c3d-0000-4000-8000-000000000011": "informational"}})
	if err != nil {
		t.Fatal(err)
	}
	o := run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", failing("e1", "DeleteBucket", "alice", ""))}}})
	if got := levelledTexts(t, o.lines); !slices.Equal(got, []string{"informational Bucket deleted e1"}) {
		t.Errorf("got %q", got)
	}
}

// Only successes count as earlier deeds, and each principal has a first one.
func TestFirstDeedOfAPrincipal(t *testing.T) {
	rule := strings.Replace(deleteRule, "{succeeded: critical, refused: low, failed: medium}", "{refused: low, first: critical}", 1)
	logs := write(t, "logs.jsonl", failing("e1", "DeleteBucket", "alice", "AccessDenied"), failing("e2", "DeleteBucket", "alice", ""),
		failing("e3", "DeleteBucket", "alice", ""), failing("e4", "DeleteBucket", "bob", ""))
	o := run(t, hunt.Options{Set: rules(t, rule), Source: &hunt.Files{Paths: []string{logs}}})
	want := []string{"low Bucket deleted e1", "critical Bucket deleted e2", "high Bucket deleted e3", "critical Bucket deleted e4"}
	if got := levelledTexts(t, o.lines); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The fields that a rule wants to show are facts of its findings, and of the correlations that count it, with a limit on
// the number of values.
func TestFieldsOfARuleAreFacts(t *testing.T) {
	shownRule := strings.Replace(deleteRule, "condition: s\n", "condition: s\nfields:\n  - requestParameters.bucketName as bucket\n  - userIdentity.userName\n  - no.such.field\n  - requestParameters.list\n", 1)
	list := strings.TrimSuffix(strings.Repeat(`"v%d",`, 12), ",")
	for i := range 12 {
		list = strings.Replace(list, "%d", fmt.Sprint(i), 1)
	}
	line := strings.Replace(failing("e1", "DeleteBucket", "alice", ""), `"eventVersion"`, `"requestParameters":{"bucketName":"b","list":[`+list+`]},"eventVersion"`, 1)
	logs := write(t, "logs.jsonl", line, strings.Replace(strings.Replace(line, "e1", "e2", 1), `"b"`, `"c"`, 1))
	texts := func(line string) []string {
		var f struct {
			Facts []struct{ Name, Value string }
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, fact := range f.Facts {
			list = append(list, fact.Name+" "+fact.Value)
		}
		return list
	}
	o := run(t, hunt.Options{Set: rules(t, shownRule), Source: &hunt.Files{Paths: []string{logs}}})
	got := texts(o.lines[0])
	if len(got) != 13 || !slices.Equal(got[:3], []string{"bucket b", "userIdentity.userName alice", "requestParameters.list v0"}) || got[12] != "requestParameters.list and 2 more" {
		t.Errorf("got %q, want bucket, user, ten values and the number of the others", got)
	}
	o = run(t, hunt.Options{Set: rules(t, shownRule, manyDeleted), Source: &hunt.Files{Paths: []string{logs}}})
	if got := texts(o.lines[0]); len(o.lines) != 1 || !slices.Contains(got, "bucket b") || !slices.Contains(got, "bucket c") {
		t.Errorf("got %q of a correlation, want the buckets of all its events", got)
	}
}
