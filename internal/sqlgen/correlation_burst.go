package sqlgen

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// bursts makes the steps from the tested condition to findings: the column finding holds for the last moment of each burst
// that stands, whose row has the group, the times begins and ends, the number of members and the evidence.
func (c *correlation) bursts(t *tests) {
	tested := &sqltree.Select{From: c.from(), Columns: append(c.groupColumns(), sqltree.Column{Of: ts}, sqltree.Column{Of: sqltree.Name{"events"}},
		sqltree.Column{Of: sqltree.Name{"evidence"}}, sqltree.Column{Of: t.holds, As: "holds"})}
	var stands []sqltree.Expr
	aggregate := func(fn string, of []sqltree.Expr, letter string) {
		for i, e := range of {
			tested.Columns = append(tested.Columns, sqltree.Column{Of: e, As: numbered(letter, i)})
			stands = append(stands, c.inRun(fn, nth(letter, i)))
		}
	}
	aggregate("bool_and", t.within, "within")
	aggregate("bool_or", t.any, "reached")
	if t.value != nil {
		tested.Columns = append(tested.Columns, sqltree.Column{Of: t.value, As: "value"})
	}
	c.step("tested", tested)

	holds := sqltree.Name{"holds"}
	lag := func(of sqltree.Expr) sqltree.Expr { return c.over("lag", []sqltree.Expr{of}) }
	goesOn := sqltree.And{holds, sqltree.Coalesce(lag(holds), sqltree.Bool(false)), sqltree.Coalesce(sqltree.Compare("<=", sqltree.Minus(ts, lag(ts)), nanos(c.Timespan)), sqltree.Bool(false))}
	c.more("turns", sqltree.Column{Of: sqltree.If(goesOn, sqltree.Number("0"), sqltree.Number("1")), As: "turn"})
	c.more("runs", sqltree.Column{Of: c.over("sum", []sqltree.Expr{sqltree.Name{"turn"}}), As: "run"})

	bursts := []sqltree.Column{{Of: c.inRun("min", ts), As: "run_begins"}, {Of: c.inRun("max", ts), As: "run_ends"}}
	if t.value != nil {
		bursts = append(bursts, sqltree.Column{Of: c.inRun("max", sqltree.Name{"value"}), As: "peak"})
	}
	finding := []sqltree.Expr{holds, sqltree.Compare("=", ts, sqltree.Name{"run_ends"})}
	if len(stands) > 0 {
		bursts = append(bursts, sqltree.Column{Of: allOf(stands), As: "stands"})
		finding = append(finding, sqltree.Name{"stands"})
	}
	c.more("bursts", bursts...)

	// The windows of a burst follow one another without a gap, so its evidence is all there is from the begin of the first
	// one to its end. Other moments reach back to themselves only, which costs nothing.
	reach := sqltree.If(sqltree.And(finding), sqltree.Plus(sqltree.Minus(ts, sqltree.Name{"run_begins"}), nanos(c.Timespan)), sqltree.Number("0"))
	c.more("reaches", sqltree.Column{Of: sqltree.And(finding), As: "finding"}, sqltree.Column{Of: reach, As: "reach"})
	within := func(fn string, of sqltree.Expr) sqltree.Expr {
		return c.over(fn, []sqltree.Expr{of}, sqltree.Frame{Text: "RANGE BETWEEN", Value: sqltree.Name{"reach"}}, sqltree.Frame{Text: "PRECEDING AND CURRENT ROW"})
	}
	evidence := sqltree.Fn("flatten", within("array_agg", sqltree.Name{"evidence"}))
	if c.nested {
		evidence = sqltree.Fn("array_sort", sqltree.Fn("array_distinct", evidence))
	}
	findings := &sqltree.Select{From: c.from(), Columns: append(c.groupColumns(), sqltree.Column{Of: within("min", ts), As: "begins"},
		sqltree.Column{Of: ts, As: "ends"}, sqltree.Column{Of: within("sum", sqltree.Name{"events"}), As: "events"}, sqltree.Column{Of: evidence, As: "evidence"},
		sqltree.Column{Of: sqltree.Name{"finding"}})}
	if t.value != nil {
		findings.Columns = append(findings.Columns, sqltree.Column{Of: sqltree.Name{"peak"}})
	}
	c.step("findings", findings)
	c.valued = t.value != nil
}

// inRun returns an aggregate over the moments of a run.
func (c *correlation) inRun(fn string, of sqltree.Expr) sqltree.Expr {
	return sqltree.Window{Of: sqltree.Call{Fn: fn, Args: []sqltree.Expr{of}}, Partition: append(c.groups(), sqltree.Name{"run"})}
}

// result selects the columns of a finding. If the name of a group-by field is already in use, a number is appended.
func (c *correlation) result() *sqltree.Select {
	count, ids := sqltree.Expr(sqltree.Name{"events"}), sqltree.Expr(sqltree.Name{"evidence"})
	if c.nested {
		count = c.d.Length(ids)
		ids = c.present(c.d.Transform(ids, "e", sqltree.Member{Of: sqltree.Name{"e"}, Name: "id"}))
	}
	own := []sqltree.Column{
		{Of: c.d.FromNanos(sqltree.Name{"begins"}), As: "first"}, {Of: c.d.FromNanos(sqltree.Name{"ends"}), As: "last"},
		{Of: sqltree.Cast{Of: count, Type: c.d.IntegerType, Try: false}, As: "count"},
	}
	if c.valued {
		own = append(own, sqltree.Column{Of: sqltree.Name{"peak"}, As: "value"})
	}
	own = append(own, sqltree.Column{Of: ids, As: "ids"})

	taken := map[string]bool{}
	for _, column := range own {
		taken[column.As] = true
	}
	s := &sqltree.Select{From: c.from(), Where: sqltree.Name{"finding"}, OrderBy: []sqltree.Expr{sqltree.Name{"last"}, sqltree.Name{"first"}}}
	for i, written := range c.GroupBy {
		name := written
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s (%d)", written, n)
		}
		taken[strings.ToLower(name)] = true
		s.Columns = append(s.Columns, sqltree.Column{Of: nth("g", i), As: name})
		s.OrderBy = append(s.OrderBy, sqltree.Name{name})
	}
	s.Columns = append(s.Columns, own...)
	return s
}
