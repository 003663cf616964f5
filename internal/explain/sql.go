package explain

import (
	"cmp"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/textgen"
)

// SQLStage is the stage with the output of convert.
const SQLStage = "sql"

// DefaultTarget is the default target of the stages plan and sql.
const DefaultTarget = "athena"

// sql prints the query of a rule or correlation, or the reason why there is none.
func (e *Explainer) sql(rule ir.Reference, source schema.LogSource) {
	if e.opt.Stage != SQLStage {
		return
	}
	if target := textgen.FindTarget(e.opt.Target); target != nil {
		e.text(rule, target)
		return
	}
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName(cmp.Or(e.opt.Target, DefaultTarget)), Layout: usualLayout(e.opt.Schemas, source)}
	if e.opt.Schema != "" {
		if layout, err := setup.Layout(e.opt.Schemas, e.opt.Schema); err == nil {
			opt.Layout = layout
		}
	}
	results, ok := e.converted[opt.Layout]
	if !ok {
		results = convert.ToSQL(e.set, opt)
		e.converted[opt.Layout] = results
	}
	e.heading(SQLStage, opt.Dialect.Title+", "+opt.Layout.FullName())
	for i := range results {
		if results[i].Reference != rule {
			continue
		}
		if results[i].Query != "" {
			e.block(results[i].Query)
		} else {
			e.printf("  refused: %s\n", diag.Safe(results[i].Fault()))
		}
		return
	}
	e.printf("  only the correlation that counts it becomes a query\n")
}

// text prints the queries of a rule or correlation in a text language.
func (e *Explainer) text(rule ir.Reference, target *textgen.Target) {
	backend, err := target.Backend(textgen.Options{})
	if err != nil {
		e.printf("  refused: %s\n", diag.Safe(err.Error()))
		return
	}
	format := backend.Spec.Formats[0]
	if e.texts == nil {
		e.texts = textconvert.All(e.set, nil, textconvert.Options{Backend: backend, Format: format}).Results
	}
	e.heading(SQLStage, target.Title)
	for i := range e.texts {
		r := &e.texts[i]
		if r.Reference != rule {
			continue
		}
		for _, v := range r.Values {
			e.block(format.Query(v, 0))
		}
		if len(r.Values) == 0 {
			e.printf("  refused: %s\n", diag.Safe(r.Fault()))
		}
		return
	}
	e.printf("  only the correlation that counts it becomes a query\n")
}

// usualLayout returns the first table of the log source that serves a rule, the generic one if there is none.
func usualLayout(schemas []*schema.Schema, source schema.LogSource) *schema.Layout {
	for _, s := range schemas {
		if s.Serves(source) && len(s.Layouts()) > 0 {
			return s.Layouts()[0]
		}
	}
	return schema.Generic().Layouts()[0]
}

// logSourceOf returns the log source of the first rule that a correlation counts.
func logSourceOf(set *ruleset.Set, c *ruleset.Correlation) schema.LogSource {
	for len(c.IR.Bases) > 0 {
		base := c.IR.Bases[0]
		if !base.Correlation {
			return set.Rules[base.Index].LogSource
		}
		c = set.Correlations[base.Index]
	}
	return schema.LogSource{}
}
