package sqlgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// The SQL of a correlation is a sequence of named queries (steps), each of which reads the previous one. Each step is read once,
// since engines run a named query again for each reference to it, which would scan the table again.
//
//	events    the rows at which any of the queries holds, with the fields that are asked for (from the emitter)
//	members   events and findings of inner correlations, each once: time, the rules it serves, lists of texts
//	grouped   a member in each of its groups
//	moments   the members of a group at one time, since peers share a window
//	…         the value of the window that ends at a moment; see the files of the types
//	tested    whether the condition holds there
//	bursts    runs of moments at which it does
//	findings  the evidence of each burst
//
// Columns have these names in all steps: ts is the time in nanoseconds since 1970-01-01T00:00:00Z, s1, s2 … say which
// rules an event serves, f1, f2 … are the texts of its fields, g1, g2 … the values of its group and v1, v2 … one value.

// rowSource returns a query for the events of some rules, with the columns
//
//	id      the event's id as text, NULL where it has none: such a row is an event of its own
//	ts      its time, a bigint of nanoseconds since 1970-01-01T00:00:00Z; NULL leaves it out
//	b1, b2… whether the queries hold, in the order asked for; never NULL
//	f1, f2… the texts of the fields' leaves as lists, numbers as the log wrote them; NULL, empty or with NULLs where
//	        there are none
//	k1, k2… what copies of an event agree in besides id and time, as many as the source says; NULL where it is missing
//
// It may leave out rows for which no query holds. It returns nil if queries or fields were refused; the source keeps the
// reasons.
type rowSource func(queries []int, fields []ir.Field) (rows *sqltree.Select, copyParts int)

// correlations builds the statement of one correlation and of those below it in a chain.
type correlations struct {
	d      *sqltree.Dialect
	list   []*ir.Correlation
	rows   rowSource
	table  string // a name that no step may have
	with   []sqltree.Named
	faults diag.List
	built  int
	failed bool // the source of rows refused
}

// target is a query or a correlation that a correlation counts.
type target struct {
	index       int
	correlation bool
}

// correlation builds the steps of one correlation.
type correlation struct {
	*correlations
	*ir.Correlation
	suffix string
	// targets are the different rules; steps has for each of Bases its place in targets.
	targets []target
	bases   []*ir.Base // of targets: the first that names it
	steps   []int
	// fields are the different fields that are read for group-by and values; asked are those that an outer correlation
	// wants to know of the evidence.
	fields, asked []ir.Field
	// nested tells that evidence is carried as rows of time, id and asked fields: in a chain. Else as ids alone.
	nested bool
	last   string // the step that the next one reads
	valued bool   // findings have the column peak
	// products counts the terms that were made of an ordered condition.
	products int
}

// correlationSelect makes the statement for the correlation at an index of list; its Bases refer to queries of the source
// and to correlations of the list. Each row is one finding: the values of group-by under the names of the rule; first and
// last, the times of its evidence; count, the number of different events in it; value, the greatest value of the burst,
// absent for percentiles, medians and conditions over rules, and rounded to a double for sums and averages; ids of the events
// by time and id. Rows are in order of last, first and group. table is the name, without its schema, of the table that the
// source reads. nil if the list has errors, or if the source refused.
func correlationSelect(d *sqltree.Dialect, list []*ir.Correlation, index int, rows rowSource, table string) (*sqltree.Select, diag.List) {
	b := &correlations{d: d, list: list, rows: rows, table: table}
	c := b.build(index, nil, false)
	if c == nil || b.failed || b.faults.HasErrors() {
		return nil, b.faults
	}
	s := c.result()
	s.With = b.with
	s.Comments = []string{c.Title, c.Rule}
	if feature := d.LackingIn(s); feature != "" {
		b.declinef(c.Correlation, "another target has it", "it has no %s", feature)
		return nil, b.faults
	}
	return s, b.faults
}

func (b *correlations) declinef(c *ir.Correlation, help, format string, args ...any) {
	b.faults.Add(diag.Diagnostic{
		Code: "correlation-in-sql", Span: c.Span, Help: help,
		Message: b.d.Title + " cannot run this correlation: " + fmt.Sprintf(format, args...),
	})
}

