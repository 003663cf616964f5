// Package convert converts a loaded set of rules to query text for other engines, with one result per rule.
//
// ToSQL returns a query for each rule, or the reason why there is none. Every detection and correlation of the set that has
// findings has exactly one result, in the order of the files.
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
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/source"
)

// A Result is the result of converting one rule.
type Result struct {
	ruleset.Info
	// Reference identifies the rule in the set. Its Index is -1 for a rule that is not in the set.
	Reference ir.Reference
	// Query is the text, or "" if the rule was refused.
	Query string
	// Values are the queries of a text target in the format of the output, one for each condition of the rule; nil for SQL.
	Values []any
	// Pack is the number of the statement of ToPackedSQL, from 1. It is 0 without packing and for refused rules.
	Pack int
	// Fields are the fields that the query reads, and Unmapped the fields of the rule without a column in the table. Both
	// are in the order of the rule.
	Fields, Unmapped []string
	// NotLoaded is set if the rule itself has an error, so that it cannot be converted for any target.
	NotLoaded bool
	// Diagnostics are the reasons for refusing the rule, or warnings.
	Diagnostics diag.List
}

// ToSQL converts the rules of a set. It uses all processors.
func ToSQL(set *ruleset.Set, opt sqlgen.Options) []Result { return toSQL(set, opt, nil) }

// toSQL converts rules that pipelines may have changed; processed is nil without pipelines.
func toSQL(set *ruleset.Set, opt sqlgen.Options, processed *pipeline.Results) []Result {
	var reporting []int
	for i, rule := range set.Rules {
		if rule.Reports {
			reporting = append(reporting, i)
		}
	}
	results := make([]Result, len(reporting))
	var group sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(reporting)) {
		group.Go(func() {
			paths := ruleset.NewPaths(opt.Layout.Schema)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(reporting) {
					return
				}
				results[i] = detection(set, reporting[i], paths, opt, processed)
			}
		})
	}
	group.Wait()
	paths := ruleset.NewPaths(opt.Layout.Schema)
	results = slices.Concat(results, correlations(set, paths, opt, processed))
	sortResults(results)
	return results
}

// sortResults sorts results in the order of the files and of the documents in them. Usually they are already sorted.
func sortResults(results []Result) {
	order := func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Origin.Document, b.Origin.Document))
	}
	if !slices.IsSortedFunc(results, order) {
		slices.SortStableFunc(results, order)
	}
}

func detection(set *ruleset.Set, index int, paths *ruleset.Paths, opt sqlgen.Options, processed *pipeline.Results) Result {
	rule := set.Rules[index]
	result := Result{Info: rule.Info, Reference: ir.Reference{Index: index}}
	query := rule.BoundQuery(paths)
	if query == nil {
		result.Diagnostics.Add(unservedFault(titleOf(&rule.Info), rule.LogSource.String(), opt))
		return result
	}
	var outputs []sqlgen.Output
	for _, field := range rule.Fields {
		outputs = append(outputs, output(field, rule.LogSource.Span, paths))
	}
	own, faults := stateTable(processed.Of(rule.Tree), titleOf(&rule.Info), opt)
	if faults.HasErrors() {
		result.Diagnostics = faults
		return result
	}
	opt = own
	if opt.Table == "" && opt.Layout.Table == "" {
		opt.Table = LogSourceTable(rule.LogSource)
	}
	statement, list := sqlgen.Detection(query, outputs, opt)
	result.Diagnostics, result.Fields, result.Unmapped = list, statement.Fields, statement.Missing
	if statement.Select == nil {
		return result
	}
	statement.Select.Comments = append(statement.Select.Comments, Credits(&rule.Info)...)
	result.print(statement.Select, titleOf(&rule.Info), opt.Dialect)
	result.postprocess(processed.Of(rule.Tree))
	return result
}

// LogSourceTable returns the default table name of a log source if neither schema nor user names a table: product, service
// and category, for example aws_cloudtrail or windows_process_creation.
func LogSourceTable(source schema.LogSource) string {
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

// output parses an entry of a rule's `fields`: a field, or "field as name".
func output(name string, span source.Span, paths *ruleset.Paths) sqlgen.Output {
	as := ""
	if i := strings.LastIndex(strings.ToLower(name), " as "); i > 0 {
		name, as = strings.TrimSpace(name[:i]), strings.TrimSpace(name[i+4:])
	}
	return sqlgen.Output{Field: ir.Field{Name: name, Span: span, Paths: paths.Of(name)}, As: as}
}
