package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/pipelines"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// loadConfig reads the configuration that a flag names, or else the nearest one, and prints its diagnostics. Later
// calls return the same result, since a pipe can be read only once.
func (a *app) loadConfig(path string) (*setup.Config, error) {
	if c := a.configs[path]; c != nil {
		return c, nil
	}
	c, err := setup.ReadConfig(path, a.evidence)
	if c != nil && len(c.Diagnostics) > 0 {
		if err := a.Diagnose(c.Diagnostics); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if err := setup.AddPlugins(c, pluginStore(), a.skipPlugin); err != nil {
		fmt.Fprintf(a.stderr, "egret: warning: %s\n", diag.Safe(err.Error()))
	}
	if a.configs == nil {
		a.configs = map[string]*setup.Config{}
	}
	a.configs[path] = c
	return c, nil
}

// pluginStore returns the user's plug-ins.
func pluginStore() *plugin.Store { return &plugin.Store{Dir: plugin.Dir(), Egret: version()} }

// skipPlugin says in one line that a plug-in is not used.
func (a *app) skipPlugin(name string, reason error) {
	text, _, _ := strings.Cut(reason.Error(), "\n")
	fmt.Fprintf(a.stderr, "egret: warning: plug-in %s is skipped: %s\n", name, diag.Safe(text))
}

// OwnPipelines implements pipelines.Host.
func (a *app) OwnPipelines() (map[string]string, error) {
	c, err := a.loadConfig("")
	if err != nil {
		return nil, err
	}
	return setup.Pipelines(c)
}

// ownPipelineNames are the names of OwnPipelines for completion.
func ownPipelineNames() []string {
	named, _ := setup.Pipelines(quietConfig("")) // completion cannot show messages
	return slices.Sorted(maps.Keys(named))
}

// usePipelines lets the flags name pipelines of the configuration and of plug-ins.
func (a *app) usePipelines(f *pipelines.Flags, configFlag string) error {
	c, err := a.loadConfig(configFlag)
	if err != nil {
		return err
	}
	named, err := setup.Pipelines(c)
	if err != nil {
		return err
	}
	f.Resolve(named)
	return nil
}

// loadSchemas returns the built-in log sources and those of the configuration and of the folder that a flag names.
func (a *app) loadSchemas(folder, configFlag string) ([]*schema.Schema, error) {
	c, err := a.loadConfig(configFlag)
	if err != nil {
		return nil, err
	}
	return setup.Schemas(c, folder)
}

// quietConfig returns the configuration for completion, an empty one if it has errors, since completion cannot show messages.
func quietConfig(configFlag string) *setup.Config {
	c, err := setup.ReadConfig(configFlag, nil)
	if err != nil || c == nil {
		c = &setup.Config{Settings: &config.Config{}}
	}
	_ = setup.AddPlugins(c, pluginStore(), nil) // as above
	return c
}

// allTargetNames are the targets of convert, those of the configuration and those of plug-ins.
func allTargetNames() []string {
	names := targetNames()
	own, _ := setup.Targets(quietConfig(""), nil) // as above
	for _, t := range own {
		names = append(names, t.Name)
	}
	return names
}

// quietSchemas returns the log sources for completion, only the built-in ones if the configuration or a schema has
// errors.
func quietSchemas(folder, configFlag string) []*schema.Schema {
	schemas, err := setup.Schemas(quietConfig(configFlag), folder)
	if err != nil {
		return schema.All()
	}
	return schemas
}

// layoutNames returns the names of all layouts for completion.
func layoutNames(folder, configFlag string) []string {
	var names []string
	for _, s := range append(slices.Clone(quietSchemas(folder, configFlag)), schema.Generic()) {
		for _, p := range s.Layouts() {
			names = append(names, p.FullName())
		}
	}
	return names
}
