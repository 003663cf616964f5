package match

import (
	"context"
	"slices"

	"github.com/egret-hunt/egret/internal/value"
)

// A Matcher matches events against a Program. It reuses its memory and is not safe for concurrent use: each goroutine needs its
// own.
type Matcher struct {
	program *Program
	doc     *value.Doc
	epoch   uint32
	walker  value.Walker
	roots   []value.Node
	shape   *value.Shape // of the document that roots were found in; nil if they hold for that document only
	list    bool         // the event is an array whose elements have the fields
	slots   []slotState
	results []leafResult
	// decider is, for an And or Or, the operand that determined its last result. It is evaluated first, since the same operand
	// decides for most events.
	decider []int32
	marked  []uint32 // by query: the epoch in which it became a candidate
	queue   []int
	matched []int
	recent  []recentTexts // by Program.anchored
	// recentLists are by node.recent.
	recentLists []recentTexts
	scratch     []byte
	lowered     []byte
	strings     stringsState
	// ctx may end Matched early, and stopped is set if it did. work is the work since the last check of ctx.
	ctx     context.Context
	stopped bool
	work    int
}

// A slotState has the values of a field in the current event.
type slotState struct {
	epoch  uint32 // the leaves are those of this epoch's event
	folded uint32 // the texts are, too
	leaves []value.Leaf
	// texts are the leaves' texts in lower case, one after the other, in the order of the leaves.
	texts []byte
	ends  []int
}

// A stringsState has all strings of the current event, for keywords.
type stringsState struct {
	plain, folded slotState
}

type leafResult struct {
	epoch uint32
	truth bool
}

// NewMatcher returns a new Matcher.
func (p *Program) NewMatcher() *Matcher {
	return &Matcher{
		program:     p,
		roots:       make([]value.Node, p.keys.Len()),
		slots:       make([]slotState, len(p.slots)),
		results:     make([]leafResult, p.nodes),
		decider:     make([]int32, p.nodes),
		marked:      make([]uint32, len(p.queries)),
		recent:      make([]recentTexts, len(p.anchored)),
		recentLists: make([]recentTexts, p.lists),
	}
}

// Match returns the indexes of the queries that match an event, in ascending order. The slice is valid until the next Match. Once
// the matcher is warm, Match does not allocate for an event that no query matches.
func (m *Matcher) Match(doc *value.Doc) []int {
	m.Begin(doc)
	return m.Matched()
}

// Matched is Match for the current event, see Begin.
func (m *Matcher) Matched() []int {
	m.queue = append(m.queue[:0], m.program.always...)
	for i := range m.program.anchored {
		m.candidates(i)
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

// Leaves returns the values of a field of the current event. The field is an index in the fields passed to Compile. The slice is
// valid until the next Match or Begin.
func (m *Matcher) Leaves(field int) []value.Leaf { return m.leaves(m.program.asked[field]) }

// Begin sets the current event for Leaves and Matched. A caller can read fields of an event first to decide whether to match it.
func (m *Matcher) Begin(doc *value.Doc) {
	m.doc, m.list, m.stopped = doc, doc.Kind(0) == value.Array, false
	m.walker.Reset()
	m.epoch++
	if m.epoch == 0 { // after 2^32 events marks of old epochs would look like new ones
		clear(m.results)
		clear(m.marked)
		for i := range m.slots {
			m.slots[i].epoch, m.slots[i].folded = 0, 0
		}
		m.strings.plain.epoch, m.strings.folded.epoch = 0, 0
		m.epoch = 1
	}
	if shape := doc.Shape(); shape == nil || shape != m.shape {
		m.program.keys.Scan(doc, m.roots)
		m.shape = shape
	}
}

// mark adds queries to the candidates, without duplicates.
func (m *Matcher) mark(queries []int) {
	for _, query := range queries {
		if m.marked[query] != m.epoch {
			m.marked[query] = m.epoch
			m.queue = append(m.queue, query)
		}
	}
}

// First returns the first value of a field of the current event, and false if there is none. The field is an index in the fields
// passed to Compile.
func (m *Matcher) First(field int) (value.Leaf, bool) {
	index := m.program.asked[field]
	if n, found := m.member(&m.program.slots[index]); found {
		return value.Leaf{Doc: m.doc, Node: n}, n != value.None
	}
	leaves := m.leaves(index)
	if len(leaves) == 0 {
		return value.Leaf{}, false
	}
	return leaves[0], true
}

// member is the value of a field that is one member of the event's root, as most are, None if it has none. It reports false
// where the value must be looked for.
func (m *Matcher) member(s *slot) (value.Node, bool) {
	if s.key < 0 || m.list {
		return value.None, false
	}
	n := m.roots[s.key]
	if n == 0 {
		return value.None, s.only
	}
	switch m.doc.Kind(n) {
	case value.Null:
		return value.None, s.only
	case value.Array:
		return value.None, false
	default:
		return n, true
	}
}

// leaves returns the values of a field.
func (m *Matcher) leaves(index int) []value.Leaf {
	state := &m.slots[index]
	if state.epoch == m.epoch {
		return state.leaves
	}
	state.epoch = m.epoch
	state.leaves = state.leaves[:0]
	s := &m.program.slots[index]
	if n, found := m.member(s); found {
		if n != value.None {
			state.leaves = append(state.leaves, value.Leaf{Doc: m.doc, Node: n})
		}
		return state.leaves
	}
	for i := range s.paths {
		if s.entries[i] == nil || m.list {
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

// folded returns the texts of a field in lower case.
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

// allStrings returns the texts of all string values of the event, unchanged or in lower case.
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
