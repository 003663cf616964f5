package setup

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/egret-hunt/egret/internal/schema"
)

// Schemas returns the built-in log sources and those of the configuration and of a folder that the user named ("" for
// none).
func Schemas(c *Config, folder string) ([]*schema.Schema, error) {
	type named struct{ path, by string }
	var names []named
	for _, s := range c.Settings.Schemas {
		name := s.Value
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(c.Path), name)
		}
		names = append(names, named{name, c.Path + ": schemas"})
	}
	if folder != "" {
		names = append(names, named{folder, "--schema-folder"})
	}
	if len(names) == 0 {
		return c.pluginSchemas(nil, schema.All()), nil
	}
	var folders []schema.Folder
	for _, n := range names {
		info, err := os.Stat(n.path)
		if err != nil {
			return nil, UsageError("expected a folder or file of schemas; see docs/sources/format.md", fmt.Errorf("%s: %w", n.by, err))
		}
		if !info.IsDir() && n.path == folder {
			return nil, UsageError("schemas: in egret.yaml takes single files", fmt.Errorf("%s: %s is not a folder", n.by, n.path))
		}
		if !info.IsDir() {
			if ext := filepath.Ext(n.path); ext != ".yaml" && ext != ".yml" {
				return nil, UsageError("schema files end in .yaml or .yml", fmt.Errorf("%s: %s is not a schema file", n.by, n.path))
			}
			dir := filepath.Dir(n.path)
			folders = append(folders, schema.Folder{Name: dir, FS: oneFile{os.DirFS(dir), filepath.Base(n.path)}})
			continue
		}
		folders = append(folders, schema.Folder{Name: n.path, FS: os.DirFS(n.path)})
	}
	schemas, err := schema.LoadFolders(folders...)
	if err != nil {
		return nil, UsageError("see docs/sources/format.md", err)
	}
	return c.pluginSchemas(folders, schemas), nil
}

// Layout returns the layout of a table by its full name; "" is the generic one.
func Layout(schemas []*schema.Schema, name string) (*schema.Layout, error) {
	generic := schema.Generic().Layouts()[0]
	if name == "" || name == generic.FullName() {
		return generic, nil // reading the others takes longer than most conversions
	}
	layout, err := schema.FindLayout(schemas, name)
	if err != nil {
		return nil, UsageError("egret list layouts names them all", fmt.Errorf("--layout: %w", err))
	}
	return layout, nil
}
