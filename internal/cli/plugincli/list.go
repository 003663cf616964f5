package plugincli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// listed is a plug-in as list and show print it in JSON.
type listed struct {
	ID          string   `json:"id"`
	Version     string   `json:"version"`
	Types       []string `json:"types"`
	State       string   `json:"state"`
	Description string   `json:"description"`
	Compatible  bool     `json:"compatible"`
	Egret       string   `json:"egret,omitempty"`
	// Fault is why the plug-in is skipped, "" if it is used.
	Fault   string              `json:"fault,omitempty"`
	Folder  string              `json:"folder"`
	Source  string              `json:"source"`
	Digest  string              `json:"digest"`
	Adds    map[string][]string `json:"adds"`
	Author  string              `json:"author,omitempty"`
	License string              `json:"license,omitempty"`
	Home    string              `json:"homepage,omitempty"`
}

func describe(e plugin.Entry) listed {
	l := listed{ID: e.Name, Version: e.Version, Types: []string{}, State: "broken", Compatible: true, Source: e.Source, Digest: e.Digest, Adds: map[string][]string{}}
	var other *plugin.IncompatibleError
	l.Compatible = !errors.As(e.Fault, &other)
	if p := e.Plugin; p != nil {
		l.Version, l.State, l.Description, l.Egret, l.Folder = p.Version, p.State, p.Description, p.Egret, p.Folder
		l.Author, l.License, l.Home = p.Author, p.License, p.Homepage
		for _, kind := range p.Kinds {
			l.Types = append(l.Types, typeNames[kind])
			l.Adds[string(kind)] = append([]string{}, p.Names[kind]...)
		}
	}
	if e.Fault != nil {
		l.Fault, _, _ = strings.Cut(e.Fault.Error(), "\n")
		if l.Compatible {
			l.State = "broken"
		}
	}
	return l
}

// typeNames are the words for kinds of content in lists, as far as sigma-cli has them.
var typeNames = map[plugin.Kind]string{
	plugin.Backends: "backend", plugin.Checks: "check", plugin.Pipelines: "pipeline", plugin.Schemas: "schema", plugin.STIXMappings: "stix mapping", plugin.Rules: "rules",
}

// types says what a plug-in has in one line.
func types(p *plugin.Plugin) string {
	var words []string
	for _, kind := range p.Kinds {
		words = append(words, typeNames[kind])
	}
	return strings.Join(words, ", ")
}

func listCommand(host Host) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "list", Short: "List the installed plug-ins, and what is wrong with those that are skipped",
		Long: `List the installed plug-ins. State is what the author says of a plug-in (stable, testing, devel, orphaned), or broken if it
cannot be used; the reason follows. The exit code is 1 if one is broken or not compatible with this egret.`,
		Example: "  egret plugin list\n  egret plugin list --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entries, err := store(host).List()
			if err != nil {
				return err
			}
			list := []listed{}
			for _, e := range entries {
				list = append(list, describe(e))
				if e.Fault != nil {
					host.Found()
				}
			}
			if format == "json" {
				return encode(cmd.OutOrStdout(), list)
			}
			if len(list) == 0 {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "No plug-ins are installed.")
				return err
			}
			return printList(cmd.OutOrStdout(), list)
		},
	}
	formats(cmd, &format)
	return cmd
}

// formats adds --format.
func formats(cmd *cobra.Command, format *string) {
	words := []string{"text", "json"}
	cmd.Flags().StringVar(format, "format", "text", "`FORMAT` of the output: text, json")
	if err := cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("egret bug: " + err.Error())
	}
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains(words, *format) {
			return setup.UsageError("it takes text, json", fmt.Errorf("--format does not take %q", *format))
		}
		return nil
	}
}

func encode(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// printList prints a table, with the reasons of faults below it.
func printList(w io.Writer, list []listed) error {
	rows := [][]string{{"Identifier", "Version", "Type", "State", "Compatible?", "Description"}}
	var faults []string
	for i := range list {
		l := &list[i]
		compatible := "yes"
		if !l.Compatible {
			compatible = "no"
		}
		rows = append(rows, []string{l.ID, l.Version, strings.Join(l.Types, ", "), l.State, compatible, l.Description})
		if l.Fault != "" {
			faults = append(faults, l.ID+" is skipped: "+l.Fault)
		}
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = diag.Safe(cell)
			widths[i] = max(widths[i], term.Width(row[i]))
		}
	}
	var out strings.Builder
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			out.WriteString(term.Pad(cell, widths[i]+2))
		}
		out.WriteString(row[len(row)-1] + "\n")
	}
	for _, fault := range faults {
		out.WriteString("\n" + diag.Safe(fault))
	}
	if len(faults) > 0 {
		out.WriteString("\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func showCommand(host Host) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "show NAME|FOLDER", Short: "Show what a plug-in has: an installed one, or one in a folder",
		Example:           "  egret plugin show acme\n  egret plugin show ./acme",
		Args:              one("NAME"),
		ValidArgsFunction: complete(host),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := find(host, args[0])
			if err != nil {
				return err
			}
			l := describe(e)
			if e.Fault != nil {
				host.Found()
			}
			if format == "json" {
				return encode(cmd.OutOrStdout(), l)
			}
			return printOne(cmd.OutOrStdout(), &l)
		},
	}
	formats(cmd, &format)
	return cmd
}

// find returns an installed plug-in, or the one in a folder, whose name has a separator.
func find(host Host, name string) (plugin.Entry, error) {
	if strings.ContainsAny(name, `/\`) || name == "." {
		p, err := plugin.Load(name, host.Version())
		if p == nil {
			return plugin.Entry{}, setup.UsageError("docs/plugins.md describes plug-ins", fmt.Errorf("%s: %w", name, err))
		}
		return plugin.Entry{Installed: plugin.Installed{Name: p.Name, Digest: p.Digest}, Plugin: p, Fault: err}, nil
	}
	entries, err := store(host).List()
	if err != nil {
		return plugin.Entry{}, err
	}
	for _, e := range entries {
		if e.Name == name {
			return e, nil
		}
	}
	return plugin.Entry{}, unknown(host, &plugin.NotInstalledError{Name: name}, name)
}

func printOne(w io.Writer, l *listed) error {
	compatible := "yes"
	if !l.Compatible {
		compatible = "no"
	}
	rows := [][2]string{
		{"Identifier", l.ID}, {"Version", l.Version}, {"Description", l.Description}, {"State", l.State}, {"Compatible?", compatible},
		{"For egret", l.Egret}, {"Fault", l.Fault}, {"Author", l.Author}, {"License", l.License}, {"Homepage", l.Home},
	}
	for _, kind := range plugin.Kinds {
		if names, ok := l.Adds[string(kind)]; ok {
			text := strings.Join(names, ", ")
			if kind == plugin.Rules {
				text = "--rules " + setup.PluginPrefix + l.ID
			}
			rows = append(rows, [2]string{string(kind), text})
		}
	}
	rows = append(rows, [2]string{"Folder", l.Folder}, [2]string{"Installed from", l.Source}, [2]string{"Checksum", l.Digest})
	var out strings.Builder
	for _, row := range rows {
		if row[1] != "" {
			out.WriteString(term.Pad(row[0], 16) + diag.Safe(row[1]) + "\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
