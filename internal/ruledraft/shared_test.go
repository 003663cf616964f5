package ruledraft_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/ruledraft"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
)

// The evidence of each labelled attack of the Invictus data, as samples against the whole log. Where the evidence is one kind of
// call the draft leaves at most one other event in a hundred.
func TestDraftsFromLabelledAttacks(t *testing.T) {
	logs := testkit.Shared(t, "data", "invictus")
	text, err := os.ReadFile(testkit.Shared(t, "data", "invictus-attacks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var attacks []struct {
		ID     string   `json:"stratus_id"`
		Names  []string `json:"evidence_event_names"`
		Events []string `json:"evidence_event_ids"`
	}
	if err := json.Unmarshal(text, &attacks); err != nil {
		t.Fatal(err)
	}
	records := recordsOf(t, logs)
	o := ruledraft.Options{Schemas: schema.All(), Workers: 2}
	tried := 0
	for _, a := range attacks {
		var lines []string
		for _, id := range a.Events {
			if r := records[id]; r != nil {
				lines = append(lines, string(r))
			}
		}
		if len(lines) == 0 || len(a.Names) != 1 {
			continue
		}
		tried++
		file := filepath.Join(t.TempDir(), "samples.jsonl")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
		samples, err := ruledraft.Read(context.Background(), []string{file}, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := samples.Compare(context.Background(), []string{logs}); err != nil {
			t.Fatal(err)
		}
		rule, err := samples.Rule(ruledraft.Head{Title: "Draft", ID: "8d1f0a52-7c2e-4f7e-9f61-3f3c6b8d2a01", Date: "2026-03-01"})
		if err != nil {
			t.Fatal(err)
		}
		set, list, err := ruleset.Load(context.Background(), []ruleset.Folder{{FS: fstest.MapFS{"draft.yml": {Data: []byte(rule)}}}}, ruleset.Options{Schemas: schema.All()})
		if err != nil || list.HasErrors() {
			t.Fatal(err, list)
		}
		counts, err := samples.Measure(context.Background(), set, []string{logs})
		if err != nil {
			t.Fatal(err)
		}
		if counts.Found != counts.Samples || counts.Rest*100 > counts.Others || counts.Others < 2800 {
			t.Errorf("%s: %+v\n%s", a.ID, counts, rule)
		}
		if slices.ContainsFunc(strings.Split(rule, "\n"), func(line string) bool {
			return strings.HasPrefix(line, "  ") && strings.Contains(line, "stratus-red-team")
		}) {
			t.Errorf("%s: the rule asks for the name of the tool:\n%s", a.ID, rule)
		}
	}
	if tried < 10 {
		t.Errorf("tried %d attacks, want at least 10", tried)
	}
}

// recordsOf returns the records of a folder of CloudTrail files by their ids.
func recordsOf(t *testing.T, dir string) map[string]json.RawMessage {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]json.RawMessage{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var content struct{ Records []json.RawMessage }
		if err := json.Unmarshal(text, &content); err != nil {
			continue // notes beside the logs
		}
		for _, r := range content.Records {
			var id struct {
				ID string `json:"eventID"`
			}
			if err := json.Unmarshal(r, &id); err != nil {
				t.Fatal(err)
			}
			records[id.ID] = r
		}
	}
	return records
}
