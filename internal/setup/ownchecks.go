package setup

import (
	"fmt"
	"slices"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/checkpattern"
	"github.com/egret-hunt/egret/internal/plugin"
)

// Checks returns the checks of the configuration and of plug-ins, in this order. A plug-in whose checks cannot be read, or that has an
// id that is taken, is skipped.
func Checks(c *Config) ([]*check.Check, error) {
	var specs []*checkpattern.Spec
	for _, path := range c.paths(c.Settings.Checks) {
		read, err := checkpattern.Read(path)
		if err != nil {
			return nil, UsageError("docs/checks/own.md describes the files", fmt.Errorf("%s: checks: %w", c.Path, err))
		}
		specs = append(specs, read...)
	}
	all, err := check.OwnChecks(specs)
	if err != nil {
		return nil, UsageError("choose another id", fmt.Errorf("%s: checks: %w", c.Path, err))
	}
	for p, path := range c.pluginFolders(plugin.Checks) {
		read, err := checkpattern.Read(path)
		if err == nil {
			var more []*check.Check
			if more, err = check.OwnChecks(append(slices.Clip(specs), read...)); err == nil {
				// The checks of before stay the same values, since options refer to them.
				all, specs = append(all, more[len(specs):]...), append(specs, read...)
			}
		}
		if err != nil {
			c.skip(p, err)
		}
	}
	return all, nil
}
