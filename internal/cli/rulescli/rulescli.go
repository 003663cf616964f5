// Package rulescli has the command egret rules: which rules there are, what is changed about them, and where they come from.
//
// It prints lists, and changes the overlay and installed packages through packages overlay and rulestore. It judges and runs no rules itself.
package rulescli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// A Host is the command line that the command belongs to.
type Host interface {
	// Found gives the command the exit code of findings.
	Found()
	// Colors reports whether a stream gets colours.
	Colors(stream io.Writer) bool
	// Diagnose prints diagnostics to stderr.
	Diagnose(list diag.List) error
	// Version is the version of egret.
	Version() string
	// Bar returns what shows progress on the terminal.
	Bar() *term.Progress
	// Schemas returns the built-in log sources and those of a folder, "" for none, and of a configuration, "" for the nearest.
	Schemas(folder, config string) ([]*schema.Schema, error)
	// Config returns the configuration at a path, "" for the nearest.
	Config(path string) (*setup.Config, error)
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
	// CompletePlaces completes the location of rules.
	CompletePlaces(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)
}

// Command returns egret rules and its subcommands.
func Command(host Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List, install and compare rules, and change them without editing",
		Long: `List rules, install packages of rules, compare versions of them, and change rules without editing them.

Changes, such as disabled rules and other levels, are in egret-overlay.yaml beside the egret.yaml that applies, or else in the
user's configuration folder. No update touches them.`,
		Example: `  egret rules list --product aws --level high,critical
  egret rules show 0a1b2c3d-0000-4000-8000-000000000001
  egret rules disable 0a1b2c3d-0000-4000-8000-000000000001
  egret rules update sigmahq --package core
  egret rules status`,
	}
	cmd.AddCommand(listCommand(host), showCommand(host), disableCommand(host), enableCommand(host), levelCommand(host), filterCommand(host),
		updateCommand(host), statusCommand(host), rollbackCommand(host), removeCommand(host), diffCommand(host), attackCommand(), tuneCommand(host))
	return cmd
}

// source are the flags that say which rules a command is about.
type source struct {
	rules                []string
	config, schemaFolder string
}

