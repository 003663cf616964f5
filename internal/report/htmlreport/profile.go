package htmlreport

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

const (
	// maxProfiles is how many principals are followed at a time, maxValues how many values of each kind.
	maxProfiles = 1000
	maxValues   = 25
)

// profile collects what the findings of one principal show.
type profile struct {
	Name        string
	Level       finding.Level
	Findings    int
	Levels      [levels]int
	Outcomes    [4]int // by finding.Outcome
	First, Last value.Time
	// The lists count findings, except for events of types.
	Types, Keys, Addresses, Agents, Accounts, Regions, Rules, Facts, Targets tally
}

// tally counts different values, in the order in which they came. Values beyond maxValues are counted in more, one by one.
type tally struct {
	values []tallied
	more   int
}

type tallied struct {
	Text  string
	Count int
	Level finding.Level
}

func (t *tally) add(text string, level finding.Level) {
	if text == "" {
		return
	}
	text = safe(text)
	for i := range t.values {
		if t.values[i].Text == text {
			t.values[i].Count++
			t.values[i].Level = max(t.values[i].Level, level)
			return
		}
	}
	if len(t.values) == maxValues {
		t.more++
		return
	}
	t.values = append(t.values, tallied{strings.Clone(text), 1, level})
}

// profiles collects the profiles of principals: the most severe ones if there are too many.
type profiles struct {
	limit int
	byKey map[string]*profile
}

func newProfiles(limit int) *profiles { return &profiles{limit, map[string]*profile{}} }

// add counts a finding for the principal of its first event.
func (p *profiles) add(f *finding.Finding, words *Words) {
	key := safe(f.Principal)
	one := p.byKey[key]
	if one == nil {
		if len(p.byKey) >= p.limit {
			p.shrink()
		}
		one = &profile{Name: strings.Clone(key), First: finding.NoTime, Last: finding.NoTime}
		p.byKey[one.Name] = one
	}
	one.add(f, words)
}

// shrink forgets the less severe half.
func (p *profiles) shrink() {
	for _, one := range p.sorted()[p.limit/2:] {
		delete(p.byKey, one.Name)
	}
}

// sorted returns the profiles, the most severe first.
func (p *profiles) sorted() []*profile {
	list := make([]*profile, 0, len(p.byKey))
	// Iteration order does not matter: the list is sorted.
	for _, one := range p.byKey {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b *profile) int {
		for level := levels - 1; level >= 0; level-- {
			if c := cmp.Compare(b.Levels[level], a.Levels[level]); c != 0 {
				return c
			}
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

func (p *profile) add(f *finding.Finding, words *Words) {
	level := f.Level
	p.Findings++
	p.Level = max(p.Level, level)
	p.Levels[level]++
	for i, n := range f.Facts.Outcomes.Counts {
		p.Outcomes[i] += n
	}
	widen(&p.First, &p.Last, f)
	for i := range f.Facts.Actors[:min(maxValues, len(f.Facts.Actors))] {
		a := &f.Facts.Actors[i]
		if a.Principal == f.Principal {
			p.Types.add(a.Type, level)
			p.Keys.add(a.Session, level)
		}
	}
	if len(f.Facts.Actors) == 0 {
		p.Keys.add(f.Session, level)
	}
	for _, list := range []struct {
		to   *tally
		from []string
	}{
		{&p.Addresses, addressesOf(f)}, {&p.Agents, f.Facts.Agents}, {&p.Accounts, f.Facts.Accounts},
		{&p.Regions, f.Facts.Regions}, {&p.Targets, words.Targets}, {&p.Facts, words.Facts}, {&p.Rules, []string{f.Rule.Title}},
	} {
		for _, text := range list.from[:min(maxValues, len(list.from))] {
			list.to.add(text, level)
		}
		list.to.more += max(0, len(list.from)-maxValues)
	}
}
