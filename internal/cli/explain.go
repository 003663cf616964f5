package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/pipelines"
	"github.com/egret-hunt/egret/internal/explain"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/textgen"
)

type explainFlags struct {
	ruleFlags
	event, stage   string
	target, layout string
	schemaFolder   string
	limit          int
	pipelines      pipelines.Flags
}

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain RULE",
		Short: "Show what a rule means, and why it matches an event or not",
		Long: `Show what becomes of a rule on its way to the matcher, stage by stage:

  tree    the rule as it was read, and changed by --pipeline
  pipeline
          what each step of the pipelines of --pipeline does: which conditions hold, and the rule after it; only if
          asked for by name or if --pipeline is given without a stage
  ir      the query that it means: typed predicates, fields as the rule names them
  plan    the query for each log source that serves the rule: fields bound to paths, log source added, simplified;
          asked for by name also what a hunt in a lake would ask: statements, what the lake counts, what is decided here
  match   how the matcher finds the events that may match; with --event each predicate, whether it held, and
          the values that it saw
  sql     the query that convert writes for --target and --layout; only if one of the three is asked for

RULE is a rule file, or the id, name or title of a rule in --rules (else of the starter pack).`,
		Example: `  egret explain rule.yml
  egret explain rule.yml --event event.json
  egret explain rule.yml --stage plan --layout cloudtrail/athena
  egret explain rule.yml --stage sql --target athena --layout cloudtrail/athena
  egret explain rule.yml --stage pipeline -p ecs_windows -p own.yml
  egret explain 0a1b2c3d-0000-4000-8000-000000000001 --rules sigma/rules --event logs.json.gz`,
		Args: command.ExactlyOne("RULE", "egret explain rule.yml --event event.json"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), &f, args[0]) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.event, "event", "", "`FILE` of events to compare the rule with, - for stdin")
	flags.StringVar(&f.stage, "stage", "", "print one `STAGE` only: "+strings.Join(explain.Stages, ", "))
	flags.StringVar(&f.target, "target", "", "`TARGET` of the stages plan (SQL only) and sql: "+strings.Join(targetNames(), ", ")+"; default: "+explain.DefaultTarget)
	flags.StringVar(&f.layout, "layout", "", "`LAYOUT` of the table for the stages plan and sql; default: the usual table of the rule's log source")
	f.pipelines.Register(cmd, ownPipelineNames)
	flags.StringVar(&f.schemaFolder, "schema-folder", "", command.SchemaFolderHelp)
	flags.IntVar(&f.limit, "max-events", 10, "explain at most `N` events, those that match first, then the nearest; the others are counted")
	flags.StringArrayVar(&f.rules, "rules", nil, "where to look for RULE and what it refers to: a `DIR|FILE`, or starter; repeatable")
	flags.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	command.Complete(cmd, "stage", explain.Stages)
	command.Complete(cmd, "target", targetNames())
	command.CompleteWith(cmd, "layout", func() []string { return layoutNames(f.schemaFolder, f.config) })
	a.completeRules(cmd, &f.ruleFlags)
	cmd.ValidArgsFunction = a.completeRule(&f.ruleFlags)
	return cmd
}

