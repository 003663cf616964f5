package match

import "unicode/utf8"

// A literalSet collects literals with their queries.
type literalSet struct {
	index   map[string]int
	texts   []string
	queries [][]int
}

func (s *literalSet) add(text string, query int) {
	if s.index == nil {
		s.index = map[string]int{}
	}
	i, ok := s.index[text]
	if !ok {
		i = len(s.texts)
		s.index[text] = i
		s.texts = append(s.texts, text)
		s.queries = append(s.queries, nil)
	}
	s.queries[i] = appendOnce(s.queries[i], query)
}

// literals finds all literals of a set in a text in one pass (Aho and Corasick, Efficient string matching, 1975). The
// transitions of all states but the root lie in one hash table, which builds fast and stays small for the thousands of
// literals of a public rule set; a transition that is missing follows the failure links. A small set has all transitions
// written out beside, one look a byte.
type literals struct {
	// dense[state*classes + class[byte]] is the next state, with the bit denseFound set where literals end; nil for a
	// large set. Bytes that no literal holds share class 0.
	dense   []uint16
	class   [256]uint8
	classes int

	root    [256]int32 // from the root: 0 stays there
	table   []transition
	shift   uint
	fail    []int32
	queries [][]int // by state: the queries of the literal that ends there, nil if none does
	output  []int32 // by state: the nearest state on the failure path, itself included, that ends a literal; 0 if none
	shorter []int32 // by state: the next such state below it; 0 if none
}

type transition struct {
	key uint32 // state<<8 | byte, 0 if unused: the root's transitions are not kept here
	to  int32
}

// build returns the automaton, or nil for an empty set.
func (s *literalSet) build() *literals {
	if len(s.texts) == 0 {
		return nil
	}
	total := 1
	for _, text := range s.texts {
		total += len(text)
	}
	bits := uint(4)
	for 1<<bits < total*2 {
		bits++
	}
	l := &literals{table: make([]transition, 1<<bits), shift: 32 - bits}
	l.fail = make([]int32, 1, total)
	l.queries = make([][]int, 1, total)
	parent := make([]int32, 1, total)
	via := make([]byte, 1, total)
	depth := make([]int32, 1, total)
	deepest := int32(0)
	for i, text := range s.texts {
		state := int32(0)
		for j := range len(text) {
			next := l.next(state, text[j])
			if next == 0 {
				next = int32(len(l.fail))
				l.fail = append(l.fail, 0)
				l.queries = append(l.queries, nil)
				parent = append(parent, state)
				via = append(via, text[j])
				depth = append(depth, int32(j+1))
				deepest = max(deepest, int32(j+1))
				l.insert(state, text[j], next)
			}
			state = next
		}
		l.queries[state] = s.queries[i]
	}
	l.link(parent, via, depth, deepest)
	l.writeOut(via)
	return l
}

// link sets the failure and output links of the states, those nearer to the root first.
func (l *literals) link(parent []int32, via []byte, depth []int32, deepest int32) {
	byDepth := make([][]int32, deepest+1)
	for state := 1; state < len(depth); state++ {
		byDepth[depth[state]] = append(byDepth[depth[state]], int32(state))
	}
	l.output = make([]int32, len(l.fail))
	l.shorter = make([]int32, len(l.fail))
	for _, states := range byDepth {
		for _, state := range states {
			if parent[state] != 0 {
				l.fail[state] = l.follow(l.fail[parent[state]], via[state])
			}
			below := l.output[l.fail[state]]
			l.shorter[state] = below
			l.output[state] = below
			if l.queries[state] != nil {
				l.output[state] = state
			}
		}
	}
}

func (l *literals) hash(key uint32) uint32 { return key * 2654435761 >> l.shift }

func (l *literals) insert(state int32, c byte, to int32) {
	if state == 0 {
		l.root[c] = to
		return
	}
	key := uint32(state)<<8 | uint32(c)
	mask := uint32(len(l.table) - 1)
	for i := l.hash(key); ; i = (i + 1) & mask {
		if l.table[i].key == 0 {
			l.table[i] = transition{key, to}
			return
		}
	}
}

// next returns the state after a byte in the trie, or 0 if there is none.
func (l *literals) next(state int32, c byte) int32 {
	if state == 0 {
		return l.root[c]
	}
	key := uint32(state)<<8 | uint32(c)
	mask := uint32(len(l.table) - 1)
	for i := l.hash(key); ; i = (i + 1) & mask {
		switch t := &l.table[i]; t.key {
		case key:
			return t.to
		case 0:
			return 0
		}
	}
}

// Limits of the dense table, and the flag of states in which literals end.
const (
	maxDense       = 1 << 16
	maxDenseStates = 1 << 15
	denseFound     = 1 << 15
)

// writeOut builds the dense table if the set is small enough.
func (l *literals) writeOut(via []byte) {
	l.classes = 1
	for _, c := range via[1:] {
		if l.class[c] == 0 {
			if l.classes == 256 {
				return
			}
			l.class[c] = uint8(l.classes)
			l.classes++
		}
	}
	states := len(l.fail)
	if states*l.classes > maxDense || states > maxDenseStates {
		return
	}
	dense := make([]uint16, states*l.classes)
	for c := range 256 {
		class := int(l.class[c])
		if class == 0 {
			continue // no literal continues with it: back to the root
		}
		for state := range states {
			next := l.follow(int32(state), byte(c))
			if dense[state*l.classes+class] = uint16(next); l.output[next] != 0 {
				dense[state*l.classes+class] |= denseFound
			}
		}
	}
	l.dense = dense
}

// follow returns the state after a byte, following failure links.
func (l *literals) follow(state int32, c byte) int32 {
	for {
		if next := l.next(state, c); next != 0 || state == 0 {
			return next
		}
		state = l.fail[state]
	}
}

// search yields the queries of every literal in the text.
func (l *literals) search(text []byte, yield func(queries []int)) {
	if l.dense != nil {
		state := 0
		for _, c := range text {
			next := l.dense[state*l.classes+int(l.class[c])]
			state = int(next &^ denseFound)
			if next&denseFound != 0 {
				l.yieldAll(int32(state), yield)
			}
		}
		return
	}
	state := int32(0)
	for _, c := range text {
		if state = l.follow(state, c); state != 0 {
			l.yieldAll(state, yield)
		}
	}
}

// yieldAll yields the queries of the literals that end in a state.
func (l *literals) yieldAll(state int32, yield func(queries []int)) {
	for out := l.output[state]; out != 0; out = l.shorter[out] {
		yield(l.queries[out])
	}
}

// found reports whether a lower-cased text contains a literal or is not ASCII, in which case literals cannot exclude it.
func (l *literals) found(text []byte) bool {
	if l.dense != nil {
		state := 0
		for _, c := range text {
			next := l.dense[state*l.classes+int(l.class[c])]
			if next&denseFound != 0 || c >= utf8.RuneSelf {
				return true
			}
			state = int(next)
		}
		return false
	}
	state := int32(0)
	for _, c := range text {
		if state = l.follow(state, c); c >= utf8.RuneSelf || l.output[state] != 0 {
			return true
		}
	}
	return false
}
