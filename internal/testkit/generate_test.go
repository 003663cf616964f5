package testkit

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// TestRandomRules checks the generators: every rule is valid, every event is JSON, and enough pairs match for a
// meaningful comparison.
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
			t.Fatalf("got %v\n%s", errs, text)
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
		t.Errorf("got a match for %.0f %% of the pairs", 100*share)
	}
	if mixed < rules/3 {
		t.Errorf("got only %d of %d rules that match some events and not others", mixed, rules)
	}
	t.Logf("%d of %d pairs match, %d of %d rules match some events and not others", matched, pairs, mixed, rules)
}

// TestRandomCorrelations checks the generator: every collection is valid and can be evaluated, and every type sometimes
// has findings and sometimes none.
func TestRandomCorrelations(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	found, silent := map[string]int{}, map[string]int{}
	for range Rounds(1000, 2000, 2000) {
		text := RandomCorrelation(rng)
		collection, diagnostics := sigma.Parse(source.NewFile("random.yml", text))
		if errs := failures(diagnostics); len(errs) > 0 {
			t.Fatalf("got %v\n%s", errs, text)
		}
		out, err := Hunt(collection, RandomStream(rng), Options{})
		if err != nil || len(out.Refused) > 0 {
			t.Fatalf("%v %v\n%s", err, out.Refused, text)
		}
		for correlation, bursts := range out.Bursts {
			if len(bursts) > 0 {
				found[correlation.Type]++
			} else {
				silent[correlation.Type]++
			}
		}
	}
	for _, kind := range sigma.CorrelationTypes {
		if found[kind] < 20 || silent[kind] < 20 {
			t.Errorf("%s: got %d with findings, %d without", kind, found[kind], silent[kind])
		}
	}
}

func TestShrink(t *testing.T) {
	holds := func(items []int) bool { // 3 before 7
		seen := false
		for _, i := range items {
			if i == 7 && seen {
				return true
			}
			seen = seen || i == 3
		}
		return false
	}
	if got := Shrink([]int{1, 3, 9, 7, 3, 7}, holds); len(got) != 2 || got[0] != 3 || got[1] != 7 {
		t.Errorf("got %v", got)
	}
	event := ShrinkEvent(`{"x":[1,{"k":"some needle here","l":2}],"y":null}`, func(text string) bool { return strings.Contains(text, "needle") })
	if want := `{"x":[{"k":"needle"}]}`; event != want {
		t.Errorf("got %s, want %s", event, want)
	}
	rule := ShrinkRule("a\nb\nc\n", func(text string) bool { return strings.Contains(text, "b") })
	if rule != "b\n" {
		t.Errorf("got %q", rule)
	}
}
