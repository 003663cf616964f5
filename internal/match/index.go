package match

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// atomKind is the type of an anchor.
type atomKind uint8

const (
	exactAtom   atomKind = iota // a text of the slot, lower-cased, is text
	numberAtom                  // a value of the slot is the number whose canonical form is text
	literalAtom                 // a text of the slot, lower-cased, contains text
	keywordAtom                 // a string of the event, lower-cased, contains text
)

// atom is something that an event must show before a query can hold.
type atom struct {
	kind atomKind
	slot int // unused by keywordAtom
	text string
}

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

// maxLiteral bounds the literals of the index: a longer one is found by its first bytes.
const maxLiteral = 16

// anchors finds atoms of which at least one is in every event that satisfies the expression; false if there are none.
// No atoms and true: no event satisfies it.
type anchorFinder struct {
	c     *compiler
	atoms map[ir.Expr]atom // of the leaves that have one
	// seen counts how often each atom stands in the queries, and slots how many atoms a slot has.
	seen  map[atom]int
	slots map[int]int
	top   int // the largest count in slots
}

func (f *anchorFinder) anchors(e ir.Expr) ([]atom, bool) {
	switch e := e.(type) {
	case *ir.ConstExpr:
		return nil, !e.Value
	case *ir.AndExpr:
		var best []atom
		bestCost, found := 0, false
		for _, operand := range e.Operands {
			atoms, ok := f.anchors(operand)
			if !ok {
				continue
			}
			if cost := f.cost(atoms); !found || cost < bestCost {
				best, bestCost, found = atoms, cost, true
			}
		}
		return best, found
	case *ir.OrExpr:
		var all []atom
		for _, operand := range e.Operands {
			atoms, ok := f.anchors(operand)
			if !ok {
				return nil, false
			}
			all = append(all, atoms...)
		}
		return all, true
	}
	if re, ok := e.(*ir.RegexExpr); ok {
		atoms := f.c.regexAtoms(re)
		return atoms, len(atoms) > 0
	}
	a, ok := f.atoms[e]
	if !ok {
		return nil, false
	}
	return []atom{a}, true
}

// cost guesses what it costs to find a query by its atoms. A field that few queries are anchored on costs a look in every
// event, which weighs most; atoms that many queries share and short literals are common in events, and let through
// those that do not satisfy the query.
func (f *anchorFinder) cost(atoms []atom) int {
	total := 0
	for _, a := range atoms {
		total += 1 + f.seen[a]
		switch {
		case a.kind < literalAtom:
		case len(a.text) < 3:
			total += 200
		case len(a.text) < 6:
			total += 20
		default:
			total += 4
		}
	}
	looks := 0
	for i, a := range atoms {
		if slices.ContainsFunc(atoms[:i], func(b atom) bool { return a.slot == b.slot && (a.kind == keywordAtom) == (b.kind == keywordAtom) }) {
			continue
		}
		if a.kind == keywordAtom {
			looks += 2 * lookCost
		} else if f.top > 0 {
			looks += lookCost - lookCost*f.slots[a.slot]/f.top
		}
	}
	return total + looks
}

// lookCost is what looking at a further field in every event weighs against one more candidate of a common value.
const lookCost = 200

// atom is the anchor of a leaf.
func (c *compiler) atom(e ir.Expr) (atom, bool) {
	switch e := e.(type) {
	case *ir.StringExpr:
		if e.Op == ir.Equal && (len(e.Pattern) == 0 || len(e.Pattern) == 1 && e.Pattern[0].Kind == ir.Literal) {
			return atom{exactAtom, c.slot(e.Field), lowerString(patternText(e.Pattern))}, true
		}
		text := longestLiteral(e.Pattern)
		return atom{literalAtom, c.slot(e.Field), text}, text != ""
	case *ir.NumberExpr:
		d := decimal(e.Text)
		return atom{numberAtom, c.slot(e.Field), string(d.AppendCanonical(nil))}, e.Op == ir.NumberEqual
	case *ir.BoolExpr:
		return atom{exactAtom, c.slot(e.Field), fmt.Sprint(e.Value)}, true
	case *ir.KeywordExpr:
		text := longestLiteral(e.Pattern)
		return atom{keywordAtom, 0, text}, text != ""
	}
	return atom{}, false
}

// regexAtoms are the anchors of a regular expression, none if it has no literals that an index can hold to. One that
// ignores case has none, since it may match texts beyond ASCII that do not contain its literals in lower case.
func (c *compiler) regexAtoms(e *ir.RegexExpr) []atom {
	if e.IgnoreCase || strings.Contains(e.Text, "(?") {
		return nil
	}
	var atoms []atom
	for _, text := range regexLiterals(e) {
		text = text[:min(len(text), maxLiteral)]
		if len(text) < 3 {
			return nil
		}
		if e.Field.Name == "" {
			atoms = append(atoms, atom{keywordAtom, 0, text})
		} else {
			atoms = append(atoms, atom{literalAtom, c.slot(e.Field), text})
		}
	}
	return atoms
}

// longestLiteral is the longest literal of a pattern in lower case, cut to what the index keeps.
func longestLiteral(p ir.Pattern) string {
	longest := ""
	for _, part := range p {
		if part.Kind == ir.Literal && len(part.Text) > len(longest) {
			longest = part.Text
		}
	}
	longest = lowerString(longest)
	return longest[:min(len(longest), maxLiteral)]
}

// buildIndex anchors every query.
func (c *compiler) buildIndex(queries []ir.Expr) {
	f := &anchorFinder{c: c, atoms: map[ir.Expr]atom{}, seen: map[atom]int{}, slots: map[int]int{}}
	for _, query := range queries {
		ir.Walk(query, func(e ir.Expr) bool {
			if a, ok := c.atom(e); ok {
				f.atoms[e] = a
				f.seen[a]++
				if a.kind != keywordAtom {
					f.slots[a.slot]++
					f.top = max(f.top, f.slots[a.slot])
				}
			}
			return true
		})
	}
	p := c.program
	bySlot := map[int]*slotAtoms{}
	keywords := &literalSet{}
	p.anchors = make([][]atom, len(queries))
	for i, query := range queries {
		atoms, ok := f.anchors(query)
		if !ok {
			p.always = append(p.always, i)
			continue
		}
		p.anchors[i] = atoms
		for _, a := range atoms {
			if a.kind == keywordAtom {
				keywords.add(a.text, i)
				continue
			}
			s := bySlot[a.slot]
			if s == nil {
				s = &slotAtoms{exact: map[string][]int{}, numbers: map[string][]int{}}
				bySlot[a.slot] = s
			}
			switch a.kind {
			case exactAtom:
				s.exact[a.text] = appendOnce(s.exact[a.text], i)
			case numberAtom:
				s.numbers[a.text] = appendOnce(s.numbers[a.text], i)
			case literalAtom:
				s.literals.add(a.text, i)
			case keywordAtom:
			}
		}
	}
	for slot := range p.slots {
		if s := bySlot[slot]; s != nil {
			p.anchored = append(p.anchored, anchoredSlot{
				slot: slot, exact: newExactTexts(s.exact), numbers: newExactTexts(s.numbers), literals: s.literals.build(),
			})
		}
	}
	p.keywords = keywords.build()
}

// slotAtoms collects the anchors of one field.
type slotAtoms struct {
	exact, numbers map[string][]int
	literals       literalSet
}

func appendOnce(list []int, i int) []int {
	if n := len(list); n > 0 && list[n-1] == i {
		return list
	}
	return append(list, i)
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
	for _, a := range p.anchors[query] {
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
