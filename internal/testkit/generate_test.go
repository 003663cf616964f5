package testkit

import (
	"math/rand/v2"
	"testing"

	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// TestRandomRules checks the generators themselves: every rule is accepted, every event is JSON, and enough pairs match
// for a comparison to mean something.
func TestRandomRules(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	options := RandomOptions()
	var events []*Event
	for range 200 {
		text := RandomEvent(rng)
		e, err := DecodeEvent(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		events = append(events, e)
	}
	pairs, matched, mixed := 0, 0, 0
	rules := 1000
	for range rules {
		text := RandomRule(rng)
		collection, diagnostics := sigma.Parse(source.NewFile("random.yml", text))
		if errs := failures(diagnostics); len(errs) > 0 || len(collection.Rules) != 1 {
			t.Fatalf("%v\n%s", errs, text)
		}
		naive, err := CompileNaive(collection.Rules[0], options)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		here := 0
		for _, e := range events {
			if naive.Match(e) {
				here++
			}
		}
		pairs, matched = pairs+len(events), matched+here
		if here > 0 && here < len(events) {
			mixed++
		}
	}
	if share := float64(matched) / float64(pairs); share < 0.15 || share > 0.85 {
		t.Errorf("%.0f %% of the pairs match", 100*share)
	}
	if mixed < rules/3 {
		t.Errorf("only %d of %d rules tell events apart", mixed, rules)
	}
	t.Logf("%d of %d pairs match, %d of %d rules tell events apart", matched, pairs, mixed, rules)
}
