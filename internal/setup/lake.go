package setup

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// LakeOptions choose a lake of the configuration, or an engine that needs no settings there, and the tables.
type LakeOptions struct {
	// Lake is the name of a lake in the configuration. Engine names an engine instead.
	Lake, Engine string
	// Flags are settings of the engine, in the order in which messages list them. A flag with an empty value is not
	// set.
	Flags []EngineFlag
	// Tables are, for a lake, the names or log sources of the tables to use, all if empty; for an engine, the tables
	// themselves.
	Tables []string
	// Layout names the layout of the engine's tables. Region fills {region} in their names.
	Layout, Region string
	// SchemaFolder holds additional schemas, "" for none. If Schemas is set, it is used instead and nothing is read.
	SchemaFolder string
	Schemas      []*schema.Schema
	// NoTables skips the tables, for callers that need only the engine.
	NoTables bool
}

// EngineFlag is a setting of an engine, with the name of its flag without dashes.
type EngineFlag struct{ Name, Value string }

// Table is a table of a lake.
type Table struct {
	// Source is the name of the log source. Name is the name of the table in the engine, including its region.
	Source, Name string
	Layout       *schema.Layout
	// Region is the value of {region} in the table's name, "" if the name has none.
	Region string
}

// Lake is a lake with its settings and tables, before it is opened.
type Lake struct {
	// Settings come from the configuration or from LakeOptions; never nil.
	Settings *config.Lake
	Tables   []Table
	// Schemas contain the tables' layouts.
	Schemas []*schema.Schema
	// OnPause is as in engine.Opening. FindLake leaves it nil.
	OnPause func(err error, pause time.Duration)
	// Dir is the base of relative paths in the settings, "" for the working directory.
	Dir string
}

// Name returns the display name of the lake.
func (l *Lake) Name() string { return cmp.Or(l.Settings.Name.Value, l.Settings.Engine.Value) }

// LakeNames returns the names of the lakes in a configuration, in its order.
func LakeNames(settings *config.Config) []string {
	var names []string
	for i := range settings.Lakes {
		names = append(names, settings.Lakes[i].Name.Value)
	}
	return names
}

// FindLake finds the lake that the options choose, without connecting to an engine. It reads the configuration only
// if needed. It returns the diagnostics of the lake's tables in the configuration, and an error if these include
// errors.
func FindLake(o LakeOptions, read func() (*Config, error)) (*Lake, diag.List, error) {
	l, list, err := findLake(&o, read)
	if err == nil {
		err = l.checkNames()
	}
	if err != nil {
		return nil, list, err
	}
	return l, list, nil
}

func findLake(o *LakeOptions, read func() (*Config, error)) (*Lake, diag.List, error) {
	switch {
	case o.Lake != "" && o.Engine != "":
		return nil, nil, UsageError("a lake already has an engine", errors.New("--lake and --engine cannot be used together"))
	case o.Engine != "":
		l, err := engineLake(o, read)
		return l, nil, err
	}
	for _, f := range append(slices.Clone(o.Flags), EngineFlag{"layout", o.Layout}, EngineFlag{"region", o.Region}) {
		if f.Value != "" {
			return nil, nil, UsageError("for a lake, set it in egret.yaml", fmt.Errorf("--%s requires --engine", f.Name))
		}
	}
	c, err := read()
	if err != nil {
		return nil, nil, err
	}
	names := LakeNames(c.Settings)
	i := slices.Index(names, o.Lake)
	if i < 0 {
		return nil, nil, noLake(o.Lake, c.Path, names)
	}
	l := &Lake{Settings: &c.Settings.Lakes[i], Dir: filepath.Dir(c.Path), Schemas: o.Schemas}
	if o.NoTables {
		return l, nil, nil
	}
	if l.Schemas == nil {
		if l.Schemas, err = Schemas(c, o.SchemaFolder); err != nil {
			return nil, nil, err
		}
	}
	list := l.settle(c.Settings.Lakes[i].Tables)
	if list.HasErrors() {
		return nil, list, UsageError("", fmt.Errorf("%s: %s", c.Path, list.Summary()))
	}
	return l, list, l.choose(o.Tables)
}

// checkNames rejects table names that the engine cannot accept, before it connects.
func (l *Lake) checkNames() error {
	if l.Driver().TakesFiles {
		return nil // a file may have any name
	}
	for _, t := range l.Tables {
		if _, err := engine.SplitName(t.Name); err != nil {
			return UsageError("put parts with special characters in double quotes", fmt.Errorf("invalid table name %s: %w", t.Name, err))
		}
	}
	return nil
}

// noLake returns an error that lists the configured lakes.
func noLake(name, path string, names []string) error {
	help := "define lakes in egret.yaml; see docs/guide/config.md"
	switch near := diag.Near(name, names); {
	case near != "":
		help = "the nearest is " + near
	case len(names) > 0:
		help = path + " has " + strings.Join(names, ", ")
	}
	if name == "" {
		return UsageError(help, errors.New("no lake chosen; use --lake NAME"))
	}
	return UsageError(help, fmt.Errorf("unknown lake %q", name))
}

// choose keeps the tables that are named by log source or name.
func (l *Lake) choose(names []string) error {
	if len(names) == 0 {
		return nil
	}
	var known []string
	for _, t := range l.Tables {
		known = append(known, t.Source, t.Name)
	}
	names = slices.Clone(names)
	for i, name := range names {
		if named := l.Path(name); slices.Contains(known, named) {
			names[i] = named // as in egret.yaml, relative to its folder
			continue
		}
		if !slices.Contains(known, name) {
			help := "lake " + l.Name() + " has no tables in egret.yaml"
			if len(known) > 0 {
				help = "lake " + l.Name() + " has " + strings.Join(slices.Compact(known), ", ")
			}
			if near := diag.Near(name, known); near != "" {
				help = "the nearest is " + near
			}
			return UsageError(help, fmt.Errorf("--table: no table or log source named %q", name))
		}
	}
	l.Tables = slices.DeleteFunc(l.Tables, func(t Table) bool {
		return !slices.Contains(names, t.Source) && !slices.Contains(names, t.Name)
	})
	return nil
}
