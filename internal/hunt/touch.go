package hunt

import (
	"slices"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/gaps"
	"github.com/egret-hunt/egret/internal/value"
)

// loggingTechniques are the techniques of rules that find changes of logging: Disable or Modify Cloud Logs in ATT&CK 18, and
// its id in ATT&CK 19.
var loggingTechniques = []string{"T1562.008", "T1685.002"}

// maxTouches is the maximum number of findings that are looked at for changes of logging.
const maxTouches = 10000

// touches returns the events of findings that changed logging with success.
func (r *Result) touches() ([]gaps.Touch, error) {
	h := r.hunt
	about := make([]bool, len(h.rules))
	for i := range h.rules {
		about[i] = slices.ContainsFunc(h.rules[i].rule.Techniques, func(id string) bool { return slices.Contains(loggingTechniques, id) })
	}
	if !slices.Contains(about, true) {
		return nil, nil
	}
	var found []gaps.Touch
	reader, examiner := newStoredReader(h), newExaminer(h)
	looked := 0
	for e, err := range r.entries.all() {
		if err != nil {
			return nil, err
		}
		if !about[e.rule] || e.burst >= 0 || e.nanos == finding.NoTime.Nanos {
			continue
		}
		if looked++; looked > maxTouches {
			break
		}
		s, err := reader.read(e.ref)
		if err != nil {
			return nil, err
		}
		subject := s.picking.actor()
		examiner.add(s, &subject)
		if examiner.facts.Facts().Outcomes.Counts[finding.Succeeded] > 0 {
			found = append(found, gaps.Touch{Account: subject.Account, Time: value.Time{Nanos: e.nanos, Digits: e.digits}, What: h.rules[e.rule].rule.Title})
		}
	}
	return found, nil
}
