package finding

import (
	"cmp"
	"slices"
	"strings"
)

// MaxExamples is how many examples a reason keeps: the first of all in sorted order, so that they do not depend on the
// order in which they came.
const MaxExamples = 100

// Add counts one thing under a reason. example names it, "" for none.
func (r *Reasons) Add(reason, example string) { r.AddN(reason, 1, example) }

// AddN counts n things under a reason.
func (r *Reasons) AddN(reason string, n int64, examples ...string) {
	if n == 0 {
		return
	}
	r.Total += n
	i := slices.IndexFunc(r.Reasons, func(have Reason) bool { return have.Reason == reason })
	if i < 0 {
		i = len(r.Reasons)
		r.Reasons = append(r.Reasons, Reason{Reason: reason, Examples: []string{}})
	}
	have := &r.Reasons[i]
	have.Count += n
	for _, example := range examples {
		if example == "" {
			continue
		}
		at, _ := slices.BinarySearch(have.Examples, example)
		if at == MaxExamples {
			continue
		}
		have.Examples = slices.Insert(have.Examples, at, example)
		if len(have.Examples) > MaxExamples {
			have.Examples = have.Examples[:MaxExamples]
		}
	}
}

// Merge adds the counts of another.
func (r *Reasons) Merge(other Reasons) {
	for _, reason := range other.Reasons {
		r.AddN(reason.Reason, reason.Count, reason.Examples...)
	}
}

// Sort puts the reasons in order. It leaves no nil list, so that JSON has [] and not null.
func (r *Reasons) Sort() {
	if r.Reasons == nil {
		r.Reasons = []Reason{}
	}
	slices.SortFunc(r.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason))
	})
}
