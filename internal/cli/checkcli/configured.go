package checkcli

import (
	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/setup"
)

// configured applies the settings of egret.yaml, where flags do not say otherwise, and returns the paths to check.
func (f *flags) configured(cmd *cobra.Command, c *setup.Config, options *check.Options, args []string) ([]string, error) {
	selected, ignored, err := setup.CheckOptions(c, options)
	if err != nil {
		return nil, err
	}
	if !cmd.Flags().Changed("select") {
		f.selected = selected
	}
	f.ignored = append(ignored, f.ignored...)
	explicit := false
	for _, name := range []string{"fail-on", "fail-on-issues", "pass-on-issues", "fail-on-error", "pass-on-error"} {
		explicit = explicit || cmd.Flags().Changed(name)
	}
	if word := c.Settings.Check.FailOn; word.Value != "" && !explicit {
		if err := command.OneOf("fail-on", word.Value, failOn); err != nil {
			return nil, setup.CheckError(word, err)
		}
		f.failOn = word.Value
	}
	if len(args) == 0 {
		args = setup.RulePaths(c)
	}
	return c.ResolvePackages(args)
}
