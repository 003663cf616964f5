package plan

import (
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// sayable tells whether SQL can read what a correlation asks for.
func (b *builder) sayable(i int) bool {
	return b.events(b.hits(nil, []int{i}), Slice{}) != nil
}

// fitHits makes the statements for correlations, in halves where the text is too long.
func (b *builder) fitHits(p *Plan, correlations []int) []*Statement {
	s := b.hits(p, correlations)
	max := b.opt.Dialect.MaxBytes
	if max > 0 && len(correlations) > 1 && len(s.SQL(Slice{}))+timeBytes > max {
		a, z := halves(correlations)
		return slices.Concat(b.fitHits(p, a), b.fitHits(p, z))
	}
	return []*Statement{s}
}

// hits makes the statement of some correlations.
func (b *builder) hits(p *Plan, correlations []int) *Statement {
	s := &Statement{Kind: Hits, Correlations: correlations, plan: p, from: b.opt.From, to: b.opt.To}
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
		s.Columns = append(s.Columns, Column{Name: f.Paths[0].Text, Path: f.Paths[0].Text, JSON: true})
	}
	if b.untimed() {
		s.Columns = append(s.Columns, Column{Name: "ts", Time: true, of: timeName, clock: nanos})
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
		if b.fieldAt(fields, f) < 0 {
			fields = append(fields, f)
		}
	}
	for _, part := range b.profile.Schema.ID {
		add(ir.Field{Name: part[0].Text, Paths: part})
	}
	add(ir.Field{Name: b.profile.Schema.Time[0].Text, Paths: b.profile.Schema.Time})
	for _, i := range s.Correlations {
		for _, base := range b.set.Correlations[i].IR.Bases {
			for _, f := range b.fields(i, base) {
				add(f)
			}
		}
	}
	return fields
}

// events is the query that has, of every event, its id and ts in nanoseconds, whether each of the statement's rules holds
// (b1, b2 …), and the texts of its fields as lists (f1, f2 …); nil if SQL cannot say it.
func (b *builder) events(s *Statement, slice Slice) *sqlgen.Select {
	var queries []*ir.Query
	var or []ir.Expr
	for _, rule := range s.Rules {
		queries = append(queries, b.rules[rule].query)
		or = append(or, b.rules[rule].superset)
	}
	events, list := sqlgen.Events(queries, b.hitFields(s), b.sqlOf(b.profile, slice))
	if list.HasErrors() {
		return nil
	}
	// Engines compute the columns of every row before they look whether a rule holds; most rows are let out by the
	// supersets, which ask for nothing but columns.
	wide := pass.Superset(&ir.OrExpr{Operands: or}, func(*ir.Field) int { return 1 })
	coarse, _ := sqlgen.Detection(&ir.Query{Where: wide}, nil, b.sql(slice))
	if coarse.Select != nil && coarse.Select.From.Query == nil {
		innermost := events
		for innermost.From.Query != nil {
			innermost = innermost.From.Query
		}
		innermost.Where = coarse.Select.Where
	}
	return events
}

// pairCases say what depends on the pair or on the correlation, as expressions over the columns of these names.
type pairCases struct {
	hits sqlgen.List // the numbers of the pairs whose rule holds, else NULL
	// of is the correlation of a pair; values are the lists of what is counted, and alone is 1 for pairs of which every
	// event counts.
	of, values, alone sqlgen.Case
	groups            []sqlgen.Case // the lists for each place of group-by
	// span and bound are those of a correlation.
	span, bound sqlgen.Case
}

var (
	pairName        = sqlgen.Name{"pair"}
	correlationName = sqlgen.Name{"correlation"}
	timeName        = sqlgen.Name{"ts"}
	// nothing is a list of one text, for places that a pair does not use.
	nothing = sqlgen.List{sqlgen.Text("")}
)

