package plan

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// A row of Hits has of an event what its pair asks for, since correlations that are worth counting keep many events. Of JSON
// text it has the strings that the pair asks for, if it asks for few and all of them are strings, else the whole text.

// maxParts is of how many keys of a JSON text a pair may ask for to get these alone.
const maxParts = 3

// need says what a pair asks of the columns of a statement.
type need struct {
	// whole are the columns that it needs as they are, by their place among Statement.Columns.
	whole map[int]bool
	// parts are the places of the columns that stand for keys of the column at a place.
	parts map[int][]int
}

// hitColumns sets the columns of Hits: id, time and what else copies of an event agree in, then what the base rules and the correlations ask for, then keys of
// JSON text.
func (b *builder) hitColumns(s *Statement) {
	var columns []Column
	add := func(f *ir.Field) {
		more, _, _ := b.home(f)
		columns = append(columns, more...)
	}
	for _, part := range b.profile.Schema.ID {
		add(&ir.Field{Paths: part})
	}
	add(&ir.Field{Paths: b.profile.Schema.Time})
	if b.untimed() {
		if c, ok := b.timeColumn(); ok {
			columns = append(columns, c)
		}
	}
	for _, part := range b.profile.Schema.Copy {
		add(&ir.Field{Paths: part})
	}
	s.Keys = len(b.distinct(columns))
	for _, pair := range s.Pairs {
		base := b.set.Correlations[pair.Correlation].IR.Bases[pair.Base]
		columns = append(columns, b.rules[base.Index].columns...)
		for _, f := range b.fields(pair.Correlation, base) {
			add(&f)
		}
	}
	if s.rows != nil {
		columns = append(columns, s.rows.Columns...)
	}
	s.Columns = b.distinct(columns)
	s.Keys = min(s.Keys, len(s.Columns))
	whole := len(s.Columns)
	s.needs = nil
	for _, pair := range s.Pairs {
		s.needs = append(s.needs, b.needOf(s, pair, whole))
	}
	if s.rows != nil {
		all := need{whole: map[int]bool{}}
		for i := range whole {
			all.whole[i] = slices.ContainsFunc(s.rows.Columns, func(c Column) bool {
				return c.Path == s.Columns[i].Path && c.Time == s.Columns[i].Time
			})
		}
		s.needs = append(s.needs, all)
	}
	s.parts = len(s.Columns) - whole
}

// needOf finds out what a pair asks for; it adds columns for keys behind the first ones of the statement, the whole columns.
func (b *builder) needOf(s *Statement, pair Pair, columns int) need {
	n := need{whole: map[int]bool{}, parts: map[int][]int{}}
	base := b.set.Correlations[pair.Correlation].IR.Bases[pair.Base]
	rule := b.rules[base.Index]
	if looksEverywhere(rule.query.Where) {
		for i := range columns {
			n.whole[i] = true
		}
		return n
	}
	fields := slices.Clone(b.fields(pair.Correlation, base))
	eachField(rule.query.Where, func(f *ir.Field) { fields = append(fields, *f) })
	keys := map[int][]string{}
	for i := range fields {
		homes, _, _ := b.home(&fields[i])
		for _, c := range homes {
			at := slices.IndexFunc(s.Columns[:columns], func(o Column) bool {
				return o.whole() || o.Path == c.Path && b.opt.Dialect.PrintExpr(o.of) == b.opt.Dialect.PrintExpr(c.of)
			})
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
	return n
}

// partsAt finds or adds the columns for keys of the JSON text in a column.
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

// firstKey is the key at which the way of a field into the JSON text of a column begins; false where the column holds
// something else, or the key may be one of several.
func firstKey(c *Column) (string, bool) {
	p := &c.place
	key, _, _ := strings.Cut(p.JSON.Text, ".")
	ok := c.JSON && c.Path != "" && c.typ == nil && c.pick == nil && p.Type.Kind == schema.JSON && p.Type.Word == schema.ObjectWord &&
		p.Encoding == value.NoJSON && key != "" && !(p.JSON.Any && key == "*")
	return key, ok
}

// partColumns are those for the keys of JSON text, p and their place.
func (b *builder) partColumns(s *Statement) []sqlgen.Column {
	var list []sqlgen.Column
	for i := len(s.Columns) - s.parts; i < len(s.Columns); i++ {
		c := &s.Columns[i]
		list = append(list, sqlgen.Column{Of: sqlgen.Case{Whens: []sqlgen.When{{
			If: pairIn(s, func(n need) bool { return slices.Contains(n.parts[c.in], i) }), Then: b.opt.Dialect.StringIn(numbered("c", c.in), c.key),
		}}}, As: numbered("p", i)[0]})
	}
	return list
}

// pairIn holds for the pairs with some need.
func pairIn(s *Statement, with func(need) bool) sqlgen.In {
	in := sqlgen.In{Of: pairName}
	for n := range s.needs {
		if with(s.needs[n]) {
			in.List = append(in.List, number(n+1))
		}
	}
	return in
}

// hitCell is the cell of a column in a row of Hits, NULL for pairs that do not ask for it.
func (s *Statement) hitCell(i int) sqlgen.Expr {
	if i < s.Keys {
		return numbered("c", i)
	}
	if i >= len(s.Columns)-s.parts {
		return numbered("p", i)
	}
	var cell sqlgen.Case
	if in := pairIn(s, func(n need) bool { return n.whole[i] }); len(in.List) == len(s.needs) {
		return numbered("c", i)
	} else if len(in.List) > 0 {
		cell.Whens = append(cell.Whens, sqlgen.When{If: in, Then: numbered("c", i)})
	}
	var lists [][]int
	for _, n := range s.needs {
		if parts := n.parts[i]; parts != nil && !slices.ContainsFunc(lists, func(l []int) bool { return slices.Equal(l, parts) }) {
			lists = append(lists, parts)
		}
	}
	for _, parts := range lists {
		var lacks sqlgen.Or
		for _, p := range parts {
			lacks = append(lacks, sqlgen.IsNull{Of: numbered("p", p)})
		}
		in := pairIn(s, func(n need) bool { return n.parts[i] != nil && slices.Equal(n.parts[i], parts) })
		cell.Whens = append(cell.Whens, sqlgen.When{If: sqlgen.And{in, lacks}, Then: numbered("c", i)})
	}
	return cell
}