func (a *app) explain(ctx context.Context, f *explainFlags, name string) error {
	if f.stage != "" {
		if err := command.OneOf("stage", f.stage, explain.Stages); err != nil {
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
	chain, err := f.chain(a)
	if err != nil {
		return err
	}
	f.statuses = statuses // a rule requested by name is shown whatever its status
	isFile := false
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		isFile = true
		f.rules = append([]string{name}, f.rules...)
	}
	l, err := a.loadRules(ctx, &f.ruleFlags)
	if err != nil {
		return err
	}
	rules, correlations := explain.Find(l.Set, name, isFile)
	out, err := command.OpenOutput(ctx, "", a.stdout)
	if err != nil {
		return err
	}
	e := explain.New(out, l.Set, explain.Options{
		Event: f.event, Stage: f.stage, Target: f.target, Schema: f.layout, Schemas: f.schemas, Chain: chain, MaxEvents: f.limit, Color: a.colors(a.stdout),
	})
	chosen := func(info *ruleset.Info) bool {
		return slices.ContainsFunc(rules, func(r *ruleset.Rule) bool { return &r.Info == info }) ||
			slices.ContainsFunc(correlations, func(c *ruleset.Correlation) bool { return &c.Info == info })
	}
	about := append(ruleset.UnknownFields(l.Set, f.schemas, chosen, 0), ruleset.NeverMatching(l.Set, f.schemas, chosen, 0)...)
	if isFile {
		for _, d := range l.Diagnostics {
			if d.Code != "unknown-field" && d.Code != "never-matches" && (d.Span.File == nil || filepath.Clean(d.Span.File.Name) == filepath.Clean(name)) {
				about = append(about, d)
			}
		}
	}
	if len(about) > 0 {
		if err := a.Diagnose(about); err != nil {
			return err
		}
	}
	if len(rules)+len(correlations) == 0 {
		return a.notFound(l, name, isFile)
	}
	e.Stages(rules, correlations)
	if f.event != "" {
		if err := e.Events(ctx, a.stdin, rules, correlations); err != nil {
			if closed := out.Close(); closed != nil {
				return closed
			}
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	if isFile && about.HasErrors() {
		a.code = command.ExitRules
	}
	return nil
}

// chain loads the pipelines, nil for none. They change the rule itself for all stages but their own.
func (f *explainFlags) chain(a *app) (*pipeline.Chain, error) {
	if err := a.usePipelines(&f.pipelines, f.config); err != nil {
		return nil, err
	}
	chain, err := f.pipelines.Chain(a, "", pipeline.TargetVars(f.target, "default", nil))
	switch {
	case err != nil:
		return nil, err
	case chain == nil && f.stage == explain.PipelineStage:
		return nil, command.Usage("as in: egret explain rule.yml --stage pipeline -p ecs_windows", errors.New("the stage pipeline needs a --pipeline (-p)"))
	case chain != nil && f.stage == "" && f.event == "":
		f.stage = explain.PipelineStage
	}
	if chain != nil && f.stage != explain.PipelineStage {
		f.transform, _ = chain.Recording()
	}
	return chain, nil
}

// notFound returns the reason why there is nothing to explain.
func (a *app) notFound(l *setup.RuleSet, name string, isFile bool) error {
	for _, skipped := range l.Set.Skipped {
		if isFile && filepath.Clean(skipped.Path) == filepath.Clean(name) || strings.EqualFold(skipped.ID, name) {
			detail := ""
			if skipped.Detail != "" {
				detail = " (" + skipped.Detail + ")"
			}
			help := ""
			if skipped.Reason == ruleset.UnknownLogSource {
				help = ruleset.UnknownSourceHelp
			}
			return &command.ExitError{Code: command.ExitRules, Err: fmt.Errorf("rule %q cannot run: %s%s", skipped.Title, skipped.Reason, detail), Help: help}
		}
	}
	if isFile {
		return &command.ExitError{Code: command.ExitRules, Err: fmt.Errorf("%s has no rule that can be explained", name)}
	}
	var names []string
	for _, rule := range l.Set.Rules {
		names = append(names, rule.ID, rule.Name, rule.Title)
	}
	help := "RULE is a file, or the id, name or title of a rule in --rules"
	if near := diag.Near(name, names); near != "" {
		help = "the nearest is " + near
	}
	return command.Usage(help, fmt.Errorf("%s: no such file, and no such rule in %s", name, strings.Join(l.Names, ", ")))
}

// checkSQL checks the flags for the stages that need a table.
func (f *explainFlags) checkSQL() error {
	if f.target == "" && f.layout == "" {
		return nil
	}
	if f.stage == "" {
		f.stage = explain.SQLStage
	}
	if f.stage != explain.SQLStage && f.stage != explain.PlanStage {
		return command.Usage("", fmt.Errorf("--target and --layout are for the stages %s and %s, not %s", explain.PlanStage, explain.SQLStage, f.stage))
	}
	if t := textgen.FindTarget(f.target); t != nil {
		if f.stage == explain.PlanStage || f.layout != "" {
			return command.Usage("name an SQL target, such as athena", fmt.Errorf("the stage %s and --layout are not for %s, a text target", explain.PlanStage, t.Name))
		}
		f.target = t.Name
	} else if f.target != "" {
		dialect, err := sqlTarget(f.target)
		if err != nil {
			return err
		}
		f.target = dialect.Name
	}
	_, err := setup.Layout(f.schemas, f.layout)
	return err
}
