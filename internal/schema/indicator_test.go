package schema

import (
	"slices"
	"testing"
)

// TestIndicatorsNameFieldsOnce checks that the fields of indicators are fields that the log source documents, and that other
// spellings of a field are not fields of their own: a hunt would warn of them.
func TestIndicatorsNameFieldsOnce(t *testing.T) {
	for _, s := range All() {
		for _, kind := range IndicatorKinds {
			for _, field := range s.Indicators(kind) {
				if near, unknown := s.Unknown(field); unknown {
					t.Errorf("%s: %s %s is no field of the log (near %q)", s.Name, kind, field, near)
				}
			}
		}
	}
	if got, want := ByName("kubernetes").Indicators("address"), []string{"sourceIPs"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
