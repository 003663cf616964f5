package correlate

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

// term is one way to make a condition over rules true: an event of each wanted rule, and none of any unwanted rule.
type term struct {
	wanted   []uint16 // bases, or steps where the condition is ordered; sorted
	unwanted []uint16 // bases; sorted
	// For an ordered condition: the wanted steps as bits, and the chain that finds them.
	steps uint64
	chain *chain
}

// maxTerms limits the terms of a condition in disjunctive normal form, maxProducts the terms before duplicates are
// dropped, and maxWork the rules in all products, which are many in long conditions.
const (
	maxTerms    = 1024
	maxProducts = 64 * maxTerms
	maxWork     = 10_000_000
)

func errTerms() error {
	return fmt.Errorf("the condition has more than %d alternatives when multiplied out", maxTerms)
}

// extended tests a boolean condition over rules, as a list of terms. A wanted rule must have an event in the window;
// if the condition is ordered, that event must fit into the order of rules. An unwanted rule must have none.
type extended struct {
	terms   []term
	present []int // events by base
	ordered bool
	peers   *peers
	classes []class
	value   bool
	work    int // done by multiply
}

func newExtended(p *plan) (measure, error) {
	m := &extended{present: make([]int, len(p.Bases))}
	m.ordered = p.Type == ir.TemporalOrdered || p.Type == ir.TemporalOrderedExtended
	var err error
	if m.ordered {
		if m.peers, err = newPeers(p); err != nil {
			return nil, err
		}
	}
	if m.terms, err = m.multiply(p, p.Extended, false); err != nil {
		return nil, err
	}
	for i := range m.terms {
		t := &m.terms[i]
		if !m.ordered || len(t.wanted) == 0 {
			continue
		}
		for _, step := range t.wanted {
			t.steps |= 1 << step
		}
		t.chain = newChain(len(t.wanted), p.Strict)
	}
	return m, nil
}

// multiply returns the condition, or its negation, as a list of terms of which one must hold.
func (m *extended) multiply(p *plan, e ir.Expr, negated bool) ([]term, error) {
	switch e := e.(type) {
	case *ir.NotExpr:
		return m.multiply(p, e.Operand, !negated)
	case *ir.AndExpr:
		return m.join(p, e.Operands, negated, !negated)
	case *ir.OrExpr:
		return m.join(p, e.Operands, negated, negated)
	case *ir.ConstExpr:
		if e.Value != negated {
			return []term{{}}, nil
		}
		return nil, nil
	case *ir.BaseExpr:
		if e.Index < 0 || e.Index >= len(p.steps) {
			return nil, fmt.Errorf("the condition refers to rule %d of %d", e.Index, len(p.steps))
		}
		base := p.steps[e.Index]
		switch {
		case negated:
			return []term{{unwanted: []uint16{base}}}, nil
		case !m.ordered:
			return []term{{wanted: []uint16{base}}}, nil
		}
		var terms []term // any step of the rule satisfies it
		for i, step := range p.steps {
			if step == base {
				terms = append(terms, term{wanted: []uint16{uint16(i)}})
			}
		}
		return terms, nil
	}
	return nil, errors.New("the condition of a correlation refers to something other than rules")
}

// join combines the terms of operands. If all is true every operand must hold, otherwise one.
func (m *extended) join(p *plan, operands []ir.Expr, negated, all bool) ([]term, error) {
	var terms []term
	if all {
		terms = []term{{}}
	}
	for _, operand := range operands {
		more, err := m.multiply(p, operand, negated)
		if err != nil {
			return nil, err
		}
		if all {
			var products []term
			for _, a := range terms {
				for _, b := range more {
					product := a.and(b)
					m.work += 1 + len(product.wanted) + len(product.unwanted)
					products = append(products, product)
				}
				if len(products) > maxProducts || m.work > maxWork {
					return nil, errTerms()
				}
			}
			terms = products
		} else {
			terms = append(terms, more...)
		}
		slices.SortFunc(terms, compareTerms)
		terms = slices.CompactFunc(terms, func(a, b term) bool { return compareTerms(a, b) == 0 })
		if len(terms) > maxTerms {
			return nil, errTerms()
		}
	}
	return terms, nil
}

func (t term) and(other term) term {
	return term{wanted: union(t.wanted, other.wanted), unwanted: union(t.unwanted, other.unwanted)}
}

func union(a, b []uint16) []uint16 {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

func compareTerms(a, b term) int {
	if order := slices.Compare(a.wanted, b.wanted); order != 0 {
		return order
	}
	return slices.Compare(a.unwanted, b.unwanted)
}

func (m *extended) begin(s *sequence, _, _ int) error {
	clear(m.present)
	if m.ordered {
		m.peers.reset()
	}
	for _, t := range m.terms {
		if t.chain != nil {
			t.chain.begin()
			t.chain.ctx = s.ctx //nolint:fatcontext // the same context for each chain
		}
	}
	return nil
}

func (m *extended) add(r *record, head bool) {
	if r.base != noBase {
		m.present[r.base]++
	}
	if m.ordered {
		m.peers.add(r, head)
	}
}

func (m *extended) remove(r *record, _ bool) {
	if r.base != noBase {
		m.present[r.base]--
	}
}

func (m *extended) settle(t, oldest int64) {
	if m.ordered {
		m.peers.close()
	}
	m.value = false
	for i := range m.terms {
		term := &m.terms[i]
		wanted := true
		switch {
		case term.chain != nil:
			m.project(term.steps)
			term.chain.advance(t, m.classes)
			wanted = term.chain.longest(oldest) == len(term.wanted)
		case !m.ordered:
			for _, base := range term.wanted {
				wanted = wanted && m.present[base] > 0
			}
		}
		for _, base := range term.unwanted {
			wanted = wanted && m.present[base] == 0
		}
		m.value = m.value || wanted
	}
	if m.ordered {
		m.peers.reset()
	}
}

// project keeps only a term's steps of the peers' steps, and renumbers them.
func (m *extended) project(steps uint64) {
	m.classes = m.classes[:0]
	for _, c := range m.peers.classes {
		var projected uint64
		for left := c.steps & steps; left != 0; left &= left - 1 {
			bit := left & -left
			projected |= 1 << bits.OnesCount64(steps&(bit-1))
		}
		if projected != 0 {
			m.classes = append(m.classes, class{steps: projected, count: c.count})
		}
	}
}

func (m *extended) holds() bool       { return m.value }
func (m *extended) raisePeak(bool)    {}
func (m *extended) acceptsPeak() bool { return true }
func (m *extended) peak() string      { return "" }
