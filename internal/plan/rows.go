package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// timeBytes is the maximum size in bytes of the time range of a chunk in a statement: a list of the days of two months.
const timeBytes = 4096

// fit returns the statements for rules that need rows: one, unless it would need too many exact predicates or its text would
// be too long.
func (b *builder) fit(p *Plan, rules []*planned) []*Statement {
	must := 0
	for _, r := range rules {
		if r.exact && r.risk >= noAction {
			must++
		}
	}
	s := b.rows(p, rules, b.choose(rules))
	max := b.opt.Dialect.MaxBytes
	if len(rules) > 1 && (must > b.opt.MaxExact || max > 0 && len(s.SQL(Chunk{}))+timeBytes > max) {
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

// rows returns the Rows statement for the given rules, with exact predicates for those in exact.
func (b *builder) rows(p *Plan, rules []*planned, exact map[int]bool) *Statement {
	s := &Statement{Kind: Rows, plan: p, from: b.opt.From, to: b.opt.To}
	var or []ir.Expr
	var columns []Column
	var facts [][]int
	var own, walks, coarse []ir.Expr
	for _, r := range rules {
		s.Rules = append(s.Rules, r.index)
		columns, facts = append(columns, r.columns...), append(facts, r.facts)
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
	// Put the list of actions first: it decides most events at the lowest cost.
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
	s.Columns = b.distinct(slices.Concat(b.report, columns, b.facts.of(facts...)))
	return s
}

// byService groups predicates by service, so that engines evaluate only those of the event's service. Others are unchanged.
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

// walks reports whether a statement should contain the exact predicate of a rule although it reads JSON: only if the relaxed
// one would match all events of a common action or a service.
func (b *builder) walks(r *planned) bool {
	return !b.opt.KeywordsOnly && r.coarse && r.exact && r.risk >= common
}

// detection returns the query for the rows of a chunk that match an expression. SQL must be able to express it.
func (b *builder) detection(where ir.Expr, chunk Chunk) *sqltree.Select {
	return b.detectionOf(where, b.sql(chunk))
}

func (b *builder) detectionOf(where ir.Expr, opt sqlgen.Options) *sqltree.Select {
	statement, _ := sqlgen.Detection(&ir.Query{Where: where}, nil, opt)
	if statement.Select == nil {
		panic("egret bug: a statement of predicates that were accepted one by one is refused")
	}
	return statement.Select
}

// choose returns the rules that get an exact predicate, as many as fit into a statement: those with the highest risk first,
// and for equal risk those with the highest lower bound of a correlation. Rules of low risk never get one.
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

// distinct removes duplicate columns and gives columns of the same path different names. If one column contains the whole
// event, it keeps only that and the time.
func (b *builder) distinct(columns []Column) []Column {
	out := b.different(columns)
	if slices.ContainsFunc(out, Column.whole) {
		out = slices.DeleteFunc(out, func(c Column) bool { return !c.whole() && !c.Time })
	}
	return out
}

// different is distinct without regard to a column that contains the whole event.
func (b *builder) different(columns []Column) []Column {
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
	return out
}

// manyRules is the number of rules from which a statement converts texts to lower case once for all rules.
const manyRules = 8

// Select returns the statement for a chunk. Chunk{} covers all time.
func (s *Statement) Select(chunk Chunk) *sqltree.Select {
	b := s.plan.b
	if s.Kind == Counts || s.Kind == Both {
		return b.selectCounts(s, chunk)
	}
	if selected := b.settledRows(s, chunk); selected != nil {
		return selected
	}
	var selected *sqltree.Select
	if s.walks != nil {
		// The rules whose exact predicate reads JSON do so for the rows that predicates over columns leave.
		selected = sqlgen.Narrowed(s.listed, s.walks, s.coarse, b.sql(chunk))
		if selected == nil {
			selected = b.detection(s.where, chunk)
		}
	} else {
		opt := b.sql(chunk)
		opt.Lowered = len(s.Rules) >= manyRules
		selected = b.detectionOf(s.where, opt)
	}
	selected.Comments = nil
	selected.Columns = nil
	for _, c := range s.Columns {
		as := c.Name
		if name, ok := c.of.(sqltree.Name); ok && name[len(name)-1] == as {
			as = ""
		}
		selected.Columns = append(selected.Columns, sqltree.Column{Of: c.of, As: as})
	}
	return selected
}

// settledRows returns the query for the rows of a statement in which each part of the condition is a column, or nil if the engine
// does not need that or the statement is small.
func (b *builder) settledRows(s *Statement, chunk Chunk) *sqltree.Select {
	max := b.opt.Dialect.MaxCompiled
	if max == 0 || s.Kind != Rows || s.WholeTable || conditions(s.where) <= 2*max {
		return nil
	}
	sought := sqlgen.Sought{Listed: s.where}
	if s.walks != nil {
		sought.Listed, sought.Exact, sought.Coarse = s.listed, s.walks, s.coarse
	}
	for _, column := range s.Columns {
		sought.Columns = append(sought.Columns, column.of)
	}
	events, list := sqlgen.Candidates(sought, b.sql(chunk))
	if list.HasErrors() {
		return nil
	}
	out := &sqltree.Select{From: sqltree.Source{Query: events, As: "events"}, Where: numbered("b", 0)}
	for i, column := range s.Columns {
		out.Columns = append(out.Columns, sqltree.Column{Of: numbered("c", i), As: column.Name})
	}
	return out
}

// conditions counts the predicates of an expression without equal texts, which are lists in SQL.
func conditions(e ir.Expr) int {
	n := 0
	ir.Walk(e, func(e ir.Expr) bool {
		if s, ok := e.(*ir.StringExpr); len(ir.Operands(e)) == 0 && !(ok && s.Op == ir.Equal) {
			n++
		}
		return true
	})
	return n
}

// Probe returns a statement that reads the same columns within a chunk without conditions on rows. It is cheap to plan and
// serves for cost estimates.
func (s *Statement) Probe(chunk Chunk) string {
	b := s.plan.b
	selected := b.detection(&ir.ConstExpr{Value: true}, chunk)
	selected.Comments, selected.Columns = nil, nil
	for _, c := range s.Columns[:len(s.Columns)-s.parts] {
		selected.Columns = append(selected.Columns, sqltree.Column{Of: c.of, As: c.Name})
	}
	return b.opt.Dialect.Print(selected)
}

// SQL returns the text of Select.
func (s *Statement) SQL(chunk Chunk) string {
	return s.plan.b.opt.Dialect.Print(s.Select(chunk))
}

// Bounded returns the text of Select, and for each column in its conditions, in lower case, the number of conditions.
func (s *Statement) Bounded(chunk Chunk) (text string, bounds map[string]int) {
	selected := s.Select(chunk)
	return s.plan.b.opt.Dialect.Print(selected), selected.Bounds()
}

// Split splits a statement that is too complex for an engine. It returns false if the statement serves a single rule or
// correlation, or contains a single id or principal.
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
		return s.rows, s.counts, true
	case s.Kind == Counts && len(s.Correlations) > 1:
		a, z := halves(s.Correlations)
		return p.b.counts(p, a), p.b.counts(p, z), true
	case len(s.wanted) > 1:
		a, z := halves(s.wanted)
		return s.list(a), s.list(z), true
	}
	return nil, nil, false
}

func halves[E any](list []E) (a, z []E) { return list[:len(list)/2], list[len(list)/2:] }
