package match

import "github.com/egret-hunt/egret/internal/ir"

// fieldRef reports whether any text of one field and any text of another satisfy a node.
func (m *Matcher) fieldRef(n *node) bool {
	var left, right *slotState
	if n.cased {
		left, right = &slotState{}, &slotState{}
		m.plainTexts(n.slot, left)
		m.plainTexts(n.other, right)
	} else {
		left, right = m.folded(n.slot), m.folded(n.other)
	}
	g := glob{openStart: n.op == ir.EndsWith || n.op == ir.Contains, openEnd: n.op == ir.StartsWith || n.op == ir.Contains, isLiteral: true}
	g.wholeText = !g.openStart && !g.openEnd
	start := 0
	for _, end := range right.ends {
		g.literal = right.texts[start:end]
		start = end
		from := 0
		for _, to := range left.ends {
			if g.match(left.texts[from:to]) {
				return true
			}
			from = to
		}
		if m.spend(len(left.texts) + 16*len(left.ends)); m.stopped {
			return false
		}
	}
	return false
}

func (m *Matcher) plainTexts(slot int, into *slotState) {
	for _, leaf := range m.leaves(slot) {
		into.texts = leaf.Doc.AppendText(into.texts, leaf.Node)
		into.ends = append(into.ends, len(into.texts))
	}
}
