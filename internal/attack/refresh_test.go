package attack

import (
	"strings"
	"testing"
)

// bundleText has a version 20: T1078 keeps its place, T9001 is new, T1562.008 has T9001 in its place, T1110 is gone.
const bundleText = `{"type": "bundle", "id": "bundle--1", "objects": [
 {"type": "x-mitre-collection", "x_mitre_version": "20.1"},
 {"type": "x-mitre-tactic", "x_mitre_shortname": "initial-access", "external_references": [{"source_name": "mitre-attack", "external_id": "TA0001"}]},
 {"type": "x-mitre-tactic", "x_mitre_shortname": "new-tactic", "external_references": [{"source_name": "mitre-attack", "external_id": "TA0099"}]},
 {"type": "attack-pattern", "id": "attack-pattern--1", "name": "Valid Accounts", "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "initial-access"}], "external_references": [{"source_name": "mitre-attack", "external_id": "T1078"}], "x_mitre_domains": ["enterprise-attack"]},
 {"type": "attack-pattern", "id": "attack-pattern--2", "name": "New One", "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "new-tactic"}], "external_references": [{"source_name": "mitre-attack", "external_id": "T9001"}]},
 {"type": "attack-pattern", "id": "attack-pattern--3", "name": "Disable Logs", "revoked": true, "external_references": [{"source_name": "mitre-attack", "external_id": "T1562.008"}]},
 {"type": "attack-pattern", "id": "attack-pattern--4", "name": "Of Phones", "external_references": [{"source_name": "mitre-attack", "external_id": "T9002"}], "x_mitre_domains": ["mobile-attack"]},
 {"type": "relationship", "relationship_type": "revoked-by", "source_ref": "attack-pattern--3", "target_ref": "attack-pattern--2"},
 {"type": "intrusion-set", "external_references": [{"source_name": "mitre-attack", "external_id": "G9999"}]}
]}`

func TestNamesOfAFileAreUsed(t *testing.T) {
	names, err := ReadSTIX(strings.NewReader(bundleText), "")
	if err != nil {
		t.Fatal(err)
	}
	if techniques, tactics := names.Count(); names.Version != "20.1" || techniques != 2 || tactics != 2 {
		t.Errorf("got version %s, %d techniques, %d tactics", names.Version, techniques, tactics)
	}
	Use(names)
	defer Use(nil)
	if got := V19.String(); got != "20.1" || V19.Number() != 20 || V17.String() != "17" {
		t.Errorf("the versions are %s, %d, %s", got, V19.Number(), V17)
	}
	if !IsTactic("new-tactic", Current) || IsTactic("stealth", Current) || !IsTactic("defense-evasion", V17) || !IsOther("g9999") {
		t.Error("the tactics are wrong")
	}
	if one := FindTechnique("t9001"); one == nil || !one.In(Current) || one.Name(Current) != "New One" || one.Tactics(Current)[0] != "new-tactic" {
		t.Errorf("T9001: got %+v", one)
	}
	if one := FindTechnique("T1562.008"); one == nil || one.In(Current) || one.ReplacedBy != "T9001" || !one.In(V17) {
		t.Errorf("T1562.008: got %+v", one)
	}
	if one := FindTechnique("T1110"); one == nil || one.In(Current) || one.Name(Current) != "Brute Force" {
		t.Errorf("T1110: got %+v", one)
	}
	if FindTechnique("T9002") != nil || len(Techniques(Current)) != 2 || len(Tactics(Current)) != 2 {
		t.Error("another domain was read")
	}
	Use(nil)
	if V19.String() != "19" || IsTactic("new-tactic", Current) || !FindTechnique("T1110").In(Current) {
		t.Error("the embedded names are not back")
	}
}

func TestATechniqueMayHaveNoTactics(t *testing.T) {
	names, err := ReadSTIX(strings.NewReader(strings.Replace(bundleText, `"phase_name": "new-tactic"`, `"phase_name": ""`, 1)), "")
	if err != nil {
		t.Fatal(err)
	}
	if techniques, _ := names.Count(); techniques != 2 {
		t.Errorf("got %d techniques, want 2", techniques)
	}
}

func TestFaultsOfBundles(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "expected a STIX bundle",
		"[]":               "expected a STIX bundle",
		"{}":               "no key objects",
		`{"objects": 1}`:   "expected a list",
		`{"objects": [1]}`: "object 1",
		`{"objects": []}`:  "no techniques",
		`{"objects": [`:    "cut off",
		strings.Replace(bundleText, "20.1", "18.0", 1): "is older than 19",
		strings.Replace(bundleText, "20.1", "x", 1):    "is no version",
		bundleText[:len(bundleText)-60]:                "",
	} {
		if _, err := ReadSTIX(strings.NewReader(text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q", text, err, want)
		}
	}
}

// FuzzReadSTIX checks that what is read can be used.
func FuzzReadSTIX(f *testing.F) {
	f.Add(bundleText)
	f.Fuzz(func(t *testing.T, text string) {
		names, err := ReadSTIX(strings.NewReader(text), "")
		if err != nil {
			return
		}
		if err := names.Check(); err != nil {
			t.Error(err)
		}
		// Use is left out: it goes through maps, whose order the fuzzer takes for something new.
		if techniques, tactics := names.Count(); techniques == 0 || tactics == 0 {
			t.Errorf("%d techniques and %d tactics of %q", techniques, tactics, text)
		}
	})
}
