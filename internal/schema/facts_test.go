package schema

import "testing"

// TestEmbeddedFactsLoad reads the facts of every schema: a fault would show only in a hunt with findings.
func TestEmbeddedFactsLoad(t *testing.T) {
	for _, s := range All() {
		if _, err := s.loadEmbeddedFacts(data); err != nil {
			t.Error(err)
		}
	}
	if f := ByName("cloudtrail").Facts(); !f.Known || len(f.Targets) == 0 || len(f.Notable) == 0 {
		t.Error("got no facts for cloudtrail")
	}
}
