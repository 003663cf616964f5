package testkit

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/sigma"
)

// test is the condition of a correlation on one window.
type test struct {
	correlation *sigma.Correlation
	steps       []step
	// each is tested at every event, peak on the greatest value of a burst.
	each, peak []bound
	// ordered is set for types that require an order; extended for a condition over rule names.
	ordered  bool
	strict   bool // times must increase from step to step
	spans    bool
	extended sigma.ConditionExpr
	resolve  func(name string) any
}

type bound struct {
	op    string
	value *big.Rat
}

func (b bound) holds(value *big.Rat) bool {
	order := value.Cmp(b.value)
	switch b.op {
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	case "eq":
		return order == 0
	}
	return order != 0 // neq
}

func (c *Correlations) newTest(correlation *sigma.Correlation, steps []step) (*test, error) {
	t := &test{correlation: correlation, steps: steps, strict: c.options.Strict, spans: c.options.Spans}
	t.ordered = strings.HasPrefix(correlation.Type, "temporal_ordered")
	t.resolve = func(name string) any {
		for _, s := range steps {
			if s.name == name {
				return s.target
			}
		}
		return Resolve(c.collection, name)
	}
	if correlation.Extended != nil {
		t.extended = correlation.Extended.Expr
		return t, nil
	}
	if correlation.Condition == nil {
		if !strings.HasPrefix(correlation.Type, "temporal") {
			return nil, fmt.Errorf("%s needs a condition", correlation.Type)
		}
		all := len(steps)
		if !t.ordered {
			all = len(distinctTargets(steps))
		}
		t.each = []bound{{"gte", big.NewRat(int64(all), 1)}}
		return t, nil
	}
	lower := false
	for _, b := range correlation.Condition.Bounds {
		d, ok := parseDecimal(b.Value)
		value, fits := d.rat()
		if !ok || !fits {
			return nil, fmt.Errorf("bound %q is not a number", b.Value)
		}
		switch {
		case t.statistic(), b.Op == "neq":
			t.each = append(t.each, bound{b.Op, value})
		case b.Op == "gt" || b.Op == "gte":
			lower = true
			t.each = append(t.each, bound{b.Op, value})
		default:
			t.peak = append(t.peak, bound{b.Op, value})
		}
	}
	if !lower && !t.statistic() && correlation.Type != "value_sum" {
		t.each = append(t.each, bound{"gte", big.NewRat(1, 1)})
	}
	return t, nil
}

// statistic reports whether all bounds of the type are tested at each event.
func (t *test) statistic() bool {
	switch t.correlation.Type {
	case "value_avg", "value_percentile", "value_median":
		return true
	}
	return false
}

// at computes the value of a window, nil if it has none, and reports whether the condition holds.
func (t *test) at(window []*served) (*big.Rat, bool) {
	if t.extended != nil {
		return nil, t.extendedHolds(window)
	}
	value := t.value(window)
	if value == nil {
		return nil, false
	}
	for _, b := range t.each {
		if !b.holds(value) {
			return value, false
		}
	}
	return value, true
}

// peakHolds tests the upper bounds on the peak of a burst.
func (t *test) peakHolds(peak *big.Rat) bool {
	for _, b := range t.peak {
		if !b.holds(peak) {
			return false
		}
	}
	return true
}

func (t *test) value(window []*served) *big.Rat {
	count := func(n int) *big.Rat { return big.NewRat(int64(n), 1) }
	switch t.correlation.Type {
	case "event_count":
		return count(len(window))
	case "value_count":
		seen := map[string]bool{}
		for _, e := range window {
			for _, target := range e.targets {
				var columns [][]string
				for _, field := range t.correlation.Condition.Fields {
					columns = append(columns, texts(e.leaves(resolveField(t.correlation, field.Value, target, t.steps))))
				}
				for _, row := range combinations(columns) {
					seen[strings.Join(quoteAll(row), ",")] = true
				}
			}
		}
		return count(len(seen))
	case "temporal", "temporal_extended":
		n := 0
		for _, target := range distinctTargets(t.steps) {
			if serves(window, target) {
				n++
			}
		}
		return count(n)
	case "temporal_ordered", "temporal_ordered_extended":
		longest := 0
		for chain := range t.chains(window) {
			longest = max(longest, bits.OnesCount64(chain))
		}
		return count(longest)
	}
	return t.numeric(window)
}

