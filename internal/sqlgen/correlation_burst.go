package sqlgen

import (
	"fmt"
	"strings"
)

// bursts makes the steps from the tested condition to findings: the column finding holds for the last moment of each burst
// that stands, whose row has the group, the times begins and ends, the number of members and the evidence.
func (c *correlation) bursts(t *tests) {
	tested := &Select{From: c.from(), Columns: append(c.groupColumns(), Column{Of: ts}, Column{Of: Name{"events"}},
		Column{Of: Name{"evidence"}}, Column{Of: t.holds, As: "holds"})}
	var stands []Expr
	aggregate := func(fn string, of []Expr, letter string) {
		for i, e := range of {
			tested.Columns = append(tested.Columns, Column{Of: e, As: numbered(letter, i)})
			stands = append(stands, c.inRun(fn, nth(letter, i)))
		}
	}
	aggregate("bool_and", t.within, "within")
	aggregate("bool_or", t.any, "reached")
	if t.value != nil {
		tested.Columns = append(tested.Columns, Column{Of: t.value, As: "value"})
	}
	c.step("tested", tested)

	holds := Name{"holds"}
	lag := func(of Expr) Expr { return c.over("lag", []Expr{of}) }
	goesOn := And{holds, coalesce(lag(holds), Bool(false)), coalesce(compare("<=", minus(ts, lag(ts)), nanos(c.Timespan)), Bool(false))}
	c.more("turns", Column{Of: ifThen(goesOn, Number("0"), Number("1")), As: "turn"})
	c.more("runs", Column{Of: c.over("sum", []Expr{Name{"turn"}}), As: "run"})

	bursts := []Column{{Of: c.inRun("min", ts), As: "run_begins"}, {Of: c.inRun("max", ts), As: "run_ends"}}
	if t.value != nil {
		bursts = append(bursts, Column{Of: c.inRun("max", Name{"value"}), As: "peak"})
	}
	finding := []Expr{holds, compare("=", ts, Name{"run_ends"})}
	if len(stands) > 0 {
		bursts = append(bursts, Column{Of: allOf(stands), As: "stands"})
		finding = append(finding, Name{"stands"})
	}
	c.more("bursts", bursts...)

	// The windows of a burst follow one another without a gap, so its evidence is all there is from the begin of the first
	// one to its end. Other moments reach back to themselves only, which costs nothing.
	reach := ifThen(And(finding), plus(minus(ts, Name{"run_begins"}), nanos(c.Timespan)), Number("0"))
	c.more("reaches", Column{Of: And(finding), As: "finding"}, Column{Of: reach, As: "reach"})
	within := func(fn string, of Expr) Expr {
		return c.over(fn, []Expr{of}, Frame{"RANGE BETWEEN", Name{"reach"}}, Frame{Text: "PRECEDING AND CURRENT ROW"})
	}
	evidence := call("flatten", within("array_agg", Name{"evidence"}))
	if c.nested {
		evidence = call("array_sort", call("array_distinct", evidence))
	}
	findings := &Select{From: c.from(), Columns: append(c.groupColumns(), Column{Of: within("min", ts), As: "begins"},
		Column{Of: ts, As: "ends"}, Column{Of: within("sum", Name{"events"}), As: "events"}, Column{Of: evidence, As: "evidence"},
		Column{Of: Name{"finding"}})}
	if t.value != nil {
		findings.Columns = append(findings.Columns, Column{Of: Name{"peak"}})
	}
	c.step("findings", findings)
	c.valued = t.value != nil
}

// inRun is an aggregate over the moments of a run.
func (c *correlation) inRun(fn string, of Expr) Expr {
	return Window{Of: Call{fn, []Expr{of}}, Partition: append(c.groups(), Name{"run"})}
}

// result selects what a finding shows. Names of group-by that are taken get a number behind.
func (c *correlation) result() *Select {
	count, ids := Expr(Name{"events"}), Expr(Name{"evidence"})
	if c.nested {
		count = call(c.d.length, ids)
		ids = c.present(c.d.transform(ids, "e", Member{Name{"e"}, "id"}))
	}
	own := []Column{
		{Of: call(c.d.fromNanos, Name{"begins"}), As: "first"}, {Of: call(c.d.fromNanos, Name{"ends"}), As: "last"},
		{Of: Cast{count, c.d.IntegerType, false}, As: "count"},
	}
	if c.valued {
		own = append(own, Column{Of: Name{"peak"}, As: "value"})
	}
	own = append(own, Column{Of: ids, As: "ids"})

	taken := map[string]bool{}
	for _, column := range own {
		taken[column.As] = true
	}
	s := &Select{From: c.from(), Where: Name{"finding"}, OrderBy: []Expr{Name{"last"}, Name{"first"}}}
	for i, written := range c.GroupBy {
		name := written
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s (%d)", written, n)
		}
		taken[strings.ToLower(name)] = true
		s.Columns = append(s.Columns, Column{Of: nth("g", i), As: name})
		s.OrderBy = append(s.OrderBy, Name{name})
	}
	s.Columns = append(s.Columns, own...)
	return s
}
