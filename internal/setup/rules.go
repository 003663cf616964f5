package setup

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ioc"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/internal/stixmap"
)

// Starter is the word for the embedded rules, in place of a folder.
const Starter = "starter"

// RuleOptions choose and tune rules, in addition to the configuration.
type RuleOptions struct {
	// Names are folders, files, Starter, installed packages with PackagePrefix, or "-" if Stdin is set. If empty, the configuration's rules are used, or
	// else Starter.
	Names []string
	// Texts are rule files in memory, besides those of Names. With any, and without Names, no other rules are read.
	Texts []Text
	// Include, Exclude, MinLevel and Statuses are as in ruleset.Options.
	Include, Exclude, Statuses []string
	MinLevel                   string
	// Schemas are the log sources that rules may use, nil for the built-in ones.
	Schemas []*schema.Schema
	// Pattern selects files in folders by name, in the syntax of path.Match; "" selects all.
	Pattern string
	// IOC are lists of indicators of compromise. If empty, those of the configuration are used.
	IOC []string
	// STIX are STIX patterns and indicators. With any, and without Names, no other rules run.
	STIX STIXOptions
	// mappings are those that STIX.Mappings name, with those of egret; nil for the latter alone.
	mappings []*stixmap.Mapping
	// mapped are the log sources that mappings may describe.
	mapped []*schema.Schema
	// ForText is set if the rules are written in a text language. Rules that egret cannot run but such a language may say are
	// kept, and fields are not checked, since a pipeline may rename them.
	ForText bool
	// Stdin is read for the name "-"; nil means that "-" is not accepted.
	Stdin io.Reader
	// Transform is as in ruleset.Options.
	Transform ruleset.Transform
}

// RuleSet is the result of LoadRules.
type RuleSet struct {
	Set *ruleset.Set
	// Indicators are the lists of indicators of which Set has rules.
	Indicators []*ioc.List
	// STIX are the rules of STIX patterns, nil if there are none.
	STIX *stixhunt.Rules
	// Mappings are the STIX objects of log sources; nil means stixmap.All.
	Mappings []*stixmap.Mapping
	// Mapped are the log sources that Mappings may describe.
	Mapped []*schema.Schema
	// Names are the rule sources as the user wrote them.
	Names []string
	// Placeholders are the values of placeholders in the configuration.
	Placeholders map[string][]string
	// Diagnostics are the sorted diagnostics of the rules.
	Diagnostics diag.List
	// Config is the location of the configuration that tuned the rules. Tuning counts its changes.
	Config config.Place
	Tuning finding.Tuning
	// UnknownIDs are the ids in the configuration's levels and disabled lists that no rule has, in its order.
	UnknownIDs []string
}

// shownFields is the maximum number of unknown fields that get their own diagnostic.
const shownFields = 5

// LoadRules reads and tunes the rules that the options name, or else those of the configuration. It may block on a
// pipe that the user named. Errors in single rules become diagnostics; LoadRules returns an error if no rule can run.
func LoadRules(ctx context.Context, c *Config, o RuleOptions) (*RuleSet, error) {
	settings, path := c.Settings, c.Path
	names, base := o.Names, ""
	alone := len(names) == 0 && (o.STIX.asked() || len(o.Texts) > 0)
	if len(names) == 0 && !alone {
		base = filepath.Dir(path)
		for _, name := range settings.Rules {
			names = append(names, name.Value)
		}
	}
	if len(names) == 0 && !alone {
		names = []string{Starter}
	}
	places, err := c.ResolvePackages(names)
	if err != nil {
		return nil, err
	}
	var folders []ruleset.Folder
	for i, name := range places {
		if slices.Contains(places[:i], name) {
			continue
		}
		var folder ruleset.Folder
		if name == "-" && o.Stdin != nil {
			folder, err = stdinRules(o.Stdin)
		} else {
			folder, err = c.ruleFolder(name, base)
		}
		if err != nil {
			return nil, err
		}
		folders = append(folders, narrowed(folder, o.Pattern))
	}
	for _, text := range o.Texts {
		folders = append(folders, ruleset.Folder{FS: textFile{text.Name, text.Text}})
	}
	tuned, err := filterFolders(settings)
	if err != nil {
		return nil, err
	}
	lists, lowered, faults, err := indicators(c, &o)
	if err != nil {
		return nil, err
	}
	options := rulesetOptions(settings, &o)
	if lowered != nil {
		options.Lowered = append(options.Lowered, lowered)
	}
	fromSTIX, more, err := stixRules(c, &o)
	if err != nil {
		return nil, err
	}
	if faults = append(faults, more...); fromSTIX != nil {
		options.Lowered = append(options.Lowered, fromSTIX.Lowered)
	}
	set, list, err := ruleset.Load(ctx, append(folders, tuned...), options)
	if err != nil {
		return nil, &Error{Kind: Rules, Err: err}
	}
	if !o.ForText {
		list = append(list, ruleset.UnknownFields(set, o.Schemas, nil, shownFields)...)
		list = append(list, ruleset.NeverMatching(set, o.Schemas, nil, shownFields)...)
	}
	list = append(list, faults...)
	l := &RuleSet{Set: set, STIX: fromSTIX, Mappings: o.mappings, Mapped: o.mapped, Names: names, Indicators: lists, Diagnostics: list, Config: c.Place, Placeholders: options.Placeholders}
	l.count(c, tuned)
	return l, nil
}

// rulesetOptions combines the options with the tuning of a configuration.
func rulesetOptions(settings *config.Config, o *RuleOptions) ruleset.Options {
	options := ruleset.Options{
		Levels: map[string]string{}, Placeholders: map[string][]string{},
		Include: o.Include, Exclude: o.Exclude, MinLevel: o.MinLevel, Statuses: o.Statuses,
		CheckCorrelation: correlate.Check, Schemas: o.Schemas, Open: o.ForText, Transform: o.Transform,
	}
	if o.ForText {
		options.CheckCorrelation = nil
	}
	for _, change := range settings.Levels {
		options.Levels[change.ID.Value] = change.Level.String()
		options.Levels[strings.ToLower(change.ID.Value)] = change.Level.String() // rule ids are usually in lower case
	}
	for _, id := range settings.Disabled {
		options.Disabled = append(options.Disabled, id.Value)
	}
	for _, placeholder := range settings.Placeholders {
		options.Placeholders[placeholder.Name.Value] = placeholder.Values
	}
	return options
}
