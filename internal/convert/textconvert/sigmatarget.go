package textconvert

import (
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/sigma"
)

// sigmaRule writes a rule as Sigma, as pipelines and filters have made it.
func (c *conversion) sigmaRule(info *ruleset.Info, tree *sigma.Rule, processed *pipeline.Result) converted {
	if processed != nil && len(processed.Expressions) > 0 {
		return converted{list: diag.List{unprintable(info, "a pipeline puts query expressions into it, which only other targets have")}}
	}
	text, err := sigma.PrintRule(tree)
	if err != nil { // pipelines may nest conditions in ways that YAML cannot
		tree = tree.Clone()
		if err = tree.Detection.Normalize(); err == nil {
			text, err = sigma.PrintRule(tree)
		}
	}
	return c.sigmaText(info, text, err, processed)
}

// sigmaText returns a printed document as the query of a rule or correlation.
func (c *conversion) sigmaText(info *ruleset.Info, text string, err error, processed *pipeline.Result) converted {
	if err != nil {
		return converted{list: diag.List{unprintable(info, err.Error())}}
	}
	text = strings.TrimSuffix(text, "\n")
	made := converted{queries: []textgen.Query{{Text: text, Value: text}}}
	made.postprocess(processed)
	return made
}

// unprintable says that a rule cannot be written as Sigma.
func unprintable(info *ruleset.Info, why string) diag.Diagnostic {
	return diag.Diagnostic{Code: "unsupported-by-target", Span: info.Origin.Place(), Message: "the rule cannot be written as Sigma again: " + why}
}
