package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
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
			return a.list(format, ruleListings(l.set))
		},
	}
	rules.Flags().SortFlags = false
	rules.Flags().StringArrayVar(&f.rules, "rules", nil, "rules to list: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	f.register(rules.Flags())
	rules.Flags().StringVar(&schemaFolder, "schema-folder", "", schemaFolderHelp)
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
			return a.list(format, append(list, schemaListings(schema.Generic())[1]))
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
			return a.list(format, list)
		},
	}
	formats := &cobra.Command{
		Use: "formats", Short: "List the formats of findings", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var list []listing
			for _, f := range report.Formats {
				list = append(list, listing{ID: f.Name, Title: f.Help})
			}
			return a.list(format, list)
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

func ruleListings(set *ruleset.Set) []listing {
	list := []listing{}
	add := func(info *ruleset.Info) {
		list = append(list, listing{info.ID, info.Level, info.Title, info.Attack, info.Path})
	}
	for _, rule := range set.Rules {
		if rule.Reports {
			add(&rule.Info)
		}
	}
	for _, correlation := range set.Correlations {
		if correlation.Reports {
			add(&correlation.Info)
		}
	}
	return list
}

func (a *app) list(format string, list []listing) error {
	if err := oneOf("format", format, []string{"text", "json"}); err != nil {
		return err
	}
	out, err := openOutput(context.Background(), "", a.stdout)
	if err != nil {
		return err
	}
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(list); err != nil {
			return err
		}
		return out.close()
	}
	longest := 12
	for _, line := range list {
		longest = max(longest, len(line.ID))
	}
	for _, line := range list {
		parts := []string{fmt.Sprintf("%-*s", min(longest, 36), diag.Safe(line.ID))}
		if line.Level != "" {
			parts = append(parts, fmt.Sprintf("%-13s", line.Level))
		}
		parts = append(parts, diag.Safe(line.Title))
		if len(line.Attack) > 0 {
			parts = append(parts, diag.Safe(strings.Join(line.Attack, " ")))
		}
		fmt.Fprintln(out, strings.Join(parts, "  "))
	}
	return out.close()
}
