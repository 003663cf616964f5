package explain

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

const loginRule = `title: Root login
id: 6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a11
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: ConsoleLogin, userIdentity.type: Root}, condition: selection}
`

const events = `{"eventVersion":"1.08","eventID":"a","eventTime":"2026-03-10T12:00:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser"}}
{"eventVersion":"1.08","eventID":"b","eventTime":"2026-03-10T12:00:01Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","userIdentity":{"type":"IAMUser"}}
{"eventVersion":"1.08","eventID":"c","eventTime":"2026-03-10T12:00:02Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{"type":"Root"}}
`

// load loads rules from a text.
func load(t *testing.T, text string) *ruleset.Set {
	t.Helper()
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(text)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return set
}

func TestStagesPrintWhatIsAskedFor(t *testing.T) {
	set := load(t, loginRule)
	rules, correlations := Find(set, "root LOGIN", false)
	if len(rules) != 1 || len(correlations) != 0 {
		t.Fatalf("Find: got %d rules and %d correlations", len(rules), len(correlations))
	}
	for _, stage := range Stages {
		var out strings.Builder
		New(&out, set, Options{Stage: stage, Schemas: schema.All(), Chain: pipeline.NewChain(nil, pipeline.Embedded("ecs_cloudtrail"))}).Stages(rules, correlations)
		if first, _, _ := strings.Cut(out.String(), " "); first != stage {
			t.Errorf("stage %s begins with %q:\n%s", stage, first, out.String())
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("stage %s has colors, want none", stage)
		}
	}
	var out strings.Builder
	New(&out, set, Options{Schemas: schema.All(), Color: true}).Stages(rules, correlations)
	if !strings.Contains(out.String(), "\x1b[1;36mmatch\x1b[0m") {
		t.Errorf("no colours in\n%s", out.String())
	}
}

// TestEventsThatMatchComeFirst checks that matching events come first, then the nearest, and that the others are
// counted.
func TestEventsThatMatchComeFirst(t *testing.T) {
	set := load(t, loginRule)
	var out strings.Builder
	e := New(&out, set, Options{Event: "-", Schemas: schema.All(), MaxEvents: 2})
	if err := e.Events(t.Context(), strings.NewReader(events), set.Rules, nil); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !strings.HasPrefix(text, "events 1 of 3 match") || strings.Index(text, "event c") > strings.Index(text, "event a") ||
		strings.Contains(text, "event b") || !strings.Contains(text, "and 1 more, 0 of them matching") {
		t.Errorf("got\n%s", text)
	}
}

func TestRankingKeepsTheNearest(t *testing.T) {
	r := ranking{limit: 2}
	for _, c := range []struct {
		missing int
		text    string
		wanted  bool
	}{{3, "d", true}, {1, "b", true}, {5, "e", false}, {0, "a", true}, {1, "b", false}, {foreign, "x", false}} {
		if got := r.wants(c.missing); got != c.wanted {
			t.Errorf("wants(%d): got %v, want %v", c.missing, got, c.wanted)
		} else if got {
			r.add(c.missing, c.text)
		}
	}
	var texts []string
	for _, event := range r.shown {
		texts = append(texts, event.text)
	}
	if got := strings.Join(texts, ""); got != "ab" || r.count != 6 || r.held != 1 || r.strange != 1 {
		t.Errorf("got %s of %+v, want ab", got, r)
	}
}