func (s *source) register(cmd *cobra.Command, host Host) {
	set := cmd.Flags()
	set.SortFlags = false
	set.StringArrayVar(&s.rules, "rules", nil, "rules to read instead of those of egret.yaml: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	set.StringVar(&s.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	set.StringVar(&s.schemaFolder, "schema-folder", "", "`DIR` with schemas of your own")
	_ = cmd.RegisterFlagCompletionFunc("rules", host.CompletePlaces) // the flag exists
}

// loaded are rules with what is changed about them.
type loaded struct {
	*setup.RuleSet
	config *setup.Config
	rules  []*rule
	// faults is the number of faults in rules that were not printed.
	faults int
}

// A rule is a rule or correlation in a list.
type rule struct {
	*ruleset.Info
	source schema.LogSource
	kind   string
	// state is on, off, or the reason why the rule does not run.
	state string
}

// The states of rules that run, and that are disabled.
const (
	on  = "on"
	off = "disabled"
)

// load reads the rules, also those that are disabled, deprecated or unsupported.
func (s *source) load(ctx context.Context, host Host) (*loaded, error) {
	c, err := host.Config(s.config)
	if err != nil {
		return nil, err
	}
	schemas, err := host.Schemas(s.schemaFolder, s.config)
	if err != nil {
		return nil, err
	}
	settings := *c.Settings
	settings.Disabled = nil // so that their log sources are known
	all := *c
	all.Settings = &settings
	set, err := setup.LoadRules(ctx, &all, setup.RuleOptions{Names: s.rules, Schemas: schemas, Statuses: []string{"deprecated", "unsupported"}})
	if err != nil {
		return nil, err
	}
	l := &loaded{RuleSet: set, config: c}
	disabled := map[string]bool{}
	for _, id := range c.Settings.Disabled {
		disabled[strings.ToLower(id.Value)] = true
	}
	state := func(info *ruleset.Info, otherwise string) string {
		if disabled[strings.ToLower(info.ID)] {
			return off
		}
		return otherwise
	}
	for _, ref := range set.Set.References() {
		r := &rule{Info: set.Set.Info(ref), kind: "rule"}
		if ref.Correlation {
			r.kind = "correlation"
		} else {
			r.source = set.Set.Rules[ref.Index].LogSource
		}
		running := on
		if r.Status == "deprecated" || r.Status == "unsupported" {
			running = "off (" + r.Status + ")"
		}
		r.state = state(r.Info, running)
		l.rules = append(l.rules, r)
	}
	for i := range set.Set.Skipped {
		skipped := &set.Set.Skipped[i]
		reason := strings.TrimSpace(string(skipped.Reason) + " " + skipped.Detail)
		l.rules = append(l.rules, &rule{Info: &skipped.Info, kind: "rule", state: state(&skipped.Info, reason)})
	}
	faults := slices.DeleteFunc(slices.Clone(set.Diagnostics), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
	if len(faults) > shownFaults {
		l.faults = len(faults)
		faults = nil
	}
	return l, host.Diagnose(faults)
}

// shownFaults is the number of faults in rules up to which these commands print them; of more they print the number.
const shownFaults = 5

// find returns the one rule with an id, name or title.
func (l *loaded) find(word string) (*rule, error) {
	for _, is := range []func(*rule) bool{
		func(r *rule) bool { return r.IsNamed(word) },
		func(r *rule) bool { return strings.EqualFold(r.Title, word) },
	} {
		var found []*rule
		for _, r := range l.rules {
			if is(r) {
				found = append(found, r)
			}
		}
		switch {
		case len(found) == 1 || len(found) > 1 && sameID(found):
			return found[0], nil
		case len(found) > 1:
			var ids []string
			for _, r := range found {
				ids = append(ids, r.ID)
			}
			return nil, setup.UsageError("name one by its id: "+strings.Join(ids, ", "), fmt.Errorf("%s are named %q", term.Plural(len(found), "rule"), word))
		}
	}
	var names []string
	for _, r := range l.rules {
		names = append(names, r.ID, r.Title)
		if r.Name != "" {
			names = append(names, r.Name)
		}
	}
	help := "egret rules list prints the ids; --rules names other rules"
	if near := diag.Near(word, names); near != "" {
		help = "the nearest is " + near
	}
	return nil, setup.UsageError(help, fmt.Errorf("no rule has the id, name or title %q", word))
}

func sameID(rules []*rule) bool {
	return !slices.ContainsFunc(rules, func(r *rule) bool { return !strings.EqualFold(r.ID, rules[0].ID) })
}

// completeRules completes ids of rules.
func completeRules(host Host, s *source) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		l, err := s.load(cmd.Context(), silent{host})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var words []string
		for _, r := range l.rules {
			if strings.HasPrefix(r.ID, strings.ToLower(word)) && !slices.Contains(args, r.ID) {
				words = append(words, r.ID+"\t"+strings.NewReplacer("\n", " ", "\t", " ").Replace(r.Title))
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// silent is a host that prints nothing.
type silent struct{ Host }

func (silent) Diagnose(diag.List) error { return nil }

// words checks the values of a flag.
func words(flag string, values, allowed []string) error {
	for _, value := range values {
		if err := command.OneOf(flag, value, allowed); err != nil {
			return err
		}
	}
	return nil
}

// atLeast returns a check of arguments that names what is missing, with an example.
func atLeast(n int, what, example string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < n {
			return setup.UsageError("such as: "+example, errors.New("want "+what))
		}
		return nil
	}
}

// encode writes JSON.
func encode(w io.Writer, value any) error {
	encoder := finding.NewSafeEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
