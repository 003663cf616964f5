package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// listing is one line of a list.
type listing struct {
	ID     string   `json:"id"`
	Level  string   `json:"level,omitempty"`
	Title  string   `json:"title"`
	Attack []string `json:"attack,omitempty"`
	Path   string   `json:"path,omitempty"`
	// Kind is rule or correlation; "" for things that are neither.
	Kind string `json:"kind,omitempty"`
	// BaseOnly says that a rule only feeds correlations, and gives no findings of its own.
	BaseOnly bool `json:"base_only,omitempty"`
}

func (a *app) listCommand() *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List rules, log sources with their tables, targets or formats",
		Args:  a.noCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var f ruleFlags
	var format, schemaFolder string
	rules := &cobra.Command{
		Use:     "rules",
		Short:   "List the rules that a hunt would run",
		Example: "  egret list rules\n  egret list rules --rules sigma/rules --include T1078",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			var err error
			if f.schemas, err = a.loadSchemas(schemaFolder, f.config); err != nil {
				return err
			}
			l, err := a.loadRules(cmd.Context(), &f)
			if err != nil {
				return err
			}
			if err := l.diagnostics(false).Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
				return err
			}
			if l.set.Failed > 0 {
				a.code = exitRules
			}
			list := ruleListings(l.set)
			return a.list(format, list, ruleCount(list))
		},
	}
	rules.Flags().SortFlags = false
	rules.Flags().StringArrayVar(&f.rules, "rules", nil, "rules to list: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	f.register(rules.Flags())
	rules.Flags().StringVar(&schemaFolder, "schema-folder", "", schemaFolderHelp)
	complete(rules, "min-level", finding.Levels)
	complete(rules, "status", statuses)
	a.completeRules(rules, &f)
	var configFile string
	schemas := &cobra.Command{
		Use: "schemas", Short: "List log sources, and the tables in which they are stored (for convert --schema)", Args: cobra.NoArgs,
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
	schemas.Flags().StringVar(&schemaFolder, "schema-folder", "", schemaFolderHelp)
	schemas.Flags().StringVar(&configFile, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	targets := &cobra.Command{
		Use: "targets", Short: "List the targets of convert", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var list []listing
			for _, d := range sqlgen.Dialects() {
				list = append(list, listing{ID: d.Name, Title: d.Title + " SQL"})
			}
			return a.list(format, list, "")
		},
	}
	formats := &cobra.Command{
		Use: "formats", Short: "List the formats of findings", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var list []listing
			for _, f := range report.Formats {
				list = append(list, listing{ID: f.Name, Title: f.Help})
			}
			return a.list(format, list, "")
		},
	}
	for _, cmd := range []*cobra.Command{rules, schemas, targets, formats} {
		cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the list: text, json")
		complete(cmd, "format", []string{"text", "json"})
		list.AddCommand(cmd)
	}
	return list
}

// schemaListings are a log source and the tables in which it is stored.
func schemaListings(s *schema.Schema) []listing {
	list := []listing{{ID: s.Name, Title: s.Title}}
	for _, p := range s.Profiles() {
		list = append(list, listing{ID: p.FullName(), Title: p.Title})
	}
	return list
}

// ruleListings are all rules and correlations that a hunt loads, as many as its ledger says.
func ruleListings(set *ruleset.Set) []listing {
	list := []listing{}
	add := func(info *ruleset.Info, kind string) {
		list = append(list, listing{ID: info.ID, Level: info.Level, Title: info.Title, Attack: info.Attack, Path: info.Path,
			Kind: kind, BaseOnly: !info.Reports})
	}
	for _, rule := range set.Rules {
		add(&rule.Info, "rule")
	}
	for _, correlation := range set.Correlations {
		add(&correlation.Info, "correlation")
	}
	return list
}

// ruleCount is the number of rules in the words of the ledger, with what is special about some of them.
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
	text := grouped(int64(len(list))) + " loaded"
	if correlations > 0 {
		text += " (" + countOf(correlations, "correlation") + ")"
	}
	if bases > 0 {
		text += ", " + grouped(int64(bases)) + " of them only feed correlations and report nothing themselves"
	}
	return text
}

// list writes a list: as JSON, or as a table with a heading and, where there is one, a last line about all of it.
func (a *app) list(format string, list []listing, about string) error {
	if err := oneOf("format", format, []string{"text", "json"}); err != nil {
		return err
	}
	out, err := openOutput(context.Background(), "", a.stdout)
	if err != nil {
		return err
	}
	if format == "json" {
		encoder := newJSONEncoder(out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(list); err != nil {
			return err
		}
		return out.close()
	}
	writeListing(out, list)
	if about != "" {
		fmt.Fprintln(out, about)
	}
	return out.close()
}

// maxID is the width of the first column; longer names stand out of it.
const maxID = 36

func writeListing(out io.Writer, list []listing) {
	longest, levels := 12, false
	for i := range list {
		longest = max(longest, len(list[i].ID))
		levels = levels || list[i].Level != ""
	}
	longest = min(longest, maxID)
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
		if line.BaseOnly {
			parts = append(parts, "(only for correlations)")
		}
		fmt.Fprintln(out, strings.Join(parts, "  "))
	}
}
