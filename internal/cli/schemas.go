package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/schema"
)

// schemaFolderHelp is what --schema-folder does, at every command that has it.
const schemaFolderHelp = "also schemas and profiles of the files in `DIR`, beside those of schemas: in egret.yaml"

// loadSchemas are the log sources that egret knows, with those of the configuration and of the folder that a flag names.
func (a *app) loadSchemas(folder, configFlag string) ([]*schema.Schema, error) {
	settings, place, err := a.loadConfig(configFlag)
	if err != nil {
		return nil, err
	}
	return readSchemas(folder, settings, place.Path)
}

func readSchemas(folder string, settings *config.Config, configPath string) ([]*schema.Schema, error) {
	type named struct{ path, by string }
	var names []named
	for _, s := range settings.Schemas {
		name := s.Value
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(configPath), name)
		}
		names = append(names, named{name, configPath + ": schemas"})
	}
	if folder != "" {
		names = append(names, named{folder, "--schema-folder"})
	}
	if len(names) == 0 {
		return schema.All(), nil
	}
	var folders []schema.Folder
	for _, n := range names {
		info, err := os.Stat(n.path)
		if err != nil {
			return nil, usage("it names a folder or file of schemas; see docs/sources/format.md", fmt.Errorf("%s: %w", n.by, err))
		}
		if !info.IsDir() && n.path == folder {
			return nil, usage("schemas: in egret.yaml names single files", fmt.Errorf("%s: %s is no folder", n.by, n.path))
		}
		if !info.IsDir() {
			if ext := filepath.Ext(n.path); ext != ".yaml" && ext != ".yml" {
				return nil, usage("files of schemas end in .yaml or .yml", fmt.Errorf("%s: %s is no file of schemas", n.by, n.path))
			}
			dir := filepath.Dir(n.path)
			folders = append(folders, schema.Folder{Name: dir, FS: oneFile{os.DirFS(dir), filepath.Base(n.path)}})
			continue
		}
		folders = append(folders, schema.Folder{Name: n.path, FS: os.DirFS(n.path)})
	}
	schemas, err := schema.LoadFolders(folders...)
	if err != nil {
		return nil, usage("see docs/sources/format.md", err)
	}
	return schemas, nil
}

// profileOf finds the profile of a table; "" is the generic one.
func profileOf(schemas []*schema.Schema, name string) (*schema.Profile, error) {
	generic := schema.Generic().Profiles()[0]
	if name == "" || name == generic.FullName() {
		return generic, nil // reading the others takes longer than many a conversion
	}
	profile, err := schema.FindProfile(schemas, name)
	if err != nil {
		return nil, usage("egret list schemas names them all", fmt.Errorf("--schema: %w", err))
	}
	return profile, nil
}

// quietSchemas are the log sources for completion: where the configuration or a schema has faults, those of egret alone.
func quietSchemas(folder, configFlag string) []*schema.Schema {
	settings := &config.Config{}
	place, err := new(app).findConfig(configFlag)
	if err != nil {
		return schema.All()
	}
	path := place.Path
	if path != "" {
		if settings, _, err = config.Load(path); err != nil {
			return schema.All()
		}
	}
	schemas, err := readSchemas(folder, settings, path)
	if err != nil {
		return schema.All()
	}
	return schemas
}

// profileNames are the names of all profiles, for completion.
func profileNames(folder, configFlag string) []string {
	var names []string
	for _, s := range append(slices.Clone(quietSchemas(folder, configFlag)), schema.Generic()) {
		for _, p := range s.Profiles() {
			names = append(names, p.FullName())
		}
	}
	return names
}
