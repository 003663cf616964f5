package convert

import (
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// ToPackedSQL converts the rules of a set to as few statements as the dialect allows. It packs detections of one table into
// one statement whose rows name the matching rule. Correlations have separate statements, since their rows are findings. The
// results are in the order of ToSQL. Rules of one statement have the same text and the same Pack.
func ToPackedSQL(set *ruleset.Set, opt sqlgen.Options) []Result { return toPackedSQL(set, opt, nil) }

func toPackedSQL(set *ruleset.Set, opt sqlgen.Options, processed *pipeline.Results) []Result {
	paths := ruleset.NewPaths(opt.Layout.Schema)
	p := packer{opt: opt}
	for i, rule := range set.Rules {
		if !rule.Reports {
			continue
		}
		p.results = append(p.results, Result{Info: rule.Info, Reference: ir.Reference{Index: i}})
		query := rule.BoundQuery(paths)
		if query == nil {
			fault := unservedFault(titleOf(&rule.Info), rule.LogSource.String(), opt)
			p.results[len(p.results)-1].Diagnostics.Add(fault)
			continue
		}
		own, faults := stateTable(processed.Of(rule.Tree), titleOf(&rule.Info), opt)
		if faults.HasErrors() {
			p.results[len(p.results)-1].Diagnostics = faults
			continue
		}
		if own.Table == "" && opt.Table == "" && opt.Layout.Table == "" {
			own.Table = LogSourceTable(rule.LogSource)
		}
		p.add(own, query)
	}
	for _, table := range p.tables {
		for chunk := range slices.Chunk(table.queries, sqlgen.MaxPacked) {
			p.pack(table.opt, chunk)
		}
	}
	for _, result := range correlations(set, paths, opt, processed) {
		if result.Query != "" {
			p.packs++
			result.Pack = p.packs
		}
		p.results = append(p.results, result)
	}
	sortResults(p.results)
	return p.results
}

// A packer collects the queries of each table.
type packer struct {
	opt     sqlgen.Options
	tables  []*tableQueries
	results []Result
	packs   int
}

type tableQueries struct {
	opt     sqlgen.Options
	queries []packQuery
}

// A packQuery is a query and the index of its result.
type packQuery struct {
	query  *ir.Query
	result int
}

func (p *packer) add(opt sqlgen.Options, query *ir.Query) {
	q := packQuery{query, len(p.results) - 1}
	for _, table := range p.tables {
		if table.opt.Table == opt.Table {
			table.queries = append(table.queries, q)
			return
		}
	}
	p.tables = append(p.tables, &tableQueries{opt, []packQuery{q}})
}

// pack combines queries into one statement, or into several if the text is too long for the engine.
func (p *packer) pack(opt sqlgen.Options, list []packQuery) {
	queries := make([]*ir.Query, len(list))
	for i, q := range list {
		queries[i] = q.query
	}
	packed := sqlgen.Pack(queries, opt)
	text := ""
	if packed.Select != nil {
		for i, q := range list {
			for _, line := range Credits(&p.results[q.result].Info) {
				if comments := &packed.Select.Comments; packed.Statements[i].Select != nil && !slices.Contains(*comments, line) {
					*comments = append(*comments, line)
				}
			}
		}
		text = opt.Dialect.Print(packed.Select)
	}
	long := opt.Dialect.MaxBytes > 0 && len(text) > opt.Dialect.MaxBytes
	if long && len(list) > 1 {
		p.pack(opt, list[:len(list)/2])
		p.pack(opt, list[len(list)/2:])
		return
	}
	if text != "" && !long {
		p.packs++
	}
	for i, q := range list {
		result := &p.results[q.result]
		statement := packed.Statements[i]
		result.Diagnostics, result.Fields, result.Unmapped = packed.Faults[i], statement.Fields, statement.Missing
		switch {
		case statement.Select == nil:
		case long:
			result.Diagnostics.Add(tooLong(q.query.Where.Pos(), opt.Dialect, len(text)))
		default:
			result.Query, result.Pack = text, p.packs
		}
	}
}
