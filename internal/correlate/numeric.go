package correlate

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
)

// numberReader reads the numbers of records. It keeps its first error in err; numbers read after an error are 0.
type numberReader struct {
	texts *evidence.Store
	err   error
}

// of returns the number of a record. It reports false if the record has none.
func (n *numberReader) of(r *record) (number, bool) {
	switch r.kind() {
	case numberValue:
		return number{small: int64(r.value[0]), exponent: int(int64(r.value[1]))}, true
	case textValue:
		e, err := n.texts.Get(evidence.Ref(r.value[0]))
		if err != nil {
			if n.err == nil {
				n.err = err
			}
			return number{}, true
		}
		return parseNumber(e.Raw)
	}
	return number{}, false
}

// maxRankDigits is how many digits a percentile may have after the decimal point, so that 100 × 10^digits fits 63
// bits.
const maxRankDigits = 16

func newNumeric(p *plan, numbers *numberReader) (measure, error) {
	l, err := newLimits(p.Bounds, p.Type != ir.ValueSum, nil)
	if err != nil {
		return nil, err
	}
	if p.Type == ir.ValueSum {
		return &valueSum{totals: totals{limits: l, numbers: numbers}}, nil
	}
	if p.Type == ir.ValueAvg {
		return &valueAvg{totals: totals{limits: l, numbers: numbers}}, nil
	}
	rank := p.Percentile
	if p.Type == ir.ValueMedian {
		rank = 50
	}
	if !(rank >= 0 && rank <= 100) {
		return nil, fmt.Errorf("the percentile %v is not between 0 and 100", rank)
	}
	m := &percentile{limits: l, numbers: numbers}
	// The rank is the decimal in the rule: the shortest one that parses as this float.
	n, ok := parseNumber([]byte(strconv.FormatFloat(rank, 'f', -1, 64)))
	if !ok || n.big != nil || n.exponent < -maxRankDigits {
		return nil, fmt.Errorf("the percentile %v has too many digits", rank)
	}
	m.rank, m.hundred = uint64(n.small), 100
	for range -n.exponent {
		m.hundred *= 10
	}
	for range n.exponent {
		m.rank *= 10
	}
	return m, nil
}

// totals is the part that valueSum and valueAvg share.
type totals struct {
	limits
	numbers *numberReader
	sum     sum
}

func (m *totals) add(r *record, _ bool) {
	if n, ok := m.numbers.of(r); ok {
		m.sum.add(n)
	}
}

func (m *totals) remove(r *record, _ bool) {
	if n, ok := m.numbers.of(r); ok {
		m.sum.remove(n)
	}
}

func (m *totals) settle(_, _ int64) {}

// valueSum measures the sum of the numbers.
type valueSum struct {
	totals
	highest number
}

func (m *valueSum) begin(*sequence, int, int) error {
	m.sum = sum{}
	return nil
}

func (m *valueSum) holds() bool { return m.sum.n > 0 && allAccept(m.limits.each, m.sum.value()) }

func (m *valueSum) raisePeak(fresh bool) {
	if fresh || compareNumbers(m.sum.value(), m.highest) > 0 {
		m.highest = m.sum.snapshot()
	}
}

func (m *valueSum) acceptsPeak() bool { return allAccept(m.limits.peak, m.highest) }

func (m *valueSum) peak() string { return m.highest.String() }

// approximatePeak is the peak of a measure without upper bounds. It is only displayed, so a float is precise enough.
type approximatePeak float64

func (p *approximatePeak) raisePeak(fresh bool, value float64) {
	if fresh || value > float64(*p) {
		*p = approximatePeak(value)
	}
}

// text returns the digits that are certainly correct.
func (p approximatePeak) text() string { return strconv.FormatFloat(float64(p), 'g', 15, 64) }

// valueAvg measures the average of the numbers. It compares the sum with the bound times the count, which is exact.
type valueAvg struct {
	totals
	highest approximatePeak
}

func (m *valueAvg) begin(*sequence, int, int) error {
	m.sum = sum{}
	return nil
}

func (m *valueAvg) holds() bool {
	if m.sum.n == 0 {
		return false
	}
	for i := range m.limits.each {
		b := &m.limits.each[i]
		if !b.accepts(compareNumbers(m.sum.value(), b.value.times(int64(m.sum.n)))) {
			return false
		}
	}
	return true
}

func (m *valueAvg) raisePeak(fresh bool) {
	m.highest.raisePeak(fresh, m.sum.value().float()/float64(m.sum.n))
}

func (m *valueAvg) acceptsPeak() bool { return true }

func (m *valueAvg) peak() string { return m.highest.text() }