func (b *builder) pairCases(s *Statement, at func(ir.Field) sqlgen.Expr) *pairCases {
	p := &pairCases{values: sqlgen.Case{Else: nothing}, alone: sqlgen.Case{Else: number(0)}}
	add := func(c *sqlgen.Case, when, then sqlgen.Expr) {
		c.Whens = append(c.Whens, sqlgen.When{If: when, Then: then})
	}
	for n, pair := range s.Pairs {
		c := b.set.Correlations[pair.Correlation].IR
		base := &c.Bases[pair.Base]
		is := equal(pairName, number(n+1))
		holds := sqlgen.Case{}
		add(&holds, numbered("b", slices.Index(s.Rules, base.Index)), number(n+1))
		p.hits = append(p.hits, holds)
		add(&p.of, is, number(pair.Correlation))
		for i, f := range base.GroupBy {
			if i == len(p.groups) {
				p.groups = append(p.groups, sqlgen.Case{Else: nothing})
			}
			add(&p.groups[i], is, at(f))
		}
		switch c.Type {
		case ir.ValueCount:
			var lists sqlgen.List
			for _, f := range base.Values {
				lists = append(lists, at(f))
			}
			add(&p.values, is, call("flatten", lists))
		case ir.Temporal:
			add(&p.values, is, sqlgen.List{sqlgen.Text(strconv.Itoa(base.Index))})
		case ir.TemporalOrdered: // a rule that is listed twice is two steps
			add(&p.values, is, sqlgen.List{sqlgen.Text(strconv.Itoa(pair.Base))})
		default:
			add(&p.alone, is, number(1))
		}
		if pair.Base == 0 {
			bound, _ := lowerBound(c)
			is := equal(correlationName, number(pair.Correlation))
			add(&p.span, is, number(int(c.Timespan)))
			add(&p.bound, is, number(bound))
		}
	}
	return p
}

// chosen is a case, or its Else where it has no branches.
func chosen(c sqlgen.Case) sqlgen.Expr {
	if len(c.Whens) == 0 {
		return c.Else
	}
	return c
}

// selectHits keeps of the events of each pair those in whose neighbourhood the correlation's lower bound can be reached.
//
// Time is cut into pieces of the correlation's timespan. A window that holds the event lies within its piece and the two
// beside it, so that what is counted there is at least what is counted in the window: events, different values in each
// piece, or different rules or steps in each piece. Near the ends of a slice the pieces beside it belong to other slices, so that
// all events stay.
//
// An event that is left out is in no window in which the condition holds. So bursts, their peaks and their evidence are
// those of all events: with a lower bound fewer events never make a burst, and two moments between which a moment without
// the condition was left out are more than a timespan apart, which ends a burst too.
func (b *builder) selectHits(s *Statement, slice Slice) *sqlgen.Select {
	fields := b.hitFields(s)
	at := func(f ir.Field) sqlgen.Expr { return numbered("f", b.fieldAt(fields, f)) }
	cases := b.pairCases(s, at)

	// found: a row for each pair, group and counted value of an event.
	group := []sqlgen.Expr{correlationName}
	joins := []sqlgen.Source{unnest(cases.hits, "hit", "pair")}
	where := sqlgen.And{present(pairName), present(timeName)}
	for i, lists := range cases.groups {
		joins = append(joins, unnest(lists, "group"+strconv.Itoa(i+1), "g"+strconv.Itoa(i+1)))
		group, where = append(group, numbered("g", i)), append(where, present(numbered("g", i)))
	}
	joins = append(joins, unnest(chosen(cases.values), "counted", "v"))
	where = append(where, present(sqlgen.Name{"v"}))
	found := step(b.events(s, slice), "events", sqlgen.Column{Of: cases.of, As: "correlation"})
	found.Joins, found.Where = joins, where

	// cut: the piece of time; told: which row counts something that no other of the group and piece does.
	start := sqlgen.Binary{Op: "-", Left: timeName, Right: call("mod", timeName, cases.span)}
	cut := step(found, "found", sqlgen.Column{Of: sqlgen.Binary{Op: "/", Left: start, Right: cases.span}, As: "piece"})
	piece := sqlgen.Name{"piece"}
	copies := sqlgen.Window{Of: sqlgen.Call{Fn: "row_number"}, Partition: append(slices.Clone(group), piece, sqlgen.Name{"v"})}
	told := step(cut, "cut", sqlgen.Column{Of: copies, As: "copy"}, sqlgen.Column{Of: chosen(cases.alone), As: "alone"})
	first := sqlgen.Or{equal(sqlgen.Name{"copy"}, number(1)), equal(sqlgen.Name{"alone"}, number(1))}
	near := step(told, "told", sqlgen.Column{As: "near", Of: sqlgen.Window{
		Of:        sqlgen.Call{Fn: "sum", Args: []sqlgen.Expr{sqlgen.Case{Whens: []sqlgen.When{{If: first, Then: number(1)}}, Else: number(0)}}},
		Partition: group, Order: []sqlgen.Expr{piece}, Frame: []sqlgen.Frame{{Text: "RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING"}},
	}})

	keep := sqlgen.Or{compare(">=", sqlgen.Name{"near"}, cases.bound)}
	if from := slice.From; !from.IsZero() && !from.Equal(s.from) {
		keep = append(keep, compare("<", sqlgen.Binary{Op: "-", Left: timeName, Right: number(int(from.UnixNano()))}, cases.span))
	}
	if to := slice.To; !to.IsZero() && !to.Equal(s.to) {
		keep = append(keep, compare("<=", sqlgen.Binary{Op: "-", Left: number(int(to.UnixNano())), Right: timeName}, cases.span))
	}
	out := &sqlgen.Select{From: sqlgen.Source{Query: near, As: "near"}, Distinct: true, Where: keep, Columns: []sqlgen.Column{{Of: pairName}}}
	for i, c := range s.Columns {
		out.Columns = append(out.Columns, sqlgen.Column{Of: b.hitCell(s, fields, i), As: c.Name})
		if i < len(b.profile.Schema.ID) {
			// The rows of one event follow each other, so that whoever reads them can take its pairs together.
			out.OrderBy = append(out.OrderBy, sqlgen.Name{c.Name})
		}
	}
	return out
}

