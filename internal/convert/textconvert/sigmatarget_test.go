package textconvert_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/peertest"
	"github.com/egret-hunt/egret/internal/textgen"
)

// TestRulesAsSigmaConvertAlike writes rules as Sigma and converts the result: the queries are those of the rules themselves, also
// with a filter, whose detection is then part of the rule.
func TestRulesAsSigmaConvertAlike(t *testing.T) {
	backends := map[string]*textgen.Backend{}
	for _, name := range []string{"sigma", "splunk"} {
		b, err := textgen.FindTarget(name).Backend(textgen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		backends[name] = b
	}
	convert := func(text, target string) string {
		t.Helper()
		out, _, err := peertest.ConvertText(t.Context(), text, backends[target], "default")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	texts := map[string]string{"own": ownRules}
	for _, folder := range []string{"hard", "correlations"} {
		files, err := peertest.ReadFiles(testkit.Shared(t, "peers", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			texts[f.Name] = f.Rule
		}
	}
	for name, text := range texts {
		want := convert(text, "splunk")
		if want == "" {
			continue
		}
		if got := convert(convert(text, "sigma"), "splunk"); got != want {
			t.Errorf("%s\n got  %q\n want %q\n%s", name, got, want, convert(text, "sigma"))
		}
	}
	if got := convert(ownRules, "sigma"); !strings.Contains(got, "_filter1_not_scanner:") || strings.Contains(got, "filter:") {
		t.Errorf("the filter is not part of the rule:\n%s", got)
	}
}

const ownRules = `title: Failed
id: 0b2ac5c9-7d5e-4c55-9a8e-0c8b4f0a8a01
name: failed
logsource: {product: windows, service: security}
detection:
  sel: {EventID: 4625}
  other: [{A|contains|all: [x, y]}, {B: null}]
  condition: sel and not 1 of other*
---
title: Scanner
id: 0b2ac5c9-7d5e-4c55-9a8e-0c8b4f0a8a02
logsource: {product: windows, service: security}
filter:
  rules: [0b2ac5c9-7d5e-4c55-9a8e-0c8b4f0a8a01]
  not_scanner: {User: scanner}
  condition: not not_scanner
`
