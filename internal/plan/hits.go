package plan

import (
	"slices"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// sayable tells whether SQL can read what a correlation asks for.
func (b *builder) sayable(i int) bool {
	s := b.hits(nil, []int{i})
	return b.candidates(s, b.counting(s), Slice{}) != nil
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
			if !slices.Contains(s.bases, base.Index) {
				s.bases = append(s.bases, base.Index)
			}
		}
	}
	s.Rules, s.Exact = s.bases, s.bases
	b.hitColumns(s)
	return s
}

// Together is one statement in place of one of Rows and one of Hits, so that the table is read once; nil if the text were too
// long. It holds all rows in memory at once, and can be split into the two again.
func (p *Plan) Together(rows, hits *Statement) *Statement {
	b := p.b
	s := *hits
	s.Kind, s.Rules, s.Exact, s.rows, s.hits = Both, rows.Rules, slices.Concat(rows.Exact, hits.Exact), rows, hits
	s.WholeTable = rows.WholeTable
	b.hitColumns(&s)
	if max := b.opt.Dialect.MaxBytes; max > 0 && len(s.SQL(Slice{}))+timeBytes > max {
		return nil
	}
	return &s
}

// single tells of a field that leads to one value in a column of its own, so that SQL can group by it at little cost.
func (b *builder) single(f *ir.Field) bool {
	bound := ir.Field{Name: f.Name, Paths: f.Paths}
	if bound.Paths == nil {
		bound.Paths = b.pathsOf(f.Name)
	}
	if len(bound.Paths) == 0 || !b.direct(&ir.ExistsExpr{Field: bound}) {
		return false
	}
	for _, path := range bound.Paths {
		for _, place := range b.profile.PathPlaces(path) {
			if place.Type.Kind == schema.Double {
				return false
			}
		}
	}
	return true
}

// counting says how SQL counts for the correlations of a statement, over the columns of builder.candidates: a superset of
// what they count, since it reads no JSON.
type counting struct {
	fields []ir.Field // f1, f2 …
	// hits are the numbers of the pairs whose rule may hold, else NULL.
	hits sqlgen.List
	// correlations, spans and bounds are those of the pairs.
	correlations, spans, bounds sqlgen.List
	// groups are the texts for each place of group-by that all bases have in a column of its own, NULL where an event takes
	// no part; values are the texts of what is counted, each once in a group.
	groups []sqlgen.Case
	values sqlgen.Case
	// weights are how much an event counts where the same value counts again, NULL where each value counts once.
	weights sqlgen.Case
}

var (
	pairName        = sqlgen.Name{"pair"}
	correlationName = sqlgen.Name{"correlation"}
	timeName        = sqlgen.Name{"ts"}
)

func (b *builder) counting(s *Statement) *counting {
	c := &counting{values: sqlgen.Case{Else: sqlgen.Text("")}, weights: sqlgen.Case{Else: sqlgen.Null{}}}
	branch := func(to *sqlgen.Case, pair int, then sqlgen.Expr) {
		is := number(pair + 1)
		for i := range to.Whens {
			if in, ok := to.Whens[i].If.(sqlgen.In); ok && b.opt.Dialect.PrintExpr(to.Whens[i].Then) == b.opt.Dialect.PrintExpr(then) {
				in.List = append(in.List, is)
				to.Whens[i].If = in
				return
			}
		}
		to.Whens = append(to.Whens, sqlgen.When{If: sqlgen.In{Of: pairName, List: []sqlgen.Expr{is}}, Then: then})
	}
	for n, pair := range s.Pairs {
		correlation := b.set.Correlations[pair.Correlation].IR
		base := &correlation.Bases[pair.Base]
		bound, _ := lowerBound(correlation)
		c.hits = append(c.hits, sqlgen.Case{Whens: []sqlgen.When{{If: numbered("b", slices.Index(s.bases, base.Index)), Then: number(n + 1)}}})
		c.correlations = append(c.correlations, number(pair.Correlation))
		c.spans = append(c.spans, b.opt.Dialect.Whole(int(correlation.Timespan)))
		c.bounds = append(c.bounds, number(bound))
		place := 0
		for i := range base.GroupBy {
			if slices.ContainsFunc(correlation.Bases, func(other ir.Base) bool { return i >= len(other.GroupBy) || !b.single(&other.GroupBy[i]) }) {
				continue
			}
			if place == len(c.groups) {
				c.groups = append(c.groups, sqlgen.Case{Else: sqlgen.Text("")})
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
			branch(&c.values, n, sqlgen.Text(strconv.Itoa(base.Index)))
		case ir.TemporalOrdered: // a rule that is listed twice is two steps
			branch(&c.values, n, sqlgen.Text(strconv.Itoa(pair.Base)))
		default:
			branch(&c.weights, n, number(1))
		}
	}
	if s.rows != nil { // rows count for themselves, spread by their id
		n := len(s.Pairs)
		c.hits = append(c.hits, sqlgen.Case{Whens: []sqlgen.When{{If: numbered("b", len(s.bases)), Then: number(n + 1)}}})
		c.correlations, c.spans, c.bounds = append(c.correlations, sqlgen.Number("-1")), append(c.spans, b.opt.Dialect.Whole(1)), append(c.bounds, number(0))
		branch(&c.weights, n, number(1))
		if len(c.groups) > 0 {
			branch(&c.groups[0], n, sqlgen.Cast{Of: numbered("c", 0), Type: b.opt.Dialect.TextType})
		}
	}
	return c
}

// field is the column of a field's text.
func (c *counting) field(b *builder, f ir.Field) sqlgen.Expr {
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

// weight is at least how many different values an event has in some fields, or as many as a correlation wants: JSON text
// without a bracket holds no list.
func (b *builder) weight(s *Statement, fields []ir.Field, bound int) sqlgen.Expr {
	var lists []sqlgen.Expr
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
			lists = append(lists, b.opt.Dialect.Contains(numbered("c", at), part))
		}
	}
	few := number(min(len(fields), bound))
	if len(lists) == 0 {
		return few
	}
	return sqlgen.Case{Whens: []sqlgen.When{{If: sqlgen.Or(lists), Then: number(bound)}}, Else: few}
}

