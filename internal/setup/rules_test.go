package setup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// write creates a file in a new folder and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const twoRules = `title: One
id: 6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a11
level: low
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: One}, condition: selection}
---
title: Two
id: 6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a12
level: low
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: Two}, condition: selection}
`

func TestConfigWithFaultsIsAnErrorWithDiagnostics(t *testing.T) {
	c, err := ReadConfig(write(t, "egret.yaml", "rulez: [starter]\n"), nil)
	var fault *Error
	if !errors.As(err, &fault) || fault.Kind != Usage || c == nil || !c.Diagnostics.HasErrors() {
		t.Errorf("got %+v, %v; want diagnostics and wrong usage", c, err)
	}
	if c, err := ReadConfig(filepath.Join(t.TempDir(), "missing.yaml"), nil); err == nil || c != nil {
		t.Errorf("a missing file: got %+v, %v", c, err)
	}
}

func TestRulesAreTunedByTheConfiguration(t *testing.T) {
	rules := write(t, "rules.yml", twoRules)
	c := configured(t, "rules: ["+rules+"]\nlevels: {6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a11: critical}\n"+
		"disabled: [6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a12, 6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a99]\n")
	r, err := LoadRules(t.Context(), c, RuleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Set.Rules) != 1 || r.Set.Rules[0].Level != "critical" || r.Tuning.Levels != 1 || r.Tuning.Disabled != 1 || r.Tuning.Config != c.Path {
		t.Errorf("got %d rules, tuning %+v", len(r.Set.Rules), r.Tuning)
	}
	if want := []string{"6f2f4a53-7a31-4c05-9c38-6b8f9f6d7a99"}; !slices.Equal(r.UnknownIDs, want) {
		t.Errorf("unknown ids: got %q, want %q", r.UnknownIDs, want)
	}
	if r.HasFaults() {
		t.Error("a disabled rule counts as a fault")
	}
	var ledger finding.Ledger
	r.Account(&ledger)
	if ledger.Rules.Loaded != 1 || ledger.Rules.Skipped.Total != 1 || ledger.Rules.SHA256 == "" || !slices.Equal(ledger.Rules.Folders, []string{rules}) {
		t.Errorf("ledger: %+v", ledger.Rules)
	}
}

// TestHasFaultsIgnoresOwnChoices checks each reason. Rules that flags and egret.yaml leave out are not faults, nor
// are base rules of a correlation that these leave out. Rules with an excluded default status and duplicate rules are
// faults.
func TestHasFaultsIgnoresOwnChoices(t *testing.T) {
	set := &ruleset.Set{}
	for reason, want := range map[ruleset.Reason]bool{
		ruleset.BelowLevel: false, ruleset.Disabled: false, ruleset.Excluded: false, ruleset.NotIncluded: false, ruleset.BaseOnly: false,
		ruleset.StatusDeprecated: true, ruleset.StatusUnsupported: true, ruleset.DuplicateID: true, ruleset.BaseSkipped: true,
		ruleset.Invalid: true, ruleset.UnknownLogSource: true, ruleset.UnresolvedPlaceholder: true,
	} {
		set.Skipped = []ruleset.Skipped{{Reason: reason}}
		if got := (&RuleSet{Set: set}).HasFaults(); got != want {
			t.Errorf("%s is a fault: %v, want %v", reason, got, want)
		}
	}
}

func TestRulesComeFromEverySource(t *testing.T) {
	none := &Config{Settings: configured(t, "rules: [starter]\n").Settings}
	for _, c := range []struct {
		what string
		o    RuleOptions
		want int
	}{
		{"a file", RuleOptions{Names: []string{write(t, "r.yml", twoRules)}}, 2},
		{"a file twice", RuleOptions{Names: slices.Repeat([]string{write(t, "r.yml", twoRules)}, 2)}, 2},
		{"a file with the longer extension", RuleOptions{Names: []string{write(t, "r.YAML", twoRules)}}, 2},
		{"stdin", RuleOptions{Names: []string{"-"}, Stdin: strings.NewReader(twoRules)}, 2},
		{"a folder by pattern", RuleOptions{Names: []string{filepath.Dir(write(t, "r.yml", twoRules))}, Pattern: "x*"}, 0},
	} {
		r, err := LoadRules(t.Context(), none, c.o)
		if err != nil || len(r.Set.Rules) != c.want || len(r.Set.Skipped) > 0 {
			t.Errorf("%s: got %+v, %v; want %d rules", c.what, r, err, c.want)
		}
	}
	if r, err := LoadRules(t.Context(), none, RuleOptions{}); err != nil || len(r.Set.Rules) < 10 || r.Names[0] != Starter {
		t.Errorf("the starter pack: got %+v, %v", r, err)
	}
	for name, want := range map[string]string{"missing": "no such file or folder", write(t, "r.txt", twoRules): "not a rule file"} {
		if _, err := LoadRules(t.Context(), none, RuleOptions{Names: []string{name}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

func TestSchemasAndLayouts(t *testing.T) {
	none := configured(t, "rules: [starter]\n")
	schemas, err := Schemas(none, "")
	if err != nil || len(schemas) != len(schema.All()) {
		t.Errorf("without a folder: got %d schemas, %v", len(schemas), err)
	}
	if _, err := Schemas(none, filepath.Join(t.TempDir(), "missing")); err == nil || !strings.Contains(err.Error(), "--schema-folder") {
		t.Errorf("a missing folder: got %v", err)
	}
	if l, err := Layout(schemas, "cloudtrail/athena"); err != nil || l.FullName() != "cloudtrail/athena" {
		t.Errorf("got %+v, %v", l, err)
	}
	if l, err := Layout(schemas, ""); err != nil || l.Schema != schema.Generic() {
		t.Errorf("the generic layout: got %+v, %v", l, err)
	}
	if _, err := Layout(schemas, "cloudtrail/nothing"); err == nil {
		t.Error("an unknown layout gives no error")
	}
}
