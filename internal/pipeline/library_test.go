package pipeline

import "testing"

// Every embedded pipeline loads, has a title, and names what it is for.
func TestEmbedded(t *testing.T) {
	for _, name := range Names() {
		p := Embedded(name)
		if p == nil || p.Name == "" || len(p.steps) == 0 {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}
