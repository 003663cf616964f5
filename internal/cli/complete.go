package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// completeRules registers completion for the flags that choose rules: locations of rules, and ids, names and tags of
// the rules that the command line names so far.
func (a *app) completeRules(cmd *cobra.Command, f *ruleFlags) {
	for _, flag := range []string{"include", "exclude"} {
		if cmd.Flags().Lookup(flag) == nil {
			continue
		}
		command.CompleteFunc(cmd, flag, func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			// The flag takes a comma-separated list; completion keeps everything before the last comma.
			before := word[:strings.LastIndexByte(word, ',')+1]
			var words []string
			for _, choice := range a.choices(f, true) {
				if strings.HasPrefix(before+choice, word) {
					words = append(words, before+choice)
				}
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		})
	}
	if cmd.Flags().Lookup("rules") != nil {
		command.CompleteFunc(cmd, "rules", func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return rulePlaces(word)
		})
	}
}

// choices returns ids, names and optionally tags of the loaded rules, each followed by a tab and a description. It
// returns nothing if the rules cannot be loaded, since completion cannot show messages.
func (a *app) choices(f *ruleFlags, tags bool) []string {
	quiet := *f
	quiet.include, quiet.exclude = nil, nil
	silent := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, color: term.ColorNever}
	l, err := silent.loadRules(context.Background(), &quiet)
	if err != nil {
		return nil
	}
	return l.Choices(tags)
}

// rulePlaces returns the folders and rule files that begin with a word, and starter. No space is added after a
// folder, so that the user can continue the path.
func rulePlaces(word string) ([]string, cobra.ShellCompDirective) {
	var places []string
	if strings.HasPrefix(setup.Starter, word) { //nolint:gocritic // the word is a prefix of the name
		places = append(places, setup.Starter+"\tthe embedded pack")
	}
	places = append(places, packagePlaces(word)...)
	dir, base := filepath.Split(word)
	entries, err := os.ReadDir(filepath.Clean("./" + dir))
	if filepath.IsAbs(word) {
		entries, err = os.ReadDir(dir)
	}
	if err != nil {
		return places, cobra.ShellCompDirectiveNoFileComp
	}
	directive := cobra.ShellCompDirectiveNoFileComp
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, base) || strings.HasPrefix(name, ".") && base == "" {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, name)) // follows links
		switch ext := strings.ToLower(filepath.Ext(name)); {
		case err != nil:
		case info.IsDir():
			places = append(places, dir+name+string(filepath.Separator))
			directive |= cobra.ShellCompDirectiveNoSpace
		case ext == ".yml" || ext == ".yaml":
			places = append(places, dir+name)
		}
	}
	return places, directive
}

// packagePlaces returns the names of installed packages that begin with a word.
func packagePlaces(word string) []string {
	store, err := setup.Packages()
	if err != nil {
		return nil
	}
	packages, err := store.Packages()
	if err != nil {
		return nil
	}
	var places []string
	for _, p := range packages {
		if name := setup.PackagePrefix + p.ID(); strings.HasPrefix(name, word) {
			places = append(places, name+"\t"+p.Version+", "+term.Plural(p.Rules, "rule"))
		}
	}
	return places
}

// completeRule completes an argument that is a rule: its id, name or file.
func (a *app) completeRule(f *ruleFlags) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		places, directive := rulePlaces(word)
		if len(places) > 0 && strings.HasPrefix(places[0], setup.Starter) {
			places = places[1:] // a pack is not a rule
		}
		for _, choice := range a.choices(f, false) {
			if strings.HasPrefix(choice, word) {
				places = append(places, choice)
			}
		}
		return places, directive
	}
}

// completePlaces completes arguments that are locations of rules.
func completePlaces(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return rulePlaces(word)
}
