package testkit

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// TestRandomSTIXPatterns checks that random patterns are valid and that shrinking keeps what fails.
func TestRandomSTIXPatterns(t *testing.T) {
	w := NewSTIXWords([]*stixmatch.Observation{{Objects: map[string]stixmatch.Object{
		"0": {"type": "ipv4-addr", "value": "192.0.2.1"},
		"1": {"type": "network-traffic", "src_ref": "0", "dst_port": 22, "protocols": []any{"tcp"}, "extensions": map[string]any{"x-ext": map[string]any{"it's": "é"}}},
	}}})
	if got := strings.Join(w.paths, " "); !strings.Contains(got, "network-traffic:src_ref.value") || !strings.Contains(got, "network-traffic:protocols[*]") {
		t.Errorf("got paths %s", got)
	}
	parses := func(text string) bool {
		p, list := stix.Parse(source.NewFile("pattern", text), stix.V21)
		return p != nil && !list.HasErrors()
	}
	rng := rand.New(rand.NewPCG(1, 14))
	valid := 0
	for range 500 {
		text := w.Pattern(rng)
		if !parses(text) {
			t.Errorf("not a pattern: %s", text)
			continue
		}
		valid++
	}
	if valid < 300 {
		t.Errorf("got %d valid patterns of 500", valid)
	}
	got := ShrinkSTIX("([a:b[*].c = 'x y' OR a:b = 1] AND [d:e LIKE '%]'])", func(text string) bool { return parses(text) && strings.Contains(text, "'x y'") })
	if want := "[a:b[*].c = 'x y']"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
