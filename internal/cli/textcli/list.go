package textcli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/pipelines"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/internal/textrule"
)

// entry is a line of a list in JSON.
type entry struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Default is set for the format or method that is used without a flag.
	Default bool `json:"default,omitempty"`
	// Aliases are other names of a target, and NeedsPipeline is set if it usually needs a pipeline.
	Aliases       []string `json:"aliases,omitempty"`
	NeedsPipeline bool     `json:"needs_pipeline,omitempty"`
}

func row(e entry) pipelines.Row {
	title := e.Title
	if e.Default {
		title += " (default)"
	}
	return pipelines.Row{ID: e.ID, Title: title, JSON: e}
}

// TargetRows returns the targets of convert and more ones of the user, sorted by name.
func TargetRows(own ...*textgen.Target) []pipelines.Row {
	var entries []entry
	for _, d := range sqlgen.Dialects() {
		entries = append(entries, entry{ID: d.Name, Title: d.Title + " SQL"})
	}
	for _, t := range slices.Concat(textgen.Targets(), own) {
		entries = append(entries, entry{ID: t.Name, Title: t.Title, Aliases: t.Aliases, NeedsPipeline: t.NeedsPipeline})
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	rows := make([]pipelines.Row, len(entries))
	for i, e := range entries {
		rows[i] = row(e)
	}
	return rows
}

// FormatRows returns the formats of a target, the default first.
func FormatRows(target string) ([]pipelines.Row, error) {
	spec, err := specOf(target)
	if err != nil {
		return nil, err
	}
	var rows []pipelines.Row
	if spec == nil {
		for i, f := range convert.Formats {
			rows = append(rows, row(entry{ID: f.Name, Title: f.Help, Default: i == 0}))
		}
		for _, t := range textgen.FormatsOf(target) {
			others, err := FormatRows(t.Name)
			if err != nil {
				return nil, err
			}
			rows = append(rows, others...)
		}
		return rows, nil
	}
	for i, f := range spec.Formats {
		rows = append(rows, row(entry{ID: f.Name, Title: f.Title, Default: i == 0}))
	}
	return rows, nil
}

// specOf returns the spec of a text target, nil for an SQL target.
func specOf(target string) (*textgen.Spec, error) {
	t := textgen.FindTarget(target)
	if t == nil {
		var names []string
		for _, r := range TargetRows() {
			if r.ID == target {
				return nil, nil
			}
			names = append(names, r.ID)
		}
		return nil, setup.UsageError(nearest(target, names, "the targets are "), fmt.Errorf("there is no target %q", target))
	}
	b, err := t.Backend(textgen.Options{})
	if err != nil {
		return nil, err
	}
	return b.Spec, nil
}

// ListCommands returns the commands for egret list: correlation-methods and modifiers.
func ListCommands(host pipelines.Host) []*cobra.Command {
	var format string
	methods := &cobra.Command{
		Use: "correlation-methods TARGET", Short: "List the ways in which a target writes correlations",
		Example: "  egret list correlation-methods splunk", Args: cobra.ExactArgs(1), ValidArgsFunction: CompleteTarget,
		RunE: func(_ *cobra.Command, args []string) error {
			spec, err := specOf(args[0])
			if err != nil {
				return err
			}
			if spec == nil {
				return setup.UsageError("the methods are for text targets, such as splunk", errors.New(args[0]+" writes correlations as SQL, in one way"))
			}
			var rows []pipelines.Row
			for i, name := range spec.Methods() {
				rows = append(rows, row(entry{ID: name, Title: spec.Correlation.Methods[name].Title, Default: i == 0}))
			}
			return host.List(format, rows)
		},
	}
	modifiers := &cobra.Command{
		Use: "modifiers", Short: "List the modifiers of Sigma", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var rows []pipelines.Row
			for _, m := range textrule.Modifiers() {
				rows = append(rows, row(entry{ID: m.Name, Title: m.Meaning}))
			}
			return host.List(format, rows)
		},
	}
	commands := []*cobra.Command{methods, modifiers}
	for _, cmd := range commands {
		cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the list: text, json")
		if err := cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic("egret bug: " + err.Error())
		}
	}
	return commands
}

// CompleteTarget completes an argument that is a target.
func CompleteTarget(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, r := range TargetRows() {
		names = append(names, r.ID+"\t"+r.Title)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
