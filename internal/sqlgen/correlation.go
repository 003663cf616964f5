package sqlgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
)

// A correlation is a row of steps, each a named query over the one before. Every step is read once, since engines run a
// named query anew for each reference to it, and the table would be scanned again.
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

// rowSource gives the events of queries. The result has the columns
//
//	id      the event's id as text, NULL where it has none: such a row is an event of its own
//	ts      its time, a bigint of nanoseconds since 1970-01-01T00:00:00Z; NULL leaves it out
//	b1, b2… whether the queries hold, in the order asked for; never NULL
//	f1, f2… the texts of the fields' leaves as lists, numbers as the log wrote them; NULL, empty or with NULLs where
//	        there are none
//	k1, k2… what copies of an event agree in besides id and time, as many as the source says; NULL where it is missing
//
// and may leave out rows at which no query holds. nil: the queries or fields were refused, for reasons that the source
// keeps.
type rowSource func(queries []int, fields []ir.Field) (rows *Select, copyParts int)

// correlations builds the statement of one correlation and of those below it in a chain.
type correlations struct {
	d      *Dialect
	list   []*ir.Correlation
	rows   rowSource
	table  string // a name that no step may have
	with   []Named
	faults diag.List
	built  int
	failed bool // the source of rows refused
}

// target is what a correlation counts: a query or a correlation.
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
func correlationSelect(d *Dialect, list []*ir.Correlation, index int, rows rowSource, table string) (*Select, diag.List) {
	b := &correlations{d: d, list: list, rows: rows, table: table}
	c := b.build(index, nil, false)
	if c == nil || b.failed || b.faults.HasErrors() {
		return nil, b.faults
	}
	s := c.result()
	s.With = b.with
	s.Comments = []string{c.Title, c.Rule}
	return s, b.faults
}

func (b *correlations) declinef(c *ir.Correlation, help, format string, args ...any) {
	b.faults.Add(diag.Diagnostic{
		Code: "correlation-in-sql", Span: c.Span, Help: help,
		Message: b.d.Title + " cannot run this correlation: " + fmt.Sprintf(format, args...),
	})
}

// build makes the steps of a correlation up to findings, nil if it is refused.
func (b *correlations) build(index int, asked []ir.Field, nested bool) *correlation {
	c := &correlation{correlations: b, Correlation: b.list[index], asked: asked, nested: nested}
	if b.built++; b.built > 1 {
		c.suffix = "_" + strconv.Itoa(b.built)
	}
	if b.built > maxBuilt {
		b.declinef(c.Correlation, "", "it stands on more than %d correlations", maxBuilt-1)
		return nil
	}
	for i := range c.Bases {
		base := &c.Bases[i]
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

// maxBuilt is how many correlations a statement may hold.
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

// step adds a named query, which the next one reads.
func (c *correlation) step(name string, s *Select) {
	c.last = name + c.suffix
	for strings.EqualFold(c.last, c.table) {
		c.last += "_"
	}
	c.with = append(c.with, Named{Name: c.last, Select: s})
}

// from reads the last step.
func (c *correlation) from() Source { return Source{Table: []string{c.last}} }

// more is every column of the last step and some more.
func (c *correlation) more(name string, columns ...Column) {
	c.step(name, &Select{Columns: append([]Column{{Of: Star{}}}, columns...), From: c.from()})
}

func numbered(letter string, i int) string { return letter + strconv.Itoa(i+1) }

func nth(letter string, i int) Name { return Name{numbered(letter, i)} }

func nanos(t time.Duration) Number { return Number(strconv.FormatInt(int64(t), 10)) }

// groups are the columns of the group.
func (c *correlation) groups() []Expr {
	var out []Expr
	for i := range c.GroupBy {
		out = append(out, nth("g", i))
	}
	return out
}

func (c *correlation) groupColumns() []Column {
	var out []Column
	for i := range c.GroupBy {
		out = append(out, Column{Of: nth("g", i)})
	}
	return out
}

var ts = Name{"ts"}

// over is a window function over the moments of a group in their order. No frame: all up to this moment.
func (c *correlation) over(fn string, args []Expr, frame ...Frame) Window {
	return Window{Of: Call{fn, args}, Partition: c.groups(), Order: []Expr{ts}, Frame: frame}
}

// inWindow is the sum of whole numbers over the window that ends at a moment.
func (c *correlation) inWindow(of Expr) Expr {
	return c.over("sum", []Expr{of}, Frame{"RANGE BETWEEN", nanos(c.Timespan)}, Frame{Text: "PRECEDING AND CURRENT ROW"})
}

// before is the running value of a column as it was when the window began.
func (c *correlation) before(column string) Expr {
	return coalesce(c.over("last_value", []Expr{Name{column}},
		Frame{"RANGE BETWEEN UNBOUNDED PRECEDING AND", nanos(c.Timespan + 1)}, Frame{Text: "PRECEDING"}), Number("0"))
}

func coalesce(args ...Expr) Expr { return call("COALESCE", args...) }

// countIf counts the rows at which a condition holds.
func countIf(condition Expr) Expr { return call("count", ifThen(condition, Number("1"), nil)) }

// flag is 1 or 0.
func flag(condition Expr) Expr { return ifThen(condition, Number("1"), Number("0")) }

func plus(exprs ...Expr) Expr {
	sum := exprs[0]
	for _, e := range exprs[1:] {
		sum = Binary{"+", sum, e}
	}
	return sum
}

func minus(a, b Expr) Expr { return Binary{"-", a, b} }

func times(a, b Expr) Expr { return Binary{"*", a, b} }

func anyOf(conditions []Expr) Expr {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return Or(conditions)
}

func allOf(conditions []Expr) Expr {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return And(conditions)
}
