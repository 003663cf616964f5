package attack

import (
	"slices"
	"testing"
)

func TestVersions(t *testing.T) {
	// The numbers are those of the lists of the two versions: 697 techniques in 19.1 and 665 in the incomplete list of 17.
	if n, m := len(Techniques(V19)), len(Techniques(V17)); n != 697 || m != 665 {
		t.Errorf("%d and %d techniques, expected 697 and 665", n, m)
	}
	if n, m := len(Tactics(V19)), len(Tactics(V17)); n != 15 || m != 14 {
		t.Errorf("%d and %d tactics, expected 15 and 14", n, m)
	}
	old := FindTechnique("t1562.008")
	if old == nil || old.In(V19) || !old.In(V17) || old.ReplacedBy != "T1685.002" {
		t.Errorf("T1562.008 is %+v, expected one of version 17 that T1685.002 replaces", old)
	}
	for _, technique := range Techniques(V17) {
		if by := technique.ReplacedBy; by != "" && (FindTechnique(by) == nil || !FindTechnique(by).In(V19)) {
			t.Errorf("%s is replaced by %s, which version 19 does not have", technique.ID, by)
		}
	}
	if !IsTactic("stealth", V19) || IsTactic("stealth", V17) || IsTactic("defense-evasion", V19) || IsTactic("", V19) {
		t.Error("the tactics of the versions are mixed up")
	}
	if !IsOther("g0016") || IsOther("g9999") || !IsD3FEND("d3-mfa") || IsD3FEND("mfa") {
		t.Error("groups or techniques of D3FEND are wrong")
	}
}

func TestSpellings(t *testing.T) {
	for _, c := range []struct{ name, other string }{
		{"t1562.008", "t1685.002"}, {"t1685.002", "t1562.008"}, {"defense-evasion", "stealth"}, {"stealth", "defense-evasion"}, {"t1562", "t1685"},
	} {
		if list := Spellings(c.name); !slices.Contains(list, c.other) || !slices.Contains(list, c.name) {
			t.Errorf("%s: %q lacks %s", c.name, list, c.other)
		}
	}
	if list := Spellings("t1078"); len(list) != 1 {
		t.Errorf("t1078: %q, expected it alone", list)
	}
}
