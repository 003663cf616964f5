package match

import (
	"fmt"
	"maps"
	"slices"

	"github.com/egret-hunt/egret/internal/value"
)

// An anchoredSlot is a field that the index reads in every event, with the queries for its values.
type anchoredSlot struct {
	slot     int
	exact    exactTexts
	numbers  exactTexts
	literals *literals
}

// exactTexts maps texts to queries. It compares a few texts one by one, which is faster than hashing.
type exactTexts struct {
	few  []exactText
	many map[string][]int // nil if few has all texts
}

type exactText struct {
	text    string
	queries []int
}

// maxFew is the maximum number of texts that are compared one by one.
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

// queries returns the queries for a text, or nil if there are none.
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

// candidates marks the queries for the values of the anchored field with this index.
func (m *Matcher) candidates(anchored int) {
	a := &m.program.anchored[anchored]
	leaves := m.leaves(a.slot)
	if len(leaves) == 0 || m.recall(anchored, leaves) {
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
				a.literals.search(text, m.mark)
			}
		}
	}
	if a.numbers.empty() {
		return
	}
	for _, leaf := range leaves {
		if kind := leaf.Doc.Kind(leaf.Node); kind == value.Number || kind == value.String {
			a.numberQueries(m.text(leaf), m.mark)
		}
	}
}

// numberQueries yields the queries for a text that is a number.
func (a *anchoredSlot) numberQueries(text []byte, yield func(queries []int)) {
	if a.numbers.empty() {
		return
	}
	if d, ok := value.ParseDecimal(text); ok {
		var form [64]byte
		yield(a.numbers.queries(d.AppendCanonical(form[:0])))
	}
}

func (m *Matcher) keywordCandidates() {
	state := m.allStrings(false)
	start := 0
	for _, end := range state.ends {
		m.program.keywords.search(state.texts[start:end], m.mark)
		start = end
	}
}

// Anchors describes the anchors of a query for display, one line for each, or "every event".
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
