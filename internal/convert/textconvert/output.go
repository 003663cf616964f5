package textconvert

import (
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/textgen"
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

// Comment puts title, id, author and licence of each rule before its queries, as comments of the format. Documents have no comments.
func Comment(outcome *convert.Outcome, format *textgen.Format) {
	for i := range outcome.Results {
		r := &outcome.Results[i]
		comments := format.Comments(append([]string{r.Title, r.ID}, convert.Credits(&r.Info)...))
		for j, v := range r.Values {
			if text, ok := v.(string); ok {
				r.Values[j] = comments + text
			}
		}
	}
}
