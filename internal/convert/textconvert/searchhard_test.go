package textconvert_test

import (
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/peertest"
	"github.com/egret-hunt/egret/internal/textgen"
)

// otherwise are the cases of the peers' folders hard and correlations whose output differs on purpose, with the reason: "" for all
// of the targets, and by target.
var otherwise = map[string]map[string]string{
	"": {
		"list-empty":              "an empty list of values is an error, not a test for null",
		"notname":                 "the peer reads the name notsel as not sel",
		"re-contains-alternation": "the modifiers re and contains exclude one another",
		"re-startswith":           "the modifiers re and startswith exclude one another",
		"utf16":                   "the byte order mark is FF FE, as Sigma specifies",
		"yaml11-numbers":          "only decimal numbers are numbers",
		"filter-in-correlation":   "the peer applies the filter twice",
	},
	"esql": {
		"yaml11-words":           "only true and false are booleans",
		"carriage":               "a text of ES|QL has no line break",
		"newline":                "a text of ES|QL has no line break",
		"escaped-question":       `a text of ES|QL has no escape \?`,
		"escaped-star":           `a text of ES|QL has no escape \*`,
		"field-backtick":         "the name ends at its backquote",
		"minute-list":            "the peer compares the field itself",
		"chain-count-of-count":   "from is a command, not a condition",
		"chain-two-levels":       "from is a command, not a condition",
		"value-count-list-field": "the second argument of count_distinct is its precision",
	},
	"loki": {
		"chain-count-of-count":   "count_over_time takes a log query",
		"chain-two-levels":       "the peer also writes the correlation that is counted",
		"value-count-list-field": "the peer writes a list as Python prints it",
	},
	"opensearch_lucene": {
		"yaml11-words": "only true and false are booleans",
		"minute-list":  "the peer compares the field itself",
	},
	"open_search_ppl": {
		"field-backtick":         "the name ends at its backquote",
		"minute-list":            "the peer compares the field itself",
		"event-count-no-group":   "the peer writes by without a field",
		"value-count-no-group":   "the peer writes by without a field",
		"event-count-two-groups": "the peer writes a name with a blank without quotes",
		"value-count-list-field": "the peer writes a list as Python prints it",
	},
	"elastalert": {
		"chain-count-of-count":   "the peer writes a YAML document as query",
		"value-count-list-field": "ElastAlert counts the values of one field",
	},
}

// TestHardCasesOfLokiAndOpenSearch converts rules with hard values and shapes, and correlations. The output is that of sigma-cli,
// unless the peer is wrong.
func TestHardCasesOfLokiAndOpenSearch(t *testing.T) {
	for _, folder := range []string{"hard", "correlations"} {
		files, err := peertest.ReadFiles(testkit.Shared(t, "peers", folder))
		if err != nil {
			t.Fatal(err)
		}
		for target, own := range otherwise {
			if target == "" {
				continue
			}
			backend, err := textgen.FindTarget(target).Backend(textgen.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				want := f.Outputs[target].Output
				if want == nil {
					continue
				}
				got, list, err := peertest.ConvertText(t.Context(), f.Rule, backend, "default")
				if err != nil {
					t.Fatal(err)
				}
				why := own[f.Name] + otherwise[""][f.Name]
				if equal := got == *want; equal != (why == "") {
					t.Errorf("%s, %s: equal %v, listed as different: %q\n got  %q\n want %q\n%v", target, f.Name, equal, why, got, *want, list)
				}
			}
		}
	}
}
