package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// factTable holds each column of the table that facts need once. Rules refer to columns by index: hundreds of rules need
// dozens each.
type factTable struct {
	columns []factColumn
	// paths are the columns of a path of the log: none for a path that the table does not have, or not as the log.
	paths map[string][]int
}

// of returns the columns of lists of indexes, each once.
func (t *factTable) of(lists ...[]int) []Column {
	var out []Column
	seen := make([]bool, len(t.columns))
	for _, list := range lists {
		for _, i := range list {
			if !seen[i] {
				seen[i] = true
				out = append(out, t.columns[i].Column)
			}
		}
	}
	return out
}

// factColumn is a column with its identity, and with that and the first key of the path inside of JSON text.
type factColumn struct {
	Column

	id, keyID string
}

// factColumns returns the columns, by index in b.facts, that facts about the events of a rule need, as far as the table has them: those for the
// calls that the rule names, or for all calls if it names none, and those of the fields that findings show. columns has each
// column once, keys once for each first key inside of JSON text.
func (b *builder) factColumns(where ir.Expr, shown []string) (columns, keys []int) {
	seen := map[string]bool{}
	s := b.layout.Schema
	paths := s.FactPaths(b.callsOf(where))
	for _, field := range shown {
		name, _, _ := strings.Cut(field, " as ")
		paths = append(paths, s.Paths(strings.TrimSpace(name))...)
	}
	for _, path := range paths {
		for _, i := range b.factColumn(path) {
			c := &b.facts.columns[i]
			if !seen[c.id] {
				seen[c.id] = true
				columns = append(columns, i)
			}
			if !seen[c.keyID] {
				seen[c.keyID] = true
				keys = append(keys, i)
			}
		}
	}
	return columns, keys
}

// factColumn returns the columns of a path, by index in b.facts. A path with a wildcard needs all that is below the wildcard.
func (b *builder) factColumn(path value.Path) []int {
	if before, _, ok := strings.Cut(path.Text, ".*"); ok && path.Any {
		path = value.Path{Text: before}
	}
	path = path.Whole()
	if list, ok := b.facts.paths[path.Text]; ok {
		return list
	}
	var list []int
	columns, _, _ := b.columnsOf(&ir.Field{Name: path.Text, Paths: []value.Path{path}})
	for _, c := range b.inMaps(columns) {
		id := c.Path + "\x00" + b.opt.Dialect.PrintExpr(c.of)
		key, _ := firstKey(&c)
		list = append(list, len(b.facts.columns))
		b.facts.columns = append(b.facts.columns, factColumn{c, id, id + "\x00" + key})
	}
	b.facts.paths[path.Text] = list
	return list
}

// shownFields returns, by index in Set.Rules, the fields that findings show of a rule's events: those of the rule and of all
// correlations that count it.
func (b *builder) shownFields() map[int][]string {
	shown := map[int][]string{}
	rules := make([]map[int]bool, len(b.set.Correlations)) // that a correlation counts, also through others
	for i := range b.set.Rules {
		shown[i] = slices.Clone(b.set.Shown(ir.Reference{Index: i}))
	}
	for i, c := range b.set.Correlations { // counted correlations come before those that count them
		rules[i] = map[int]bool{}
		for _, base := range c.IR.Bases {
			if base.Correlation {
				maps.Copy(rules[i], rules[base.Index])
			} else {
				rules[i][base.Index] = true
			}
		}
		fields := b.set.Shown(ir.Reference{Index: i, Correlation: true}) // also those of the other rules
		// Iteration order does not matter: rules are independent.
		for rule := range rules[i] {
			for _, field := range fields {
				if !slices.Contains(shown[rule], field) {
					shown[rule] = append(shown[rule], field)
				}
			}
		}
	}
	return shown
}

// callsOf returns the calls that a rule may match, by the services and actions that it names.
func (b *builder) callsOf(where ir.Expr) schema.Calls {
	s := b.layout.Schema
	return schema.Calls{Services: named(where, s.Service), Actions: named(where, s.Action)}
}

// named returns the values that an expression allows for the field at some paths, nil for all of them.
func named(where ir.Expr, paths schema.Paths) []schema.Pattern {
	list := []schema.Pattern{}
	superset := pass.Superset(where, func(f *ir.Field) int {
		if len(f.Paths) == 1 && slices.ContainsFunc(paths, func(p value.Path) bool { return p.Text == f.Paths[0].Text }) {
			return 1
		}
		return 0
	})
	ir.Walk(superset, func(e ir.Expr) bool {
		switch e := e.(type) {
		case *ir.ConstExpr:
			if e.Value {
				list = nil
			}
		case *ir.StringExpr:
			text := ""
			if len(e.Pattern) == 1 && e.Pattern[0].Kind == ir.Literal {
				text = e.Pattern[0].Text
			}
			switch {
			case list == nil:
			case text == "" || strings.Contains(text, "*") || e.Op != ir.Equal && e.Op != ir.StartsWith:
				list = nil
			case e.Op == ir.StartsWith:
				list = append(list, schema.NewPattern(text+"*"))
			default:
				list = append(list, schema.NewPattern(text))
			}
		}
		return true
	})
	return list
}
