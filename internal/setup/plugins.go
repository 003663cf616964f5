package setup

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/schema"
)

// PluginPrefix begins the name of a plug-in's rules, in place of a folder of rules.
const PluginPrefix = "plugin:"

// AddPlugins adds the installed plug-ins of a store to a configuration. skipped is told of each one that cannot be used, now or
// later, once; nil tells nobody. The error says that the list of plug-ins cannot be read.
func AddPlugins(c *Config, store *plugin.Store, skipped func(name string, reason error)) error {
	c.Plugins, c.skipped = nil, skipped
	entries, err := store.List()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Fault == nil {
			c.Plugins = append(c.Plugins, e.Plugin)
		} else if skipped != nil {
			skipped(e.Name, e.Fault)
		}
	}
	return nil
}

// skip removes a plug-in, since it does not go with the rest of the configuration.
func (c *Config) skip(p *plugin.Plugin, reason error) {
	c.Plugins = slices.DeleteFunc(slices.Clone(c.Plugins), func(o *plugin.Plugin) bool { return o == p })
	if c.skipped != nil {
		c.skipped(p.Name, reason)
	}
}

// pluginFolders returns the plug-ins with a kind of content, and the folders with it.
func (c *Config) pluginFolders(kind plugin.Kind) iter.Seq2[*plugin.Plugin, string] {
	return func(yield func(*plugin.Plugin, string) bool) {
		for _, p := range c.Plugins { // skip replaces the slice
			if path, ok := p.Path(kind); ok && !yield(p, path) {
				return
			}
		}
	}
}

// pluginSchemas adds the schemas of plug-ins to those of folders, which are loaded already.
func (c *Config) pluginSchemas(folders []schema.Folder, schemas []*schema.Schema) []*schema.Schema {
	for p, path := range c.pluginFolders(plugin.Schemas) {
		more := append(slices.Clone(folders), schema.Folder{Name: path, FS: os.DirFS(path)})
		loaded, err := schema.LoadFolders(more...)
		if err != nil {
			c.skip(p, err)
			continue
		}
		folders, schemas = more, loaded
	}
	return schemas
}

// pluginRules returns the folder with the rules of a plug-in.
func (c *Config) pluginRules(name string) (string, error) {
	name = strings.TrimPrefix(name, PluginPrefix)
	for _, p := range c.Plugins {
		if p.Name != name {
			continue
		}
		if path, ok := p.Path(plugin.Rules); ok {
			return path, nil
		}
		return "", UsageError("egret plugin show "+name+" says what it has", fmt.Errorf("plug-in %s has no rules", name))
	}
	return "", UsageError("egret plugin list shows the plug-ins and what is wrong with them", errors.New("no plug-in "+name+" can be used"))
}
