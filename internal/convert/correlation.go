package convert

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/source"
)

// correlations converts the correlations of a set that have findings.
func correlations(set *ruleset.Set, paths *ruleset.Paths, opt sqlgen.Options, processed *pipeline.Results) []Result {
	list := make([]*ir.Correlation, len(set.Correlations))
	for i, c := range set.Correlations {
		list[i] = c.IR
	}
	queries := make([]*ir.Query, len(set.Rules))
	var results []Result
	for i, c := range set.Correlations {
		if !c.Reports {
			continue
		}
		own, served := opt, true
		for _, base := range basesOf(set, i, map[int]bool{}) {
			rule := set.Rules[base]
			if queries[base] == nil {
				queries[base] = rule.BoundQuery(paths)
			}
			served = served && queries[base] != nil
			if own.Table == "" {
				own, _ = stateTable(processed.Of(rule.Tree), titleOf(&rule.Info), own) // the rule itself reports a fault
			}
			if own.Table == "" && own.Layout.Table == "" {
				own.Table = LogSourceTable(rule.LogSource)
			}
		}
		result := Result{Info: c.Info, Reference: ir.Reference{Index: i, Correlation: true}}
		if !served {
			result.Diagnostics.Add(unservedFault(titleOf(&c.Info), "of a rule that the correlation counts", opt))
			results = append(results, result)
			continue
		}
		statement, faults := sqlgen.Correlation(list, i, queries, own)
		result.Diagnostics, result.Fields, result.Unmapped = faults, statement.Fields, statement.Missing
		if statement.Select != nil {
			statement.Select.Comments = append(statement.Select.Comments, Credits(&c.Info)...)
			result.print(statement.Select, titleOf(&c.Info), opt.Dialect)
			result.postprocess(processed.Of(c.Tree))
		}
		results = append(results, result)
	}
	return results
}

// basesOf returns the detection rules that a correlation counts, directly or through other correlations.
func basesOf(set *ruleset.Set, index int, seen map[int]bool) []int {
	if seen[index] {
		return nil
	}
	seen[index] = true
	var bases []int
	for _, base := range set.Correlations[index].IR.Bases {
		if base.Correlation {
			bases = append(bases, basesOf(set, base.Index, seen)...)
		} else {
			bases = append(bases, base.Index)
		}
	}
	return bases
}

// print sets the text of a result's query, or reports that it is too long for the engine.
func (r *Result) print(s *sqltree.Select, at source.Span, d *sqlgen.Dialect) {
	r.Query = d.Print(s)
	if d.MaxBytes > 0 && len(r.Query) > d.MaxBytes {
		r.Diagnostics.Add(tooLong(at, d, len(r.Query)))
		r.Query = ""
	}
}
