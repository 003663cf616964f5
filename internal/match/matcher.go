package match

import (
	"context"
	"net/netip"
	"slices"
	"time"
	"unsafe"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Matcher holds events against a Program. It reuses its memory from event to event, and is not safe for concurrent use:
// each goroutine takes its own.
type Matcher struct {
	program *Program
	doc     *value.Doc
	epoch   uint32
	walker  value.Walker
	roots   []value.Node
	slots   []slotState
	results []leafResult
	// decider is, for an And or Or, the operand that decided it last: most events are refused by the same one, so it is
	// asked first.
	decider []int32
	marked  []uint32 // by query: the epoch in which it became a candidate
	queue   []int
	matched []int
	scratch []byte
	strings stringsState
	// ctx may end Matched early, stopped tells that it did; work is what was done since it was looked at.
	ctx     context.Context
	stopped bool
	work    int
}

// slotState is what a field holds in the event at hand.
type slotState struct {
	epoch  uint32 // the leaves are those of this epoch's event
	folded uint32 // the texts are, too
	leaves []value.Leaf
	// texts are the leaves' texts in lower case, one after the other, in the order of the leaves.
	texts []byte
	ends  []int
}

// stringsState is every string of the event at hand, as keywords see them.
type stringsState struct {
	plain, folded slotState
}

type leafResult struct {
	epoch uint32
	truth bool
}

// NewMatcher makes a matcher of its own memory.
func (p *Program) NewMatcher() *Matcher {
	return &Matcher{
		program: p,
		roots:   make([]value.Node, p.keys.Len()),
		slots:   make([]slotState, len(p.slots)),
		results: make([]leafResult, p.nodes),
		decider: make([]int32, p.nodes),
		marked:  make([]uint32, len(p.queries)),
	}
}

// Match returns the indexes of the queries that hold for an event, in ascending order. The list lives until the next
// Match. It allocates nothing for an event that no query holds for, once the matcher is warm.
func (m *Matcher) Match(doc *value.Doc) []int {
	m.Begin(doc)
	return m.Matched()
}

// Matched is Match for the event at hand, see Begin.
func (m *Matcher) Matched() []int {
	m.queue = append(m.queue[:0], m.program.always...)
	for i := range m.program.anchored {
		m.candidates(&m.program.anchored[i])
	}
	if m.program.keywords != nil {
		m.keywordCandidates()
	}
	m.matched = m.matched[:0]
	for _, query := range m.queue {
		if m.eval(m.program.queries[query]) {
			m.matched = append(m.matched, query)
		}
	}
	if m.stopped {
		return nil
	}
	slices.Sort(m.matched)
	return m.matched
}

// Leaves are the values of a field of the event at hand, by the field's index in what was given to Compile. They live
// until the next Match or Begin.
func (m *Matcher) Leaves(field int) []value.Leaf { return m.leaves(m.program.asked[field]) }

// Begin makes an event the one at hand: Leaves and Matched speak of it. A caller that needs some of an event's fields to
// tell whether it is to be matched at all asks for these first.
func (m *Matcher) Begin(doc *value.Doc) {
	m.doc, m.stopped = doc, false
	m.walker.Reset()
	m.epoch++
	if m.epoch == 0 { // after 2^32 events the marks of old epochs could be taken for new ones
		clear(m.results)
		clear(m.marked)
		for i := range m.slots {
			m.slots[i].epoch, m.slots[i].folded = 0, 0
		}
		m.strings.plain.epoch, m.strings.folded.epoch = 0, 0
		m.epoch = 1
	}
	m.program.keys.Scan(doc, m.roots)
}

// mark makes queries candidates, each once.
func (m *Matcher) mark(queries []int) {
	for _, query := range queries {
		if m.marked[query] != m.epoch {
			m.marked[query] = m.epoch
			m.queue = append(m.queue, query)
		}
	}
}

// leaves are the values of a field.
func (m *Matcher) leaves(index int) []value.Leaf {
	state := &m.slots[index]
	if state.epoch == m.epoch {
		return state.leaves
	}
	state.epoch = m.epoch
	state.leaves = state.leaves[:0]
	s := &m.program.slots[index]
	for i := range s.paths {
		if s.entries[i] == nil {
			state.leaves = m.walker.Leaves(state.leaves, m.doc, 0, &s.paths[i])
		} else if m.doc.Kind(0) == value.Array {
			state.leaves = m.walker.Leaves(state.leaves, m.doc, 0, &s.paths[i])
		}
		for _, entry := range s.entries[i] {
			root := m.roots[entry.Key]
			if root == 0 {
				continue
			}
			if kind := m.doc.Kind(root); entry.Length == len(s.paths[i].Text) && kind != value.Array && kind != value.Null {
				state.leaves = append(state.leaves, value.Leaf{Doc: m.doc, Node: root})
				break
			}
			state.leaves = m.walker.LeavesFrom(state.leaves, m.doc, root, &s.paths[i], entry.Length)
			if len(state.leaves) > 0 {
				break
			}
		}
		if len(state.leaves) > 0 {
			break
		}
	}
	return state.leaves
}

// folded are the texts of a field in lower case.
func (m *Matcher) folded(index int) *slotState {
	leaves := m.leaves(index)
	state := &m.slots[index]
	if state.folded == m.epoch {
		return state
	}
	state.folded = m.epoch
	state.texts, state.ends = state.texts[:0], state.ends[:0]
	for _, leaf := range leaves {
		state.texts = appendLower(state.texts, m.text(leaf))
		state.ends = append(state.ends, len(state.texts))
	}
	return state
}

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

// decide reports whether any operand has the truth value that decides an And (false) or an Or (true).
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
	case regexNode:
		return m.regexTest(n)
	case existsNode:
		return len(m.leaves(n.slot)) > 0
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
	case numberNode, boolNode, cidrNode, timePartNode:
		for _, leaf := range m.leaves(n.slot) {
			if m.testLeaf(n, leaf) {
				return true
			}
		}
		return false
	case constNode, andNode, orNode, notNode:
	}
	panic("egret bug: node is no leaf")
}

