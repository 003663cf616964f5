package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// atomKind is the type of an anchor.
type atomKind uint8

const (
	exactAtom   atomKind = iota // a text of the slot, lower-cased, equals text
	numberAtom                  // a value of the slot is the number whose canonical form is text
	literalAtom                 // a text of the slot, lower-cased, contains text
	keywordAtom                 // a string of the event, lower-cased, contains text
)

// An atom is a property of events. A query matches only events with one of its atoms.
type atom struct {
	kind atomKind
	slot int // unused by keywordAtom
	text string
}

// atomID is the index of an atom in Program.atoms.
type atomID int32

// maxLiteral is the maximum length in bytes of literals in the index. The index uses the first bytes of longer ones.
const maxLiteral = 16

// anchors collects the atoms of queries during compilation.
type anchors struct {
	ids map[atom]atomID
	// seen counts the occurrences of each atom in the queries, and slots the atoms of each slot.
	seen  []int
	slots []int
}

// atomID returns the number of an atom and assigns one if it is new.
func (c *compiler) atomID(a atom) atomID {
	if id, ok := c.anchors.ids[a]; ok {
		return id
	}
	id := atomID(len(c.program.atoms))
	c.program.atoms = append(c.program.atoms, a)
	c.anchors.ids[a] = id
	c.anchors.seen = append(c.anchors.seen, 0)
	return id
}

// count records another occurrence of a leaf.
func (c *compiler) count(atoms []atomID) {
	for _, id := range atoms {
		c.anchors.seen[id]++
		if a := &c.program.atoms[id]; a.kind != keywordAtom {
			for len(c.anchors.slots) <= a.slot {
				c.anchors.slots = append(c.anchors.slots, 0)
			}
			c.anchors.slots[a.slot]++
		}
	}
}

// leafAtoms returns the atoms of a leaf: every event that matches the leaf has at least one of them. It returns none if there
// are no such atoms.
func (c *compiler) leafAtoms(e ir.Expr) []atomID {
	switch e := e.(type) {
	case *ir.StringExpr:
		if _, ok := plainText(e); ok {
			return []atomID{c.atomID(atom{exactAtom, c.slot(e.Field), lowerString(patternText(e.Pattern))})}
		}
		if text := longestLiteral(e.Pattern); text != "" {
			return []atomID{c.atomID(atom{literalAtom, c.slot(e.Field), text})}
		}
	case *ir.NumberExpr:
		if d := decimal(e.Text); e.Op == ir.NumberEqual {
			return []atomID{c.atomID(atom{numberAtom, c.slot(e.Field), string(d.AppendCanonical(nil))})}
		}
	case *ir.BoolExpr:
		return []atomID{c.atomID(atom{exactAtom, c.slot(e.Field), fmt.Sprint(e.Value)})}
	case *ir.KeywordExpr:
		if text := longestLiteral(e.Pattern); text != "" {
			return []atomID{c.atomID(atom{keywordAtom, 0, text})}
		}
	case *ir.RegexExpr:
		return c.regexAtoms(e)
	}
	return nil
}

// regexAtoms returns the atoms of a regular expression, or none if it has no literals for the index. An expression that ignores
// case has none, since it may match non-ASCII texts that do not contain its literals in lower case.
func (c *compiler) regexAtoms(e *ir.RegexExpr) []atomID {
	if e.IgnoreCase || strings.Contains(e.Text, "(?") {
		return nil
	}
	var atoms []atomID
	for _, text := range regexLiterals(e) {
		text = text[:min(len(text), maxLiteral)]
		if len(text) < 3 {
			return nil
		}
		if e.Field.Name == "" {
			atoms = append(atoms, c.atomID(atom{keywordAtom, 0, text}))
		} else {
			atoms = append(atoms, c.atomID(atom{literalAtom, c.slot(e.Field), text}))
		}
	}
	return atoms
}

// longestLiteral returns the longest literal of a pattern in lower case, truncated to maxLiteral.
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

// anchorsOf returns atoms of which every event that matches a node has at least one, and false if there are no such atoms. If it
// returns no atoms and true, the node matches no event.
func (c *compiler) anchorsOf(n *node) ([]atomID, bool) {
	switch n.kind {
	case constNode:
		return nil, !n.truth
	case notNode:
		return nil, false
	case andNode:
		var best []atomID
		bestCost, found := 0, false
		for _, operand := range n.operands {
			atoms, ok := c.anchorsOf(operand)
			if !ok {
				continue
			}
			if cost := c.anchorCost(atoms); !found || cost < bestCost {
				best, bestCost, found = atoms, cost, true
			}
		}
		return best, found
	case orNode:
		var all []atomID
		for _, operand := range n.operands {
			atoms, ok := c.anchorsOf(operand)
			if !ok {
				return nil, false
			}
			all = append(all, atoms...)
		}
		return all, true
	default:
		return n.atoms, len(n.atoms) > 0
	}
}

// lookCost is the cost of reading another field of every event, relative to one more candidate for a common value.
const lookCost = 200

// anchorCost estimates the cost of finding a query by its atoms. The highest cost is reading a field that few queries use as
// anchor in every event. Atoms that many queries share and short literals are frequent in events and result in candidates
// that do not match.
func (c *compiler) anchorCost(atoms []atomID) int {
	top := slices.Max(append(c.anchors.slots, 1))
	total, last := 0, -2
	for _, id := range atoms {
		a := &c.program.atoms[id]
		total += 1 + c.anchors.seen[id]
		switch {
		case a.kind < literalAtom:
		case len(a.text) < 3:
			total += 200
		case len(a.text) < 6:
			total += 20
		default:
			total += 4
		}
		slot := a.slot
		if a.kind == keywordAtom {
			slot = -1
		}
		if slot == last {
			continue // the atoms of a field are mostly adjacent
		}
		if last = slot; slot < 0 {
			total += 2 * lookCost
		} else {
			total += lookCost - lookCost*c.anchors.slots[slot]/top
		}
	}
	return total
}

// buildIndex chooses the anchors of every query.
func (c *compiler) buildIndex() {
	p := c.program
	bySlot := map[int]*slotAtoms{}
	keywords := &literalSet{}
	p.anchors = make([][]atomID, len(p.queries))
	for i, query := range p.queries {
		atoms, ok := c.anchorsOf(query)
		if !ok {
			p.always = append(p.always, i)
			continue
		}
		p.anchors[i] = atoms
		for _, id := range atoms {
			a := &p.atoms[id]
			if a.kind == keywordAtom {
				keywords.add(a.text, i)
				continue
			}
			s := bySlot[a.slot]
			if s == nil {
				s = &slotAtoms{exact: map[string][]int{}, numbers: map[string][]int{}}
				bySlot[a.slot] = s
			}
			s.add(a, i)
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

func (s *slotAtoms) add(a *atom, query int) {
	switch a.kind {
	case exactAtom:
		s.exact[a.text] = appendOnce(s.exact[a.text], query)
	case numberAtom:
		s.numbers[a.text] = appendOnce(s.numbers[a.text], query)
	case literalAtom:
		s.literals.add(a.text, query)
	case keywordAtom:
		panic("egret bug: a keyword has no field")
	}
}

func appendOnce(list []int, i int) []int {
	if n := len(list); n > 0 && list[n-1] == i {
		return list
	}
	return append(list, i)
}
