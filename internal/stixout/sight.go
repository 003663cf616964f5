package stixout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/stix"
)

// sigmaType is the custom type of STIX 2.0 for Sigma rules, since indicators of 2.0 have patterns of STIX only.
const sigmaType = "x-sigma-rule"

// Sight writes a sighting, before it the indicator unless the bundle has it.
func (w *Writer) Sight(s Sighting) error {
	id, err := w.indicator(&s.Of)
	if err != nil {
		return err
	}
	observed := slices.Sorted(slices.Values(s.Observed))
	last := s.Last
	if last.Before(s.First) {
		last = s.First
	}
	o := w.common("sighting", fmt.Sprintf("%s\n%s\n%d", id, strings.Join(observed, "\n"), s.Count), last)
	o["sighting_of_ref"] = id
	o["observed_data_refs"] = observed
	o["first_seen"], o["last_seen"] = timeText(s.First), timeText(last)
	o["count"] = max(s.Count, 1)
	return w.put(o)
}

// indicator writes an indicator once and returns its id.
func (w *Writer) indicator(i *Indicator) (string, error) {
	kind := "indicator"
	if w.version == stix.V20 && i.Language != "stix" {
		kind = sigmaType
	}
	id := i.ID
	if id == "" || kind == sigmaType {
		id = formV4(kind+"--", i.Language+"\n"+i.Pattern+"\n"+i.Name)
	}
	if _, there := w.written[id]; there || i.Elsewhere {
		return id, nil
	}
	w.written[id] = [8]byte{}
	o := w.common(kind, "", i.ValidFrom)
	o["id"] = id
	o["name"] = cmp.Or(i.Name, "unnamed")
	o["description"] = cmp.Or(i.Description, "What was looked for in logs.")
	o["pattern"] = i.Pattern
	switch {
	case w.version == stix.V21:
		o["pattern_type"], o["valid_from"], o["indicator_types"] = i.Language, timeText(i.ValidFrom), []any{"malicious-activity"}
	case kind == "indicator":
		o["valid_from"], o["labels"] = timeText(i.ValidFrom), []any{"malicious-activity"}
	default:
		delete(o, "pattern")
		o["rule"] = i.Pattern
	}
	return id, w.put(o)
}
