package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/term"
)

// PlanStage is the stage with the bound queries and, if requested by name, the statements for a lake.
const PlanStage = "plan"

// planWidth is the width of the list of columns, in terminal columns.
const planWidth = 110

// lakePlan prints what a lake hunt would run for the rules: the statements for each table, what the engine counts and
// decides, and what egret decides. It uses the table of the chosen layout, or else the default tables of the rules'
// log sources. It connects to no engine.
func (e *Explainer) lakePlan(rules []*ruleset.Rule, correlations []*ruleset.Correlation) {
	if e.opt.Stage != PlanStage {
		return
	}
	dialect := sqlgen.DialectByName(cmp.Or(e.opt.Target, DefaultTarget))
	var layouts []*schema.Layout
	add := func(p *schema.Layout) {
		if !slices.Contains(layouts, p) {
			layouts = append(layouts, p)
		}
	}
	if e.opt.Schema != "" {
		if p, err := setup.Layout(e.opt.Schemas, e.opt.Schema); err == nil {
			add(p)
		}
	} else {
		for _, rule := range rules {
			add(usualLayout(e.opt.Schemas, rule.LogSource))
		}
		for _, c := range correlations {
			add(usualLayout(e.opt.Schemas, logSourceOf(e.set, c)))
		}
	}
	if len(correlations) > 0 { // as in a hunt, rules that only feed correlations return no rows of their own
		rules = slices.DeleteFunc(slices.Clone(rules), func(r *ruleset.Rule) bool { return !r.Reports })
	}
	set := e.set.Only(rules, correlations)
	for _, layout := range layouts {
		opt := plan.Options{Dialect: dialect}
		if strings.Contains(layout.Table, setup.RegionVariable) {
			opt.Region = "REGION" // a placeholder in the name of the table
		}
		e.separate(e.printed)
		e.heading("lake plan", fmt.Sprintf("%s, %s", dialect.Title, layout.FullName()))
		p := plan.Build(set, layout, opt)
		for i, s := range p.Statements {
			e.statement(set, p, s, fmt.Sprintf("statement %d of %d", i+1, len(p.Statements)))
		}
		if len(p.Statements) == 0 {
			e.printf("  nothing is asked: no rule can run on this table\n")
		}
		for _, c := range p.CannotRun {
			e.printf("  %s cannot run: %s\n", diag.Safe(set.Info(c.Reference).Title), diag.Safe(c.Reason))
		}
	}
}

// statement prints one statement of a plan.
func (e *Explainer) statement(set *ruleset.Set, p *plan.Plan, s *plan.Statement, title string) {
	e.printf("  %s\n", e.paint(term.Bold, title))
	names := func(indexes []int, title func(i int) string) string {
		var list []string
		for _, i := range indexes {
			list = append(list, diag.Safe(title(i)))
		}
		return strings.Join(list, ", ")
	}
	rule := func(i int) string { return set.Rules[i].Title }
	if s.Kind == plan.Counts {
		e.printf("    counted in the lake: %s\n", names(s.Correlations, func(i int) string { return set.Correlations[i].Title }))
		e.printf("    rows that come back: id, time and what is counted, of events near which the lower bound may be reached;\n")
		e.printf("      the rules and the correlations are decided on them here, and the first event of each finding is read by its id\n")
	} else {
		e.printf("    rows that come back: every event that a rule may match\n")
	}
	e.printf("    decided here: %s\n", names(s.Rules, rule))
	if len(s.Exact) > 0 {
		e.printf("    decided in the lake as well: %s\n", names(s.Exact, rule))
	}
	if s.WholeTable {
		e.printf("    every event comes back: a rule names nothing that the engine could look for\n")
	}
	if len(p.Layout.Partitions) == 0 {
		e.printf("    the table has no partitions: each hunt reads all of it\n")
	}
	columns := make([]string, len(s.Columns))
	for i := range s.Columns {
		columns[i] = diag.Safe(s.Columns[i].Name)
	}
	e.printf("%s\n", term.Hang("    columns: ", strings.Join(columns, ", "), planWidth))
	for line := range strings.Lines(s.SQL(plan.Chunk{})) {
		e.printf("      %s\n", diag.Safe(strings.TrimRight(line, "\n")))
	}
}
