package rulepack_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/testkit"
)

// told is the story of a public log with the embedded rules, and the intrusion of each finding.
type told struct {
	*story.Story
	// ids are the intrusions of the findings of an event, agents whether each finding of an intrusion is of people who
	// prepare, clean up or administrate.
	ids      map[string]map[int]bool
	foreign  map[int]int
	findings map[int]int
}

func storyOfShared(t *testing.T, foreign func(f *finding.Finding) bool, path ...string) told {
	t.Helper()
	logs := testkit.Shared(t, path...)
	set, list, err := ruleset.Load(context.Background(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	result, err := hunt.Run(context.Background(), hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{logs}}, Threads: 2, Trace: true})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	b := story.NewBuilder(nil)
	each := func(yield func(f *finding.Finding)) {
		if _, err := result.Each(context.Background(), 0, nil, func(f *finding.Finding) error { yield(f); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	each(b.Add)
	s, err := b.Story(result.Records(), &result.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	out := told{Story: s, ids: map[string]map[int]bool{}, foreign: map[int]int{}, findings: map[int]int{}}
	each(func(f *finding.Finding) {
		i := b.IntrusionOf(f)
		for _, id := range f.EventIDs {
			if out.ids[id] == nil {
				out.ids[id] = map[int]bool{}
			}
			out.ids[id][i] = true
		}
		out.findings[i]++
		if foreign(f) {
			out.foreign[i]++
		}
	})
	return out
}

// TestStoryOfPublicExercise: the labelled attacks are one or two intrusions, in which at most a tenth of the findings are set-up,
// clean-up or administrators; and the first screen has the answer.
func TestStoryOfPublicExercise(t *testing.T) {
	text, err := os.ReadFile(testkit.Shared(t, "data", "invictus-attacks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var attacks []struct {
		ID     string   `json:"stratus_id"`
		Events []string `json:"evidence_event_ids"`
	}
	if err := json.Unmarshal(text, &attacks); err != nil {
		t.Fatal(err)
	}
	s := storyOfShared(t, func(f *finding.Finding) bool {
		for _, agent := range f.Facts.Agents {
			if strings.Contains(agent, "Terraform") {
				continue
			}
			for _, a := range f.Facts.Addresses {
				if !strings.HasPrefix(a, "10.") { // the administrators' addresses
					return false
				}
			}
		}
		return true
	}, "data", "invictus")
	used := map[int]bool{}
	for _, a := range attacks {
		found := false
		for _, id := range a.Events {
			for i := range s.ids[id] {
				if i >= 0 {
					found, used[i] = true, true
				}
			}
		}
		if !found {
			t.Errorf("%s is in no intrusion", a.ID)
		}
	}
	if len(attacks) != 18 || len(used) > 2 {
		t.Errorf("%d attacks are in %d intrusions", len(attacks), len(used))
	}
	for i := range used {
		if s.foreign[i]*10 > s.findings[i] {
			t.Errorf("intrusion %d: %d of %d findings are set-up, clean-up or administrators", i, s.foreign[i], s.findings[i])
		}
	}
	var b strings.Builder
	if err := report.WriteStory(&b, s.Story, report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	screen := strings.Join(strings.Split(b.String(), "\n")[:24], "\n")
	for _, line := range strings.Split(screen, "\n") {
		if len([]rune(line)) > 80 {
			t.Errorf("%d columns: %s", len([]rune(line)), line)
		}
	}
	flat := strings.Join(strings.Fields(screen), " ")
	for what, texts := range map[string][]string{
		"the user, the key, the address": {"user bert-jan", "AKIATFQR7NSC8Q4X20BJ", "192.168.10.20"},
		"roles and their sessions": {
			"ec2-get-password-data-role ASIATFQR7NSCWLLE7IWW", "leave-org-role ASIATFQR7NSCVW2R4OHT", "get-usr-data-role ASIATFQR7NSC2632JLFK",
			"ec2-steal-credentials-role ASIATFQR7NSC36DZQP7P", "ec2lui-role-pcccexdthk ASIATFQR7NSC7TITDFL2", "ec2lui-role-wuzemnoeqa ASIATFQR7NSCXLFJ4S5E",
		},
		"the user and the keys that were made": {"malicious-iam-user", "AKIATFQR7NSCQLA2F4OD", "AKIATFQR7NSC3ZO6PKAZ"},
		"the accounts that got data":           {"012345678901", "012345678912", "193672423079"},
		"trails, with the outcome":             {"succeeded: management events no longer logged", "failed: trail deleted", "logging stopped ×3"},
		"what stands":                          {"stands"},
		"the next steps":                       {"1. disable access key AKIATFQR7NSC8Q4X20BJ of user bert-jan"},
	} {
		for _, text := range texts {
			if !strings.Contains(flat, text) {
				t.Errorf("%s: no %q in the first screen:\n%s", what, text, screen)
			}
		}
	}
}

// TestStoryOfPublicLab: the stolen key of a user is the first intrusion, and the root user at another address is not drawn in.
func TestStoryOfPublicLab(t *testing.T) {
	s := storyOfShared(t, func(f *finding.Finding) bool { return strings.HasSuffix(f.Principal, ":root") }, "data", "sans504")
	if len(s.Intrusions) == 0 {
		t.Fatal("no intrusion")
	}
	for i := range s.Intrusions {
		in := &s.Intrusions[i]
		if len(in.Actors.List) != 1 {
			t.Errorf("intrusion %d has the actors %q", i+1, in.Actors.List)
		}
		if !strings.HasSuffix(in.Principal, "user/jmerckle") {
			continue
		}
		var stands []string
		for _, m := range in.Made {
			if m.Stands() {
				stands = append(stands, m.Text)
			}
		}
		if got := strings.Join(stands, "; "); got != "inline policy zlj9i0k83o of user jmerckle; access key AKIAU7JNXC7KZLY6XYHJ of user jmerckle" {
			t.Errorf("what stands: %s", got)
		}
		return
	}
	t.Error("the user with the stolen key is in no intrusion")
}
