package story_test

import (
	"fmt"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/value"
)

// made returns a finding of a key at a second.
func made(rule *finding.Rule, key string, second int) *finding.Finding {
	at := value.Time{Nanos: int64(second) * 1e9}
	f := &finding.Finding{Rule: rule, Level: finding.High, Schema: "cloudtrail", Time: at, First: at, Last: at, EventIDs: []string{"e"}, Count: 1}
	f.Principal, f.Session, f.Address = "arn:aws:iam::111122223333:user/"+key, key, "198.51.100.7"
	f.Facts = finding.Facts{Examined: 1, Actors: []finding.Actor{{Principal: f.Principal, Session: key}}, Addresses: []string{"198.51.100.7"}}
	f.Facts.Outcomes.Counts[finding.Succeeded] = 1
	return f
}

// TestStoryIsBounded: findings of more actors than fit are counted, and none is lost.
func TestStoryIsBounded(t *testing.T) {
	rule := &finding.Rule{ID: "r", Title: "R"}
	b := story.NewBuilder(nil)
	const actors = 20_000
	for i := range actors {
		b.Add(made(rule, fmt.Sprintf("AKIA%016d", i), i%1000))
	}
	s, err := b.Story(story.Records{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	total := s.MoreFindings + s.MoreApartFindings
	for i := range s.Intrusions {
		total += s.Intrusions[i].Findings
	}
	for i := range s.Apart {
		total += s.Apart[i].Findings
	}
	if total != actors || len(s.Intrusions) > 100 || s.NotFollowed == "" {
		t.Errorf("got %d findings in all, %d intrusions, not followed %q", total, len(s.Intrusions), s.NotFollowed)
	}
}

// TestStoryOfManyFindings: a million findings of one key are one intrusion with exact counts.
func TestStoryOfManyFindings(t *testing.T) {
	rule := &finding.Rule{ID: "r", Title: "R"}
	b := story.NewBuilder(nil)
	n := 1_000_000
	if testing.Short() {
		n = 20_000
	}
	f := made(rule, "AKIAEXAMPLE000000001", 0)
	for i := range n {
		f.Facts.Targets = []finding.Target{{Type: "object", Name: fmt.Sprint(i), Outcome: finding.Succeeded, Count: 1}}
		b.Add(f)
	}
	s, err := b.Story(story.Records{}, nil)
	if err != nil || len(s.Intrusions) != 1 || s.Intrusions[0].Findings != n || s.Intrusions[0].Outcomes.Counts[finding.Succeeded] != n {
		t.Fatalf("got %+v, %v", s, err)
	}
	if d := s.Intrusions[0].Steps[0].Deeds[0]; len(d.Targets.List)+d.Targets.More != n {
		t.Errorf("got %d targets and %d more, want %d", len(d.Targets.List), d.Targets.More, n)
	}
}
