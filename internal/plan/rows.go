package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// timeBytes is what the time range of a slice may add to a statement at most: the days of two months in a list.
const timeBytes = 4096

// fit makes the statements for rules that rows are wanted of: one, unless there are more exact predicates that must be
// than one holds, or the text is too long.
func (b *builder) fit(p *Plan, rules []*planned) []*Statement {
	must := 0
	for _, r := range rules {
		if r.exact && r.risk >= noAction {
			must++
		}
	}
	s := b.rows(p, rules, b.choose(rules))
	max := b.opt.Dialect.MaxBytes
	if len(rules) > 1 && (must > b.opt.MaxExact || max > 0 && len(s.SQL(Slice{}))+timeBytes > max) {
		var all []int
		for _, r := range rules {
			all = append(all, r.index)
		}
		first, second := b.cut(all, func(i int) bool { return b.rules[i].exact && b.rules[i].risk >= noAction })
		return slices.Concat(b.fit(p, b.plannedOf(first)), b.fit(p, b.plannedOf(second)))
	}
	return []*Statement{s}
}

func (b *builder) plannedOf(rules []int) []*planned {
	var list []*planned
	for _, i := range rules {
		list = append(list, b.rules[i])
	}
	return list
}

// rows makes the statement of some rules, with the exact predicates of some of these.
func (b *builder) rows(p *Plan, rules []*planned, exact map[int]bool) *Statement {
	s := &Statement{Kind: Rows, plan: p, from: b.opt.From, to: b.opt.To}
	var or []ir.Expr
	var columns []Column
	var own, walks, coarse []ir.Expr
	for _, r := range rules {
		s.Rules = append(s.Rules, r.index)
		columns = append(columns, r.columns...)
		if exact[r.index] {
			s.Exact = append(s.Exact, r.index)
			if b.walks(r) {
				walks, coarse = append(walks, r.query.Where), append(coarse, r.relaxed)
			} else {
				own = append(own, r.relaxed)
			}
			continue
		}
		s.WholeTable = s.WholeTable || r.risk == open
		or = append(or, r.superset)
	}
	// The list of actions first: it decides most events, and costs least.
	lists := &ir.OrExpr{Operands: or}
	first := pass.Superset(lists, func(*ir.Field) int { return 1 })
	var all []ir.Expr
	if c, ok := first.(*ir.ConstExpr); !ok || c.Value {
		all = append(all, first)
	}
	own = b.byService(own)
	any := func(lists ...[]ir.Expr) ir.Expr { return pass.Simplify(&ir.OrExpr{Operands: slices.Concat(lists...)}) }
	s.where = any(all, own, walks)
	if len(walks) > 0 {
		s.listed, s.walks, s.coarse = any(all, own), any(walks), any(coarse)
	}
	s.Columns = b.distinct(slices.Concat(b.report, columns))
	return s
}

// byService joins predicates of one service, so that engines look at those of one instead of all. Others stay as they are.
func (b *builder) byService(list []ir.Expr) []ir.Expr {
	groups := map[string]*ir.OrExpr{} // the predicates of a service, by its field and name
	var out []ir.Expr
	for _, e := range list {
		and, ok := e.(*ir.AndExpr)
		if !ok || len(and.Operands) < 2 {
			out = append(out, e)
			continue
		}
		service, ok := and.Operands[0].(*ir.StringExpr)
		if !ok || service.Op != ir.Equal || service.Cased || len(service.Field.Paths) != 1 || b.ranks[service.Field.Paths[0].Text] != serviceRank ||
			len(service.Pattern) != 1 || service.Pattern[0].Kind != ir.Literal {
			out = append(out, e)
			continue
		}
		rest := &ir.AndExpr{Operands: and.Operands[1:], Span: and.Span}
		key := service.Field.Paths[0].Text + "=" + strings.ToLower(service.Pattern[0].Text)
		if group := groups[key]; group != nil {
			group.Operands = append(group.Operands, rest)
			continue
		}
		groups[key] = &ir.OrExpr{Operands: []ir.Expr{rest}}
		out = append(out, &ir.AndExpr{Operands: []ir.Expr{service, groups[key]}, Span: and.Span})
	}
	return out
}

// walks tells of a rule whose exact predicate stands in a statement: what walks through JSON is worth it only where all
// events of a common action or a service would come.
func (b *builder) walks(r *planned) bool { return r.coarse && r.exact && r.risk >= common }

// walking is the query for rules of which some stand exactly in it: these walk JSON for the rows that are left by predicates
// over columns, since engines compute the columns of a query, such as paths into JSON, for every row before they look at
// the WHERE around it.
func (b *builder) walking(s *Statement, slice Slice) *sqlgen.Select {
	selected := b.detection(s.walks, slice)
	innermost := selected
	for innermost.From.Query != nil {
		innermost = innermost.From.Query
	}
	first, second := b.detection(s.listed, Slice{}), b.detection(s.coarse, Slice{})
	if innermost == selected || first.From.Query != nil || second.From.Query != nil {
		return b.detection(s.where, slice) // nothing is walked, or the columns themselves are in JSON
	}
	listed := sqlgen.Name{"is listed"}
	table := &sqlgen.Select{From: innermost.From, Where: innermost.Where, Columns: []sqlgen.Column{
		{Of: sqlgen.Star{}}, {Of: condition(first), As: listed[0]},
	}}
	innermost.From = sqlgen.Source{Query: table, As: "rows"}
	innermost.Where = sqlgen.Or{listed, condition(second)}
	selected.Where = sqlgen.Or{listed, selected.Where}
	return selected
}

