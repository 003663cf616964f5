package sqlgen

import (
	"github.com/egret-hunt/egret/internal/ir"
)

// measure makes the steps that compute the value of each window, nil if the correlation is refused.
func (c *correlation) measure() *tests {
	ordered := c.Type == ir.TemporalOrdered || c.Type == ir.TemporalOrderedExtended
	switch {
	case c.Extended != nil && ordered:
		return c.orderedCondition(c.Extended)
	case c.Extended != nil:
		return c.condition()
	}
	switch c.Type {
	case ir.EventCount:
		return c.eventCount()
	case ir.ValueCount:
		return c.valueCount()
	case ir.Temporal, ir.TemporalExtended:
		return c.temporal()
	case ir.TemporalOrdered, ir.TemporalOrderedExtended:
		return c.ordered()
	case ir.ValueSum, ir.ValueAvg:
		return c.totals()
	case ir.ValuePercentile, ir.ValueMedian:
		return c.percentile()
	}
	c.declinef(c.Correlation, "", "its type is unknown")
	return nil
}

// moments brings the members of a group at one time together. event holds for the rows that stand for a member, nil: all
// do. The number of members is in the column events, their evidence in the column evidence.
func (c *correlation) moments(event Expr, columns ...Column) {
	only := func(e Expr) Expr {
		if event == nil {
			return e
		}
		return ifThen(event, e, nil)
	}
	var evidence Expr
	if c.nested {
		evidence = call("flatten", c.present(call("array_agg", only(Name{"evidence"}))))
	} else {
		evidence = call("array_sort", c.present(call("array_agg", only(Name{"id"}))))
	}
	s := &Select{From: c.from(), GroupBy: append(c.groups(), ts)}
	s.Columns = append(c.groupColumns(), Column{Of: ts}, Column{Of: call("count", only(Number("1"))), As: "events"}, Column{Of: evidence, As: "evidence"})
	s.Columns = append(s.Columns, columns...)
	c.step("moments", s)
}

// eventCount counts members.
func (c *correlation) eventCount() *tests {
	c.moments(nil)
	c.more("windows", Column{Of: c.inWindow(Name{"events"}), As: "value"})
	return c.counted(1)
}

// counted tests the column value, a whole number.
func (c *correlation) counted(least int64) *tests {
	t := c.tested(wholeComparison("value"), false, least)
	if t != nil {
		t.value = Cast{Name{"value"}, c.d.IntegerType, false}
	}
	return t
}

// servedInWindow adds the columns n1, n2 …: how many members of the window serve each rule.
func (c *correlation) servedInWindow() []Column {
	var columns []Column
	for i := range c.targets {
		columns = append(columns, Column{Of: c.inWindow(nth("n", i)), As: numbered("w", i)})
	}
	return columns
}

func (c *correlation) servedMoments() {
	var columns []Column
	for i := range c.targets {
		columns = append(columns, Column{Of: countIf(nth("s", i)), As: numbered("n", i)})
	}
	c.moments(nil, columns...)
}

// temporal counts the rules that have a member in the window.
func (c *correlation) temporal() *tests {
	c.servedMoments()
	c.more("windows", c.servedInWindow()...)
	var there []Expr
	for i := range c.targets {
		there = append(there, flag(compare(">", nth("w", i), Number("0"))))
	}
	c.more("counted", Column{Of: plus(there...), As: "value"})
	least := 1
	if len(c.Bounds) == 0 {
		least = len(c.targets)
	}
	return c.counted(int64(least))
}

// condition tests a condition over the rules that have a member in the window.
func (c *correlation) condition() *tests {
	c.servedMoments()
	c.more("windows", c.servedInWindow()...)
	holds, ok := c.served(c.Extended)
	if !ok {
		return nil
	}
	return &tests{holds: holds}
}

