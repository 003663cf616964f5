package htmlreport

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// ruleCount counts the findings of a rule with one level.
type ruleCount struct {
	Title, ID           string
	Level               finding.Level
	Techniques, Tactics []string
	// Folded counts the findings that are shown under those of other rules.
	Findings, Succeeded, Folded int
	First, Last                 value.Time
	// columns are the tactics of the matrix that the rule is in, places its techniques there.
	columns []string
	places  []placeOf
}

type ruleKey struct {
	id, title string
	level     finding.Level
}

// ruleCounts counts findings by rule, in the order of their first findings. There are never more than rules and levels.
type ruleCounts struct {
	list   []ruleCount
	index  map[ruleKey]int
	matrix matrix
}

func newRuleCounts() *ruleCounts {
	return &ruleCounts{index: map[ruleKey]int{}, matrix: matrix{cells: map[placeOf]*matrixCell{}, columns: map[string]*matrixColumn{}}}
}

// of returns the index of a rule with a level.
func (c *ruleCounts) of(rule *finding.Rule, level finding.Level) int {
	key := ruleKey{rule.ID, rule.Title, level}
	i, ok := c.index[key]
	if !ok {
		i = len(c.list)
		c.index[key] = i
		one := ruleCount{
			Title: safe(rule.Title), ID: safe(rule.ID), Level: level, Techniques: rule.Techniques, Tactics: rule.Tactics,
			First: finding.NoTime, Last: finding.NoTime,
		}
		one.columns = columnsOf(&one)
		one.places = placesOf(&one)
		c.list = append(c.list, one)
	}
	return i
}

// add counts a finding. It returns the index of its rule and those of the rules folded under it.
func (c *ruleCounts) add(f *finding.Finding) (rule int, also []int) {
	rule = c.of(f.Rule, f.Level)
	for i := range f.Also[:min(maxDetails, len(f.Also))] {
		a := &f.Also[i]
		index := c.of(a.Rule, a.Level)
		c.list[index].Folded += a.Count
		also = append(also, index)
	}
	r := &c.list[rule]
	r.Findings++
	if endOf(f) == endedWell {
		r.Succeeded++
	}
	widen(&r.First, &r.Last, f)
	c.matrix.add(c.list, f, rule, also)
	return rule, also
}

// sorted returns the rules, the most severe and most frequent first.
func (c *ruleCounts) sorted() []ruleCount {
	list := slices.Clone(c.list)
	slices.SortStableFunc(list, func(a, b ruleCount) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Findings, a.Findings), strings.Compare(a.Title, b.Title))
	})
	return list
}

// widen extends a time range to include a finding.
func widen(first, last *value.Time, f *finding.Finding) {
	if f.First != finding.NoTime && (*first == finding.NoTime || f.First.Nanos < first.Nanos) {
		*first = f.First
	}
	if f.Last != finding.NoTime && (*last == finding.NoTime || f.Last.Nanos > last.Nanos) {
		*last = f.Last
	}
}
