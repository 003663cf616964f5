package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
)

// SchemaFolderHelp is what --schema-folder does, the same for each command that has it.
const SchemaFolderHelp = "also schemas and layouts of the files in `DIR`, beside those of schemas: in egret.yaml"

// OneOf checks a flag's value against the accepted words.
func OneOf(flag, value string, words []string) error {
	if slices.Contains(words, value) {
		return nil
	}
	help := "it takes " + strings.Join(words, ", ")
	if near := diag.Near(value, words); near != "" {
		help = "the nearest is " + near
	}
	return Usage(help, fmt.Errorf("--%s does not take %q", flag, value))
}

// Complete registers the words for completing a flag, which must exist.
func Complete(cmd *cobra.Command, flag string, words []string) {
	CompleteFunc(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// CompleteWith registers a function for completing a flag with words that are costly to compute.
func CompleteWith(cmd *cobra.Command, flag string, words func() []string) {
	CompleteFunc(cmd, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
}

// CompleteFunc registers a function for completing a flag, which must exist.
func CompleteFunc(cmd *cobra.Command, flag string, words cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, words); err != nil {
		panic("egret bug: " + err.Error()) // the flag is not registered
	}
}

// ExactlyOne requires one argument and shows an example.
func ExactlyOne(name, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return Usage("as in: "+example, fmt.Errorf("%s needs %s", cmd.CommandPath(), article(name)))
		case len(args) > 1:
			return Usage("as in: "+example, fmt.Errorf("%s takes one %s, found %d", cmd.CommandPath(), name, len(args)))
		}
		return nil
	}
}

// article returns the name of an argument with "a" or "an".
func article(name string) string {
	if strings.ContainsRune("AEIO", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}
