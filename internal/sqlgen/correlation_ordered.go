package sqlgen

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// A chain is a choice of steps that different events serve in the order of `rules`, with times that do not decrease. The
// steps say, for each moment, when the latest chain began that has ended by then: a later begin is always at least as good,
// since a chain is in the window as long as its begin is. So each length of a chain needs only what is known of shorter
// ones, and no recursion.
//
// At one moment several steps in a row can be served, by different events. Whether they can is decided by counting: each
// set of rules must have at least as many events that serve one of them as it has steps (Hall's theorem).

// maxSteps is the maximum number of rules of an ordered correlation in SQL: each rule doubles the number of sets of rules.
const maxSteps = 8

// never is earlier than any time.
const never = sqltree.Number("-9223372036854775807")

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
func (h *chains) subsets(steps []int, yield func(served sqltree.Expr, need int)) {
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
		yield(sqltree.Name{anyName(set)}, n)
	}
}

// together returns the condition that different events of a moment serve all the steps.
func (h *chains) together(steps []int) sqltree.Expr {
	var and []sqltree.Expr
	h.subsets(steps, func(served sqltree.Expr, need int) {
		and = append(and, sqltree.Compare(">=", served, sqltree.Int(need)))
	})
	return allOf(and)
}

// most returns the number of steps that different events of a moment can serve.
func (h *chains) most(steps []int) sqltree.Expr {
	least := []sqltree.Expr{sqltree.Int(len(steps))}
	h.subsets(steps, func(served sqltree.Expr, need int) {
		if need < len(steps) {
			served = sqltree.Plus(served, sqltree.Int(len(steps)-need))
		}
		least = append(least, served)
	})
	for len(least) > maxArguments {
		least = append(least[maxArguments:], sqltree.Fn("least", least[:maxArguments]...))
	}
	return sqltree.Fn("least", least...)
}

// maxArguments is the maximum number of arguments in a call; Trino refuses 128.
const maxArguments = 100

// begin makes the steps up to the moments, with the columns for all sets that were asked about.
func (h *chains) begin(more ...sqltree.Column) {
	var columns []sqltree.Column
	var sets []uint
	for set := range h.sets {
		sets = append(sets, set)
	}
	slices.Sort(sets)
	for _, set := range sets {
		var or []sqltree.Expr
		for left := set; left != 0; left &= left - 1 {
			or = append(or, nth("s", bits.TrailingZeros(left)))
		}
		columns = append(columns, sqltree.Column{Of: countIf(anyOf(or)), As: anyName(set)})
	}
	h.moments(nil, append(columns, more...)...)
}

// running returns the latest start up to a moment, and earlier the latest start before it.
func (h *chains) running(of sqltree.Expr) sqltree.Expr { return h.over("max", []sqltree.Expr{of}) }

func (h *chains) earlier(of sqltree.Expr) sqltree.Expr {
	return sqltree.Coalesce(h.over("max", []sqltree.Expr{of}, sqltree.Frame{Text: "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"}), never)
}

// recent reports whether a chain began within the window.
func (h *chains) recent(begin sqltree.Expr) sqltree.Expr {
	return sqltree.And{sqltree.Compare(">", begin, never), sqltree.Compare(">=", begin, sqltree.Minus(ts, nanos(h.Timespan)))}
}

func greatest(of []sqltree.Expr) sqltree.Expr {
	if len(of) == 1 {
		return of[0]
	}
	return sqltree.Fn("greatest", of...)
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
	var together []sqltree.Column
	for from := range steps {
		for to := from + 1; to <= steps; to++ {
			var between []int
			for i := from; i < to; i++ {
				between = append(between, i)
			}
			together = append(together, sqltree.Column{Of: h.most(between), As: name("most", from, to)})
		}
	}
	h.begin()
	c.more("together", together...)
	// begin_i_k is the latest begin of k steps among the first i, before the moment; of all steps, up to the moment.
	for to := 1; to <= steps; to++ {
		var columns []sqltree.Column
		for k := 1; k <= to; k++ {
			var ways []sqltree.Expr
			for from := range to {
				most := sqltree.Name{name("most", from, to)}
				way := sqltree.Case{Whens: []sqltree.When{{If: sqltree.Compare(">=", most, sqltree.Int(k)), Then: ts}}, Else: never}
				for m := min(k-1, to-from); m >= 1 && k-m <= from; m-- {
					way.Whens = append(way.Whens, sqltree.When{If: sqltree.Compare("=", most, sqltree.Int(m)), Then: sqltree.Name{name("begin", from, k-m)}})
				}
				ways = append(ways, way)
			}
			begin := h.earlier(greatest(ways))
			if to == steps {
				begin = h.running(greatest(ways))
			}
			columns = append(columns, sqltree.Column{Of: begin, As: name("begin", to, k)})
		}
		c.more(numbered("chains", to-1), columns...)
	}
	value := sqltree.Case{Else: sqltree.Number("0")}
	for k := steps; k >= 1; k-- {
		value.Whens = append(value.Whens, sqltree.When{If: h.recent(sqltree.Name{name("begin", steps, k)}), Then: sqltree.Int(k)})
	}
	c.more("counted", sqltree.Column{Of: value, As: "value"})
	return c.counted(1)
}
