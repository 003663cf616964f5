package ruleset

import (
	"runtime"
	"slices"
	"sync"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// BoundQuery returns the query that every back end runs for the rule on the events of a schema: the conditions of the rule's
// log source and of the rule, with fields bound to paths, and simplified. It is nil if the schema does not serve the log
// source. Always use BoundQuery to run a rule: without the conditions of its log source, a rule would match events of other
// log sources.
func (r *Rule) BoundQuery(paths *Paths) *ir.Query { return r.bound(paths, ir.Expand(r.Query.Where)) }

// bound is BoundQuery with the conditions of the rule in another form.
func (r *Rule) bound(paths *Paths, where ir.Expr) *ir.Query {
	condition, ok := paths.Schema.SourceCondition(r.LogSource)
	if !ok {
		return nil
	}
	if belongs := sourceExpr(condition, r.LogSource); belongs != nil {
		where = &ir.AndExpr{Operands: []ir.Expr{belongs, where}}
	}
	return &ir.Query{Rule: r.ID, Title: r.Title, Where: pass.Native(withValues(where, paths.Schema), paths.Of)}
}

// boundQueries returns the bound conditions of the rules with the given indexes, for a schema that serves them all. It uses
// all processors.
func (s *Set) boundQueries(rules []int, sch *schema.Schema) []ir.Expr {
	queries := make([]ir.Expr, len(rules))
	share := len(rules)/runtime.GOMAXPROCS(0) + 1
	var group sync.WaitGroup
	done := 0
	for part := range slices.Chunk(rules, share) {
		out := queries[done : done+len(part)]
		done += len(part)
		group.Go(func() {
			paths := NewPaths(sch)
			for i, rule := range part {
				out[i] = s.Rules[rule].bound(paths, s.Rules[rule].Query.Where).Where // the matcher takes lists
			}
		})
	}
	group.Wait()
	return queries
}

// sourceExpr returns the condition for an event to belong to a log source, or nil if every event of the schema does.
func sourceExpr(condition schema.SourceCondition, log schema.LogSource) ir.Expr {
	span := log.Span
	var all []ir.Expr
	for _, cases := range condition.All {
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

// Paths caches the paths of fields in a schema, since rules share most of their fields. It is not safe for concurrent use.
type Paths struct {
	// Schema is never nil.
	Schema *schema.Schema
	paths  map[string][]value.Path
}

// NewPaths returns an empty cache for a schema.
func NewPaths(sch *schema.Schema) *Paths {
	return &Paths{Schema: sch, paths: map[string][]value.Path{}}
}

// Of returns the paths of a field, see schema.Schema.Paths. The caller must not change the slice.
func (p *Paths) Of(field string) []value.Path {
	if paths, ok := p.paths[field]; ok {
		return paths
	}
	paths := p.Schema.Paths(field)
	p.paths[field] = paths
	return paths
}
