package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// planStage is the stage that shows bound queries and, if it is asked for by name, what a lake would be asked.
const planStage = "plan"

// lakePlan prints what a hunt in a lake would ask for the rules: the statements for each table, what the engine counts and
// decides, and what is decided here. The tables are the one that --schema names, else the usual ones of the rules' log
// sources. It asks no engine.
func (e *explainer) lakePlan(rules []*ruleset.Rule, correlations []*ruleset.Correlation) {
	if e.flags.stage != planStage {
		return
	}
	dialect := sqlgen.DialectByName(cmp.Or(e.flags.target, explainTarget))
	var profiles []*schema.Profile
	add := func(p *schema.Profile) {
		if !slices.Contains(profiles, p) {
			profiles = append(profiles, p)
		}
	}
	if e.flags.schema != "" {
		if p, err := profileOf(e.flags.schemas, e.flags.schema); err == nil {
			add(p)
		}
	} else {
		for _, rule := range rules {
			add(usualProfile(e.flags.schemas, rule.Rule.LogSource))
		}
		for _, c := range correlations {
			add(usualProfile(e.flags.schemas, logSourceOf(e.set, c)))
		}
	}
	if len(correlations) > 0 { // of a file with both, as in a hunt: what only feeds them brings no rows of its own
		rules = slices.DeleteFunc(slices.Clone(rules), func(r *ruleset.Rule) bool { return !r.Reports })
	}
	set := e.set.Only(rules, correlations)
	for _, profile := range profiles {
		opt := plan.Options{Dialect: dialect}
		if strings.Contains(profile.Table, regionVariable) {
			opt.Region = "REGION" // stands in the name of the table as what is to be filled in
		}
		e.separate(e.printed)
		e.heading("lake plan", fmt.Sprintf("%s, %s", dialect.Title, profile.FullName()))
		p := plan.Build(set, profile, opt)
		for i, s := range p.Statements {
			e.statement(set, p, s, fmt.Sprintf("statement %d of %d", i+1, len(p.Statements)))
		}
		if len(p.Statements) == 0 {
			e.printf("  nothing is asked: no rule can run on this table\n")
		}
		for _, c := range p.CannotRun {
			var info *ruleset.Info
			if c.Correlation {
				info = &set.Correlations[c.Rule].Info
			} else {
				info = &set.Rules[c.Rule].Info
			}
			e.printf("  %s cannot run: %s\n", diag.Safe(info.Title), diag.Safe(c.Reason))
		}
	}
}

// statement prints one statement of a plan.
func (e *explainer) statement(set *ruleset.Set, p *plan.Plan, s *plan.Statement, title string) {
	e.printf("  %s\n", e.paint("1", title))
	names := func(indexes []int, title func(i int) string) string {
		var list []string
		for _, i := range indexes {
			list = append(list, diag.Safe(title(i)))
		}
		return strings.Join(list, ", ")
	}
	rule := func(i int) string { return set.Rules[i].Title }
	if s.Kind == plan.Hits {
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
	if len(p.Profile.Partitions) == 0 {
		e.printf("    the table has no partitions: each hunt reads all of it\n")
	}
	columns := make([]string, len(s.Columns))
	for i := range s.Columns {
		columns[i] = diag.Safe(s.Columns[i].Name)
	}
	e.printf("%s\n", hang("    columns: ", strings.Join(columns, ", "), helpWide))
	for line := range strings.Lines(s.SQL(plan.Slice{})) {
		e.printf("      %s\n", diag.Safe(strings.TrimRight(line, "\n")))
	}
}
