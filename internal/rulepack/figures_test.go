package rulepack_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
)

// serious has what the tests below check of a finding of level medium or above.
type serious struct {
	title  string
	level  finding.Level
	ids    []string
	action string // action of the first event
}

// huntStarter hunts public test data with the starter pack.
func huntStarter(t *testing.T, name string) []serious {
	t.Helper()
	path := testkit.Shared(t, name)
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{path}}, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := result.Close(); err != nil {
			t.Error(err)
		}
	})
	var out []serious
	_, err = result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		if f.Level >= finding.Medium {
			out = append(out, serious{f.Rule.Title, f.Level, append([]string{}, f.EventIDs...), f.Action})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStarterFindsTheLabelledAttacks counts an attack as found if a finding of level medium or above has one of its
// evidence ids and at least half of the finding's ids belong to its evidence.
func TestStarterFindsTheLabelledAttacks(t *testing.T) {
	text, err := os.ReadFile(testkit.Shared(t, "data/invictus-attacks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var attacks []struct {
		Name     string   `json:"name"`
		Evidence []string `json:"evidence_event_ids"`
	}
	if err := json.Unmarshal(text, &attacks); err != nil {
		t.Fatal(err)
	}
	attackOf := map[string]int{}
	for i, attack := range attacks {
		for _, id := range attack.Evidence {
			attackOf[id] = i
		}
	}
	found := make([]bool, len(attacks))
	var noise []string
	for _, f := range huntStarter(t, "data/invictus") {
		evidence := map[int]int{}
		for _, id := range f.ids {
			if attack, ok := attackOf[id]; ok {
				evidence[attack]++
			}
		}
		for attack, n := range evidence {
			found[attack] = found[attack] || 2*n >= len(f.ids)
		}
		if len(evidence) == 0 {
			noise = append(noise, f.title)
		}
	}
	for i, attack := range attacks {
		if !found[i] {
			t.Errorf("attack not found: %s", attack.Name)
		}
	}
	if len(noise) > 14 {
		t.Errorf("got %d findings without labelled evidence, want at most 14: %q", len(noise), noise)
	}
}

// TestStarterOnARansomwareLab limits the noise on four days of logs in which log delivery makes nine of ten events. The
// lab's objects were overwritten before the data events of their bucket were recorded, so the only mass writes of
// objects in these files are log files, and the bucket refused most of them.
func TestStarterOnARansomwareLab(t *testing.T) {
	findings := huntStarter(t, "data/sans504")
	if len(findings) > 10 {
		t.Errorf("got %d findings of level medium and above, want at most 10", len(findings))
	}
	objects, rights := false, false
	for _, f := range findings {
		if f.level < finding.High {
			continue
		}
		objects = objects || f.action == "PutObject" && len(f.ids) > 1000
		rights = rights || f.action == "PutUserPolicy"
	}
	if !objects {
		t.Error("got no finding of level high for the mass writes of objects")
	}
	if !rights {
		t.Error("got no finding of level high for the user that granted itself all permissions")
	}
}
