package plan

import (
	"slices"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// countable are the correlations, of those that can run, that are better counted in SQL: their bases are broad, or they
// want so many events that these are; SQL can say each base exactly and no base is wanted as rows anyway; and their
// condition has a lower bound that fewer events never reach.
func (b *builder) countable(runs []int) []int {
	if b.opt.CountFrom < 0 {
		return nil
	}
	wanted := map[int]bool{} // rules whose rows come anyway
	for i := range b.rules {
		wanted[i] = b.set.Rules[i].Reports
	}
	var hits []int
	pairs := 0
	for _, i := range runs {
		c := b.set.Correlations[i].IR
		bound, ok := lowerBound(c)
		broad := bound >= b.opt.CountFrom
		for _, base := range c.Bases {
			r := b.rules[base.Index]
			if base.Correlation || r == nil || !r.exact {
				ok = false
				break
			}
			broad = broad || r.risk >= common
		}
		if ok && broad && bound > 1 && pairs+len(c.Bases) <= b.opt.MaxExact && b.sayable(i) {
			hits = append(hits, i)
			pairs += len(c.Bases)
			continue
		}
		for _, base := range c.Bases {
			wanted[base.Index] = wanted[base.Index] || !base.Correlation
		}
	}
	// A correlation whose bases come as rows has nothing to gain; that its other bases come too may take the gain of more.
	for again := true; again; {
		again = false
		hits = slices.DeleteFunc(hits, func(i int) bool {
			bases := b.set.Correlations[i].IR.Bases
			comes := !slices.ContainsFunc(bases, func(base ir.Base) bool { return !wanted[base.Index] })
			if comes {
				again = true
			}
			return comes
		})
	}
	return hits
}

// lowerBound is how many different things must be counted in a window before a correlation's condition can hold: events,
// values or rules. false where there is no such number.
func lowerBound(c *ir.Correlation) (int, bool) {
	switch c.Type {
	case ir.EventCount, ir.ValueCount:
	case ir.Temporal, ir.TemporalOrdered:
		if len(c.Bounds) == 0 {
			different := map[int]bool{}
			for _, base := range c.Bases {
				different[base.Index] = true
			}
			return len(different), true
		}
	case ir.ValueSum, ir.ValueAvg, ir.ValuePercentile, ir.ValueMedian, ir.TemporalExtended, ir.TemporalOrderedExtended:
		return 0, false
	}
	bound := 1
	for _, limit := range c.Bounds {
		n, err := strconv.Atoi(limit.Text)
		if err != nil || limit.Op == ir.BoundNotEqual {
			return 0, false
		}
		switch limit.Op {
		case ir.BoundGreater:
			bound = max(bound, n+1)
		case ir.BoundGreaterEqual:
			bound = max(bound, n)
		case ir.BoundEqual, ir.BoundLess, ir.BoundLessEqual, ir.BoundNotEqual: // the lower bound of these alone is 1
		}
	}
	return bound, true
}

// sayable tells whether SQL can read what a correlation asks for.
func (b *builder) sayable(i int) bool {
	s := &Statement{Kind: Hits, Correlations: []int{i}}
	return b.events(s, time.Time{}, time.Time{}) != nil
}

// fitHits makes the statements for correlations, in halves where the text is too long.
func (b *builder) fitHits(p *Plan, correlations []int) []*Statement {
	s := b.hits(p, correlations)
	max := b.opt.Dialect.MaxBytes
	if max > 0 && len(correlations) > 1 && len(s.SQL(time.Time{}, time.Time{}))+timeBytes > max {
		a, z := halves(correlations)
		return slices.Concat(b.fitHits(p, a), b.fitHits(p, z))
	}
	return []*Statement{s}
}

func (b *builder) hits(p *Plan, correlations []int) *Statement {
	s := &Statement{Kind: Hits, Correlations: correlations, plan: p}
	for _, i := range correlations {
		for j, base := range b.set.Correlations[i].IR.Bases {
			s.Pairs = append(s.Pairs, Pair{i, j})
			if !slices.Contains(s.Rules, base.Index) {
				s.Rules = append(s.Rules, base.Index)
			}
		}
	}
	s.Exact = s.Rules
	for _, f := range b.hitFields(s) {
		path := value.Path{}
		if len(f.Paths) > 0 {
			path = f.Paths[0]
		}
		s.Columns = append(s.Columns, Column{Name: path.Text, Path: path.Text, JSON: true})
	}
	return s
}

// hitFields are the fields that the rows of Hits have: id and time, then what the correlations ask for, each once.
func (b *builder) hitFields(s *Statement) []ir.Field {
	var fields []ir.Field
	add := func(f ir.Field) {
		if f.Paths == nil {
			f.Paths = b.pathsOf(f.Name)
		}
		if !slices.ContainsFunc(fields, func(g ir.Field) bool { return g.Paths[0].Text == f.Paths[0].Text }) {
			fields = append(fields, f)
		}
	}
	for _, part := range b.profile.Schema.ID {
		add(ir.Field{Name: part[0].Text, Paths: part})
	}
	add(ir.Field{Name: b.profile.Schema.Time[0].Text, Paths: b.profile.Schema.Time})
	for _, i := range s.Correlations {
		for _, base := range b.set.Correlations[i].IR.Bases {
			for _, f := range slices.Concat(base.GroupBy, base.Values) {
				add(f)
			}
		}
	}
	return fields
}

// events is the step of a correlation's statement that has, of every event, its id and ts in nanoseconds, whether each of
// the statement's rules holds (b1, b2 …), and the texts of its fields as lists (f1, f2 …); nil if SQL cannot say it.
//
// It is taken out of the statement of a correlation over all the rules, which nobody runs.
func (b *builder) events(s *Statement, from, to time.Time) *sqlgen.Select {
	var rules []int
	for _, i := range s.Correlations {
		for _, base := range b.set.Correlations[i].IR.Bases {
			if !slices.Contains(rules, base.Index) {
				rules = append(rules, base.Index)
			}
		}
	}
	all := &ir.Correlation{Type: ir.Temporal, Timespan: time.Hour}
	var queries []*ir.Query
	for i, rule := range rules {
		queries = append(queries, b.rules[rule].query)
		all.Bases = append(all.Bases, ir.Base{Index: i})
	}
	all.Bases[0].Values = b.hitFields(s)
	statement, list := sqlgen.Correlation([]*ir.Correlation{all}, 0, queries, b.sqlOf(b.profile, from, to))
	if list.HasErrors() || statement.Select == nil || len(statement.Select.With) == 0 {
		return nil
	}
	events := statement.Select.With[0].Select
	if len(events.Columns) != 2+len(rules)+len(all.Bases[0].Values) {
		return nil
	}
	// Engines compute the columns of every row before they look whether a rule holds; most rows are let out by the
	// supersets, which ask for nothing but columns.
	var or []ir.Expr
	for _, rule := range rules {
		or = append(or, b.rules[rule].superset)
	}
	wide := pass.Superset(&ir.OrExpr{Operands: or}, func(*ir.Field) int { return 1 })
	coarse, _ := sqlgen.Detection(&ir.Query{Where: wide}, nil, b.sql(from, to))
	if coarse.Select != nil && coarse.Select.From.Query == nil {
		innermost := events
		for innermost.From.Query != nil {
			innermost = innermost.From.Query
		}
		innermost.Where = coarse.Select.Where
	}
	return events
}

// selectHits keeps of the events of each pair those in whose neighbourhood the correlation's lower bound can be reached.
//
// Time is cut into pieces of the correlation's timespan. A window that holds the event lies within its piece and the two
// beside it, so that what is counted there is at least what is counted in the window: events, different values in each
// piece, or different rules in each piece. Near the ends of a slice the pieces beside it belong to other slices, so that
// all events stay.
func (b *builder) selectHits(s *Statement, from, to time.Time) *sqlgen.Select {
	events := b.events(s, from, to)
	fields := b.hitFields(s)
	at := func(f ir.Field) sqlgen.Expr {
		if f.Paths == nil {
			f.Paths = b.pathsOf(f.Name)
		}
		i := slices.IndexFunc(fields, func(g ir.Field) bool { return g.Paths[0].Text == f.Paths[0].Text })
		return numbered("f", i)
	}
	pair, correlation := sqlgen.Name{"pair"}, sqlgen.Name{"correlation"}
	none := sqlgen.List{sqlgen.Text("")}
	var hits sqlgen.List
	groups := 0
	var groupLists [][]sqlgen.When
	values := sqlgen.Case{Else: none}
	of, span, bound, single := sqlgen.Case{}, sqlgen.Case{}, sqlgen.Case{}, sqlgen.Case{Else: number(0)}
	for n, p := range s.Pairs {
		c := b.set.Correlations[p.Correlation].IR
		base := &c.Bases[p.Base]
		is := equal(pair, number(n+1))
		holds := numbered("b", slices.Index(s.Rules, base.Index))
		hits = append(hits, sqlgen.Case{Whens: []sqlgen.When{{If: holds, Then: number(n + 1)}}})
		of.Whens = append(of.Whens, sqlgen.When{If: is, Then: number(p.Correlation)})
		for i, f := range base.GroupBy {
			for groups <= i {
				groups, groupLists = groups+1, append(groupLists, nil)
			}
			groupLists[i] = append(groupLists[i], sqlgen.When{If: is, Then: at(f)})
		}
		switch c.Type {
		case ir.ValueCount:
			var lists sqlgen.List
			for _, f := range base.Values {
				lists = append(lists, at(f))
			}
			values.Whens = append(values.Whens, sqlgen.When{If: is, Then: call("flatten", lists)})
		case ir.Temporal, ir.TemporalOrdered:
			values.Whens = append(values.Whens, sqlgen.When{If: is, Then: sqlgen.List{sqlgen.Text(strconv.Itoa(base.Index))}})
		default:
			single.Whens = append(single.Whens, sqlgen.When{If: is, Then: number(1)})
		}
		if p.Base == 0 {
			lower, _ := lowerBound(c)
			mine := equal(correlation, number(p.Correlation))
			span.Whens = append(span.Whens, sqlgen.When{If: mine, Then: number(int(c.Timespan))})
			bound.Whens = append(bound.Whens, sqlgen.When{If: mine, Then: number(lower)})
		}
	}
	group := []sqlgen.Expr{correlation}
	joins := []sqlgen.Join{unnest(hits, "hit", "pair")}
	where := sqlgen.And{present(pair), present(sqlgen.Name{"ts"})}
	for i, whens := range groupLists {
		joins = append(joins, unnest(sqlgen.Case{Whens: whens, Else: none}, "group"+strconv.Itoa(i+1), "g"+strconv.Itoa(i+1)))
		g := numbered("g", i)
		group, where = append(group, g), append(where, present(g))
	}
	var of2 sqlgen.Expr = none
	if len(values.Whens) > 0 {
		of2 = values
	}
	joins = append(joins, unnest(of2, "counted", "v"))
	where = append(where, present(sqlgen.Name{"v"}))
	star := sqlgen.Column{Of: sqlgen.Star{}}
	from1 := func(s *sqlgen.Select, as string) sqlgen.Source { return sqlgen.Source{Query: s, As: as} }

	found := &sqlgen.Select{From: from1(events, "events"), Joins: joins, Where: where, Columns: []sqlgen.Column{star, {Of: of, As: "correlation"}}}
	// The times of the pieces, as multiples of one.
	ts := sqlgen.Name{"ts"}
	piece := sqlgen.Binary{Op: "/", Left: sqlgen.Binary{Op: "-", Left: ts, Right: call("mod", ts, span)}, Right: span}
	cut := &sqlgen.Select{From: from1(found, "found"), Columns: []sqlgen.Column{star, {Of: piece, As: "piece"}}}
	var every sqlgen.Expr = number(0)
	if len(single.Whens) > 0 {
		every = single
	}
	copies := sqlgen.Window{Of: sqlgen.Call{Fn: "row_number"}, Partition: append(slices.Clone(group), sqlgen.Name{"piece"}, sqlgen.Name{"v"})}
	told := &sqlgen.Select{From: from1(cut, "cut"), Columns: []sqlgen.Column{star, {Of: copies, As: "copy"}, {Of: every, As: "every"}}}
	counts := sqlgen.Case{Whens: []sqlgen.When{{If: sqlgen.Or{equal(sqlgen.Name{"copy"}, number(1)), equal(sqlgen.Name{"every"}, number(1))}, Then: number(1)}}, Else: number(0)}
	around := sqlgen.Window{
		Of: sqlgen.Call{Fn: "sum", Args: []sqlgen.Expr{counts}}, Partition: group, Order: []sqlgen.Order{{Of: sqlgen.Name{"piece"}}},
		Frame: []sqlgen.Frame{{Text: "RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING"}},
	}
	near := &sqlgen.Select{From: from1(told, "told"), Columns: []sqlgen.Column{star, {Of: around, As: "near"}}}

	keep := sqlgen.Or{sqlgen.Binary{Op: ">=", Left: sqlgen.Name{"near"}, Right: bound}}
	if !from.IsZero() && !from.Equal(b.opt.From) {
		keep = append(keep, sqlgen.Binary{Op: "<", Left: sqlgen.Binary{Op: "-", Left: ts, Right: number(int(from.UnixNano()))}, Right: span})
	}
	if !to.IsZero() && !to.Equal(b.opt.To) {
		keep = append(keep, sqlgen.Binary{Op: "<=", Left: sqlgen.Binary{Op: "-", Left: number(int(to.UnixNano())), Right: ts}, Right: span})
	}
	out := &sqlgen.Select{From: from1(near, "near"), Distinct: true, Where: keep, Columns: []sqlgen.Column{{Of: pair}}}
	for i, c := range s.Columns {
		of := functions[b.opt.Dialect.Name].json(numbered("f", i))
		// Only what the correlation asks for: id and time, which come first, are asked for by all.
		if i > len(b.profile.Schema.ID) {
			var asks []sqlgen.Expr
			for n, p := range s.Pairs {
				base := &b.set.Correlations[p.Correlation].IR.Bases[p.Base]
				for _, f := range slices.Concat(base.GroupBy, base.Values) {
					if name := at(f).(sqlgen.Name); name[0] == numbered("f", i)[0] {
						asks = append(asks, number(n+1))
						break
					}
				}
			}
			of = sqlgen.Case{Whens: []sqlgen.When{{If: sqlgen.In{Of: pair, List: asks}, Then: of}}}
		}
		out.Columns = append(out.Columns, sqlgen.Column{Of: of, As: c.Name})
	}
	return out
}

func numbered(letter string, i int) sqlgen.Name { return sqlgen.Name{letter + strconv.Itoa(i+1)} }

func number(n int) sqlgen.Expr { return sqlgen.Number(strconv.Itoa(n)) }

func equal(a, b sqlgen.Expr) sqlgen.Expr { return sqlgen.Binary{Op: "=", Left: a, Right: b} }

func present(e sqlgen.Expr) sqlgen.Expr { return sqlgen.IsNull{Of: e, Not: true} }

func call(fn string, args ...sqlgen.Expr) sqlgen.Expr { return sqlgen.Call{Fn: fn, Args: args} }

func unnest(list sqlgen.Expr, as, column string) sqlgen.Join {
	return sqlgen.Join{Source: sqlgen.Source{Unnest: []sqlgen.Expr{list}, As: as, Columns: []string{column}}}
}
