package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/sigma"
)

// stages are what explain prints, in the order in which a rule goes through them.
var stages = []string{"tree", "ir", planStage, "match", sqlStage}

type explainFlags struct {
	ruleFlags
	event, stage   string
	target, schema string
	schemaFolder   string
	limit          int
}

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain RULE",
		Short: "Show what a rule means, and why it matches an event or not",
		Long: `Show what becomes of a rule on its way to the matcher, stage by stage:

  tree    the rule as it was read
  ir      the query that it means: typed predicates, fields as the rule names them
  plan    the query for each log source that serves the rule: fields bound to paths, log source added, simplified;
          asked for by name also what a hunt in a lake would ask: statements, what the lake counts, what is decided here
  match   how the matcher finds the events that may match; with --event each predicate, whether it held, and
          the values that it saw
  sql     the query that convert writes for --target and --schema; only if one of the three is asked for

RULE is a rule file, or the id, name or title of a rule in --rules (else of the starter pack).`,
		Example: `  egret explain rule.yml
  egret explain rule.yml --event event.json
  egret explain rule.yml --stage plan --schema cloudtrail/athena
  egret explain rule.yml --stage sql --target athena --schema cloudtrail/athena
  egret explain 0a1b2c3d-0000-4000-8000-000000000001 --rules sigma/rules --event logs.json.gz`,
		Args: exactlyOne("RULE", "egret explain rule.yml --event event.json"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), &f, args[0]) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.event, "event", "", "`FILE` of events to hold the rule against, - for stdin")
	flags.StringVar(&f.stage, "stage", "", "print one `STAGE` only: "+strings.Join(stages, ", "))
	flags.StringVar(&f.target, "target", "", "`TARGET` of the stages plan and sql: "+strings.Join(targetNames(), ", ")+"; default: "+explainTarget)
	flags.StringVar(&f.schema, "schema", "", "`PROFILE` of the table for the stages plan and sql; default: the usual table of the rule's log source")
	flags.StringVar(&f.schemaFolder, "schema-folder", "", schemaFolderHelp)
	flags.IntVar(&f.limit, "max-events", 10, "explain at most `N` events, those that match first, then the nearest; the others are counted")
	flags.StringArrayVar(&f.rules, "rules", nil, "where to look for RULE and what it refers to: a `DIR|FILE`, or starter; repeatable")
	flags.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	complete(cmd, "stage", stages)
	complete(cmd, "target", targetNames())
	completeWith(cmd, "schema", func() []string { return profileNames(f.schemaFolder, f.config) })
	a.completeRules(cmd, &f.ruleFlags)
	cmd.ValidArgsFunction = a.completeRule(&f.ruleFlags)
	return cmd
}

// article puts "a" or "an" before the name of an argument.
func article(name string) string {
	if strings.ContainsRune("AEIO", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// exactlyOne wants one argument and shows how to give it.
func exactlyOne(name, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return usage("as in: "+example, fmt.Errorf("%s needs %s", cmd.CommandPath(), article(name)))
		case len(args) > 1:
			return usage("as in: "+example, fmt.Errorf("%s takes one %s, found %d", cmd.CommandPath(), name, len(args)))
		}
		return nil
	}
}

func (a *app) explain(ctx context.Context, f *explainFlags, name string) error {
	if f.stage != "" {
		if err := oneOf("stage", f.stage, stages); err != nil {
			return err
		}
	}
	var err error
	if f.schemas, err = a.loadSchemas(f.schemaFolder, f.config); err != nil {
		return err
	}
	if err := f.checkSQL(); err != nil {
		return err
	}
	f.statuses = statuses // a rule that is asked for by name is shown whatever its status
	isFile := false
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		isFile = true
		f.rules = append([]string{name}, f.rules...)
	}
	l, err := a.loadRules(ctx, &f.ruleFlags)
	if err != nil {
		return err
	}
	rules, correlations := find(l.set, name, isFile)
	out, err := openOutput(ctx, "", a.stdout)
	if err != nil {
		return err
	}
	e := explainer{out: out, set: l.set, flags: f, color: a.colors(a.stdout), compiled: map[string]*ruleset.Compiled{},
		converted: map[*schema.Profile][]convert.Result{}}
	about := ruleset.UnknownFields(l.set, f.schemas, func(info *ruleset.Info) bool {
		return slices.ContainsFunc(rules, func(r *ruleset.Rule) bool { return &r.Info == info }) ||
			slices.ContainsFunc(correlations, func(c *ruleset.Correlation) bool { return &c.Info == info })
	}, 0)
	if isFile {
		for _, d := range l.list {
			if d.Code != "unknown-field" && (d.Span.File == nil || filepath.Clean(d.Span.File.Name) == filepath.Clean(name)) {
				about = append(about, d)
			}
		}
	}
	if len(about) > 0 {
		if err := about.Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
			return err
		}
	}
	if len(rules)+len(correlations) == 0 {
		return a.notFound(l, name, isFile)
	}
	for i, rule := range rules {
		e.separate(i > 0)
		e.rule(rule)
		e.sql(&rule.Info, rule.Rule.LogSource)
	}
	for i, correlation := range correlations {
		e.separate(i+len(rules) > 0)
		e.correlation(correlation)
		e.sql(&correlation.Info, logSourceOf(l.set, correlation))
	}
	e.lakePlan(rules, correlations)
	if f.event != "" {
		if err := e.events(ctx, a.stdin, rules, correlations); err != nil {
			if closed := out.close(); closed != nil {
				return closed
			}
			return err
		}
	}
	if err := out.close(); err != nil {
		return err
	}
	if isFile && about.HasErrors() {
		a.code = exitRules
	}
	return nil
}