// served is a condition over rules in SQL: none of its parts is ever NULL.
func (c *correlation) served(e ir.Expr) (Expr, bool) {
	each := func(operands []ir.Expr) ([]Expr, bool) {
		var out []Expr
		for _, operand := range operands {
			o, ok := c.served(operand)
			if !ok {
				return nil, false
			}
			out = append(out, o)
		}
		return out, true
	}
	switch e := e.(type) {
	case *ir.AndExpr:
		operands, ok := each(e.Operands)
		return And(operands), ok
	case *ir.OrExpr:
		operands, ok := each(e.Operands)
		return Or(operands), ok
	case *ir.NotExpr:
		operand, ok := c.served(e.Operand)
		return Not{operand}, ok
	case *ir.ConstExpr:
		return Bool(e.Value), true
	case *ir.BaseExpr:
		if e.Index >= 0 && e.Index < len(c.steps) {
			return compare(">", nth("w", c.steps[e.Index]), Number("0")), true
		}
	}
	c.declinef(c.Correlation, "", "its condition is over something else than its rules")
	return nil, false
}

// values gives each value of a member a row of its own, in the columns v1 …, and each member one row more, where they are
// NULL. With several fields a value is one text of each.
func (c *correlation) values(readings []reading) {
	null := List{Cast{Null{}, c.d.TextType, false}}
	s := &Select{From: c.from(), Columns: append(c.groupColumns(), Column{Of: ts}, Column{Of: Name{"id"}})}
	if c.nested {
		s.Columns = append(s.Columns, Column{Of: Name{"evidence"}})
	}
	var none, some []Expr
	for place := range readings[0].fields {
		s.Columns = append(s.Columns, Column{Of: nth("v", place)})
		s.Joins = append(s.Joins, Source{
			Unnest: []Expr{concat(c.candidates(readings, place), null)}, As: numbered("value", place), Columns: []string{numbered("v", place)},
		})
		none = append(none, IsNull{Of: nth("v", place)})
		some = append(some, notNull(nth("v", place)))
	}
	var ways []Expr
	for _, r := range readings {
		if !r.all {
			ways = append(ways, And{r.served, fromReading(r, "v")})
		}
	}
	if len(ways) > 0 {
		some = append(some, anyOf(ways))
	}
	if len(some) > 1 {
		s.Where = Or{allOf(none), And(some)}
	}
	c.step("values", s)
}

// valueCount counts the different values of the window. A value is in the windows of a stretch of time: from a member that
// has it, while none had it within the timespan before, to the timespan after a member, while none has it within the
// timespan after. So the different values are the stretches that began by now less those that ended before the window.
func (c *correlation) valueCount() *tests {
	readings := c.readings(func(b *ir.Base) []ir.Field { return b.Values })
	if len(readings[0].fields) == 0 {
		c.declinef(c.Correlation, "", "it counts the values of no field")
		return nil
	}
	c.values(readings)
	partition := c.groups()
	for place := range readings[0].fields {
		partition = append(partition, nth("v", place))
	}
	next := func(fn string) Expr {
		return Window{Of: Call{fn, []Expr{ts}}, Partition: partition, Order: []Expr{ts}}
	}
	value := notNull(Name{"v1"})
	far := func(distance Expr) Expr {
		return flag(And{value, coalesce(compare(">", distance, nanos(c.Timespan)), Bool(true))})
	}
	c.more("stretches", Column{Of: far(minus(ts, next("lag"))), As: "begins"}, Column{Of: far(minus(next("lead"), ts)), As: "ends"})
	c.moments(IsNull{Of: Name{"v1"}}, Column{Of: call("sum", Name{"begins"}), As: "begun"}, Column{Of: call("sum", Name{"ends"}), As: "ended"})
	c.more("running", Column{Of: c.over("sum", []Expr{Name{"begun"}}), As: "all_begun"}, Column{Of: c.over("sum", []Expr{Name{"ended"}}), As: "all_ended"})
	c.more("windows", Column{Of: minus(Name{"all_begun"}, c.before("all_ended")), As: "value"})
	return c.counted(1)
}
