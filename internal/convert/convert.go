// Package convert turns a loaded set of rules into query text for other engines, one result a rule.
//
// In goes a ruleset.Set whose rules the table's log source serves, out come queries, or the reason why a rule has none.
// Nothing is silent: every detection and correlation of the set that reports gives one result, in the order of the files.
package convert

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// Result is what became of one rule.
type Result struct {
	ruleset.Info
	// Query is the text, "" where the rule was refused.
	Query string
	// Pack numbers the statements of ToPackedSQL from 1 on; 0 where the rule has one of its own, or none.
	Pack int
	// Fields are the fields that the query reads; Unmapped are those of the rule without a home in the table. Both in the
	// order of the rule.
	Fields, Unmapped []string
	// NotLoaded says that the rule has an error of its own: no target could take it.
	NotLoaded bool
	// Diagnostics say why the rule was refused, or what was noticed.
	Diagnostics diag.List
}

// ToSQL converts the rules of a set, on all processors.
func ToSQL(set *ruleset.Set, opt sqlgen.Options) []Result {
	var reporting []*ruleset.Rule
	for _, rule := range set.Rules {
		if rule.Reports {
			reporting = append(reporting, rule)
		}
	}
	results := make([]Result, len(reporting))
	var group sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(reporting)) {
		group.Go(func() {
			paths := ruleset.NewPaths(opt.Profile.Schema)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(reporting) {
					return
				}
				results[i] = detection(reporting[i], paths, opt)
			}
		})
	}
	group.Wait()
	paths := ruleset.NewPaths(opt.Profile.Schema)
	results = slices.Concat(results, correlations(set, paths, opt))
	sortResults(results)
	return results
}

// serves tells whether a table has events of a rule's log source.
func serves(profile *schema.Profile, rule *ruleset.Rule) bool {
	source := rule.Rule.LogSource
	_, ok := profile.Schema.Gate(source.Product, source.Service, source.Category)
	return ok
}

// sortResults puts results in the order of the files, and of the documents in them. Mostly they are.
func sortResults(results []Result) {
	order := func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(document(a.Meta), document(b.Meta)))
	}
	if !slices.IsSortedFunc(results, order) {
		slices.SortStableFunc(results, order)
	}
}

func detection(rule *ruleset.Rule, paths *ruleset.Paths, opt sqlgen.Options) Result {
	result := Result{Info: rule.Info}
	source := rule.Rule.LogSource
	if !serves(opt.Profile, rule) {
		result.Diagnostics.Add(unservedFault(titleOf(rule.Meta), ruleset.LogSourceName(source), opt))
		return result
	}
	query := &ir.Query{Rule: rule.ID, Title: rule.Title, Where: bound(rule, paths)}
	var outputs []sqlgen.Output
	for _, field := range rule.Rule.Fields {
		outputs = append(outputs, output(field, source.Span, paths))
	}
	if opt.Table == "" && opt.Profile.Table == "" {
		opt.Table = LogSourceTable(source)
	}
	statement, list := sqlgen.Detection(query, outputs, opt)
	result.Diagnostics, result.Fields, result.Unmapped = list, statement.Fields, statement.Missing
	if statement.Select == nil {
		return result
	}
	result.print(statement.Select, titleOf(rule.Meta), opt.Dialect)
	return result
}

// bound is the rule's query with the condition of its log source, fields bound, simplified.
func bound(rule *ruleset.Rule, paths *ruleset.Paths) ir.Expr {
	where := rule.Query.Where
	source := rule.Rule.LogSource
	gate, _ := paths.Schema.Gate(source.Product, source.Service, source.Category)
	if guard := ruleset.GateExpr(gate, source.Span); guard != nil {
		where = &ir.AndExpr{Operands: []ir.Expr{guard, where}}
	}
	return pass.Native(where, paths.Of)
}

// LogSourceTable is the name of the table of a log source where no schema and no user names one: product, service and
// category, as in aws_cloudtrail or windows_process_creation.
func LogSourceTable(source sigma.LogSource) string {
	var parts []string
	for _, part := range []string{source.Product, source.Service, source.Category} {
		if part != "" {
			parts = append(parts, strings.Map(tableRune, part))
		}
	}
	return cmp.Or(strings.Join(parts, "_"), "events")
}

func tableRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}

// output reads an entry of a rule's `fields`: a field, or "field as name".
func output(name string, span source.Span, paths *ruleset.Paths) sqlgen.Output {
	as := ""
	if i := strings.LastIndex(strings.ToLower(name), " as "); i > 0 {
		name, as = strings.TrimSpace(name[:i]), strings.TrimSpace(name[i+4:])
	}
	return sqlgen.Output{Field: ir.Field{Name: name, Span: span, Paths: paths.Of(name)}, As: as}
}
