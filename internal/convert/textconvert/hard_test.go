package textconvert_test

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/peertest"
	"github.com/egret-hunt/egret/internal/textgen"
)

// everywhere are the cases of the peers' folders hard and correlations whose output differs on purpose for every target.
var everywhere = map[string]string{
	"list-empty":              "an empty list of values is an error, not a test for null",
	"notname":                 "the peer reads the name notsel as not sel",
	"re-contains-alternation": "the modifiers re and contains exclude one another",
	"re-startswith":           "the modifiers re and startswith exclude one another",
	"utf16":                   "the byte order mark is FF FE, as Sigma specifies, not the UTF-8 form of a character",
	"yaml11-numbers":          "only decimal numbers are numbers",
	"yaml11-words":            "only true and false are booleans",
	"filter-in-correlation":   "the peer applies the filter twice",
}

// different are the cases that differ on purpose for a target, with the reason. A target that is missing here is only counted.
var different = map[string]map[string]string{
	"splunk": {
		"fieldref-blank":       "the peer puts quotes into the quotes of the field's name",
		"kw-re":                "the peer searches for the text of the expression",
		"minute-list":          "the peer compares the field itself; Splunk has no form for parts of times",
		"re-all":               "the peer loses the rule",
		"re-two-in-not":        "the peer loses the rule",
		"chain-count-of-count": "the peer also writes the correlation that is counted",
		"chain-two-levels":     "multisearch takes no search with stats",
	},
	"splunk_spl2": {
		"backslash-quote": "the peer's value ends its quotes",
		"minute-list":     "the peer compares the field itself",
	},
	"lucene": {
		"minute-list": "the peer compares the field itself",
	},
	"zircolite": {
		"week-year": "SQLite counts weeks otherwise than ISO 8601",
	},
	"eql": {
		"minute-list":          "the peer compares the field itself",
		"chain-count-of-count": "a sequence cannot contain a sequence",
		"chain-ordered":        "a sequence cannot contain a sequence",
		"chain-two-levels":     "a sequence cannot contain a sequence",
	},
}

// TestHardCasesEqualPeers converts rules with hard values and shapes, and correlations, for each target. The output is that of
// sigma-cli, unless the peer is wrong.
func TestHardCasesEqualPeers(t *testing.T) {
	for _, folder := range []string{"hard", "correlations"} {
		files, err := peertest.ReadFiles(testkit.Shared(t, "peers", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range textgen.Targets() {
			backend, err := target.Backend(textgen.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if folder == "correlations" && backend.Spec.Correlation == nil {
				continue // the page of the target says that it refuses them
			}
			t.Run(folder+"/"+target.Name, func(t *testing.T) {
				equal, all := 0, 0
				for _, f := range files {
					want, ok := f.Outputs[cmp.Or(target.FormatsOf, target.Name)]
					if !ok || want.Output == nil {
						continue
					}
					all++
					got, list, err := peertest.ConvertText(t.Context(), f.Rule, backend, "default")
					if err != nil {
						t.Fatal(err)
					}
					if target.FormatsOf != "" {
						got = statements(t, got)
					}
					reasons, strict := different[target.Name]
					why, known := reasons[f.Name]
					if !known {
						why, known = everywhere[f.Name]
					}
					switch {
					case got == *want.Output:
						equal++
						if known && strict {
							t.Errorf("%s: equal, but listed as different: %s", f.Name, why)
						}
					case !known && strict:
						t.Errorf("%s\n got  %q\n want %q\n %v", f.Name, got, *want.Output, list)
					}
				}
				t.Logf("%d of %d equal", equal, all)
			})
		}
	}
}

// statements returns the queries of rules of Zircolite, as the peer writes them in its default format.
func statements(t *testing.T, document string) string {
	t.Helper()
	if document == "" {
		return ""
	}
	var rules []struct{ Rule []string }
	if err := json.Unmarshal([]byte(document), &rules); err != nil {
		t.Fatal(err)
	}
	var queries []string
	for _, r := range rules {
		queries = append(queries, r.Rule...)
	}
	return strings.Join(queries, "\n\n") + "\n"
}
