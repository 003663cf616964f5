package textconvert

import (
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/pyprint"
)

// Output returns the output of a conversion without a line break at its end: its queries in the form of the format, or what the
// finalizers of the pipelines make of them. chain may be nil.
func Output(outcome *convert.Outcome, chain *pipeline.Chain, opt Options) (string, diag.List) {
	var values []any
	for i := range outcome.Results {
		values = append(values, outcome.Results[i].Values...)
	}
	if !chain.Finalizes() {
		return opt.Backend.Join(opt.Format, values, opt.Indent), nil
	}
	var output any = pyprint.NewList(values...)
	if opt.Format.IsFile() {
		output = opt.Backend.Join(opt.Format, values, opt.Indent)
	}
	output, list := chain.Finalize(output, opt.Processed.Last())
	if list.HasErrors() {
		return "", list
	}
	items, ok := output.(*pyprint.List)
	if !ok {
		return opt.Format.Query(output, opt.Indent), list
	}
	texts := make([]string, len(items.Items))
	separator := "\n\n"
	for i, item := range items.Items {
		if _, text := item.(string); !text {
			separator = "\n"
		}
		texts[i] = opt.Format.Query(item, opt.Indent)
	}
	return strings.Join(texts, separator), list
}