// numeric returns the sum, average or percentile of the window's numbers, nil if there are none.
func (t *test) numeric(window []*served) *big.Rat {
	var numbers []*big.Rat
	sum := new(big.Rat)
	for _, e := range window {
		var fields []string
		for _, target := range e.targets {
			for _, field := range t.correlation.Condition.Fields {
				if name := resolveField(t.correlation, field.Value, target, t.steps); !slices.Contains(fields, name) {
					fields = append(fields, name)
				}
			}
		}
		for _, field := range fields {
			for _, leaf := range e.leaves(field) {
				if d, ok := leaf.number(); ok {
					if r, ok := d.rat(); ok {
						numbers = append(numbers, r)
						sum.Add(sum, r)
					}
				}
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	slices.SortFunc(numbers, (*big.Rat).Cmp)
	switch t.correlation.Type {
	case "value_sum":
		return sum
	case "value_avg":
		return sum.Quo(sum, big.NewRat(int64(len(numbers)), 1))
	case "value_median":
		return percentile(numbers, big.NewRat(50, 1))
	case "value_percentile":
		rank, ok := new(big.Rat).SetString(strconv.FormatFloat(t.correlation.Condition.Percentile, 'f', -1, 64))
		if !ok || !t.correlation.Condition.HasPercentile {
			return nil
		}
		return percentile(numbers, rank)
	}
	return nil
}

// percentile interpolates between the two closest ranks of sorted numbers, like quantile_cont.
func percentile(sorted []*big.Rat, rank *big.Rat) *big.Rat {
	position := new(big.Rat).Quo(rank, big.NewRat(100, 1))
	position.Mul(position, big.NewRat(int64(len(sorted)-1), 1))
	below := int(new(big.Int).Quo(position.Num(), position.Denom()).Int64())
	if below >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	fraction := new(big.Rat).Sub(position, big.NewRat(int64(below), 1))
	between := new(big.Rat).Sub(sorted[below+1], sorted[below])
	return between.Mul(between, fraction).Add(between, sorted[below])
}

func distinctTargets(steps []step) []any {
	var out []any
	for _, s := range steps {
		if !slices.Contains(out, s.target) {
			out = append(out, s.target)
		}
	}
	return out
}

// serves reports whether the window has an event of a rule.
func serves(window []*served, target any) bool {
	return slices.ContainsFunc(window, func(e *served) bool { return slices.Contains(e.targets, target) })
}

// chains returns every selection of steps, as a bit set, that different events of the window match in the order of
// `rules`, with times that do not decrease. Events of equal time may match in either order.
func (t *test) chains(window []*served) map[uint64]bool {
	reached := map[uint64]bool{0: true}
	if t.spans {
		t.extendSpans(0, nil, window, reached)
		return reached
	}
	for start := 0; start < len(window); {
		end := start
		for end < len(window) && window[end].time.Equal(window[start].time) {
			end++
		}
		peers := window[start:end]
		next := map[uint64]bool{}
		for chain := range reached {
			if t.strict {
				next[chain] = true
				for i := bits.Len64(chain); i < len(t.steps); i++ {
					if serves(peers, t.steps[i].target) {
						next[chain|1<<i] = true
					}
				}
				continue
			}
			t.extend(chain, bits.Len64(chain), peers, map[*served]bool{}, next)
		}
		reached, start = next, end
	}
	return reached
}

// extend adds to a selection every selection of later steps that other events of the same time match.
func (t *test) extend(chain uint64, from int, peers []*served, used map[*served]bool, out map[uint64]bool) {
	out[chain] = true
	for i := from; i < len(t.steps); i++ {
		for _, e := range peers {
			if used[e] || !slices.Contains(e.targets, t.steps[i].target) {
				continue
			}
			used[e] = true
			t.extend(chain|1<<i, i+1, peers, used, out)
			delete(used, e)
		}
	}
}

// extendSpans adds every selection of later steps that other events of the window match, none of which ends before an
// event of an earlier step begins.
func (t *test) extendSpans(chain uint64, used, window []*served, out map[uint64]bool) {
	out[chain] = true
	for i := bits.Len64(chain); i < len(t.steps); i++ {
		for _, e := range window {
			tooEarly := func(earlier *served) bool { return e.last.Before(earlier.time) }
			if slices.Contains(e.targets, t.steps[i].target) && !slices.Contains(used, e) && !slices.ContainsFunc(used, tooEarly) {
				t.extendSpans(chain|1<<i, append(slices.Clone(used), e), window, out)
			}
		}
	}
}

func quoteAll(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, strconv.Quote(text))
	}
	return out
}
