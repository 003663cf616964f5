package plan

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// A row of Counts contains only the columns that its pair needs, since correlations that SQL counts return many events. Instead
// of a whole JSON text it contains the values of the keys that counting needs, if these are few and all values are strings. A
// complete row contains the columns that reports need, and of JSON text, where that is simple, only the members that they
// need. The first row of a run contains these texts unchanged, since findings show their first event.

// maxParts is the maximum number of keys of a JSON text that a row contains instead of the whole text.
const maxParts = 3

// need describes the columns of a statement that a pair needs.
type need struct {
	// whole are the indexes in Statement.Columns of the columns that it needs unchanged.
	whole map[int]bool
	// parts maps the index of a column with JSON text to the indexes of the columns with the keys that it needs.
	parts map[int][]int
	// shown has the indexes of the other columns that reports need of its events, with the keys of JSON text that they need, nil
	// for all of it.
	shown map[int][]string
}

// countColumns sets the columns of Counts: id, time and other fields that are equal in copies of an event, then the columns that
// base rules and correlations need, then keys of JSON text.
func (b *builder) countColumns(s *Statement) {
	var columns []Column
	add := func(f *ir.Field) {
		more, _, _ := b.columnsOf(f)
		columns = append(columns, more...)
	}
	for _, part := range b.layout.Schema.ID {
		add(&ir.Field{Paths: part})
	}
	add(&ir.Field{Paths: b.layout.Schema.Time})
	if b.untimed() {
		if c, ok := b.timeColumn(); ok {
			columns = append(columns, c)
		}
	}
	for _, part := range b.layout.Schema.Copy {
		add(&ir.Field{Paths: part})
	}
	keys := b.distinct(columns)
	s.Keys = len(keys)
	for _, pair := range s.Pairs {
		base := b.set.Correlations[pair.Correlation].IR.Bases[pair.Base]
		columns = append(columns, b.rules[base.Index].columns...)
		for _, f := range b.fields(pair.Correlation, base) {
			add(&f)
		}
	}
	var facts [][]int
	for _, pair := range s.Pairs {
		facts = append(facts, b.ruleOf(pair).facts)
	}
	columns = append(columns, b.distinct(slices.Concat(b.report, b.facts.of(facts...)))...)
	if s.rows != nil {
		columns = append(columns, s.rows.Columns...)
	}
	if slices.ContainsFunc(keys, Column.whole) {
		s.Columns = b.distinct(columns)
	} else { // a row that is not complete does without the whole event
		s.Columns = b.different(columns)
	}
	s.Keys = min(s.Keys, len(s.Columns))
	whole := len(s.Columns)
	s.needs = nil
	at := b.indexOf(s.Columns)
	for _, pair := range s.Pairs {
		s.needs = append(s.needs, b.needOf(s, pair, whole, at))
	}
	if s.rows != nil {
		all := need{whole: map[int]bool{}}
		for i := range s.rows.Columns {
			all.whole[at(&s.rows.Columns[i])] = true
		}
		s.needs = append(s.needs, all)
	}
	s.parts = len(s.Columns) - whole
}

// ruleOf returns the rule of a pair.
func (b *builder) ruleOf(pair Pair) *planned {
	return b.rules[b.set.Correlations[pair.Correlation].IR.Bases[pair.Base].Index]
}

// indexOf returns a function that returns the index of a column in a list that contains it, or of the whole event.
func (b *builder) indexOf(list []Column) func(c *Column) int {
	key := func(c *Column) [2]string { return [2]string{c.Path, b.opt.Dialect.PrintExpr(c.of)} }
	indexes := map[[2]string]int{}
	whole := slices.IndexFunc(list, Column.whole)
	for i := range list {
		if !list[i].Time {
			indexes[key(&list[i])] = i
		}
	}
	return func(c *Column) int {
		if c.Time {
			return slices.IndexFunc(list, func(c Column) bool { return c.Time })
		}
		if i, ok := indexes[key(c)]; ok {
			return i
		}
		return whole
	}
}

// needOf returns the need of a pair. columns is the number of whole columns, whose indexes at returns; needOf adds columns
// for keys after them.
func (b *builder) needOf(s *Statement, pair Pair, columns int, index func(*Column) int) need {
	n := need{whole: map[int]bool{}, parts: map[int][]int{}, shown: map[int][]string{}}
	base := b.set.Correlations[pair.Correlation].IR.Bases[pair.Base]
	rule := b.rules[base.Index]
	if hasKeywords(rule.query.Where) {
		for i := range columns {
			n.whole[i] = true
		}
		return n
	}
	fields := slices.Clone(b.fields(pair.Correlation, base))
	eachField(rule.query.Where, func(f *ir.Field) { fields = append(fields, *f) })
	keys := map[int][]string{}
	for i := range fields {
		homes, _, _ := b.columnsOf(&fields[i])
		for _, c := range homes {
			at := index(&c)
			if key, ok := firstKey(&c); !ok || s.Columns[at].whole() {
				n.whole[at] = true
			} else if !slices.Contains(keys[at], key) {
				keys[at] = append(keys[at], key)
			}
		}
	}
	for at := range columns {
		if list := keys[at]; len(list) > maxParts {
			n.whole[at] = true
		} else if len(list) > 0 && !n.whole[at] {
			n.parts[at] = partsAt(s, at, list)
		}
	}
	n.show(s, index, b.report, rule.columns, b.facts.of(rule.factKeys))
	return n
}

