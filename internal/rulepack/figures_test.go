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

// serious is what the figures below look at of a finding of level medium or above.
type serious struct {
	title  string
	level  finding.Level
	ids    []string
	action string // of the first event
}

// huntStarter hunts public test data with the starter pack.
func huntStarter(t *testing.T, name string) []serious {
	t.Helper()
	path := testkit.Shared(t, name)
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Paths: []string{path}, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := result.Close(); err != nil {
			t.Error(err)
		}
	})
	var out []serious
	_, err = result.Each(0, func(f *finding.Finding) error {
		if f.Rule.Level >= finding.Medium {
			out = append(out, serious{f.Rule.Title, f.Rule.Level, append([]string{}, f.EventIDs...), f.Action})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStarterFindsTheLabelledAttacks: an attack is found when a finding of level medium or above holds one of its
// evidence ids and at least half of the finding's ids are its evidence.
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
			t.Errorf("not found: %s", attack.Name)
		}
	}
	if len(noise) > 20 {
		t.Errorf("%d findings without labelled evidence, want at most 20: %q", len(noise), noise)
	}
}

// TestStarterOnARansomwareLab pins the noise on four days of which log delivery makes nine events in ten. The lab's
// objects were overwritten before their bucket's data events were recorded, so the only mass of object writes in these
// files are log files, the better part of them refused by the bucket.
func TestStarterOnARansomwareLab(t *testing.T) {
	findings := huntStarter(t, "data/sans504")
	if len(findings) > 23 {
		t.Errorf("%d findings of level medium and above, want at most 23, one for a thousand events", len(findings))
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
		t.Error("no finding of level high on the mass of object writes")
	}
	if !rights {
		t.Error("no finding of level high on the user that gave itself every right")
	}
}