// build returns the steps of a correlation up to its findings, nil if it is refused.
func (b *correlations) build(index int, asked []ir.Field, nested bool) *correlation {
	c := &correlation{correlations: b, Correlation: b.list[index], asked: asked, nested: nested}
	if b.built++; b.built > 1 {
		c.suffix = "_" + strconv.Itoa(b.built)
	}
	if b.built > maxBuilt {
		b.declinef(c.Correlation, "", "it stands on more than %d correlations", maxBuilt-1)
		return nil
	}
	switch {
	case c.Timespan == ir.NoLimit:
		b.declinef(c.Correlation, "", "its window has no limit of time")
		return nil
	case c.Strict:
		b.declinef(c.Correlation, "", "its steps must be at increasing times")
		return nil
	case c.Spans:
		b.declinef(c.Correlation, "", "its events have a first and a last time")
		return nil
	}
	for i := range c.Bases {
		base := &c.Bases[i]
		if base.Range != nil {
			b.declinef(c.Correlation, "", "it counts events of a range of time only")
			return nil
		}
		t := target{base.Index, base.Correlation}
		at := slices.Index(c.targets, t)
		if at < 0 {
			at = len(c.targets)
			c.targets, c.bases = append(c.targets, t), append(c.bases, base)
		}
		c.steps = append(c.steps, at)
		c.nested = c.nested || base.Correlation
		for _, field := range slices.Concat(base.GroupBy, base.Values) {
			c.fields = addField(c.fields, field)
		}
	}
	if !c.members() {
		return nil
	}
	c.grouped()
	tests := c.measure()
	if tests == nil {
		return nil
	}
	c.bursts(tests)
	return c
}

// maxBuilt is the maximum number of correlations in a statement.
const maxBuilt = 50

func addField(list []ir.Field, field ir.Field) []ir.Field {
	if fieldAt(list, &field) < 0 {
		list = append(list, field)
	}
	return list
}

func fieldAt(list []ir.Field, field *ir.Field) int {
	return slices.IndexFunc(list, func(f ir.Field) bool { return f.Name == field.Name })
}

// step adds a named query that the next one reads.
func (c *correlation) step(name string, s *sqltree.Select) {
	c.last = name + c.suffix
	for strings.EqualFold(c.last, c.table) {
		c.last += "_"
	}
	c.with = append(c.with, sqltree.Named{Name: c.last, Select: s})
}

// from returns the last step as a source.
func (c *correlation) from() sqltree.Source { return sqltree.Source{Table: []string{c.last}} }

// more returns all columns of the last step and some additional ones.
func (c *correlation) more(name string, columns ...sqltree.Column) {
	c.step(name, &sqltree.Select{Columns: append([]sqltree.Column{{Of: sqltree.Star{}}}, columns...), From: c.from()})
}

func numbered(letter string, i int) string { return letter + strconv.Itoa(i+1) }

func nth(letter string, i int) sqltree.Name { return sqltree.Name{numbered(letter, i)} }

func nanos(t time.Duration) sqltree.Number { return sqltree.Number(strconv.FormatInt(int64(t), 10)) }

// groups returns the columns of the group.
func (c *correlation) groups() []sqltree.Expr {
	var out []sqltree.Expr
	for i := range c.GroupBy {
		out = append(out, nth("g", i))
	}
	return out
}

func (c *correlation) groupColumns() []sqltree.Column {
	var out []sqltree.Column
	for i := range c.GroupBy {
		out = append(out, sqltree.Column{Of: nth("g", i)})
	}
	return out
}

var ts = sqltree.Name{"ts"}

// over returns a window function over the moments of a group in order. Without a frame it covers all moments up to the current one.
func (c *correlation) over(fn string, args []sqltree.Expr, frame ...sqltree.Frame) sqltree.Window {
	return sqltree.Window{Of: sqltree.Call{Fn: fn, Args: args}, Partition: c.groups(), Order: []sqltree.Expr{ts}, Frame: frame}
}

// inWindow returns the sum of integers over the window that ends at a moment.
func (c *correlation) inWindow(of sqltree.Expr) sqltree.Expr {
	return c.over("sum", []sqltree.Expr{of}, sqltree.Frame{Text: "RANGE BETWEEN", Value: nanos(c.Timespan)}, sqltree.Frame{Text: "PRECEDING AND CURRENT ROW"})
}

// before returns the running value of a column at the start of the window.
func (c *correlation) before(column string) sqltree.Expr {
	return sqltree.Coalesce(c.over("last_value", []sqltree.Expr{sqltree.Name{column}},
		sqltree.Frame{Text: "RANGE BETWEEN UNBOUNDED PRECEDING AND", Value: nanos(c.Timespan + 1)}, sqltree.Frame{Text: "PRECEDING"}), sqltree.Number("0"))
}

// countIf counts the rows for which a condition holds.
func countIf(condition sqltree.Expr) sqltree.Expr {
	return sqltree.Fn("count", sqltree.If(condition, sqltree.Number("1"), nil))
}

// flag is 1 or 0.
func flag(condition sqltree.Expr) sqltree.Expr {
	return sqltree.If(condition, sqltree.Number("1"), sqltree.Number("0"))
}

func anyOf(conditions []sqltree.Expr) sqltree.Expr {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return sqltree.Or(conditions)
}

func allOf(conditions []sqltree.Expr) sqltree.Expr {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return sqltree.And(conditions)
}
