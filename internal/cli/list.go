package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/pipelines"
	"github.com/egret-hunt/egret/internal/cli/textcli"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// listing is one line of a list.
type listing struct {
	ID     string   `json:"id"`
	Level  string   `json:"level,omitempty"`
	Title  string   `json:"title"`
	Attack []string `json:"attack,omitempty"`
	Path   string   `json:"path,omitempty"`
	// Kind is rule or correlation; "" for other things.
	Kind string `json:"kind,omitempty"`
	// BaseOnly is true for a rule that only feeds correlations and reports no findings itself.
	BaseOnly bool                  `json:"base_only,omitempty"`
	Levels   ruleset.OutcomeLevels `json:"levels,omitzero"`
}

func (a *app) listCommand() *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List rules, checks, log sources with their tables, targets, formats, pipelines and what these are made of",
		Args:  a.noCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var format, schemaFolder, configFile string
	rules := &cobra.Command{
		Use:     "rules",
		Short:   "List the rules that a hunt would run",
		Example: "  egret list rules\n  egret list rules --rules sigma/rules --include T1078",
		Args:    cobra.NoArgs,
	}
	load := a.Rules(rules)
	rules.RunE = func(*cobra.Command, []string) error {
		set, err := load()
		if err != nil {
			return err
		}
		list := ruleListings(set)
		return a.list(format, list, ruleCount(list))
	}
	schemas := &cobra.Command{
		Use: "layouts", Aliases: []string{"schemas"}, Short: "List log sources and the layouts of their tables (for --layout)", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schemas, err := a.loadSchemas(schemaFolder, configFile)
			if err != nil {
				return err
			}
			var list []listing
			for _, s := range schemas {
				list = append(list, schemaListings(s)...)
			}
			return a.list(format, append(list, schemaListings(schema.Generic())[1]), "")
		},
	}
	schemas.Flags().StringVar(&schemaFolder, "schema-folder", "", command.SchemaFolderHelp)
	schemas.Flags().StringVar(&configFile, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	targets := &cobra.Command{
		Use: "targets", Short: "List the targets of convert", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.loadConfig(configFile)
			if err != nil {
				return err
			}
			own, err := setup.Targets(c, nil)
			if err != nil {
				return err
			}
			return a.List(format, textcli.TargetRows(own...))
		},
	}
	formats := &cobra.Command{
		Use: "formats [TARGET]", Short: "List the formats of findings, or those of a target of convert", Args: cobra.MaximumNArgs(1),
		Example: "  egret list formats\n  egret list formats splunk", ValidArgsFunction: textcli.CompleteTarget,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				rows, err := textcli.FormatRows(args[0])
				if err != nil {
					return err
				}
				return a.List(format, rows)
			}
			var list []listing
			for _, f := range report.Formats {
				list = append(list, listing{ID: f.Name, Title: f.Help})
			}
			return a.list(format, list, "")
		},
	}
	list.AddCommand(append(pipelines.ListCommands(a), textcli.ListCommands(a)...)...)
	for _, cmd := range []*cobra.Command{rules, schemas, targets, formats} {
		cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the list: text, json")
		command.Complete(cmd, "format", []string{"text", "json"})
		list.AddCommand(cmd)
	}
	list.AddCommand(a.listChecks())
	return list
}