// detection is the query for the rows of a slice for which an expression holds that SQL can say.
func (b *builder) detection(where ir.Expr, slice Slice) *sqlgen.Select {
	return b.detectionOf(where, b.sql(slice))
}

func (b *builder) detectionOf(where ir.Expr, opt sqlgen.Options) *sqlgen.Select {
	statement, _ := sqlgen.Detection(&ir.Query{Where: where}, nil, opt)
	if statement.Select == nil {
		panic("egret bug: a statement of predicates that were accepted one by one is refused")
	}
	return statement.Select
}

// condition is the WHERE of a query.
func condition(of *sqlgen.Select) sqlgen.Expr {
	if of.Where != nil {
		return of.Where
	}
	return sqlgen.Bool(true)
}

// choose finds the rules that are worth an exact predicate, as many as a statement holds: the worst first, of base rules
// those of which a correlation wants the most events. Those that let few events through are never among them.
func (b *builder) choose(rules []*planned) map[int]bool {
	list := slices.DeleteFunc(slices.Clone(rules), func(r *planned) bool { return r.risk == rare || !r.exact })
	slices.SortStableFunc(list, func(x, y *planned) int {
		return cmp.Or(cmp.Compare(y.risk, x.risk), cmp.Compare(y.weight, x.weight))
	})
	exact := map[int]bool{}
	for _, r := range list[:min(len(list), b.opt.MaxExact)] {
		exact[r.index] = true
	}
	return exact
}

// distinct leaves each column once, and gives those of one path different names. The whole event makes all others
// needless but the time.
func (b *builder) distinct(columns []Column) []Column {
	var out []Column
	type key struct {
		path, of string
		time     bool
	}
	seen := map[key]bool{}
	names := map[string]bool{}
	for _, c := range columns {
		k := key{c.Path, b.opt.Dialect.PrintExpr(c.of), c.Time}
		if seen[k] {
			continue
		}
		seen[k] = true
		base := c.Name
		for n := 2; names[c.Name]; n++ {
			c.Name = base + " (" + string(rune('0'+n)) + ")"
		}
		names[c.Name] = true
		out = append(out, c)
	}
	if slices.ContainsFunc(out, Column.whole) {
		out = slices.DeleteFunc(out, func(c Column) bool { return !c.whole() && !c.Time })
	}
	return out
}

// manyRules is from how many rules on texts are put in lower case once for all.
const manyRules = 8

// Select is the statement over a slice; that of Slice{} is over all time.
func (s *Statement) Select(slice Slice) *sqlgen.Select {
	b := s.plan.b
	if s.Kind == Hits || s.Kind == Both {
		return b.selectHits(s, slice)
	}
	var selected *sqlgen.Select
	if s.walks != nil {
		selected = b.walking(s, slice)
	} else {
		opt := b.sql(slice)
		opt.Lowered = len(s.Rules) >= manyRules
		selected = b.detectionOf(s.where, opt)
	}
	selected.Comments = nil
	selected.Columns = nil
	for _, c := range s.Columns {
		as := c.Name
		if name, ok := c.of.(sqlgen.Name); ok && name[len(name)-1] == as {
			as = ""
		}
		selected.Columns = append(selected.Columns, sqlgen.Column{Of: c.of, As: as})
	}
	return selected
}

// Probe is a statement that reads the columns of this one within a slice, whatever the rows say. It is for estimates: it costs
// little to plan.
func (s *Statement) Probe(slice Slice) string {
	b := s.plan.b
	selected := b.detection(&ir.ConstExpr{Value: true}, slice)
	selected.Comments, selected.Columns = nil, nil
	for _, c := range s.Columns[:len(s.Columns)-s.parts] {
		selected.Columns = append(selected.Columns, sqlgen.Column{Of: c.of, As: c.Name})
	}
	return b.opt.Dialect.Print(selected)
}

// SQL is the text of Select.
func (s *Statement) SQL(slice Slice) string {
	return s.plan.b.opt.Dialect.Print(s.Select(slice))
}

// Split makes two statements of one that an engine finds too complex; false if it serves a single rule or
// correlation, or lists a single id or principal.
func (p *Plan) Split(s *Statement) (first, second *Statement, ok bool) {
	switch {
	case s.Kind == Rows && len(s.Rules) > 1:
		half := func(list []int) *Statement {
			exact := map[int]bool{}
			for _, i := range list {
				exact[i] = slices.Contains(s.Exact, i)
			}
			return p.b.rows(p, p.b.plannedOf(list), exact)
		}
		a, z := p.b.cut(s.Rules, func(i int) bool { return slices.Contains(s.Exact, i) })
		return half(a), half(z), true
	case s.Kind == Both:
		return s.rows, s.hits, true
	case s.Kind == Hits && len(s.Correlations) > 1:
		a, z := halves(s.Correlations)
		return p.b.hits(p, a), p.b.hits(p, z), true
	case len(s.wanted) > 1:
		a, z := halves(s.wanted)
		return s.list(a), s.list(z), true
	}
	return nil, nil, false
}

func halves[E any](list []E) (a, z []E) { return list[:len(list)/2], list[len(list)/2:] }
