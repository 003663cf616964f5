package sqlgen

import (
	"math/bits"
	"slices"
	"strings"
)

// A chain is a choice of steps that different events serve in the order of `rules`, with times that do not decrease. The
// steps say, for each moment, when the latest chain began that has ended by then: a later begin is always at least as good,
// since a chain is in the window as long as its begin is. So each length of a chain needs only what is known of shorter
// ones, and no recursion.
//
// At one moment several steps in a row can be served, by different events. Whether they can is decided by counting: each
// set of rules must have at least as many events that serve one of them as it has steps (Hall's theorem).

// maxSteps bounds the rules of an ordered correlation in SQL: the sets of rules double with each.
const maxSteps = 8

// never is before all times.
const never = Number("-9223372036854775807")

// chains builds the columns of an ordered correlation.
type chains struct {
	*correlation
	sets map[uint]bool // of targets, whose events are counted
}

// newChains is nil if the correlation is refused.
func (c *correlation) newChains() *chains {
	if len(c.steps) > maxSteps {
		c.declinef(c.Correlation, "the native engine takes up to 64", "it has %d ordered rules; %d are the most", len(c.steps), maxSteps)
		return nil
	}
	return &chains{c, map[uint]bool{}}
}

// anyName is the column with the number of events that serve any rule of a set.
func anyName(set uint) string {
	var b strings.Builder
	b.WriteString("any")
	for ; set != 0; set &= set - 1 {
		b.WriteString("_" + numbered("", bits.TrailingZeros(set)))
	}
	return b.String()
}

// subsets lists the sets of rules that steps ask for, each with the number of steps that its rules serve.
func (h *chains) subsets(steps []int, yield func(served Expr, need int)) {
	var all uint
	need := map[uint]int{}
	for _, step := range steps {
		all |= 1 << h.steps[step]
		need[1<<h.steps[step]]++
	}
	var sets []uint
	for set := all; set != 0; set = (set - 1) & all {
		sets = append(sets, set)
	}
	slices.Sort(sets)
	for _, set := range sets {
		n := 0
		for left := set; left != 0; left &= left - 1 {
			n += need[left&-left]
		}
		h.sets[set] = true
		yield(Name{anyName(set)}, n)
	}
}

// together holds when different events of a moment serve all the steps.
func (h *chains) together(steps []int) Expr {
	var and []Expr
	h.subsets(steps, func(served Expr, need int) { and = append(and, compare(">=", served, number(need))) })
	return allOf(and)
}

// most is how many of the steps different events of a moment can serve.
func (h *chains) most(steps []int) Expr {
	least := []Expr{number(len(steps))}
	h.subsets(steps, func(served Expr, need int) {
		if need < len(steps) {
			served = plus(served, number(len(steps)-need))
		}
		least = append(least, served)
	})
	for len(least) > maxArguments {
		least = append(least[maxArguments:], call("least", least[:maxArguments]...))
	}
	return call("least", least...)
}

// maxArguments is how many arguments Trino takes in a call; it refuses 128.
const maxArguments = 100

// begin makes the steps up to the moments, with the columns for all sets that were asked about.
func (h *chains) begin(more ...Column) {
	var columns []Column
	var sets []uint
	for set := range h.sets {
		sets = append(sets, set)
	}
	slices.Sort(sets)
	for _, set := range sets {
		var or []Expr
		for left := set; left != 0; left &= left - 1 {
			or = append(or, nth("s", bits.TrailingZeros(left)))
		}
		columns = append(columns, Column{Of: countIf(anyOf(or)), As: anyName(set)})
	}
	h.moments(nil, append(columns, more...)...)
}

// running is the latest begin up to a moment, and earlier that before it.
func (h *chains) running(of Expr) Expr { return h.over("max", []Expr{of}) }

func (h *chains) earlier(of Expr) Expr {
	return coalesce(h.over("max", []Expr{of}, Frame{Text: "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"}), never)
}

// recent tells whether a chain began within the window.
func (h *chains) recent(begin Expr) Expr {
	return And{compare(">", begin, never), compare(">=", begin, minus(ts, nanos(h.Timespan)))}
}

func greatest(of []Expr) Expr {
	if len(of) == 1 {
		return of[0]
	}
	return call("greatest", of...)
}

// ordered counts the steps of the longest chain in the window, or asks for all of them where there are no bounds.
func (c *correlation) ordered() *tests {
	if len(c.Bounds) == 0 {
		all := make([]int, len(c.steps))
		for i := range all {
			all[i] = i
		}
		return c.orderedTerms([]term{{wanted: all}})
	}
	h := c.newChains()
	if h == nil {
		return nil
	}
	// most_i_j is how many of the steps behind i up to j one moment can serve.
	steps := len(c.steps)
	name := func(prefix string, i, j int) string { return prefix + numbered("_", i-1) + numbered("_", j-1) }
	var together []Column
	for from := range steps {
		for to := from + 1; to <= steps; to++ {
			var between []int
			for i := from; i < to; i++ {
				between = append(between, i)
			}
			together = append(together, Column{Of: h.most(between), As: name("most", from, to)})
		}
	}
	h.begin()
	c.more("together", together...)
	// begin_i_k is the latest begin of k steps among the first i, before the moment; of all steps, up to the moment.
	for to := 1; to <= steps; to++ {
		var columns []Column
		for k := 1; k <= to; k++ {
			var ways []Expr
			for from := range to {
				most := Name{name("most", from, to)}
				way := Case{Whens: []When{{compare(">=", most, number(k)), ts}}, Else: never}
				for m := min(k-1, to-from); m >= 1 && k-m <= from; m-- {
					way.Whens = append(way.Whens, When{compare("=", most, number(m)), Name{name("begin", from, k-m)}})
				}
				ways = append(ways, way)
			}
			begin := h.earlier(greatest(ways))
			if to == steps {
				begin = h.running(greatest(ways))
			}
			columns = append(columns, Column{Of: begin, As: name("begin", to, k)})
		}
		c.more(numbered("chains", to-1), columns...)
	}
	value := Case{Else: Number("0")}
	for k := steps; k >= 1; k-- {
		value.Whens = append(value.Whens, When{h.recent(Name{name("begin", steps, k)}), number(k)})
	}
	c.more("counted", Column{Of: value, As: "value"})
	return c.counted(1)
}
