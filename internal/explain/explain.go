// Package explain prints each stage of a rule's compilation, and why the rule matches an event or not.
//
// Its input is a set of rules, the rules to explain, and optionally events. Its output is text for people, with
// optional colors. The packages that implement the stages produce their content.
package explain

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/term"
)

// Stages are the stages that Explainer.Stages prints, in order of compilation.
var Stages = []string{"tree", PipelineStage, "ir", PlanStage, "match", SQLStage}

// Options select what is explained.
type Options struct {
	// Event is the path of events to compare with the rules, "-" for stdin, "" for none.
	Event string
	// Stage is the only stage to print; "" prints all stages that do not have to be named.
	Stage string
	// Target is the dialect of the stages plan and sql, "" for DefaultTarget; Schema the layout of the table, "" for the usual one of
	// each rule's log source.
	Target, Schema string
	// Chain are the pipelines of the stage pipeline, nil for none. The rules must not have been changed by them.
	Chain *pipeline.Chain
	// Schemas are the known log sources.
	Schemas []*schema.Schema
	// MaxEvents is the maximum number of events shown.
	MaxEvents int
	Color     bool
}

// Explainer prints stages. It is not safe for concurrent use.
type Explainer struct {
	out io.Writer
	set *ruleset.Set
	opt Options
	// compiled holds the rules compiled for each schema, by its name; filled on demand.
	compiled map[string]*ruleset.Compiled
	// converted holds the queries for each table; filled on demand.
	converted map[*schema.Layout][]convert.Result
	// texts are the results of a text target, nil before they are needed.
	texts []convert.Result
	// judges rate how close events come to rules; filled on demand.
	judges map[judgeKey]*match.Judge
	// printed is true once anything was printed.
	printed bool
}

// New returns an Explainer for the rules of a set that writes to w.
func New(w io.Writer, set *ruleset.Set, opt Options) *Explainer {
	return &Explainer{
		out: w, set: set, opt: opt, compiled: map[string]*ruleset.Compiled{}, converted: map[*schema.Layout][]convert.Result{},
	}
}

// Stages prints the stages of rules and correlations of the set.
func (e *Explainer) Stages(rules []*ruleset.Rule, correlations []*ruleset.Correlation) {
	for i, rule := range rules {
		e.separate(i > 0)
		e.rule(rule)
		e.sql(ir.Reference{Index: slices.Index(e.set.Rules, rule)}, rule.LogSource)
	}
	for i, correlation := range correlations {
		e.separate(i+len(rules) > 0)
		e.correlation(correlation)
		e.sql(ir.Reference{Index: slices.Index(e.set.Correlations, correlation), Correlation: true}, logSourceOf(e.set, correlation))
	}
	e.lakePlan(rules, correlations)
}

func (e *Explainer) printf(format string, args ...any) {
	e.printed = true
	fmt.Fprintf(e.out, format, args...)
}

func (e *Explainer) paint(style, text string) string { return term.Paint(e.opt.Color, style, text) }

func (e *Explainer) separate(needed bool) {
	if needed {
		e.printf("\n")
	}
}

// wants reports whether to print a stage. With an event, only the match is printed by default.
func (e *Explainer) wants(stage string) bool {
	if e.opt.Stage != "" {
		return e.opt.Stage == stage
	}
	return e.opt.Event == "" || stage == "match"
}

func (e *Explainer) heading(stage, what string) {
	e.printf("%s %s\n", e.paint(term.Note, stage), e.paint(term.Bold, diag.Safe(what)))
}

// block prints a text with indented lines.
func (e *Explainer) block(text string) {
	for line := range strings.Lines(text) {
		e.printf("  %s\n", diag.Safe(strings.TrimRight(line, "\n")))
	}
}

func (e *Explainer) rule(rule *ruleset.Rule) {
	e.pipeline(&rule.Info)
	if e.tree(&rule.Info) {
		for _, filter := range e.set.Filters {
			if slices.Contains(filter.Rules, rule.ID) {
				e.printf("  # narrowed by the filter %s (%s)\n", diag.Safe(filter.Title), diag.Safe(filter.Path))
			}
		}
	}
	if e.wants("ir") {
		e.heading("ir", rule.Title)
		e.block(ir.Format(rule.Query.Where))
	}
	for _, sch := range e.opt.Schemas {
		compiled, query := e.compile(sch, rule)
		if query < 0 {
			continue
		}
		if e.wants("plan") {
			e.heading("plan", sch.Name)
			e.block(ir.Format(compiled.Queries[query]))
			e.paths(compiled.Queries[query])
		}
		if e.wants("match") && e.opt.Event == "" {
			e.heading("match", sch.Name)
			e.printf("  looked at when any of these holds:\n")
			for _, anchor := range compiled.Program.Anchors(query) {
				e.printf("    %s\n", diag.Safe(anchor))
			}
		}
	}
}

// tree prints the parsed rule. It returns false if the front end does not keep a tree.
func (e *Explainer) tree(info *ruleset.Info) bool {
	if !e.wants("tree") || info.Tree == nil {
		return false
	}
	e.heading("tree", info.Path)
	e.block(info.Tree.String())
	return true
}

// paths prints where the fields of a query are looked up.
func (e *Explainer) paths(where ir.Expr) {
	seen := map[string]bool{}
	var walk func(expr ir.Expr)
	walk = func(expr ir.Expr) {
		for _, field := range ir.Fields(expr) {
			if seen[field.Name] {
				continue
			}
			seen[field.Name] = true
			var texts []string
			for _, path := range field.Paths {
				texts = append(texts, path.String())
			}
			e.printf("  field %s: %s\n", diag.Safe(field.Name), diag.Safe(strings.Join(texts, ", else ")))
		}
		for _, operand := range ir.Operands(expr) {
			walk(operand)
		}
	}
	walk(where)
}

func (e *Explainer) correlation(c *ruleset.Correlation) {
	e.pipeline(&c.Info)
	e.tree(&c.Info)
	if e.wants("ir") || e.wants("plan") {
		e.heading("ir", c.Title)
		e.block(c.IR.String())
	}
	if e.wants("match") {
		e.heading("match", c.Title)
		for _, base := range c.IR.Bases {
			what := "events"
			if base.Correlation {
				what = "bursts"
			}
			e.printf("  counts the %s of %s\n", what, diag.Safe(e.set.Info(base.Reference).Title))
		}
	}
}

// compile returns the set compiled for a schema and the index of a rule's query in it, -1 if the schema does not
// serve the rule.
func (e *Explainer) compile(sch *schema.Schema, rule *ruleset.Rule) (*ruleset.Compiled, int) {
	compiled := e.compiled[sch.Name]
	if compiled == nil {
		compiled = e.set.Compile(sch)
		e.compiled[sch.Name] = compiled
	}
	return compiled, slices.IndexFunc(compiled.Rules, func(i int) bool { return e.set.Rules[i] == rule })
}

// Find returns the rules with a name: all rules of a file, or the rule with that id, name or title.
func Find(set *ruleset.Set, name string, isFile bool) ([]*ruleset.Rule, []*ruleset.Correlation) {
	wanted := func(info *ruleset.Info) bool {
		if isFile {
			return filepath.Clean(info.Path) == filepath.Clean(name)
		}
		return info.IsTitled(name)
	}
	var rules []*ruleset.Rule
	var correlations []*ruleset.Correlation
	for _, rule := range set.Rules {
		if wanted(&rule.Info) {
			rules = append(rules, rule)
		}
	}
	for _, correlation := range set.Correlations {
		if wanted(&correlation.Info) {
			correlations = append(correlations, correlation)
		}
	}
	return rules, correlations
}
