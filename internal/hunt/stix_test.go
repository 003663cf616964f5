package hunt_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	logs "github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/stix"
)

// stixEvent is a record of the public events in a file of its own.
type stixEvent struct{ name, source, path string }

// stixEvents writes the public events, each to its own file, and returns them with their names by the ids of their events.
func stixEvents(t *testing.T) (list []stixEvent, byID map[string]string) {
	t.Helper()
	return changedEvents(t, func(records []string) []string { return records })
}

// changedEvents are the public events after change has changed the records of each file, whose first is that of a header in text files. An
// event with the id of another is left out.
func changedEvents(t *testing.T, change func(records []string) []string) (list []stixEvent, byID map[string]string) {
	t.Helper()
	dir := filepath.Join(testkit.Shared(t, "data/stix"), "events")
	index, err := os.ReadFile(filepath.Join(dir, "observed-data.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string][]string{}
	out := t.TempDir()
	for line := range strings.Lines(string(index)) {
		var e struct {
			Event, Source, File string
			At                  int
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if contents[e.File] == nil {
			text, err := os.ReadFile(filepath.Join(dir, e.File))
			if err != nil {
				t.Fatal(err)
			}
			contents[e.File] = change(records(t, e.File, text))
		}
		text := contents[e.File][e.At-1]
		if strings.HasSuffix(e.File, ".log") {
			text = contents[e.File][0] + "\n" + text
		}
		path := filepath.Join(out, e.Event+filepath.Ext(e.File))
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		list = append(list, stixEvent{e.Event, e.Source, path})
	}
	byID = map[string]string{}
	var walker value.Walker
	return slices.DeleteFunc(list, func(e stixEvent) bool {
		left := true // unless there is a record
		reader := logs.NewReader(logs.Options{})
		err := reader.Run(context.Background(), []string{e.path}, 1, func(_ int, b *logs.Batch) error {
			for r := b.Next(); r != nil; r = b.Next() {
				walker.Reset()
				id, ok := r.Schema.AppendEventID(nil, &walker, r.Doc)
				if !ok {
					id = []byte(e.path)
				}
				if left = byID[string(id)] != ""; !left {
					byID[string(id)] = e.name
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return left
	}), byID
}

// records returns the records of a file as text; of JSON with Records from the second place on.
func records(t *testing.T, name string, text []byte) []string {
	t.Helper()
	if !strings.HasSuffix(name, ".json") {
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	var trail struct{ Records []json.RawMessage }
	if err := json.Unmarshal(text, &trail); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range trail.Records {
		list = append(list, `{"Records":[`+strings.ReplaceAll(string(r), "\n", " ")+`]}`)
	}
	return list
}

// stixSet returns the rules of a pattern, and the diagnostics.
func stixSet(t *testing.T, pattern string, oasis bool) (*ruleset.Set, diag.List) {
	t.Helper()
	made, list := stixhunt.Make([]*stixhunt.Indicator{stixhunt.Alone("pattern", pattern, stix.V21)}, stixhunt.Options{Schemas: schema.All(), OASIS: oasis})
	set, more, err := ruleset.Load(context.Background(), nil, ruleset.Options{Lowered: []*ruleset.Lowered{made.Lowered}})
	if err != nil || more.HasErrors() {
		t.Fatal(err, more)
	}
	return set, list
}

// found returns the names of the events in findings.
func found(t *testing.T, o outcome, byID map[string]string) []string {
	t.Helper()
	var names []string
	for _, line := range o.lines {
		var f struct {
			IDs []string `json:"event_ids"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		for _, id := range f.IDs {
			name := byID[id]
			if name == "" {
				name = byID[strings.SplitN(id, "#", 2)[0]]
			}
			if name == "" {
				t.Errorf("no event has the id %q", id)
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// stixCase is a case of the public events.
type stixCase struct {
	ID, Pattern           string
	Events, Sources, Only []string
	Refuse                bool
	Mixed                 *struct{ Events []string }
}

func stixCases(t *testing.T) []stixCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testkit.Shared(t, "data/stix"), "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var list []stixCase
	for line := range strings.Lines(string(text)) {
		var c stixCase
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// TestSTIXCases hunts patterns over the public events as logs. The expected events are those of OASIS's stix2-matcher or, where it is
// not followed, of the specification.
func TestSTIXCases(t *testing.T) {
	events, byID := stixEvents(t)
	if len(events) != 74 {
		t.Fatalf("got %d events", len(events))
	}
	right, step := 0, testkit.Rounds(6, 3, 1)
	for n, c := range stixCases(t) {
		// TestSTIXCasesTogether hunts the patterns about all events too.
		if together := !c.Refuse && len(c.Sources)+len(c.Only) == 0; n%step != 0 && (together || testing.Short()) {
			continue
		}
		set, list := stixSet(t, c.Pattern, false)
		if c.Refuse {
			if !list.HasErrors() || list[0].Span.IsZero() || len(set.Rules) > 0 {
				t.Errorf("%s %s: got %v, want an error with a position", c.ID, c.Pattern, list)
				continue
			}
			right++
			continue
		}
		if list.HasErrors() {
			t.Errorf("%s %s: %v", c.ID, c.Pattern, list)
			continue
		}
		var paths []string
		for _, e := range events {
			if (len(c.Sources) == 0 || slices.Contains(c.Sources, e.source)) && (len(c.Only) == 0 || slices.Contains(c.Only, e.name)) {
				paths = append(paths, e.path)
			}
		}
		want := c.Events
		if c.Mixed != nil {
			want = c.Mixed.Events
		}
		slices.Sort(want)
		got := found(t, run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: paths}}), byID)
		if !slices.Equal(got, want) {
			t.Errorf("%s %s:\ngot  %v\nwant %v", c.ID, c.Pattern, got, want)
			continue
		}
		right++
	}
	t.Logf("%d cases right", right)
}
