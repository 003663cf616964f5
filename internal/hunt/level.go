package hunt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// levels sets the levels of findings, which must come in order.
type levels struct {
	hunt *hunt
	// done are the rules with a level for first deeds, and the principals that have had a finding with a success.
	done map[deed]struct{}
}

type deed struct {
	rule               *finding.Rule
	principal, account string
}

// maxDeeds limits the memory for principals. Beyond it no deed counts as the first.
const maxDeeds = 100_000

func newLevels(h *hunt) *levels { return &levels{h, map[deed]struct{}{}} }

// set fills in the level of a finding and the rules that fold under it, and returns the number of folded findings. A rule
// under which others fold has at least their level, so that nothing becomes less severe than it would be by itself.
func (l *levels) set(f *finding.Finding, also []alsoCount) int {
	f.Level = l.of(f.Rule, f)
	folded := 0
	for _, a := range also {
		rule := l.hunt.rules[a.rule].rule
		level := l.of(rule, f)
		f.Also = append(f.Also, finding.Also{Rule: rule, Level: level, Count: int(a.count)})
		f.Level = max(f.Level, level)
		folded += int(a.count)
	}
	slices.SortFunc(f.Also, func(a, b finding.Also) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), strings.Compare(a.Rule.Title, b.Rule.Title), strings.Compare(a.Rule.ID, b.Rule.ID))
	})
	return folded
}

func (l *levels) of(rule *finding.Rule, f *finding.Finding) finding.Level {
	return rule.LevelOf(&f.Facts, len(f.EventIDs), l.first(rule, f))
}

// first reports whether a finding is the first with a success of its rule and principal, and remembers it.
func (l *levels) first(rule *finding.Rule, f *finding.Finding) bool {
	if rule.First == nil || f.Facts.Outcomes.Counts[finding.Succeeded] == 0 {
		return false
	}
	key := deed{rule, f.Principal, f.Account}
	if _, ok := l.done[key]; ok || len(l.done) >= maxDeeds {
		return false
	}
	key.principal, key.account = strings.Clone(key.principal), strings.Clone(key.account)
	l.done[key] = struct{}{}
	return true
}
