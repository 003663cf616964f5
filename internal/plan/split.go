package plan

import (
	"cmp"
	"slices"
)

// cut splits at least two rules, indexes in Set.Rules, into two lists in the set's order. Each has about the same number of
// rules with exact predicates, which make a statement complex.
//
// Rules of one correlation stay together, so that an event that matches two of them is returned once and counts for both. cut
// separates them only if all rules belong to one correlation. If both halves return an event, one copy counts.
func (b *builder) cut(rules []int, exact func(rule int) bool) (first, second []int) {
	groups := b.together(rules)
	if len(groups) == 1 {
		groups = nil
		for _, i := range rules {
			groups = append(groups, []int{i})
		}
	}
	weigh := func(group []int) (n int) {
		for _, i := range group {
			if exact(i) {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(groups, func(x, y []int) int {
		return cmp.Or(cmp.Compare(weigh(y), weigh(x)), cmp.Compare(len(y), len(x)))
	})
	// Assign the groups with the most exact predicates first, each to the half that has fewer.
	var firstWeight, secondWeight int
	for _, group := range groups {
		n, less := weigh(group), cmp.Compare(firstWeight, secondWeight)
		if n == 0 {
			less = 0
		}
		if cmp.Or(less, cmp.Compare(len(first), len(second))) <= 0 {
			first, firstWeight = append(first, group...), firstWeight+n
		} else {
			second, secondWeight = append(second, group...), secondWeight+n
		}
	}
	slices.Sort(first)
	slices.Sort(second)
	return first, second
}

// together groups the rules that are counted by the same correlation.
func (b *builder) together(rules []int) [][]int {
	at := map[int]int{} // maps a rule to its group
	groups := make([][]int, 0, len(rules))
	for n, i := range rules {
		at[i] = n
		groups = append(groups, []int{i})
	}
	for _, c := range b.set.Correlations {
		to := -1
		for _, base := range c.IR.Bases {
			from, ok := at[base.Index]
			switch {
			case base.Correlation || !ok || from == to:
			case to < 0:
				to = from
			default:
				for _, i := range groups[from] {
					at[i] = to
				}
				groups[to], groups[from] = append(groups[to], groups[from]...), nil
			}
		}
	}
	return slices.DeleteFunc(groups, func(group []int) bool { return len(group) == 0 })
}