// show adds the columns that reports need.
func (n *need) show(s *Statement, index func(*Column) int, lists ...[]Column) {
	for _, list := range lists {
		for i := range list {
			at := index(&list[i])
			if at < s.Keys || n.whole[at] {
				continue
			}
			known, ok := n.shown[at]
			switch key, part := firstKey(&list[i]); {
			case ok && known == nil:
			case !part:
				n.shown[at] = nil
			case !slices.Contains(known, key):
				n.shown[at] = append(known, key)
			}
		}
	}
	// Iteration order does not matter: at most one column contains the whole event.
	for at := range n.shown {
		if s.Columns[at].whole() {
			n.shown = map[int][]string{at: nil}
			break
		}
	}
}

// partsAt returns the indexes of the columns for keys of the JSON text in a column. It adds missing columns.
func partsAt(s *Statement, at int, keys []string) []int {
	var places []int
	for _, key := range keys {
		path := s.Columns[at].Path + "." + key
		place := slices.IndexFunc(s.Columns, func(c Column) bool { return c.key == key && c.Path == path })
		if place < 0 {
			place = len(s.Columns)
			s.Columns = append(s.Columns, Column{Name: path, Path: path, JSON: true, key: key, in: at})
		}
		places = append(places, place)
	}
	slices.Sort(places)
	return places
}

// firstKey returns the first key of a field's path inside of the JSON text of a column. It returns false if the column does
// not contain JSON text of the log, or if the path starts with a wildcard.
func firstKey(c *Column) (string, bool) {
	p := &c.place
	key, _, _ := strings.Cut(p.JSON.Text, ".")
	ok := c.JSON && c.Path != "" && c.typ == nil && c.pick == nil && p.Type.Kind == schema.JSON && p.Type.Word == schema.ObjectWord &&
		p.Encoding == value.NoJSON && key != "" && !(p.JSON.Any && key == "*")
	return key, ok
}

// partColumns returns the columns for keys of JSON text. Their names are p and their number.
func (b *builder) partColumns(s *Statement) []sqltree.Column {
	var list []sqltree.Column
	for i := len(s.Columns) - s.parts; i < len(s.Columns); i++ {
		c := &s.Columns[i]
		list = append(list, sqltree.Column{Of: sqltree.Case{Whens: []sqltree.When{{
			If: sqltree.And{pairIn(s, func(n need) bool { return slices.Contains(n.parts[c.in], i) }), partial}, Then: b.opt.Dialect.StringIn(numbered("c", c.in), c.key),
		}}}, As: numbered("p", i)[0]})
	}
	return list
}

// pairIn returns the condition that the pair of a row is one for which with returns true.
func pairIn(s *Statement, with func(need) bool) sqltree.In {
	in := sqltree.In{Of: pairName}
	for n := range s.needs {
		if with(s.needs[n]) {
			in.List = append(in.List, number(n+1))
		}
	}
	return in
}

// cell returns the value of a column in a row of builder.candidates.
func (s *Statement) cell(i int) sqltree.Expr {
	if s.Columns[i].raw != nil {
		return s.plan.b.opt.Dialect.JSON(numbered("c", i))
	}
	return numbered("c", i)
}

// countCell returns the expression for a column in a row of Counts: NULL where the row's pair does not need the column, unless
// the row is complete.
func (s *Statement) countCell(i int) sqltree.Expr {
	if i < s.Keys {
		return s.cell(i)
	}
	if i >= len(s.Columns)-s.parts {
		return numbered("p", i)
	}
	var cell sqltree.Case
	if in := pairIn(s, func(n need) bool { return n.whole[i] }); len(in.List) == len(s.needs) {
		return s.cell(i)
	} else if len(in.List) > 0 {
		cell.Whens = append(cell.Whens, sqltree.When{If: in, Then: s.cell(i)})
	}
	cell.Whens = append(cell.Whens, s.shownCell(i)...)
	if len(cell.Whens) == 0 && !slices.ContainsFunc(s.needs, func(n need) bool { return n.parts[i] != nil }) {
		return sqltree.Null{}
	}
	var lists [][]int
	for _, n := range s.needs {
		if parts := n.parts[i]; parts != nil && !slices.ContainsFunc(lists, func(l []int) bool { return slices.Equal(l, parts) }) {
			lists = append(lists, parts)
		}
	}
	for _, parts := range lists {
		var lacks sqltree.Or
		for _, p := range parts {
			lacks = append(lacks, sqltree.IsNull{Of: numbered("p", p)})
		}
		in := pairIn(s, func(n need) bool { return n.parts[i] != nil && slices.Equal(n.parts[i], parts) })
		cell.Whens = append(cell.Whens, sqltree.When{If: sqltree.And{in, lacks}, Then: s.cell(i)})
	}
	return cell
}

// shownCell returns the branches of countCell for complete rows.
func (s *Statement) shownCell(i int) []sqltree.When {
	var whens []sqltree.When
	shown := func(n need) bool {
		_, ok := n.shown[i]
		return ok
	}
	if in := pairIn(s, func(n need) bool { return shown(n) && n.shown[i] == nil }); len(in.List) > 0 {
		whens = append(whens, sqltree.When{If: sqltree.And{in, complete}, Then: s.cell(i)})
	}
	if in := pairIn(s, func(n need) bool { return n.shown[i] != nil }); len(in.List) > 0 {
		whens = append(whens, sqltree.When{If: sqltree.And{in, foremost}, Then: s.cell(i)})
	}
	var lists [][]string
	for _, n := range s.needs {
		if keys := n.shown[i]; keys != nil && !slices.ContainsFunc(lists, func(l []string) bool { return slices.Equal(l, keys) }) {
			lists = append(lists, keys)
		}
	}
	for _, keys := range lists {
		in := pairIn(s, func(n need) bool { return n.shown[i] != nil && slices.Equal(n.shown[i], keys) })
		whens = append(whens, sqltree.When{If: sqltree.And{in, complete}, Then: s.plan.b.opt.Dialect.MembersOf(s.cell(i), keys)})
	}
	return whens
}