// text is the text of a value: bytes of the event, or the matcher's scratch memory until the next call.
func (m *Matcher) text(leaf value.Leaf) []byte {
	if leaf.Doc.Simple(leaf.Node) {
		return leaf.Doc.Raw(leaf.Node)
	}
	m.scratch = leaf.Doc.AppendText(m.scratch[:0], leaf.Node)
	return m.scratch
}

// testLeaf evaluates a predicate over one value that is more than its text.
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
		return inPrefix(m.text(leaf), n.prefix)
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

// inPrefix reports whether a text is an address within a prefix. Addresses with a zone or a port are none.
func inPrefix(text []byte, prefix netip.Prefix) bool {
	if len(text) < 2 || len(text) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") {
		return false
	}
	// Without a copy: the address does not keep the string, and an error is dropped at once.
	address, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	if err != nil || address.Zone() != "" {
		return false
	}
	return prefix.Contains(address.Unmap())
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

// allStrings are the texts of every string value of the event, as they stand or in lower case.
func (m *Matcher) allStrings(cased bool) *slotState {
	state := &m.strings.folded
	if cased {
		state = &m.strings.plain
	}
	if state.epoch == m.epoch {
		return state
	}
	state.epoch = m.epoch
	state.texts, state.ends = state.texts[:0], state.ends[:0]
	for n := value.Node(0); int(n) < m.doc.Len(); n++ {
		if m.doc.Kind(n) != value.String {
			continue
		}
		if cased {
			state.texts = m.doc.AppendText(state.texts, n)
		} else {
			m.scratch = m.doc.AppendText(m.scratch[:0], n)
			state.texts = appendLower(state.texts, m.scratch)
		}
		state.ends = append(state.ends, len(state.texts))
	}
	return state
}
