package rulescli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/rulediff"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// diffFlags are the flags of egret rules diff.
type diffFlags struct {
	config, schemaFolder, format string
	meaning                      bool
}

func diffCommand(host Host) *cobra.Command {
	f := diffFlags{}
	cmd := &cobra.Command{
		Use:   "diff OLD [NEW]",
		Short: "Compare two versions of rules by meaning",
		Long: `Compare two versions of rules by what they find, not by their texts. OLD and NEW are folders or files of rules, or packages such as
package:sigmahq/core@previous. A package alone compares its version before with the installed one.

Rules belong together by their ids. A rule is narrower or wider if egret can prove that it finds a part of what the other finds, rewritten
if it can prove that both find the same, and else changed. The exit code is 1 if what is found changes.`,
		Example: `  egret rules diff package:sigmahq/core
  egret rules diff package:sigmahq/core@r2025-10-01 package:sigmahq/core
  egret rules diff old/ new/ --meaning`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return setup.UsageError("such as: egret rules diff old/ new/", errors.New("want a package, or two versions of rules"))
			}
			return nil
		},
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, host, args) },
		ValidArgsFunction: host.CompletePlaces,
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.BoolVar(&f.meaning, "meaning", false, "only rules that find something else")
	set.StringVar(&f.format, "format", "text", "`FORMAT`: text, json")
	set.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	set.StringVar(&f.schemaFolder, "schema-folder", "", "`DIR` with schemas of your own")
	command.Complete(cmd, "format", formats)
	return cmd
}

func (f *diffFlags) run(cmd *cobra.Command, host Host, args []string) error {
	if err := words("format", []string{f.format}, formats); err != nil {
		return err
	}
	if len(args) == 1 {
		name := args[0]
		if !strings.HasPrefix(name, setup.PackagePrefix) || strings.Contains(name, "@") {
			return setup.UsageError("such as: egret rules diff old/ new/", errors.New("want two versions of rules, or a package alone"))
		}
		args = []string{name + "@previous", name}
	}
	var sets []*ruleset.Set
	for _, arg := range args {
		set, err := f.load(cmd, host, arg)
		if err != nil {
			return err
		}
		sets = append(sets, set)
	}
	result := rulediff.Compare(sets[0], sets[1])
	if f.meaning {
		kept := result.Changes[:0]
		for _, c := range result.Changes {
			if c.Kind.Meaning() {
				kept = append(kept, c)
			}
		}
		result.Changes = kept
	}
	for _, c := range result.Changes {
		if c.Kind.Meaning() {
			host.Found()
		}
	}
	if f.format == "json" {
		return encode(cmd.OutOrStdout(), result)
	}
	return writeDiff(cmd.OutOrStdout(), result)
}

// load loads a version without any tuning.
func (f *diffFlags) load(cmd *cobra.Command, host Host, name string) (*ruleset.Set, error) {
	c, err := host.Config(f.config)
	if err != nil {
		return nil, err
	}
	schemas, err := host.Schemas(f.schemaFolder, f.config)
	if err != nil {
		return nil, err
	}
	settings := *c.Settings
	settings.Disabled, settings.Levels, settings.Filters, settings.IOC = nil, nil, nil, nil
	plain := *c
	plain.Settings = &settings
	loaded, err := setup.LoadRules(cmd.Context(), &plain, setup.RuleOptions{
		Names: []string{name}, Schemas: append(append([]*schema.Schema{}, schemas...), schema.Generic()), Statuses: []string{"deprecated", "unsupported"},
	})
	if err != nil {
		return nil, err
	}
	if n := loaded.Diagnostics.Count(diag.Error); n > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s, whose rules are not compared; egret check prints them\n", name, term.Plural(n, "error"))
	}
	return loaded.Set, nil
}

// maxLine is the width at which long conditions are cut.
const maxLine = 160

func writeDiff(w io.Writer, r *rulediff.Result) error {
	var b strings.Builder
	var kind rulediff.Kind
	for _, c := range r.Changes {
		if c.Kind != kind {
			kind = c.Kind
			fmt.Fprintf(&b, "%s (%s)\n", kind, term.Count(r.Count(kind)))
		}
		fmt.Fprintf(&b, "  %s  %s  %s\n", c.ID, term.Pad(c.Level, len("informational")), diag.Safe(c.Title))
		if c.Reason != "" {
			b.WriteString("      " + diag.Safe(c.Reason) + "\n")
		}
		for _, f := range c.Fields {
			if f.Before == "" && f.After == "" {
				b.WriteString("      " + f.Name + "\n")
				continue
			}
			fmt.Fprintf(&b, "      %s: %s -> %s\n", f.Name, cut(cmp.Or(f.Before, "none")), cut(cmp.Or(f.After, "none")))
		}
		for _, line := range c.Gone {
			b.WriteString("    - " + cut(line) + "\n")
		}
		for _, line := range c.New {
			b.WriteString("    + " + cut(line) + "\n")
		}
	}
	var parts []string
	for _, kind := range rulediff.Kinds {
		if n := r.Count(kind); n > 0 {
			parts = append(parts, term.Count(n)+" "+string(kind))
		}
	}
	parts = append(parts, term.Count(r.Unchanged)+" the same")
	b.WriteString(strings.Join(parts, ", ") + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// cut returns a text in one line that is not too long.
func cut(text string) string {
	text = diag.Safe(strings.Join(strings.Fields(text), " "))
	if term.Width(text) > maxLine {
		return term.Head(text, maxLine)
	}
	return text
}