// find is what a name stands for: all of a file, or the rule with that id, name or title.
func find(set *ruleset.Set, name string, isFile bool) ([]*ruleset.Rule, []*ruleset.Correlation) {
	wanted := func(info *ruleset.Info) bool {
		if isFile {
			return filepath.Clean(info.Path) == filepath.Clean(name)
		}
		return strings.EqualFold(info.ID, name) || info.Meta.Name == name || strings.EqualFold(info.Title, name)
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

// notFound says why there is nothing to explain.
func (a *app) notFound(l *loaded, name string, isFile bool) error {
	for _, skipped := range l.set.Skipped {
		if isFile && filepath.Clean(skipped.Path) == filepath.Clean(name) || strings.EqualFold(skipped.ID, name) {
			detail := ""
			if skipped.Detail != "" {
				detail = " (" + skipped.Detail + ")"
			}
			return &failure{code: exitRules, err: fmt.Errorf("rule %q cannot run: %s%s", skipped.Title, skipped.Reason, detail)}
		}
	}
	if isFile {
		return &failure{code: exitRules, err: fmt.Errorf("%s holds no rule that can be explained", name)}
	}
	var names []string
	for _, rule := range l.set.Rules {
		names = append(names, rule.ID, rule.Meta.Name, rule.Title)
	}
	help := "RULE is a file, or the id, name or title of a rule in --rules"
	if near := diag.Near(name, names); near != "" {
		help = "the nearest is " + near
	}
	return usage(help, fmt.Errorf("%s: no such file, and no such rule in %s", name, strings.Join(l.names, ", ")))
}

// explainer prints stages.
type explainer struct {
	out   io.Writer
	set   *ruleset.Set
	flags *explainFlags
	color bool
	// compiled has the rules for each schema, by its name, once needed.
	compiled map[string]*ruleset.Compiled
	// converted has the queries for each table, once needed.
	converted map[*schema.Profile][]convert.Result
	// judges tell how near events come to rules, once needed.
	judges map[judgeKey]*match.Judge
	// printed says that something was printed.
	printed bool
}

func (e *explainer) printf(format string, args ...any) {
	e.printed = true
	fmt.Fprintf(e.out, format, args...)
}

func (e *explainer) paint(sgr, text string) string {
	if e.color {
		return "\x1b[" + sgr + "m" + text + "\x1b[0m"
	}
	return text
}

func (e *explainer) separate(needed bool) {
	if needed {
		e.printf("\n")
	}
}

// wants tells whether a stage is to be printed. With an event, what interests is the match.
func (e *explainer) wants(stage string) bool {
	if e.flags.stage != "" {
		return e.flags.stage == stage
	}
	return e.flags.event == "" || stage == "match"
}

func (e *explainer) heading(stage, what string) {
	e.printf("%s %s\n", e.paint("1;36", stage), e.paint("1", diag.Safe(what)))
}

// block prints a text with its lines indented.
func (e *explainer) block(text string) {
	for line := range strings.Lines(text) {
		e.printf("  %s\n", diag.Safe(strings.TrimRight(line, "\n")))
	}
}

func (e *explainer) rule(rule *ruleset.Rule) {
	if e.wants("tree") {
		e.heading("tree", rule.Path)
		e.block(sigma.PrintRule(rule.Rule))
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
	for _, sch := range e.flags.schemas {
		compiled, query := e.compile(sch, rule)
		if query < 0 {
			continue
		}
		if e.wants("plan") {
			e.heading("plan", sch.Name)
			e.block(ir.Format(compiled.Queries[query]))
			e.paths(compiled.Queries[query])
		}
		if e.wants("match") && e.flags.event == "" {
			e.heading("match", sch.Name)
			e.printf("  looked at when any of these holds:\n")
			for _, anchor := range compiled.Program.Anchors(query) {
				e.printf("    %s\n", diag.Safe(anchor))
			}
		}
	}
}

// paths lists where the fields of a query are looked for.
func (e *explainer) paths(where ir.Expr) {
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
				texts = append(texts, path.Text)
			}
			e.printf("  field %s: %s\n", diag.Safe(field.Name), diag.Safe(strings.Join(texts, ", else ")))
		}
		for _, operand := range ir.Operands(expr) {
			walk(operand)
		}
	}
	walk(where)
}

func (e *explainer) correlation(c *ruleset.Correlation) {
	if e.wants("tree") {
		e.heading("tree", c.Path)
		e.block(sigma.PrintCorrelation(c.Correlation))
	}
	if e.wants("ir") || e.wants("plan") {
		e.heading("ir", c.Title)
		e.block(c.IR.String())
	}
	if e.wants("match") {
		e.heading("match", c.Title)
		for _, base := range c.IR.Bases {
			if base.Correlation {
				e.printf("  counts the bursts of %s\n", diag.Safe(e.set.Correlations[base.Index].Title))
			} else {
				e.printf("  counts the events of %s\n", diag.Safe(e.set.Rules[base.Index].Title))
			}
		}
	}
}

// compile is the set compiled for a schema and the query of a rule in it, -1 where the schema does not serve the rule.
func (e *explainer) compile(sch *schema.Schema, rule *ruleset.Rule) (*ruleset.Compiled, int) {
	compiled := e.compiled[sch.Name]
	if compiled == nil {
		compiled = e.set.Compile(sch)
		e.compiled[sch.Name] = compiled
	}
	return compiled, slices.IndexFunc(compiled.Rules, func(i int) bool { return e.set.Rules[i] == rule })
}
