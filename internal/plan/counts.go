package plan

import (
	"slices"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// canCount reports whether SQL can read the fields that a correlation needs.
func (b *builder) canCount(i int) bool {
	s := b.counts(nil, []int{i})
	return b.candidates(s, b.counting(s), Chunk{}) != nil
}

// fitCounts returns the statements for correlations. It splits a statement whose text is too long.
func (b *builder) fitCounts(p *Plan, correlations []int) []*Statement {
	s := b.counts(p, correlations)
	max := b.opt.Dialect.MaxBytes
	if max > 0 && len(correlations) > 1 && len(s.SQL(Chunk{}))+timeBytes > max {
		a, z := halves(correlations)
		return slices.Concat(b.fitCounts(p, a), b.fitCounts(p, z))
	}
	return []*Statement{s}
}

// counts returns the Counts statement for the given correlations.
func (b *builder) counts(p *Plan, correlations []int) *Statement {
	s := &Statement{Kind: Counts, Correlations: correlations, plan: p, from: b.opt.From, to: b.opt.To}
	for _, i := range correlations {
		for j, base := range b.set.Correlations[i].IR.Bases {
			s.Pairs = append(s.Pairs, Pair{i, j})
			if !slices.Contains(s.bases, base.Index) {
				s.bases = append(s.bases, base.Index)
			}
		}
	}
	s.Rules, s.Exact = s.bases, s.bases
	b.countColumns(s)
	return s
}

// Together combines a Rows and a Counts statement into one that reads the table once. It returns nil if the text would be too
// long. The engine holds all rows of the result in memory. Split returns the two statements.
func (p *Plan) Together(rows, counts *Statement) *Statement {
	b := p.b
	s := *counts
	s.Kind, s.Rules, s.Exact, s.rows, s.counts = Both, rows.Rules, slices.Concat(rows.Exact, counts.Exact), rows, counts
	s.WholeTable = rows.WholeTable
	b.countColumns(&s)
	if max := b.opt.Dialect.MaxBytes; max > 0 && len(s.SQL(Chunk{}))+timeBytes > max {
		return nil
	}
	return &s
}

// single reports whether a field has a single value in a plain column, by which SQL can group at little cost.
func (b *builder) single(f *ir.Field) bool {
	bound := ir.Field{Name: f.Name, Paths: f.Paths}
	if bound.Paths == nil {
		bound.Paths = b.pathsOf(f.Name)
	}
	if len(bound.Paths) == 0 || !b.direct(&ir.ExistsExpr{Field: bound}) {
		return false
	}
	for _, path := range bound.Paths {
		for _, place := range b.layout.PathLocations(path) {
			if place.Type.Kind == schema.Double {
				return false
			}
		}
	}
	return true
}

// counting describes how SQL counts for the correlations of a statement, over the columns of builder.candidates. It counts at
// least what the correlations count, since it reads no JSON.
type counting struct {
	fields []ir.Field // f1, f2 …
	// counts has, for each pair, its number if the rule may match an event, else NULL.
	counts sqltree.List
	// correlations, spans and bounds are the correlation, timespan and lower bound of each pair.
	correlations, spans, bounds sqltree.List
	// groups are the texts of the group-by fields that are plain columns for all bases. They are NULL if the event is in no
	// group.
	groups []sqltree.Case
	// values are the texts of counted values, each of which counts once in a group.
	values sqltree.Case
	// weights are the counts of an event if equal values count again, NULL if each value counts once.
	weights sqltree.Case
}

var (
	pairName        = sqltree.Name{"pair"}
	correlationName = sqltree.Name{"correlation"}
	timeName        = sqltree.Name{"ts"}
)

func (b *builder) counting(s *Statement) *counting {
	c := &counting{values: sqltree.Case{Else: sqltree.Text("")}, weights: sqltree.Case{Else: sqltree.Null{}}}
	branch := func(to *sqltree.Case, pair int, then sqltree.Expr) {
		is := number(pair + 1)
		for i := range to.Whens {
			if in, ok := to.Whens[i].If.(sqltree.In); ok && b.opt.Dialect.PrintExpr(to.Whens[i].Then) == b.opt.Dialect.PrintExpr(then) {
				in.List = append(in.List, is)
				to.Whens[i].If = in
				return
			}
		}
		to.Whens = append(to.Whens, sqltree.When{If: sqltree.In{Of: pairName, List: []sqltree.Expr{is}}, Then: then})
	}
	for n, pair := range s.Pairs {
		correlation := b.set.Correlations[pair.Correlation].IR
		base := &correlation.Bases[pair.Base]
		bound, _ := lowerBound(correlation)
		c.counts = append(c.counts, sqltree.Case{Whens: []sqltree.When{{If: numbered("b", slices.Index(s.bases, base.Index)), Then: number(n + 1)}}})
		c.correlations = append(c.correlations, number(pair.Correlation))
		c.spans = append(c.spans, b.opt.Dialect.Whole(int(correlation.Timespan)))
		c.bounds = append(c.bounds, number(bound))
		place := 0
		for i := range base.GroupBy {
			if slices.ContainsFunc(correlation.Bases, func(other ir.Base) bool { return i >= len(other.GroupBy) || !b.single(&other.GroupBy[i]) }) {
				continue
			}
			if place == len(c.groups) {
				c.groups = append(c.groups, sqltree.Case{Else: sqltree.Text("")})
			}
			branch(&c.groups[place], n, c.field(b, base.GroupBy[i]))
			place++
		}
		switch correlation.Type {
		case ir.ValueCount:
			if len(base.Values) == 1 && b.single(&base.Values[0]) {
				branch(&c.values, n, c.field(b, base.Values[0]))
			} else {
				branch(&c.weights, n, b.weight(s, base.Values, bound))
			}
		case ir.Temporal:
			branch(&c.values, n, sqltree.Text(strconv.Itoa(base.Index)))
		case ir.TemporalOrdered: // a rule that is listed twice counts as two steps
			branch(&c.values, n, sqltree.Text(strconv.Itoa(pair.Base)))
		default:
			branch(&c.weights, n, number(1))
		}
	}
	if s.rows != nil { // rows for Rules need no count; grouping by id spreads them
		n := len(s.Pairs)
		c.counts = append(c.counts, sqltree.Case{Whens: []sqltree.When{{If: numbered("b", len(s.bases)), Then: number(n + 1)}}})
		c.correlations, c.spans, c.bounds = append(c.correlations, sqltree.Number("-1")), append(c.spans, b.opt.Dialect.Whole(1)), append(c.bounds, number(0))
		branch(&c.weights, n, number(1))
		if len(c.groups) > 0 {
			branch(&c.groups[0], n, sqltree.Cast{Of: numbered("c", 0), Type: b.opt.Dialect.TextType})
		}
	}
	return c
}

// field returns the column with a field's text.
func (c *counting) field(b *builder, f ir.Field) sqltree.Expr {
	if f.Paths == nil {
		f.Paths = b.pathsOf(f.Name)
	}
	at := slices.IndexFunc(c.fields, func(g ir.Field) bool { return g.Paths[0].Text == f.Paths[0].Text })
	if at < 0 {
		at = len(c.fields)
		c.fields = append(c.fields, f)
	}
	return numbered("f", at)
}

// weight returns an upper bound of the number of values of an event in some fields, at most bound. JSON text without a bracket
// contains no list and so at most one value.
func (b *builder) weight(s *Statement, fields []ir.Field, bound int) sqltree.Expr {
	var lists []sqltree.Expr
	for _, f := range fields {
		if b.single(&f) {
			continue
		}
		if f.Paths == nil {
			f.Paths = b.pathsOf(f.Name)
		}
		place, ok := b.stored(&f)
		at := slices.IndexFunc(s.Columns, func(c Column) bool {
			return c.JSON && c.typ == nil && c.pick == nil && c.place.Column == place.Column && slices.Equal(c.place.Steps, place.Steps)
		})
		if !ok || f.Paths[0].Any || at < 0 {
			return number(bound)
		}
		for _, part := range []string{"[", `\u`} {
			lists = append(lists, b.opt.Dialect.Contains(numbered("c", at), sqltree.Text(part)))
		}
	}
	few := number(min(len(fields), bound))
	if len(lists) == 0 {
		return few
	}
	return sqltree.Case{Whens: []sqltree.When{{If: sqltree.Or(lists), Then: number(bound)}}, Else: few}
}

// candidates returns the query for the events that may match the statement's rules, or nil if SQL cannot express it.
func (b *builder) candidates(s *Statement, c *counting, chunk Chunk) *sqltree.Select {
	sought := sqlgen.Sought{Fields: c.fields}
	for _, rule := range s.bases {
		sought.Rules = append(sought.Rules, b.rules[rule].relaxed)
	}
	if s.rows != nil {
		sought.Listed = s.rows.where
		if s.rows.walks != nil {
			sought.Listed, sought.Exact, sought.Coarse = s.rows.listed, s.rows.walks, s.rows.coarse
		}
	}
	for _, column := range s.Columns[:len(s.Columns)-s.parts] {
		if column.raw != nil { // few rows need its JSON text
			column.of = column.raw
		}
		sought.Columns = append(sought.Columns, column.of)
	}
	events, list := sqlgen.Candidates(sought, b.sql(chunk))
	if list.HasErrors() {
		return nil
	}
	return events
}

// selectCounts selects the candidates of each pair near which the count may reach the correlation's lower bound.
//
// It divides time into intervals of the correlation's timespan. Every window that contains an event lies within the event's
// interval and the two adjacent ones, so their count is at least that of the window: events, different values per interval,
// or different rules or steps per interval. Near the ends of a chunk, adjacent intervals belong to other chunks, so all
// events are kept there. Group-by fields that are not plain columns are ignored, which makes groups larger, and base rules
// are relaxed, which makes counts larger.
//
// A dropped event is in no window that satisfies the condition. Therefore bursts, their peaks and their evidence are the same
// as with all events: with a lower bound, fewer events never create a burst, and dropping events between two bursts does not
// join them, since they are more than a timespan apart.
//
// Events without a time in the table are kept: the time may be elsewhere in the event. If it is not, the hunt reports the
// correlations that did not count them.
func (b *builder) selectCounts(s *Statement, chunk Chunk) *sqltree.Select {
	c := b.counting(s)
	d := b.opt.Dialect

	// found: a row for each pair of an event.
	counts := unnest(d.WithoutNull(c.counts), "counted", "pair")
	of := []sqltree.Column{
		{Of: d.ItemAt(c.correlations, pairName), As: "correlation"}, {Of: d.ItemAt(c.spans, pairName), As: "span"},
		{Of: chosen(c.values), As: "v"}, {Of: chosen(c.weights), As: "weight"},
	}
	group, where := []sqltree.Expr{correlationName}, sqltree.And{present(sqltree.Name{"v"})}
	for i, texts := range c.groups {
		of = append(of, sqltree.Column{Of: texts, As: "g" + strconv.Itoa(i+1)})
		group, where = append(group, numbered("g", i)), append(where, present(numbered("g", i)))
	}
	found := step(b.candidates(s, c, chunk), "events", of...)
	found.Joins = []sqltree.Source{counts}

	// cut: the interval; copied: the copy number of equal values in a group and interval.
	span, piece := sqltree.Name{"span"}, sqltree.Name{"piece"}
	start := sqltree.Binary{Op: "-", Left: timeName, Right: call("mod", timeName, span)}
	cut := step(found, "found", sqltree.Column{Of: sqltree.Binary{Op: "/", Left: start, Right: span}, As: "piece"})
	cut.Where = where
	if s.rows != nil {
		cut.Where = sqltree.Or{equal(pairName, number(len(s.Pairs)+1)), where}
	}
	copies := sqltree.Window{Of: sqltree.Call{Fn: "row_number"}, Partition: append(slices.Clone(group), piece, sqltree.Name{"v"})}
	copied := step(cut, "cut", sqltree.Column{Of: copies, As: "copy"})
	first := sqltree.When{If: equal(sqltree.Name{"copy"}, number(1)), Then: number(1)}
	weighs := sqltree.When{If: present(sqltree.Name{"weight"}), Then: sqltree.Name{"weight"}}
	near := step(copied, "copied", sqltree.Column{As: "near", Of: sqltree.Window{
		Of:        sqltree.Call{Fn: "sum", Args: []sqltree.Expr{sqltree.Case{Whens: []sqltree.When{weighs, first}, Else: number(0)}}},
		Partition: group, Order: []sqltree.Expr{piece}, Frame: []sqltree.Frame{{Text: "RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING"}},
	}})

	keep := sqltree.Or{compare(">=", sqltree.Name{"near"}, d.ItemAt(c.bounds, pairName)), sqltree.IsNull{Of: timeName}}
	if from := chunk.From; !from.IsZero() && !from.Equal(s.from) {
		keep = append(keep, compare("<", sqltree.Binary{Op: "-", Left: timeName, Right: number(int(from.UnixNano()))}, span))
	}
	if to := chunk.To; !to.IsZero() && !to.Equal(s.to) {
		// Times may lack fractions of a second.
		until := number(int(to.Add(-time.Second).UnixNano()))
		keep = append(keep, compare("<=", sqltree.Binary{Op: "-", Left: until, Right: timeName}, span))
	}
	near = step(near, "near")
	near.Where = keep
	ends := step(b.ends(near, group), "ends", b.partColumns(s)...)
	out := &sqltree.Select{From: sqltree.Source{Query: ends, As: "counts"}, Columns: []sqltree.Column{
		{Of: pairName}, {As: "complete", Of: sqltree.Case{Whens: []sqltree.When{{If: complete, Then: number(1)}}, Else: number(0)}},
	}}
	for i, column := range s.Columns {
		out.Columns = append(out.Columns, sqltree.Column{Of: s.countCell(i), As: column.Name})
		if i < s.Keys {
			// Rows of one event are adjacent, so that the reader can process its pairs together.
			out.OrderBy = append(out.OrderBy, numbered("c", i))
		}
	}
	return out
}

// Ends is how many events at the beginning and how many at the end of a run have the columns that reports need. Findings show
// facts about the events at both ends of a burst, which usually are among these; looking them up later would read their
// partitions again. Other events have only the columns that counting needs.
const Ends = 500

// ends adds to each event whether it is at an end of its run and whether it is the first of it. A run are events of a group
// without a gap longer than the timespan. A burst lies within a run. Of events of the same time, all are the first.
//
// The windows have the same partition and order, so that engines sort once.
func (b *builder) ends(events *sqltree.Select, group []sqltree.Expr) *sqltree.Select {
	over := func(fn, frame string, args ...sqltree.Expr) sqltree.Window {
		w := sqltree.Window{Of: sqltree.Call{Fn: fn, Args: args}, Partition: group, Order: []sqltree.Expr{timeName, numbered("c", 0)}}
		if frame != "" {
			w.Frame = []sqltree.Frame{{Text: "ROWS BETWEEN " + frame}}
		}
		return w
	}
	begins := sqltree.Name{"begins"}
	gap := sqltree.Binary{Op: "-", Left: timeName, Right: over("lag", "", timeName)}
	joined := step(events, "kept", sqltree.Column{As: "begins", Of: sqltree.Case{Whens: []sqltree.When{{If: compare("<=", gap, sqltree.Name{"span"}), Then: number(0)}}, Else: number(1)}})
	start := sqltree.Case{Whens: []sqltree.When{{If: equal(begins, number(1)), Then: timeName}}}
	before, after := strconv.Itoa(Ends-1)+" PRECEDING AND CURRENT ROW", "1 FOLLOWING AND "+strconv.Itoa(Ends)+" FOLLOWING"
	runs := step(joined, "joined", sqltree.Column{Of: over("max", "", start), As: "begun"}, sqltree.Column{Of: over("sum", before, begins), As: "started"},
		sqltree.Column{Of: over("sum", after, begins), As: "starts"}, sqltree.Column{Of: over("count", after, begins), As: "follow"})
	near := sqltree.Or{compare(">", sqltree.Name{"started"}, number(0)), compare(">", sqltree.Name{"starts"}, number(0)), compare("<", sqltree.Name{"follow"}, number(Ends))}
	// Without a time, an event is a run of its own.
	first := sqltree.Or{equal(timeName, sqltree.Name{"begun"}), sqltree.IsNull{Of: timeName}}
	return step(runs, "runs", sqltree.Column{Of: near, As: complete[0]}, sqltree.Column{Of: first, As: foremost[0]})
}

var (
	// complete is the condition for rows with the columns that reports need, partial its opposite, and foremost the condition
	// for the first row of a run.
	complete = sqltree.Name{"complete"}
	partial  = sqltree.Not{Of: complete}
	foremost = sqltree.Name{"foremost"}
)

// chosen returns a case, or its Else if it has no branches.
func chosen(c sqltree.Case) sqltree.Expr {
	if len(c.Whens) == 0 {
		return c.Else
	}
	return c
}

// step returns a query for all columns of another query and some more.
func step(of *sqltree.Select, as string, more ...sqltree.Column) *sqltree.Select {
	return &sqltree.Select{From: sqltree.Source{Query: of, As: as}, Columns: append([]sqltree.Column{{Of: sqltree.Star{}}}, more...)}
}

func numbered(letter string, i int) sqltree.Name { return sqltree.Name{letter + strconv.Itoa(i+1)} }

func number(n int) sqltree.Expr { return sqltree.Number(strconv.Itoa(n)) }

func compare(op string, a, b sqltree.Expr) sqltree.Expr {
	return sqltree.Binary{Op: op, Left: a, Right: b}
}

func equal(a, b sqltree.Expr) sqltree.Expr { return compare("=", a, b) }

func present(e sqltree.Expr) sqltree.Expr { return sqltree.IsNull{Of: e, Not: true} }

func call(fn string, args ...sqltree.Expr) sqltree.Expr { return sqltree.Call{Fn: fn, Args: args} }

func unnest(list sqltree.Expr, as, column string) sqltree.Source {
	return sqltree.Source{Unnest: []sqltree.Expr{list}, As: as, Columns: []string{column}}
}
