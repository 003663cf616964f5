package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/memlimit"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/stix"
)

// ruleFlags are the flags that choose and tune rules. Commands register --rules themselves, with their own help text.
type ruleFlags struct {
	rules, include, exclude, statuses, ioc []string
	stix, indicators, stixMappings         []string
	minLevel, config, stixVersion, compat  string
	oasis                                  bool
	// inLake is set if tables are hunted.
	inLake bool
	// schemas are the log sources that rules may use, nil for the built-in ones.
	schemas []*schema.Schema
	// pattern selects files in folders by name, "" for all.
	pattern string
	// stdin is read for "-" among the rules; nil means that "-" is not accepted.
	stdin io.Reader
	// transform changes rules before they become queries; nil for nothing.
	transform ruleset.Transform
}

// statuses are those whose rules are off by default.
var statuses = []string{"deprecated", "unsupported"}

// compats are the values of --compat.
var compats = []string{"stix-shifter"}

func (f *ruleFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.include, "include", nil, "only rules of this `ID|TAG`; repeatable")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "no rules of this `ID|TAG`; repeatable")
	flags.StringVar(&f.minLevel, "min-level", "", "only findings of this `LEVEL` and above: "+strings.Join(finding.Levels, ", "))
	flags.StringSliceVar(&f.statuses, "status", nil, "also rules of this `STATUS`: "+strings.Join(statuses, ", ")+"; repeatable")
	flags.StringArrayVar(&f.ioc, "ioc", nil, "also events with an address, access key, user agent or account of the list in `FILE`; repeatable")
	flags.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
}

// registerSTIX registers the flags that name STIX patterns, for commands that hunt.
func (f *ruleFlags) registerSTIX(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.stix, "stix", nil, "hunt this STIX `PATTERN`, or that in a file; without --rules no other rules run; repeatable")
	flags.StringArrayVar(&f.indicators, "indicators", nil, "hunt the indicators of the STIX bundle, or the list of patterns, in `FILE`; repeatable")
	flags.StringVar(&f.stixVersion, "stix-version", "2.1", "version `V` of the grammar of patterns: 2.0 or 2.1")
	flags.StringArrayVar(&f.stixMappings, "stix-mapping-folder", nil, "also the STIX objects that the mappings in `DIR` describe; repeatable")
	flags.StringVar(&f.compat, "compat", "", "compare as `TOOL` does: stix-shifter, without letter case and with text equal to numbers")
	flags.BoolVar(&f.oasis, "oasis", false, "refuse patterns in which AND joins properties of different object types, as OASIS's matcher has it")
}

func (f *ruleFlags) check() error {
	if _, ok := stix.ParseVersion(f.stixVersion); !ok && f.stixVersion != "" {
		return command.Usage("it takes 2.0 or 2.1", fmt.Errorf("--stix-version does not take %q", f.stixVersion))
	}
	if f.compat != "" {
		if err := command.OneOf("compat", f.compat, compats); err != nil {
			return err
		}
	}
	if f.minLevel != "" {
		if err := command.OneOf("min-level", f.minLevel, finding.Levels); err != nil {
			return err
		}
	}
	for _, status := range f.statuses {
		if err := command.OneOf("status", status, statuses); err != nil {
			return err
		}
	}
	return nil
}

// options returns the options of the flags.
func (f *ruleFlags) options() setup.RuleOptions {
	version, _ := stix.ParseVersion(f.stixVersion) // check refuses others
	return setup.RuleOptions{
		Names: f.rules, Include: f.include, Exclude: f.exclude, Statuses: f.statuses, MinLevel: f.minLevel,
		Schemas: f.schemas, Pattern: f.pattern, IOC: f.ioc, Stdin: f.stdin, Transform: f.transform,
		STIX: setup.STIXOptions{Patterns: f.stix, Indicators: f.indicators, Version: version, OASIS: f.oasis, Loose: f.compat != "", Mappings: f.stixMappings, Parts: f.inLake},
	}
}

// loadRules reads the configuration and the rules that flags and configuration name. It returns as soon as the
// context ends, even while it waits for a pipe.
func (a *app) loadRules(ctx context.Context, f *ruleFlags) (*setup.RuleSet, error) {
	l, _, err := outfile.Await(ctx, 0, func() (*setup.RuleSet, error) {
		c, err := a.loadConfig(f.config)
		if err != nil {
			return nil, err
		}
		growth := 800
		if size := sizeOf(f.indicators); size > manyIndicators {
			growth = 100 // much of what is read of indicators does not stay
		} else if size > 0 {
			growth = 400
		}
		defer memlimit.CollectSeldom(growth)()
		return setup.LoadRules(ctx, c, f.options())
	})
	return l, err
}

// manyIndicators is the size of files with indicators from which on memory counts more than time, in bytes.
const manyIndicators = 32 << 20

// sizeOf returns the size of files in bytes. Those that cannot be looked at count nothing; reading them tells why.
func sizeOf(paths []string) int64 {
	var size int64
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			size += info.Size()
		}
	}
	return size
}

// printed returns the diagnostics to print. It leaves out notes for folders of rules, and warnings if quiet is set.
func printed(l *setup.RuleSet, quiet bool) diag.List {
	return slices.DeleteFunc(slices.Clone(l.Diagnostics), func(d diag.Diagnostic) bool {
		return d.Severity == diag.Note || quiet && d.Severity != diag.Error
	})
}
