package setup

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/textgen"
)

// paths returns the paths of a key of the configuration; relative ones start at its folder.
func (c *Config) paths(key []config.Text) []string {
	var paths []string
	for _, t := range key {
		path := t.Value
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(c.Path), path)
		}
		paths = append(paths, path)
	}
	return paths
}

// Targets returns the text targets of the configuration, of folders that the user named, and of plug-ins, in this order.
func Targets(c *Config, folders []string) ([]*textgen.Target, error) {
	type named struct{ path, by string }
	var names []named
	for _, path := range c.paths(c.Settings.Backends) {
		names = append(names, named{path, c.Path + ": backends"})
	}
	for _, folder := range folders {
		names = append(names, named{folder, "--backend-folder"})
	}
	var targets []*textgen.Target
	for _, n := range names {
		read, err := textgen.ReadTargets(n.path)
		if err != nil {
			return nil, UsageError("docs/backends/format.md describes the files", fmt.Errorf("%s: %w", n.by, err))
		}
		targets = append(targets, read...)
	}
	taken := map[string]string{}
	for _, t := range targets {
		for _, name := range append([]string{t.Name}, t.Aliases...) {
			taken[name] = t.Name
		}
	}
	for p, path := range c.pluginFolders(plugin.Backends) {
		read, err := textgen.ReadTargets(path)
		if err != nil {
			c.skip(p, err)
			continue
		}
		if name := firstTaken(p.Names[plugin.Backends], taken); name != "" {
			c.skip(p, fmt.Errorf("another target is called %s", name))
			continue
		}
		targets = append(targets, read...)
	}
	return targets, nil
}

// Pipelines returns the processing pipelines of the configuration and of plug-ins: their names with the paths of their files. A
// pipeline of the configuration may have the name of an embedded one, which it then replaces.
func Pipelines(c *Config) (map[string]string, error) {
	all := map[string]string{}
	for _, path := range c.paths(c.Settings.Pipelines) {
		named, err := pipeline.Folder(path)
		if err != nil {
			return nil, UsageError("docs/pipelines.md describes the files", fmt.Errorf("%s: pipelines: %w", c.Path, err))
		}
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if other := all[name]; other != "" && other != named[name] {
				return nil, UsageError("rename one of the files", fmt.Errorf("%s: pipelines: %s and %s have the same name", c.Path, other, named[name]))
			}
			all[name] = named[name]
		}
	}
	for p, path := range c.pluginFolders(plugin.Pipelines) {
		named, err := pipeline.Folder(path)
		if err != nil {
			c.skip(p, err)
			continue
		}
		if name := firstTaken(p.Names[plugin.Pipelines], all); name != "" {
			c.skip(p, fmt.Errorf("%s: another pipeline is called %s", c.Path, name))
			continue
		}
		maps.Copy(all, named)
	}
	return all, nil
}

// mappings returns the STIX mappings of the configuration and of plug-ins, nil if there are none. They describe schemas with these
// names.
func mappings(c *Config, schemas []string) ([]*stixmap.Mapping, error) {
	var all []*stixmap.Mapping
	taken := map[string]string{}
	for _, path := range c.paths(c.Settings.STIXMappings) {
		read, err := stixmap.Read(path, schemas)
		if err != nil {
			return nil, UsageError("docs/stix/format.md describes the files", fmt.Errorf("%s: stix_mappings: %w", c.Path, err))
		}
		for _, m := range read {
			if taken[m.Name] != "" {
				return nil, UsageError("", fmt.Errorf("%s: stix_mappings: two mappings are called %s", c.Path, m.Name))
			}
			taken[m.Name] = path
		}
		all = append(all, read...)
	}
	for p, path := range c.pluginFolders(plugin.STIXMappings) {
		read, err := stixmap.Read(path, schemas)
		if err != nil {
			c.skip(p, err)
			continue
		}
		if name := firstTaken(p.Names[plugin.STIXMappings], taken); name != "" {
			c.skip(p, fmt.Errorf("another mapping is called %s", name))
			continue
		}
		all = append(all, read...)
	}
	return all, nil
}

// firstTaken returns the first name that is taken, "" for none.
func firstTaken(names []string, taken map[string]string) string {
	for _, name := range names {
		if taken[name] != "" {
			return name
		}
	}
	return ""
}
