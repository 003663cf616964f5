package rulescli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/overlay"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// change edits the overlay that belongs to a configuration, and says where it is.
func change(c *setup.Config, do func(*overlay.Overlay) error) (path string, err error) {
	if path, err = c.OverlayPath(); err != nil {
		return "", err
	}
	err = overlay.Edit(path, do)
	var s *setup.Error
	if err == nil || errors.As(err, &s) {
		return path, err
	}
	return path, &setup.Error{Kind: setup.Input, Err: err}
}

// changeEach loads the rules, finds those that args name, and changes the overlay for each.
func (s *source) changeEach(cmd *cobra.Command, host Host, args []string, what string, do func(*overlay.Overlay, *rule) error) error {
	l, err := s.load(cmd.Context(), host)
	if err != nil {
		return err
	}
	var rules []*rule
	for _, arg := range args {
		r, err := l.find(arg)
		if err != nil {
			return err
		}
		if r.Origin.ID.IsZero() {
			return setup.UsageError("give the rule an id", fmt.Errorf("%s has no id, so that nothing can refer to it", r.Path))
		}
		rules = append(rules, r)
	}
	path, err := change(l.config, func(o *overlay.Overlay) error {
		for _, r := range rules {
			if err := do(o, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range rules {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s (%s) %s\n", path, diag.Safe(r.Title), r.ID, what); err != nil {
			return err
		}
	}
	return nil
}

func disableCommand(host Host) *cobra.Command {
	var s source
	cmd := &cobra.Command{
		Use:   "disable ID...",
		Short: "Disable rules, in the overlay",
		Long: `Disable rules: hunts and conversions leave them out until egret rules enable takes that back. ID is the id, the name or the
title of a rule. The rule stays as it is; the change is in egret-overlay.yaml, which no update touches.`,
		Example: `  egret rules disable 0a1b2c3d-0000-4000-8000-000000000001
  egret rules disable "Root console login"`,
		Args: atLeast(1, "the id, name or title of a rule", "egret rules disable 0a1b2c3d-0000-4000-8000-000000000001"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.changeEach(cmd, host, args, "is disabled", func(o *overlay.Overlay, r *rule) error {
				o.Disable(r.ID)
				return nil
			})
		},
	}
	s.register(cmd, host)
	cmd.ValidArgsFunction = completeRules(host, &s)
	return cmd
}

func enableCommand(host Host) *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "enable ID...",
		Short: "Enable rules that were disabled",
		Long: `Take back what egret rules disable did. ID is the id of a rule; it may be one that is no longer installed. Rules that egret.yaml
disables stay disabled, and egret says so.`,
		Example: "  egret rules enable 0a1b2c3d-0000-4000-8000-000000000001",
		Args:    atLeast(1, "the id of a rule", "egret rules enable 0a1b2c3d-0000-4000-8000-000000000001"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := host.Config(config)
			if err != nil {
				return err
			}
			path, err := change(c, func(o *overlay.Overlay) error { return enable(c, o, args) })
			if err != nil {
				return err
			}
			for _, id := range args {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s is enabled\n", path, id); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		c, err := host.Config(config)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var ids []string
		for _, id := range c.Settings.Disabled {
			ids = append(ids, id.Value)
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// enable removes ids from an overlay; an id that is not disabled there is an error.
func enable(c *setup.Config, o *overlay.Overlay, ids []string) error {
	have := o.Disabled()
	found := o.Enable(ids...)
	for _, id := range ids {
		for _, other := range c.Settings.Disabled {
			if strings.EqualFold(other.Value, id) && other.Span.File.Name == c.Path {
				at := other.Span.File.Position(other.Span.Start)
				return setup.UsageError("remove it there", fmt.Errorf("%s is disabled at %s:%d:%d", id, c.Path, at.Line, at.Column))
			}
		}
		if !slices.Contains(found, id) {
			help := "egret rules list --disabled prints those that are"
			if near := diag.Near(id, have); near != "" {
				help = "the nearest is " + near
			}
			return setup.UsageError(help, fmt.Errorf("%s is not disabled", id))
		}
	}
	return nil
}

// ownWord takes back a changed level.
const ownWord = "own"

func levelCommand(host Host) *cobra.Command {
	var s source
	levels := append(slices.Clone(finding.Levels), ownWord)
	cmd := &cobra.Command{
		Use:   "level ID LEVEL",
		Short: "Give a rule another level, in the overlay",
		Long: `Give a rule another level: ` + strings.Join(finding.Levels, ", ") + `; or its own again with the word own. ID is the id, the name or the
title of a rule. The change is in egret-overlay.yaml.`,
		Example: `  egret rules level 0a1b2c3d-0000-4000-8000-000000000001 low
  egret rules level 0a1b2c3d-0000-4000-8000-000000000001 own`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return setup.UsageError("such as: egret rules level 0a1b2c3d-0000-4000-8000-000000000001 low", errors.New("want a rule and a level"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			level, what := args[1], "has the level "+args[1]
			if !slices.Contains(levels, level) {
				help := "the levels are " + strings.Join(levels, ", ")
				if near := diag.Near(level, levels); near != "" {
					help = "the nearest is " + near
				}
				return setup.UsageError(help, fmt.Errorf("%q is not a level", level))
			}
			if level == ownWord {
				level, what = "", "has its own level"
			}
			return s.changeEach(cmd, host, args[:1], what, func(o *overlay.Overlay, r *rule) error { return o.SetLevel(r.ID, level) })
		},
	}
	s.register(cmd, host)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return completeRules(host, &s)(cmd, args, word)
		case 1:
			return levels, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

func filterCommand(host Host) *cobra.Command {
	var config string
	var remove []string
	cmd := &cobra.Command{
		Use:   "filter [FILE...]",
		Short: "Add Sigma filters to the overlay, list or remove them",
		Long: `Add the Sigma filters in files to egret-overlay.yaml; - reads stdin. A filter with the id, or without an id the title, of another one
replaces it. Without a file, list the filters of the overlay.`,
		Example: `  egret rules filter staging.yml
  egret rules tune root-login logs/ --false-positives known.txt | egret rules filter -
  egret rules filter --remove "Staging is known"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := host.Config(config)
			if err != nil {
				return err
			}
			if len(args) == 0 && len(remove) == 0 {
				return listFilters(cmd.OutOrStdout(), c)
			}
			return changeFilters(cmd, c, args, remove)
		},
	}
	cmd.Flags().StringArrayVar(&remove, "remove", nil, "remove the filter with this `ID|TITLE`; repeatable")
	cmd.Flags().StringVar(&config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	return cmd
}

func listFilters(w io.Writer, c *setup.Config) error {
	path, err := c.OverlayPath()
	if err != nil {
		return err
	}
	o, err := overlay.Read(path)
	if err != nil {
		return &setup.Error{Kind: setup.Input, Err: err}
	}
	filters, err := o.Filters()
	if err != nil || len(filters) == 0 {
		return err
	}
	rows := [][]string{{"ID", "RULES", "TITLE"}}
	for _, f := range filters {
		rules := strings.Join(f.Rules, " ")
		if f.Rules == nil {
			rules = "any"
		}
		rows = append(rows, []string{diag.Safe(f.ID), diag.Safe(rules), diag.Safe(f.Title + f.Path)})
	}
	return writeTable(w, rows)
}

func changeFilters(cmd *cobra.Command, c *setup.Config, files, remove []string) error {
	var texts [][]byte
	for _, name := range files {
		var text []byte
		var err error
		if name == "-" {
			text, err = io.ReadAll(io.LimitReader(cmd.InOrStdin(), 4<<20))
		} else {
			text, err = os.ReadFile(name)
		}
		if err != nil {
			return &setup.Error{Kind: setup.Input, Err: err}
		}
		texts = append(texts, text)
	}
	path, err := change(c, func(o *overlay.Overlay) error {
		for i, text := range texts {
			if err := o.AddFilters(text); err != nil {
				return setup.UsageError("", fmt.Errorf("%s: %w", files[i], err))
			}
		}
		for _, name := range remove {
			if o.RemoveFilter(name) == 0 {
				return setup.UsageError("egret rules filter lists them", fmt.Errorf("the overlay has no filter %q", name))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s added, %d removed\n", path, term.Plural(len(files), "file"), len(remove))
	return err
}