// percentile interpolates between the two closest ranks of the window's numbers, as quantile_cont does. It sorts the
// group's different numbers at the start; a tree over them counts those in the window, so a step takes time
// logarithmic in their number.
type percentile struct {
	limits
	numbers *numberReader
	// rank / hundred is the share of the window below the percentile.
	rank, hundred uint64

	values []number
	floats []float64
	tree   []int32 // Fenwick tree of counts; tree[i] covers the lowbit(i) values up to i
	top    int     // highest power of two that is an index of the tree
	n      int

	// The percentile is low + (high-low)·part/hundred.
	low, high int
	part      uint64
	highest   approximatePeak
}

// firstRoom is the number of values that are collected before duplicates are removed for the first time.
const firstRoom = 1 << 14

func (m *percentile) begin(s *sequence, first, end int) error {
	m.values, m.n = m.values[:0], 0
	c := s.cursor(first, end)
	for room := firstRoom; c.record != nil; c.advance() {
		n, ok := m.numbers.of(c.record)
		if !ok {
			continue
		}
		if len(m.values) == room { // duplicates must not fill the memory
			m.compact()
			room = max(firstRoom, 2*len(m.values))
		}
		m.values = append(m.values, n)
	}
	if c.err != nil {
		return c.err
	}
	if m.numbers.err != nil {
		return m.numbers.err
	}
	m.compact()
	if len(m.values) > math.MaxInt32 {
		return errors.New("too many different numbers in one group")
	}
	m.floats = m.floats[:0]
	for _, v := range m.values {
		m.floats = append(m.floats, v.float())
	}
	m.tree = slices.Grow(m.tree[:0], len(m.values)+1)[:len(m.values)+1]
	clear(m.tree)
	m.top = 1 << bits.Len(uint(len(m.values))) >> 1
	return nil
}

// compact sorts the values and drops duplicates.
func (m *percentile) compact() {
	slices.SortFunc(m.values, compareNumbers)
	m.values = slices.CompactFunc(m.values, func(a, b number) bool { return compareNumbers(a, b) == 0 })
}

func (m *percentile) add(r *record, _ bool)    { m.change(r, 1) }
func (m *percentile) remove(r *record, _ bool) { m.change(r, -1) }

func (m *percentile) change(r *record, by int32) {
	n, ok := m.numbers.of(r)
	if !ok {
		return
	}
	at, found := slices.BinarySearchFunc(m.values, n, compareNumbers)
	if !found {
		return // only after a failed read, which ends the evaluation
	}
	m.n += int(by)
	for i := at + 1; i < len(m.tree); i += i & -i {
		m.tree[i] += by
	}
}

// nth returns the index of the value at a position, from 0, in the sorted window.
func (m *percentile) nth(position int) int {
	at, left := 0, int32(position)
	for step := m.top; step > 0; step >>= 1 {
		if next := at + step; next < len(m.tree) && m.tree[next] <= left {
			at, left = next, left-m.tree[next]
		}
	}
	return at
}

func (m *percentile) settle(_, _ int64) {
	if m.n == 0 {
		return
	}
	// position and part are quotient and remainder of rank·(n-1) / hundred; the quotient is at most n-1.
	high, low := bits.Mul64(m.rank, uint64(m.n-1))
	position, part := bits.Div64(high, low, m.hundred)
	m.part = part
	m.low = m.nth(int(position))
	m.high = m.low
	if part > 0 {
		m.high = m.nth(int(position) + 1)
	}
}

// near returns an approximation of the percentile, and the size of the numbers that it was computed from.
func (m *percentile) near() (value, size float64) {
	low, high := m.floats[m.low], m.floats[m.high]
	return low + (high-low)*(float64(m.part)/float64(m.hundred)), math.Abs(low) + math.Abs(high)
}

func (m *percentile) holds() bool {
	if m.n == 0 {
		return false
	}
	for i := range m.limits.each {
		b := &m.limits.each[i]
		if !b.accepts(m.compare(b)) {
			return false
		}
	}
	return true
}

func (m *percentile) compare(b *bound) int {
	if m.low == m.high {
		return compareNumbers(m.values[m.low], b.value)
	}
	value, size := m.near()
	if order, ok := compareNear(value, b.float, size+math.Abs(b.float)); ok {
		return order
	}
	// Both sides are multiplied by hundred: low·(hundred-part) + high·part against bound·hundred. hundred is below
	// 2^63.
	var s sum
	s.add(m.values[m.low].times(int64(m.hundred - m.part)))
	s.add(m.values[m.high].times(int64(m.part)))
	return compareNumbers(s.value(), b.value.times(int64(m.hundred)))
}

func (m *percentile) raisePeak(fresh bool) {
	value, _ := m.near()
	m.highest.raisePeak(fresh, value)
}

func (m *percentile) acceptsPeak() bool { return true }

func (m *percentile) peak() string { return m.highest.text() }
