package match

import (
	"bytes"
	"net/netip"
	"time"
	"unsafe"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

func (m *Matcher) eval(n *node) bool {
	switch n.kind {
	case constNode:
		return n.truth
	case andNode:
		return !m.decide(n, false)
	case orNode:
		return m.decide(n, true)
	case notNode:
		return !m.eval(n.operands[0])
	default:
		result := &m.results[n.id]
		if result.epoch != m.epoch {
			result.epoch, result.truth = m.epoch, m.test(n)
		}
		return result.truth
	}
}

// decide reports whether any operand has the value that determines an And (false) or an Or (true).
func (m *Matcher) decide(n *node, truth bool) bool {
	if len(n.operands) == 0 {
		return false
	}
	last := m.decider[n.id]
	if m.eval(n.operands[last]) == truth {
		return true
	}
	for i, operand := range n.operands {
		if int32(i) != last && m.eval(operand) == truth {
			m.decider[n.id] = int32(i)
			return true
		}
	}
	return false
}

// test evaluates a leaf.
func (m *Matcher) test(n *node) bool {
	if m.stopped {
		return false
	}
	switch n.kind {
	case globNode:
		if n.cased {
			for _, leaf := range m.leaves(n.slot) {
				if m.matchGlob(n.glob, m.text(leaf)) {
					return true
				}
			}
			return false
		}
		state := m.folded(n.slot)
		start := 0
		for _, end := range state.ends {
			if m.matchGlob(n.glob, state.texts[start:end]) {
				return true
			}
			start = end
		}
		return false
	case setNode:
		state := m.folded(n.slot)
		start := 0
		for _, end := range state.ends {
			if _, ok := n.set[string(state.texts[start:end])]; ok {
				return true
			}
			start = end
		}
		return false
	case listNode:
		return m.inList(n)
	case regexNode:
		return m.regexTest(n)
	case existsNode:
		return len(m.leaves(n.slot)) > 0
	case orderNode:
		for _, leaf := range m.leaves(n.slot) {
			// The order of bytes of UTF-8 is that of code points.
			if compare(n.number, bytes.Compare(m.text(leaf), n.order)) {
				return true
			}
		}
		return false
	case keywordNode:
		state := m.allStrings(n.cased)
		m.spend(len(state.texts))
		start := 0
		for _, end := range state.ends {
			if m.matchGlob(n.glob, state.texts[start:end]) {
				return true
			}
			start = end
		}
		return false
	case keywordRegex:
		state := m.allStrings(true)
		m.spend(len(state.texts))
		start := 0
		for _, end := range state.ends {
			if m.matchRegex(n, state.texts[start:end]) {
				return true
			}
			start = end
		}
		return false
	case fieldRefNode:
		return m.fieldRef(n)
	case numberNode, boolNode, cidrNode, cidrSetNode, timePartNode:
		for _, leaf := range m.leaves(n.slot) {
			if m.testLeaf(n, leaf) {
				return true
			}
		}
		return false
	case constNode, andNode, orNode, notNode:
	}
	panic("egret bug: node is not a leaf")
}

// text returns the text of a value. It points into the event, or into scratch memory that the next call overwrites.
func (m *Matcher) text(leaf value.Leaf) []byte {
	if leaf.Doc.Simple(leaf.Node) {
		return leaf.Doc.Raw(leaf.Node)
	}
	m.scratch = leaf.Doc.AppendText(m.scratch[:0], leaf.Node)
	return m.scratch
}

// testLeaf evaluates a predicate over one value that needs more than the value's text.
func (m *Matcher) testLeaf(n *node, leaf value.Leaf) bool {
	kind := leaf.Doc.Kind(leaf.Node)
	switch n.kind {
	case boolNode:
		switch kind {
		case value.True:
			return n.truth
		case value.False:
			return !n.truth
		case value.String:
			return equalFoldBool(m.text(leaf), n.truth)
		case value.Null, value.Number, value.Array, value.Object:
		}
		return false
	case numberNode:
		if kind != value.Number && kind != value.String {
			return false
		}
		d, ok := value.ParseDecimal(m.text(leaf))
		return ok && compare(n.number, d.Compare(&n.decimal))
	case cidrNode:
		if kind != value.String {
			return false
		}
		address, ok := parseAddress(m.text(leaf))
		return ok && n.prefix.Contains(address)
	case cidrSetNode:
		if kind != value.String {
			return false
		}
		address, ok := parseAddress(m.text(leaf))
		if ok {
			_, ok = n.list.networks.Find(address)
		}
		return ok
	case timePartNode:
		if kind != value.String {
			return false
		}
		t, ok := value.ParseRFC3339(m.text(leaf))
		if !ok {
			return false
		}
		var digits [20]byte
		d, _ := value.ParseDecimal(appendInt(digits[:0], timePart(n.part, t)))
		return compare(n.number, d.Compare(&n.decimal))
	default:
		panic("egret bug: node has no value test")
	}
}

func equalFoldBool(text []byte, truth bool) bool {
	word := "false"
	if truth {
		word = "true"
	}
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if lowerASCII[c] != word[i] {
			return false
		}
	}
	return true
}

func compare(op ir.NumberOp, order int) bool {
	switch op {
	case ir.NumberEqual:
		return order == 0
	case ir.Greater:
		return order > 0
	case ir.GreaterEqual:
		return order >= 0
	case ir.Less:
		return order < 0
	case ir.LessEqual:
		return order <= 0
	}
	panic("egret bug: number operator")
}

// parseAddress reads an address; one of IPv4 within IPv6 becomes IPv4. Addresses with a zone or a port are none.
func parseAddress(text []byte) (netip.Addr, bool) {
	if len(text) < 2 || len(text) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") {
		return netip.Addr{}, false
	}
	// Without a copy: the address does not keep the string, and an error is dropped at once.
	address, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	if err != nil || address.Zone() != "" {
		return netip.Addr{}, false
	}
	return address.Unmap(), true
}

func timePart(part ir.TimePart, t time.Time) int {
	switch part {
	case ir.Minute:
		return t.Minute()
	case ir.Hour:
		return t.Hour()
	case ir.Day:
		return t.Day()
	case ir.Week:
		_, week := t.ISOWeek()
		return week
	case ir.Month:
		return int(t.Month())
	case ir.Year:
		return t.Year()
	}
	panic("egret bug: part of a time")
}

func appendInt(dst []byte, v int) []byte {
	if v >= 10 {
		dst = appendInt(dst, v/10)
	}
	return append(dst, byte('0'+v%10))
}
