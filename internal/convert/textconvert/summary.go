package textconvert

import (
	"fmt"
	"maps"
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/textgen"
)

// Summary returns the numbers of results, for example "converted 56 of 57 rules for splunk; 1 refused
// (unsupported-by-target 1)".
func Summary(spec *textgen.Spec, format *textgen.Format, o *convert.Outcome) string {
	converted, departed := 0, 0
	counts := map[string]map[string]int{"refused": {}, "not loaded": {}, "left out": {}}
	for i := range o.Results {
		r := &o.Results[i]
		switch {
		case r.Query != "":
			converted++
			if slices.ContainsFunc(r.Diagnostics, func(d diag.Diagnostic) bool { return d.Code == "departure" }) {
				departed++
			}
		case r.NotLoaded:
			counts["not loaded"][r.Reason()]++
		default:
			counts["refused"][r.Reason()]++
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(o.LeftOut)) {
		counts["left out"][string(reason)] = o.LeftOut[reason]
	}
	text := fmt.Sprintf("converted %s of %s for %s, format %s", term.Count(converted), term.Plural(len(o.Results), "rule"), spec.Name, format.Name)
	for _, word := range []string{"refused", "not loaded", "left out"} {
		if len(counts[word]) > 0 {
			text += "; " + convert.ReasonCounts(word, counts[word])
		}
	}
	if departed > 0 {
		text += "; " + term.Plural(departed, "query") + " with a departure from the rule"
	}
	return text
}