// hitCell is the list of texts of a field as JSON text, NULL for pairs that do not ask for it. Id and time, which come
// first, are asked for by all; so is the column that tells the time in nanoseconds, which comes last and is no field.
func (b *builder) hitCell(s *Statement, fields []ir.Field, i int) sqlgen.Expr {
	if s.Columns[i].Time {
		return s.Columns[i].of
	}
	text := b.opt.Dialect.JSON(numbered("f", i))
	if i <= len(b.profile.Schema.ID) {
		return text
	}
	var asks []sqlgen.Expr
	for n, p := range s.Pairs {
		base := b.set.Correlations[p.Correlation].IR.Bases[p.Base]
		if slices.ContainsFunc(b.fields(p.Correlation, base), func(f ir.Field) bool { return b.fieldAt(fields, f) == i }) {
			asks = append(asks, number(n+1))
		}
	}
	return sqlgen.Case{Whens: []sqlgen.When{{If: sqlgen.In{Of: pairName, List: asks}, Then: text}}}
}

// fieldAt is the place of a field among others, by its first path.
func (b *builder) fieldAt(fields []ir.Field, f ir.Field) int {
	if f.Paths == nil {
		f.Paths = b.pathsOf(f.Name)
	}
	return slices.IndexFunc(fields, func(g ir.Field) bool { return g.Paths[0].Text == f.Paths[0].Text })
}

// step is a query for all columns of another, and more.
func step(of *sqlgen.Select, as string, more ...sqlgen.Column) *sqlgen.Select {
	return &sqlgen.Select{From: sqlgen.Source{Query: of, As: as}, Columns: append([]sqlgen.Column{{Of: sqlgen.Star{}}}, more...)}
}

func numbered(letter string, i int) sqlgen.Name { return sqlgen.Name{letter + strconv.Itoa(i+1)} }

func number(n int) sqlgen.Expr { return sqlgen.Number(strconv.Itoa(n)) }

func compare(op string, a, b sqlgen.Expr) sqlgen.Expr {
	return sqlgen.Binary{Op: op, Left: a, Right: b}
}

func equal(a, b sqlgen.Expr) sqlgen.Expr { return compare("=", a, b) }

func present(e sqlgen.Expr) sqlgen.Expr { return sqlgen.IsNull{Of: e, Not: true} }

func call(fn string, args ...sqlgen.Expr) sqlgen.Expr { return sqlgen.Call{Fn: fn, Args: args} }

func unnest(list sqlgen.Expr, as, column string) sqlgen.Source {
	return sqlgen.Source{Unnest: []sqlgen.Expr{list}, As: as, Columns: []string{column}}
}
