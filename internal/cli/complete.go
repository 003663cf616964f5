package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/ruleset"
)

// complete offers the words that a flag takes to the shell.
func complete(cmd *cobra.Command, flag string, words []string) {
	completeFunc(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeWith offers words to the shell that are costly to make.
func completeWith(cmd *cobra.Command, flag string, words func() []string) {
	completeFunc(cmd, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
}

func completeFunc(cmd *cobra.Command, flag string, words cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, words); err != nil {
		panic("egret bug: " + err.Error()) // the flag is not registered
	}
}

// completeRules registers what the flags that choose rules take: places of rules, and ids, names and tags of the rules
// that the command line names so far.
func (a *app) completeRules(cmd *cobra.Command, f *ruleFlags) {
	for _, flag := range []string{"include", "exclude"} {
		if cmd.Flags().Lookup(flag) == nil {
			continue
		}
		completeFunc(cmd, flag, func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			// The flag takes a list with commas; what stands before the last one stays.
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
		completeFunc(cmd, "rules", func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return rulePlaces(word)
		})
	}
}

// choices are ids and names, and where wanted tags, of the loaded rules, each with a description behind a tab. Rules that
// cannot be loaded offer nothing: the shell has no place for messages.
func (a *app) choices(f *ruleFlags, tags bool) []string {
	quiet := *f
	quiet.include, quiet.exclude = nil, nil
	silent := &app{stdin: strings.NewReader(""), stdout: discard{}, stderr: discard{}, color: colorNever}
	l, err := silent.loadRules(context.Background(), &quiet)
	if err != nil {
		return nil
	}
	var words, short []string
	add := func(info *ruleset.Info) {
		title := strings.NewReplacer("\n", " ", "\t", " ").Replace(info.Title)
		words = append(words, info.ID+"\t"+title)
		if info.Meta.Name != "" {
			words = append(words, info.Meta.Name+"\t"+title)
		}
		for _, tag := range info.Meta.Tags {
			tag = strings.TrimPrefix(strings.ToLower(tag), "attack.")
			short = append(short, tag)
			if technique, sub, ok := strings.Cut(tag, "."); ok && isTechnique(technique) && sub != "" {
				short = append(short, technique)
			}
		}
	}
	for _, rule := range l.set.Rules {
		add(&rule.Info)
	}
	for _, correlation := range l.set.Correlations {
		add(&correlation.Info)
	}
	slices.Sort(words)
	if !tags {
		return slices.Compact(words)
	}
	for i, tag := range short {
		if isTechnique(tag[:min(2, len(tag))]) {
			short[i] = strings.ToUpper(tag) // as the pages of ATT&CK write it
		}
	}
	slices.Sort(short)
	return append(slices.Compact(short), slices.Compact(words)...)
}

// isTechnique tells whether a tag begins as the techniques of ATT&CK do: t1078.
func isTechnique(tag string) bool {
	return len(tag) > 1 && tag[0] == 't' && tag[1] >= '0' && tag[1] <= '9'
}

// discard is a writer that nobody reads.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// rulePlaces are the folders and rule files that begin with a word, and starter. A folder gets no space behind it, so that
// one can go on into it.
func rulePlaces(word string) ([]string, cobra.ShellCompDirective) {
	var places []string
	if strings.HasPrefix(starter, word) {
		places = append(places, starter+"\tthe embedded pack")
	}
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

// completeRule is the completion of an argument that is a rule: its id or name, or its file.
func (a *app) completeRule(f *ruleFlags) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		places, directive := rulePlaces(word)
		if len(places) > 0 && strings.HasPrefix(places[0], starter) {
			places = places[1:] // a pack is no rule
		}
		for _, choice := range a.choices(f, false) {
			if strings.HasPrefix(choice, word) {
				places = append(places, choice)
			}
		}
		return places, directive
	}
}

// completePlaces is the completion of arguments that are places of rules.
func completePlaces(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return rulePlaces(word)
}
