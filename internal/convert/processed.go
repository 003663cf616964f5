package convert

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/source"
)

// tableKeys are the keys of a pipeline's state that name a table; the first one that is set counts.
var tableKeys = []string{"table_name", "table", "index"}

// stateTable returns options with the table that pipelines set for a rule, unless the options name one. The state schema comes
// before a table without a database.
func stateTable(processed *pipeline.Result, at source.Span, opt sqlgen.Options) (sqlgen.Options, diag.List) {
	if processed == nil || opt.Table != "" {
		return opt, nil
	}
	name, err := "", error(nil)
	for _, key := range tableKeys {
		if name, err = processed.StateText(key); name != "" || err != nil {
			break
		}
	}
	if err != nil || name == "" {
		return opt, stateFault(at, err)
	}
	parts, err := engine.SplitName(name)
	if err != nil {
		return opt, stateFault(at, fmt.Errorf("the pipeline sets an invalid table name %q: %w", name, err))
	}
	if len(parts) == 1 {
		schema, err := processed.StateText("schema")
		if err != nil {
			return opt, stateFault(at, err)
		}
		if schema != "" {
			name = schema + "." + name
		}
	}
	opt.Table = name
	return opt, nil
}

func stateFault(at source.Span, err error) diag.List {
	if err == nil {
		return nil
	}
	return diag.List{{Code: "pipeline-step", Span: at, Message: err.Error()}}
}

// postprocess applies the post-processing of pipelines to the query.
func (r *Result) postprocess(processed *pipeline.Result) {
	if processed == nil || r.Query == "" {
		return
	}
	query, list := processed.QueryText(r.Query)
	r.Diagnostics.Add(list...)
	r.Query = query
	if list.HasErrors() {
		r.Query = ""
	}
}

// Final returns what the finalizers of pipelines make of the queries of results, with a line break at the end.
func Final(chain *pipeline.Chain, results []Result, processed *pipeline.Results) (string, diag.List) {
	var last *pipeline.Result
	queries := &pyprint.List{}
	for i := range results {
		r := &results[i]
		if r.Query == "" || packedBefore(results, i) {
			continue
		}
		queries.Items = append(queries.Items, strings.TrimRight(r.Query, "\n"))
		if made := processed.Of(r.Tree); made != nil {
			last = made
		}
	}
	output, list := chain.Finalize(queries, last)
	if list.HasErrors() {
		return "", list
	}
	text, ok := output.(string)
	if !ok {
		text = fmt.Sprint(output)
	}
	return text + "\n", list
}
