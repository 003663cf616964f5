package setup

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/config"
)

// CheckOptions applies the settings of egret.yaml about checks to options: own checks, levels, exclusions and placeholders. It verifies the names
// that select checks, and returns them; callers choose the checks, since flags may say otherwise. Errors have the place in the file.
func CheckOptions(c *Config, options *check.Options) (selected, ignored []string, err error) {
	settings := &c.Settings.Check
	if options.Own, err = Checks(c); err != nil {
		return nil, nil, err
	}
	for _, list := range [][]config.Text{settings.Select, settings.Ignore} {
		for _, text := range list {
			if _, err := check.Named(text.Value, options.Own); err != nil {
				return nil, nil, CheckError(text, err)
			}
		}
	}
	options.Levels = map[*check.Check]check.Level{}
	for _, change := range settings.Levels {
		level, ok := check.ParseLevel(change.Level.Value)
		if !ok {
			return nil, nil, CheckError(change.Level, fmt.Errorf("%q is not one of %s", change.Level.Value, strings.Join(check.Levels, ", ")))
		}
		named, err := check.Named(change.Check.Value, options.Own)
		if err != nil {
			return nil, nil, CheckError(change.Check, err)
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
			named, err := check.Named(text.Value, options.Own)
			if err != nil {
				return nil, nil, CheckError(text, err)
			}
			for _, one := range named {
				options.Excluded[id][one] = true
			}
		}
	}
	options.Placeholders = map[string][]string{}
	for _, p := range c.Settings.Placeholders {
		options.Placeholders[p.Name.Value] = p.Values
	}
	return values(settings.Select), values(settings.Ignore), nil
}

// CheckError returns an error about a setting of checks in egret.yaml.
func CheckError(text config.Text, err error) error {
	p := text.Span.File.Position(text.Span.Start)
	return UsageError("egret list checks prints their ids", fmt.Errorf("%s:%d:%d: %w", text.Span.File.Name, p.Line, p.Column, err))
}

// RulePaths returns the rules of egret.yaml as paths that FindRules takes, nil if it names none.
func RulePaths(c *Config) []string {
	var paths []string
	for _, text := range c.Settings.Rules {
		path := text.Value
		if path != Starter && !strings.HasPrefix(path, PackagePrefix) && !strings.HasPrefix(path, PluginPrefix) && !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(c.Place.Path), path)
		}
		paths = append(paths, path)
	}
	return paths
}

func values(list []config.Text) []string {
	var out []string
	for _, text := range list {
		out = append(out, text.Value)
	}
	return out
}
