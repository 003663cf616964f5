package finding

import (
	"cmp"
	"slices"
	"strings"
)

// Reasons counts skipped or failed things by reason. The zero value is empty.
type Reasons struct {
	Total int64
	// Reasons are in the order of arrival until Sort.
	Reasons []Reason
}

// A Reason says why things were skipped or failed.
type Reason struct {
	// Reason is a short word or phrase, the same for all things that it counts.
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
	// Examples name the things, with details; sorted, at most MaxExamples.
	Examples []string `json:"examples"`
}

// MaxExamples is how many examples a reason keeps: the first ones in sorted order, so that they do not depend on the
// order of calls.
const MaxExamples = 100

// Add counts one thing under a reason. example names it; "" for none.
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

// Count returns the count of a reason, 0 if the reason does not occur.
func (r *Reasons) Count(reason string) int64 {
	for i := range r.Reasons {
		if r.Reasons[i].Reason == reason {
			return r.Reasons[i].Count
		}
	}
	return 0
}

// Merge adds the counts of another Reasons.
func (r *Reasons) Merge(other Reasons) {
	for _, reason := range other.Reasons {
		r.AddN(reason.Reason, reason.Count, reason.Examples...)
	}
}

// list returns the reasons, never nil, so that JSON has [] and not null.
func (r *Reasons) list() []Reason {
	if r.Reasons == nil {
		return []Reason{}
	}
	return r.Reasons
}

// Sort sorts the reasons: the largest count first, then by text.
func (r *Reasons) Sort() {
	slices.SortFunc(r.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason))
	})
}
