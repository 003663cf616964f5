package ruleset

import (
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/source"
)

// Compiled is what of a set runs on the events of one schema. It is safe for concurrent use.
type Compiled struct {
	Schema  *schema.Schema
	Program *match.Program
	// Rules has, for each query of the program, the index of its rule in Set.Rules.
	Rules []int
	// Queries are the program's queries as they were compiled: bound, gated by log source, simplified.
	Queries []ir.Expr
	// Uses has, for each query of the program, the correlations that count it.
	Uses [][]Use
	// Event are fields of the program that a hunt asks of every event.
	Event EventFields
}

// EventFields are fields of a program, see match.Matcher.Leaves: what the schema says of every event. ID has one for each
// part of the id, Copy one for each part in which copies of an event agree.
type EventFields struct {
	Time, Account, Region, Principal int
	ID, Copy                         []int
}

// Use is one place where a correlation counts a rule. Its fields are bound.
type Use struct {
	// Correlation is the index in Set.Correlations, Base that in the correlation's Bases.
	Correlation, Base int
	// GroupBy and Values are fields of the program, see match.Matcher.Leaves.
	GroupBy, Values []int
}

// Compile compiles the rules whose log source is served by a schema.
func (s *Set) Compile(sch *schema.Schema) *Compiled {
	c := &Compiled{Schema: sch}
	paths := NewPaths(sch)
	place := make(map[int]int, len(s.Rules))
	for i, rule := range s.Rules {
		source := rule.Rule.LogSource
		gate, ok := sch.Gate(source.Product, source.Service, source.Category)
		if !ok {
			continue
		}
		where := rule.Query.Where
		if guard := GateExpr(gate, rule.Rule.LogSource.Span); guard != nil {
			where = &ir.AndExpr{Operands: []ir.Expr{guard, where}}
		}
		place[i] = len(c.Rules)
		c.Rules = append(c.Rules, i)
		c.Queries = append(c.Queries, where)
	}
	bindAll(c.Queries, sch)
	c.Uses = make([][]Use, len(c.Rules))
	var fields []ir.Field
	add := func(list []ir.Field) []int {
		var indexes []int
		for _, field := range list {
			pass.BindField(&field, paths.Of)
			indexes = append(indexes, len(fields))
			fields = append(fields, field)
		}
		return indexes
	}
	for i, correlation := range s.Correlations {
		for j, base := range correlation.IR.Bases {
			if query, ok := place[base.Index]; ok && !base.Correlation {
				c.Uses[query] = append(c.Uses[query], Use{Correlation: i, Base: j, GroupBy: add(base.GroupBy), Values: add(base.Values)})
			}
		}
	}
	// No rule can name these fields: what it names is UTF-8.
	own := func(name string, paths schema.Paths) int {
		fields = append(fields, ir.Field{Name: "\xff" + name, Paths: paths})
		return len(fields) - 1
	}
	c.Event = EventFields{
		Time: own("time", sch.Time), Account: own("account", sch.Account), Region: own("region", sch.Region),
		Principal: own("principal", sch.Principal),
	}
	for i, part := range sch.ID {
		c.Event.ID = append(c.Event.ID, own("id"+strconv.Itoa(i), part))
	}
	for i, part := range sch.Copy {
		c.Event.Copy = append(c.Event.Copy, own("copy"+strconv.Itoa(i), part))
	}
	c.Program = match.Compile(c.Queries, fields)
	return c
}

// bindAll binds and simplifies queries in place, on all processors.
func bindAll(queries []ir.Expr, sch *schema.Schema) {
	share := len(queries)/runtime.GOMAXPROCS(0) + 1
	var group sync.WaitGroup
	for part := range slices.Chunk(queries, share) {
		group.Go(func() {
			paths := NewPaths(sch)
			for i := range part {
				part[i] = pass.Native(part[i], paths.Of)
			}
		})
	}
	group.Wait()
}

// NewPaths remembers the paths of fields in a schema, since rules share most of them.
func NewPaths(sch *schema.Schema) *Paths {
	return &Paths{Schema: sch, paths: map[string][]value.Path{}}
}

// Paths are the paths of fields in a schema. It is not safe for concurrent use.
type Paths struct {
	// Schema is never nil.
	Schema *schema.Schema
	paths  map[string][]value.Path
}

// Of are the paths of a field, see schema.Schema.Paths. The slice must not be changed.
func (c *Paths) Of(field string) []value.Path {
	if paths, ok := c.paths[field]; ok {
		return paths
	}
	paths := c.Schema.Paths(field)
	c.paths[field] = paths
	return paths
}

// GateExpr is the condition under which an event belongs to a log source; nil if every event of the schema does.
func GateExpr(gate schema.Gate, span source.Span) ir.Expr {
	var all []ir.Expr
	for _, cases := range gate.All {
		var anyCase []ir.Expr
		for _, oneCase := range cases {
			var conditions []ir.Expr
			for _, condition := range oneCase {
				var values []ir.Expr
				for _, text := range condition.Values {
					var pattern ir.Pattern
					if text != "" {
						pattern = ir.Pattern{{Kind: ir.Literal, Text: text}}
					}
					values = append(values, &ir.StringExpr{Field: ir.Field{Name: condition.Field, Span: span}, Pattern: pattern, Span: span})
				}
				conditions = append(conditions, &ir.OrExpr{Operands: values, List: true, Span: span})
			}
			anyCase = append(anyCase, &ir.AndExpr{Operands: conditions, Span: span})
		}
		all = append(all, &ir.OrExpr{Operands: anyCase, Span: span})
	}
	if len(all) == 0 {
		return nil
	}
	return &ir.AndExpr{Operands: all, Span: span}
}
