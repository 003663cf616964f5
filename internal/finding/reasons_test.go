package finding_test

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

// TestReasonsOrder: the largest count comes first, equal ones by their text, however they were counted.
func TestReasonsOrder(t *testing.T) {
	var r finding.Reasons
	r.AddN("rare", 1)
	r.AddN("b", 3)
	r.AddN("frequent", 5)
	r.AddN("a", 3)
	r.Sort()
	var got []string
	for _, reason := range r.Reasons {
		got = append(got, reason.Reason)
	}
	if want := []string{"frequent", "a", "b", "rare"}; !slices.Equal(got, want) || r.Total != 12 {
		t.Errorf("%q of %d, want %q of 12", got, r.Total, want)
	}
}