// Rules implements threats.Host.
func (a *app) Rules(cmd *cobra.Command) func() (*ruleset.Set, error) {
	var f ruleFlags
	var schemaFolder string
	cmd.Flags().SortFlags = false
	cmd.Flags().StringArrayVar(&f.rules, "rules", nil, "rules to read: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&schemaFolder, "schema-folder", "", command.SchemaFolderHelp)
	command.Complete(cmd, "min-level", finding.Levels)
	command.Complete(cmd, "status", statuses)
	a.completeRules(cmd, &f)
	return func() (*ruleset.Set, error) {
		err := f.check()
		if err == nil {
			f.schemas, err = a.loadSchemas(schemaFolder, f.config)
		}
		if err != nil {
			return nil, err
		}
		l, err := a.loadRules(cmd.Context(), &f)
		if err != nil {
			return nil, err
		}
		if l.Set.Failed > 0 {
			a.code = command.ExitRules
		}
		return l.Set, a.Diagnose(printed(l, false))
	}
}

// schemaListings returns a log source and the tables that store it.
func schemaListings(s *schema.Schema) []listing {
	list := []listing{{ID: s.Name, Title: s.Title}}
	for _, p := range s.Layouts() {
		list = append(list, listing{ID: p.FullName(), Title: p.Title})
	}
	return list
}

// ruleListings returns all rules and correlations that a hunt loads, as many as its ledger counts.
func ruleListings(set *ruleset.Set) []listing {
	list := []listing{}
	for _, rule := range set.References() {
		info, kind := set.Info(rule), "rule"
		if rule.Correlation {
			kind = "correlation"
		}
		list = append(list, listing{ID: info.ID, Level: info.Level, Title: info.Title, Attack: info.Attack, Path: info.Path, Kind: kind, BaseOnly: !info.Reports, Levels: info.Outcomes})
	}
	return list
}

// ruleCount returns the number of rules in the words of the ledger, with details.
func ruleCount(list []listing) string {
	correlations, bases := 0, 0
	for i := range list {
		if list[i].Kind == "correlation" {
			correlations++
		}
		if list[i].BaseOnly {
			bases++
		}
	}
	text := term.Count(len(list)) + " loaded"
	if correlations > 0 {
		text += " (" + term.Plural(correlations, "correlation") + ")"
	}
	if bases > 0 {
		text += ", " + term.Count(bases) + " of them only feed correlations and report nothing themselves"
	}
	return text + "\n"
}

// List implements pipelines.Host.
func (a *app) List(format string, rows []pipelines.Row) error {
	if format == "json" {
		objects := make([]any, len(rows))
		for i := range rows {
			objects[i] = rows[i].JSON
		}
		return a.encoded(objects)
	}
	list := make([]listing, len(rows))
	for i, row := range rows {
		list[i] = listing{ID: row.ID, Title: row.Title}
	}
	return a.list(format, list, "")
}

// encoded writes a value as JSON.
func (a *app) encoded(value any) error {
	out, err := command.OpenOutput(context.Background(), "", a.stdout)
	if err != nil {
		return err
	}
	encoder := finding.NewSafeEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return out.Close()
}

// list writes a list as JSON, or as a table with a heading and an optional summary line.
func (a *app) list(format string, list []listing, about string) error {
	if err := command.OneOf("format", format, []string{"text", "json"}); err != nil {
		return err
	}
	if format == "json" {
		return a.encoded(list)
	}
	out, err := command.OpenOutput(context.Background(), "", a.stdout)
	if err != nil {
		return err
	}
	writeListing(out, list)
	fmt.Fprint(out, about)
	return out.Close()
}

// maxID is the width of the first column; longer names extend beyond it.
const maxID = 36

func writeListing(out io.Writer, list []listing) {
	longest, levels := 12, false
	for i := range list {
		longest = min(max(longest, len(list[i].ID)), maxID)
		levels = levels || list[i].Level != ""
	}
	head := []string{fmt.Sprintf("%-*s", longest, "NAME"), "TITLE"}
	if levels {
		head = []string{fmt.Sprintf("%-*s", longest, "ID"), fmt.Sprintf("%-13s", "LEVEL"), "TITLE  ATT&CK"}
	}
	if len(list) > 0 {
		fmt.Fprintln(out, strings.Join(head, "  "))
	}
	for i := range list {
		line := &list[i]
		parts := []string{fmt.Sprintf("%-*s", longest, diag.Safe(line.ID))}
		if levels {
			parts = append(parts, fmt.Sprintf("%-13s", line.Level))
		}
		parts = append(parts, diag.Safe(line.Title))
		if len(line.Attack) > 0 {
			parts = append(parts, diag.Safe(strings.Join(line.Attack, " ")))
		}
		if text := line.Levels.String(); text != "" {
			parts = append(parts, "("+text+")")
		}
		if line.BaseOnly {
			parts = append(parts, "(only for correlations)")
		}
		fmt.Fprintln(out, strings.Join(parts, "  "))
	}
}
