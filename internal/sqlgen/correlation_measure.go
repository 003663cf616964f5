package sqlgen

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// measure returns the steps that compute the value of each window, nil if the correlation is refused.
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
	case ir.Bindings: // only the native engine evaluates them
	}
	c.declinef(c.Correlation, "", "its type is unknown")
	return nil
}

// moments combines the members of a group that have the same time. event holds for the rows that represent a member; nil means
// all rows. The column events has the number of members, the column evidence their evidence.
func (c *correlation) moments(event sqltree.Expr, columns ...sqltree.Column) {
	only := func(e sqltree.Expr) sqltree.Expr {
		if event == nil {
			return e
		}
		return sqltree.If(event, e, nil)
	}
	var evidence sqltree.Expr
	if c.nested {
		evidence = sqltree.Fn("flatten", c.present(sqltree.Fn("array_agg", only(sqltree.Name{"evidence"}))))
	} else {
		evidence = sqltree.Fn("array_sort", c.present(sqltree.Fn("array_agg", only(sqltree.Name{"id"}))))
	}
	s := &sqltree.Select{From: c.from(), GroupBy: append(c.groups(), ts)}
	s.Columns = append(c.groupColumns(), sqltree.Column{Of: ts}, sqltree.Column{Of: sqltree.Fn("count", only(sqltree.Number("1"))), As: "events"}, sqltree.Column{Of: evidence, As: "evidence"})
	s.Columns = append(s.Columns, columns...)
	c.step("moments", s)
}

// eventCount counts members.
func (c *correlation) eventCount() *tests {
	c.moments(nil)
	c.more("windows", sqltree.Column{Of: c.inWindow(sqltree.Name{"events"}), As: "value"})
	return c.counted(1)
}

// counted tests the column value, which is an integer.
func (c *correlation) counted(least int64) *tests {
	t := c.tested(wholeComparison("value"), false, least)
	if t != nil {
		t.value = sqltree.Cast{Of: sqltree.Name{"value"}, Type: c.d.IntegerType, Try: false}
	}
	return t
}

// servedInWindow adds the columns n1, n2 …: how many members of the window serve each rule.
func (c *correlation) servedInWindow() []sqltree.Column {
	var columns []sqltree.Column
	for i := range c.targets {
		columns = append(columns, sqltree.Column{Of: c.inWindow(nth("n", i)), As: numbered("w", i)})
	}
	return columns
}

func (c *correlation) servedMoments() {
	var columns []sqltree.Column
	for i := range c.targets {
		columns = append(columns, sqltree.Column{Of: countIf(nth("s", i)), As: numbered("n", i)})
	}
	c.moments(nil, columns...)
}

// temporal counts the rules that have a member in the window.
func (c *correlation) temporal() *tests {
	c.servedMoments()
	c.more("windows", c.servedInWindow()...)
	var there []sqltree.Expr
	for i := range c.targets {
		there = append(there, flag(sqltree.Compare(">", nth("w", i), sqltree.Number("0"))))
	}
	c.more("counted", sqltree.Column{Of: sqltree.Plus(there...), As: "value"})
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

// served converts a condition over rules to SQL. No part of it is ever NULL.
func (c *correlation) served(e ir.Expr) (sqltree.Expr, bool) {
	each := func(operands []ir.Expr) ([]sqltree.Expr, bool) {
		var out []sqltree.Expr
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
		return sqltree.And(operands), ok
	case *ir.OrExpr:
		operands, ok := each(e.Operands)
		return sqltree.Or(operands), ok
	case *ir.NotExpr:
		operand, ok := c.served(e.Operand)
		return sqltree.Not{Of: operand}, ok
	case *ir.ConstExpr:
		return sqltree.Bool(e.Value), true
	case *ir.BaseExpr:
		if e.Index >= 0 && e.Index < len(c.steps) {
			return sqltree.Compare(">", nth("w", c.steps[e.Index]), sqltree.Number("0")), true
		}
	}
	c.declinef(c.Correlation, "", "its condition is over something else than its rules")
	return nil, false
}

// values gives each value of a member a row of its own, in the columns v1 …, and each member one row more, where they are
// NULL. With several fields a value is one text of each.
func (c *correlation) values(readings []reading) {
	null := sqltree.List{sqltree.Cast{Of: sqltree.Null{}, Type: c.d.TextType, Try: false}}
	s := &sqltree.Select{From: c.from(), Columns: append(c.groupColumns(), sqltree.Column{Of: ts}, sqltree.Column{Of: sqltree.Name{"id"}})}
	if c.nested {
		s.Columns = append(s.Columns, sqltree.Column{Of: sqltree.Name{"evidence"}})
	}
	var none, some []sqltree.Expr
	for place := range readings[0].fields {
		s.Columns = append(s.Columns, sqltree.Column{Of: nth("v", place)})
		s.Joins = append(s.Joins, sqltree.Source{
			Unnest: []sqltree.Expr{sqltree.Concat(c.candidates(readings, place), null)}, As: numbered("value", place), Columns: []string{numbered("v", place)},
		})
		none = append(none, sqltree.IsNull{Of: nth("v", place)})
		some = append(some, sqltree.NotNull(nth("v", place)))
	}
	var ways []sqltree.Expr
	for _, r := range readings {
		if !r.all {
			ways = append(ways, sqltree.And{r.served, fromReading(r, "v")})
		}
	}
	if len(ways) > 0 {
		some = append(some, anyOf(ways))
	}
	if len(some) > 1 {
		s.Where = sqltree.Or{allOf(none), sqltree.And(some)}
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
	next := func(fn string) sqltree.Expr {
		return sqltree.Window{Of: sqltree.Call{Fn: fn, Args: []sqltree.Expr{ts}}, Partition: partition, Order: []sqltree.Expr{ts}}
	}
	value := sqltree.NotNull(sqltree.Name{"v1"})
	far := func(distance sqltree.Expr) sqltree.Expr {
		return flag(sqltree.And{value, sqltree.Coalesce(sqltree.Compare(">", distance, nanos(c.Timespan)), sqltree.Bool(true))})
	}
	c.more("stretches", sqltree.Column{Of: far(sqltree.Minus(ts, next("lag"))), As: "begins"}, sqltree.Column{Of: far(sqltree.Minus(next("lead"), ts)), As: "ends"})
	c.moments(sqltree.IsNull{Of: sqltree.Name{"v1"}}, sqltree.Column{Of: sqltree.Fn("sum", sqltree.Name{"begins"}), As: "begun"}, sqltree.Column{Of: sqltree.Fn("sum", sqltree.Name{"ends"}), As: "ended"})
	c.more("running", sqltree.Column{Of: c.over("sum", []sqltree.Expr{sqltree.Name{"begun"}}), As: "all_begun"}, sqltree.Column{Of: c.over("sum", []sqltree.Expr{sqltree.Name{"ended"}}), As: "all_ended"})
	c.more("windows", sqltree.Column{Of: sqltree.Minus(sqltree.Name{"all_begun"}, c.before("all_ended")), As: "value"})
	return c.counted(1)
}
