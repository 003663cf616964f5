package testkit

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// TestNaiveOnInvictus checks the naive evaluator itself: on CloudTrail logs of a real exercise it must find the pairs
// of rule and event on which two evaluators of other projects agree.
func TestNaiveOnInvictus(t *testing.T) {
	events := invictusEvents(t)
	var truth map[string]struct {
		EventIDs []string `json:"event_ids"`
	}
	readJSON(t, Shared(t, "data", "invictus-sigmahq-truth.json"), &truth)
	want, got := map[string][]string{}, map[string][]string{}
	pairs := 0
	for id, entry := range truth {
		if len(entry.EventIDs) > 0 {
			want[id] = slices.Sorted(slices.Values(entry.EventIDs))
			pairs += len(entry.EventIDs)
		}
	}
	if pairs != 109 {
		t.Fatalf("got %d expected pairs", pairs)
	}
	for _, rule := range rulesBelow(t, Shared(t, "data", "sigmahq", "rules", "cloud", "aws")) {
		naive, err := CompileNaive(rule, Options{})
		if err != nil {
			t.Errorf("%s: %v", rule.Title, err)
			continue
		}
		for id, event := range events {
			if naive.Match(event) {
				got[rule.ID] = append(got[rule.ID], id)
			}
		}
		slices.Sort(got[rule.ID])
		if len(got[rule.ID]) == 0 {
			delete(got, rule.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
}

// TestNaiveCompilesPublicRules checks that every public rule that the parser accepts compiles or has an unresolved
// placeholder.
func TestNaiveCompilesPublicRules(t *testing.T) {
	compiled := 0
	for _, rule := range rulesBelow(t, Shared(t, "data", "sigmahq")) {
		if _, err := CompileNaive(rule, Options{}); err != nil && !strings.Contains(err.Error(), ErrUnresolvedPlaceholder.Error()) {
			t.Errorf("%s: %v", rule.Title, err)
			continue
		}
		compiled++
	}
	if compiled < 4000 {
		t.Errorf("got only %d rules", compiled)
	}
}

func invictusEvents(t *testing.T) map[string]*Event {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Shared(t, "data", "invictus"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	events := map[string]*Event{}
	for _, file := range files {
		var log struct{ Records []json.RawMessage }
		readJSON(t, file, &log)
		for _, record := range log.Records {
			event, err := DecodeEvent(string(record))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			events[event.root.child("eventID").text] = event
		}
	}
	return events
}

// rulesBelow parses all rules of a folder.
func rulesBelow(t *testing.T, root string) []*sigma.Rule {
	t.Helper()
	var rules []*sigma.Rule
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yml" || entry.Name() == "info.yml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			collection, _ := sigma.Parse(source.NewFile(path, string(text)))
			rules = append(rules, collection.Rules...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
