package match

import (
	"fmt"
	"maps"
	"slices"

	"github.com/egret-hunt/egret/internal/value"
)

// anchoredSlot is a field that is looked at in every event, with what its values lead to.
type anchoredSlot struct {
	slot     int
	exact    exactTexts
	numbers  exactTexts
	literals *literals
}

// exactTexts leads from texts to queries. A few are compared one by one, which is faster than hashing.
type exactTexts struct {
	few  []exactText
	many map[string][]int // nil where few holds all
}

type exactText struct {
	text    string
	queries []int
}

// maxFew is how many texts are compared one by one.
const maxFew = 4

func newExactTexts(texts map[string][]int) exactTexts {
	if len(texts) > maxFew {
		return exactTexts{many: texts}
	}
	var few []exactText
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		few = append(few, exactText{text, texts[text]})
	}
	return exactTexts{few: few}
}

func (e *exactTexts) empty() bool { return len(e.few) == 0 && e.many == nil }

// queries are those that a text leads to, nil if there are none.
func (e *exactTexts) queries(text []byte) []int {
	if e.many != nil {
		return e.many[string(text)]
	}
	for i := range e.few {
		if e.few[i].text == string(text) {
			return e.few[i].queries
		}
	}
	return nil
}

// candidates marks the queries that a field's values lead to.
func (m *Matcher) candidates(a *anchoredSlot) {
	leaves := m.leaves(a.slot)
	if len(leaves) == 0 {
		return
	}
	if !a.exact.empty() || a.literals != nil {
		state := m.folded(a.slot)
		start := 0
		for _, end := range state.ends {
			text := state.texts[start:end]
			start = end
			m.mark(a.exact.queries(text))
			if a.literals != nil {
				a.literals.search(text, m)
			}
		}
	}
	if a.numbers.empty() {
		return
	}
	for _, leaf := range leaves {
		if kind := leaf.Doc.Kind(leaf.Node); kind != value.Number && kind != value.String {
			continue
		}
		if d, ok := value.ParseDecimal(m.text(leaf)); ok {
			var form [64]byte
			m.mark(a.numbers.queries(d.AppendCanonical(form[:0])))
		}
	}
}

func (m *Matcher) keywordCandidates() {
	state := m.allStrings(false)
	start := 0
	for _, end := range state.ends {
		m.program.keywords.search(state.texts[start:end], m)
		start = end
	}
}

// Anchors describes how the index finds a query, for people: one line an anchor, or "every event".
func (p *Program) Anchors(query int) []string {
	if slices.Contains(p.always, query) {
		return []string{"every event"}
	}
	var lines []string
	for _, id := range p.anchors[query] {
		a := p.atoms[id]
		switch a.kind {
		case exactAtom:
			lines = append(lines, fmt.Sprintf("%s is %q", p.slots[a.slot].name, a.text))
		case numberAtom:
			lines = append(lines, fmt.Sprintf("%s is the number %s", p.slots[a.slot].name, a.text))
		case literalAtom:
			lines = append(lines, fmt.Sprintf("%s holds %q", p.slots[a.slot].name, a.text))
		case keywordAtom:
			lines = append(lines, fmt.Sprintf("some string holds %q", a.text))
		}
	}
	return lines
}
