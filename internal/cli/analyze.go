package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/coveragecli"
	"github.com/egret-hunt/egret/internal/cli/textcli"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/textgen"
)

// analyzeCommand has the parts of sigma analyze that have no command of their own.
func (a *app) analyzeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "analyze",
		Short: "List the fields that rules use, and count rules by log source",
		Long:  `Analyze rules as sigma-cli does. What sigma analyze attack does is part of egret coverage.`,
		Example: `  egret analyze fields -t splunk -p splunk_windows rules/
  egret analyze logsource rules/`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(a.fieldsCommand(), coveragecli.LogsourceCommand(host{a}))
	return cmd
}

func (a *app) fieldsCommand() *cobra.Command {
	var f convertFlags
	var group bool
	cmd := &cobra.Command{
		Use:   "fields RULE... -t TARGET",
		Short: "List the fields of rules, as queries of a target have them",
		Long: `List the fields in the detections of rules and in the groups of correlations, after pipelines, escaped and quoted as in
queries of a target. Each stands once, in order.

Exit codes: 0, or 2 if a rule could not be loaded.`,
		Example: `  egret analyze fields -t splunk rules/
  egret analyze fields -t lucene -p ecs_windows --group rules/windows`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.Usage("as in: egret analyze fields -t splunk rules/", errors.New("egret analyze fields needs a RULE"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.fields(cmd.Context(), &f, group, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.target, "target", "t", "", "`TARGET` whose fields are listed (egret list targets)")
	flags.BoolVar(&group, "group", false, "a table with the fields of each log source")
	flags.BoolVar(&f.json, "json", false, "write one JSON object instead")
	flags.StringVarP(&f.pattern, "file-pattern", "P", "", "of folders only files whose names match `PATTERN`, such as 'aws_*.yml'")
	flags.StringArrayVar(&f.text.folders, "backend-folder", nil, "text targets of specs in this `DIR` or file too (docs/backends/format.md); repeatable")
	f.pipelines.Register(cmd, ownPipelineNames)
	f.ruleFlags.register(flags)
	cmd.ValidArgsFunction = completePlaces
	command.CompleteWith(cmd, "target", textTargetNames)
	return cmd
}

func (a *app) fields(ctx context.Context, f *convertFlags, group bool, rules []string) error {
	target, err := a.textTarget(f)
	if err != nil {
		return err
	}
	if target == nil {
		return command.OneOf("target", f.target, textTargetNames())
	}
	if err := checkPattern(f.pattern); err != nil {
		return err
	}
	f.rules, f.stdin = rules, a.stdin
	f.pipelines.Own = target.Pipeline
	if err := a.usePipelines(&f.pipelines, f.config); err != nil {
		return err
	}
	flags := &textcli.Flags{Target: target, Format: convert.Formats[0].Name, JSON: f.json, Rules: f.ruleFlags.options(), Config: f.config}
	if flags.Chain, err = f.pipelines.Chain(a, target.Name, pipeline.TargetVars(target.Name, "", nil)); err != nil {
		return err
	}
	outcome, err := textcli.Fields(ctx, a, flags, group, a.stdout)
	if err != nil {
		return err
	}
	if outcome == textcli.Refused {
		a.code = command.ExitRules
	}
	return nil
}

// textTargetNames returns the names of the embedded text targets.
func textTargetNames() []string {
	var names []string
	for _, t := range textgen.Targets() {
		names = append(names, t.Name)
	}
	return names
}
