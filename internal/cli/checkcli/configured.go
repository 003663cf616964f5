package checkcli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/setup"
)

// configured applies the settings of egret.yaml, where flags do not say otherwise, and returns the paths to check.
func (f *flags) configured(cmd *cobra.Command, c *setup.Config, options *check.Options, args []string) ([]string, error) {
	settings := &c.Settings.Check
	set := func(text config.Text, err error) error {
		p := text.Span.File.Position(text.Span.Start)
		return setup.UsageError("egret list checks prints their ids", fmt.Errorf("%s:%d:%d: %w", text.Span.File.Name, p.Line, p.Column, err))
	}
	for _, list := range [][]config.Text{settings.Select, settings.Ignore} {
		for _, text := range list {
			if _, err := check.Named(text.Value); err != nil {
				return nil, set(text, err)
			}
		}
	}
	if !cmd.Flags().Changed("select") {
		f.selected = values(settings.Select)
	}
	f.ignored = append(values(settings.Ignore), f.ignored...)
	options.Levels = map[*check.Check]check.Level{}
	for _, change := range settings.Levels {
		level, ok := check.ParseLevel(change.Level.Value)
		if !ok {
			return nil, set(change.Level, fmt.Errorf("%q is not one of %s", change.Level.Value, strings.Join(check.Levels, ", ")))
		}
		named, err := check.Named(change.Check.Value)
		if err != nil {
			return nil, set(change.Check, err)
		}
		for _, one := range named {
			options.Levels[one] = level
		}
	}
	options.Excluded = map[string]map[*check.Check]bool{}
	for _, exclusion := range settings.Exclusions {
		id := strings.ToLower(exclusion.Rule.Value)
		options.Excluded[id] = map[*check.Check]bool{}
		for _, text := range exclusion.Checks {
			named, err := check.Named(text.Value)
			if err != nil {
				return nil, set(text, err)
			}
			for _, one := range named {
				options.Excluded[id][one] = true
			}
		}
	}
	explicit := false
	for _, name := range []string{"fail-on", "fail-on-issues", "pass-on-issues", "fail-on-error", "pass-on-error"} {
		explicit = explicit || cmd.Flags().Changed(name)
	}
	if word := settings.FailOn; word.Value != "" && !explicit {
		if err := oneOf("fail-on", word.Value, failOn); err != nil {
			return nil, set(word, err)
		}
		f.failOn = word.Value
	}
	options.Placeholders = map[string][]string{}
	for _, p := range c.Settings.Placeholders {
		options.Placeholders[p.Name.Value] = p.Values
	}
	if len(args) == 0 {
		for _, text := range c.Settings.Rules {
			path := text.Value
			if path != setup.Starter && !filepath.IsAbs(path) {
				path = filepath.Join(filepath.Dir(c.Place.Path), path)
			}
			args = append(args, path)
		}
	}
	return args, nil
}

func values(list []config.Text) []string {
	var out []string
	for _, text := range list {
		out = append(out, text.Value)
	}
	return out
}