// candidates is the query for the events that the statement's rules may hold for; nil if SQL cannot say it.
func (b *builder) candidates(s *Statement, c *counting, slice Slice) *sqlgen.Select {
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
		sought.Columns = append(sought.Columns, column.of)
	}
	events, list := sqlgen.Candidates(sought, b.sql(slice))
	if list.HasErrors() {
		return nil
	}
	return events
}

// selectHits keeps of the candidates of each pair those in whose neighbourhood the correlation's lower bound can be reached.
//
// Time is cut into pieces of the correlation's timespan. A window that holds the event lies within its piece and the two
// beside it, so that what is counted there is at least what is counted in the window: events, different values in each
// piece, or different rules or steps in each piece. Near the ends of a slice the pieces beside it belong to other slices, so that
// all events stay. Places of group-by that are no columns are left out, which makes groups larger, and the base rules are
// relaxed, which makes counts larger.
//
// An event that is left out is in no window in which the condition holds. So bursts, their peaks and their evidence are
// those of all events: with a lower bound fewer events never make a burst, and two moments between which a moment without
// the condition was left out are more than a timespan apart, which ends a burst too.
//
// Events without a time in the table stay: it may stand elsewhere in the event, and where it does not, the hunt tells which
// correlations did not see them.
func (b *builder) selectHits(s *Statement, slice Slice) *sqlgen.Select {
	c := b.counting(s)
	d := b.opt.Dialect

	// found: a row for each pair of an event.
	hits := unnest(d.WithoutNull(c.hits), "hit", "pair")
	of := []sqlgen.Column{
		{Of: d.ItemAt(c.correlations, pairName), As: "correlation"}, {Of: d.ItemAt(c.spans, pairName), As: "span"},
		{Of: chosen(c.values), As: "v"}, {Of: chosen(c.weights), As: "weight"},
	}
	group, where := []sqlgen.Expr{correlationName}, sqlgen.And{present(sqlgen.Name{"v"})}
	for i, texts := range c.groups {
		of = append(of, sqlgen.Column{Of: texts, As: "g" + strconv.Itoa(i+1)})
		group, where = append(group, numbered("g", i)), append(where, present(numbered("g", i)))
	}
	found := step(b.candidates(s, c, slice), "events", of...)
	found.Joins = []sqlgen.Source{hits}

	// cut: the piece of time; told: which row counts something that no other of the group and piece does.
	span, piece := sqlgen.Name{"span"}, sqlgen.Name{"piece"}
	start := sqlgen.Binary{Op: "-", Left: timeName, Right: call("mod", timeName, span)}
	cut := step(found, "found", sqlgen.Column{Of: sqlgen.Binary{Op: "/", Left: start, Right: span}, As: "piece"})
	cut.Where = where
	if s.rows != nil {
		cut.Where = sqlgen.Or{equal(pairName, number(len(s.Pairs)+1)), where}
	}
	copies := sqlgen.Window{Of: sqlgen.Call{Fn: "row_number"}, Partition: append(slices.Clone(group), piece, sqlgen.Name{"v"})}
	told := step(cut, "cut", sqlgen.Column{Of: copies, As: "copy"})
	first := sqlgen.When{If: equal(sqlgen.Name{"copy"}, number(1)), Then: number(1)}
	weighs := sqlgen.When{If: present(sqlgen.Name{"weight"}), Then: sqlgen.Name{"weight"}}
	near := step(told, "told", sqlgen.Column{As: "near", Of: sqlgen.Window{
		Of:        sqlgen.Call{Fn: "sum", Args: []sqlgen.Expr{sqlgen.Case{Whens: []sqlgen.When{weighs, first}, Else: number(0)}}},
		Partition: group, Order: []sqlgen.Expr{piece}, Frame: []sqlgen.Frame{{Text: "RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING"}},
	}})

	keep := sqlgen.Or{compare(">=", sqlgen.Name{"near"}, d.ItemAt(c.bounds, pairName)), sqlgen.IsNull{Of: timeName}}
	if from := slice.From; !from.IsZero() && !from.Equal(s.from) {
		keep = append(keep, compare("<", sqlgen.Binary{Op: "-", Left: timeName, Right: number(int(from.UnixNano()))}, span))
	}
	if to := slice.To; !to.IsZero() && !to.Equal(s.to) {
		// Times may lack the part of a second.
		until := number(int(to.Add(-time.Second).UnixNano()))
		keep = append(keep, compare("<=", sqlgen.Binary{Op: "-", Left: until, Right: timeName}, span))
	}
	near = step(near, "near", b.partColumns(s)...)
	near.Where = keep
	out := &sqlgen.Select{From: sqlgen.Source{Query: near, As: "hits"}, Columns: []sqlgen.Column{{Of: pairName}}}
	for i, column := range s.Columns {
		out.Columns = append(out.Columns, sqlgen.Column{Of: s.hitCell(i), As: column.Name})
		if i < s.Keys {
			// The rows of one event follow each other, so that whoever reads them can take its pairs together.
			out.OrderBy = append(out.OrderBy, numbered("c", i))
		}
	}
	return out
}

// chosen is a case, or its Else where it has no branches.
func chosen(c sqlgen.Case) sqlgen.Expr {
	if len(c.Whens) == 0 {
		return c.Else
	}
	return c
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
