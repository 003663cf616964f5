package setup

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/lake"
)

func TestLimitsComeBeforeTheLakesSettings(t *testing.T) {
	l, err := find(t, strings.Replace(lakes, "    user: egret\n", "    user: egret\n    budget: 1GB\n    slice: 2d\n    concurrency: 3\n", 1), LakeOptions{Lake: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	var o lake.Options
	if err := (Limits{}).Apply(l, &o); err != nil || o.Budget != 1e9 || o.Chunk != 48*time.Hour || o.InFlight != 3 || o.AllTime {
		t.Errorf("settings: got %+v, %v", o, err)
	}
	limits := Limits{Budget: "10USD", Price: "5", Chunk: "1d", InFlight: 7, Accounts: []string{"111122223333"}, AllTime: true}
	if err := limits.Apply(l, &o); err != nil || o.Budget != 2e12 || o.Price != 5 || o.Chunk != 24*time.Hour || o.InFlight != 7 || len(o.Accounts) != 1 || !o.AllTime {
		t.Errorf("limits: got %+v, %v", o, err)
	}
	for want, limits := range map[string]Limits{
		"--budget": {Budget: "much"}, "needs a price": {Budget: "5USD"}, "--price-per-tb": {Price: "x"}, "--chunk": {Chunk: "x"},
		"whole days": {Chunk: "36h"}, "--in-flight": {InFlight: -1}, "--account": {Accounts: []string{"1111"}},
	} {
		if err := limits.Apply(l, &o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", limits, err, want)
		}
	}
}

func TestChoicesAndHints(t *testing.T) {
	text := strings.Replace(twoRules, "level: low\n", "level: low\nname: one\ntags: [attack.t1078.004]\n", 1)
	c := configured(t, "rules: ["+write(t, "rules.yml", text)+"]\ndisabled: [unknown-id]\n")
	r, err := LoadRules(t.Context(), c, RuleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a11\tOne", "6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a12\tTwo", "one\tOne"}
	if got := r.Choices(false); !slices.Equal(got, want) {
		t.Errorf("choices: got %q, want %q", got, want)
	}
	if got, want := r.Choices(true), append([]string{"T1078", "T1078.004"}, want...); !slices.Equal(got, want) {
		t.Errorf("choices with tags: got %q, want %q", got, want)
	}
	hints := strings.Join(r.Unmatched(&RuleOptions{Include: []string{"one", "nothing"}, Exclude: []string{"none"}}), "\n")
	for _, want := range []string{"--include nothing: ", "--exclude none: ", "no rule has the id unknown-id"} {
		if !strings.Contains(hints, want) {
			t.Errorf("hints lack %q:\n%s", want, hints)
		}
	}
	if strings.Contains(hints, "--include one") {
		t.Errorf("a hint about a rule that is there:\n%s", hints)
	}
}
