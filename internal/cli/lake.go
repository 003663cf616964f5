package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// lakeChoice is what flags say of a lake and its tables: the name of one in egret.yaml, or an engine.
type lakeChoice struct {
	lake, engine, database string
	// tables are, of a lake, those to take, by log source or name, all if empty; of an engine the tables themselves.
	tables                       []string
	schema, region, schemaFolder string
	// config is the configuration to read, "" for the nearest egret.yaml.
	config string
	// schemas are the log sources, where the command has read them before; nil: findLake reads them.
	schemas []*schema.Schema
	// noTables leaves the tables out, for commands that only ask for a query that is there.
	noTables bool
}

// register adds the flags that choose a lake.
func (c *lakeChoice) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.lake, "lake", "", "`NAME` of a lake in egret.yaml")
	flags.StringVar(&c.engine, "engine", "", "an `ENGINE` that needs no settings instead: duckdb")
	flags.StringVar(&c.database, "database", "", "database `FILE` of --engine duckdb")
	completeWith(cmd, "lake", c.lakeNames)
	complete(cmd, "engine", engineNames())
}

// registerTables adds the flags that choose tables.
func (c *lakeChoice) registerTables(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&c.tables, "table", nil, "only this `TABLE` of the lake, or its log source; with --engine the table or files; repeatable")
	flags.StringVar(&c.schema, "schema", "", "`PROFILE` of the tables with --engine, such as cloudtrail/athena (egret list schemas)")
	flags.StringVar(&c.region, "region", "", "`REGION` of the tables with --engine whose names have one")
	flags.StringVar(&c.schemaFolder, "schema-folder", "", schemaFolderHelp)
	completeWith(cmd, "schema", func() []string { return profileNames(c.schemaFolder, c.config) })
}

// registerConfig adds --config, for commands without rules.
func (c *lakeChoice) registerConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
}

// asked tells whether a lake was asked for.
func (c *lakeChoice) asked() bool { return c.lake != "" || c.engine != "" }

// lakeNames are for completion. Where the configuration has faults there are none.
func (c *lakeChoice) lakeNames() []string {
	place, err := new(app).findConfig(c.config)
	if err != nil || place.Path == "" {
		return nil
	}
	settings, _, err := config.Load(place.Path)
	if err != nil {
		return nil
	}
	return namesOf(settings.Lakes)
}

func namesOf(lakes []config.Lake) []string {
	var names []string
	for i := range lakes {
		names = append(names, lakes[i].Name.Value)
	}
	return names
}

// lakeTable is a table to be read.
type lakeTable struct {
	// Source is the name of the log source, Table the table as the engine takes it, with its region.
	Source, Table string
	Profile       *schema.Profile
	// Region is what stood for {region} in the table's name, "" if nothing did.
	Region string
}

// foundLake is a lake that is settled but not opened.
type foundLake struct {
	// settings are those of egret.yaml, or what the flags say; never nil.
	settings *config.Lake
	tables   []lakeTable
	// schemas are those that the tables' profiles are of.
	schemas []*schema.Schema
	// waits tells people what is waited for, nil where nobody is to be told.
	waits func(err error, pause time.Duration)
	// dir is where relative paths of the settings start, "" for the working folder.
	dir string
}

// name is the lake's name for people.
func (l *foundLake) name() string { return cmp.Or(l.settings.Name.Value, l.settings.Engine.Value) }

// openLake settles and opens a lake. The caller closes the engine.
func (a *app) openLake(ctx context.Context, c *lakeChoice) (engine.Engine, *foundLake, error) {
	l, err := a.findLake(c)
	if err != nil {
		return nil, nil, err
	}
	e, err := l.open(ctx)
	return e, l, err
}

// findLake settles what a choice means, without asking any engine.
func (a *app) findLake(c *lakeChoice) (*foundLake, error) {
	l, err := a.lakeOf(c)
	if err != nil {
		return nil, err
	}
	l.waits = a.tellWaits()
	return l, l.checkNames()
}

// checkNames refuses names of tables that no engine takes, before any is asked.
func (l *foundLake) checkNames() error {
	for _, t := range l.tables {
		if l.settings.Engine.Value == "duckdb" {
			continue // files have any name
		}
		if _, err := engine.SplitName(t.Table); err != nil {
			return usage("a part with odd signs stands in double quotes", fmt.Errorf("%s is no name of a table: %w", t.Table, err))
		}
	}
	return nil
}

func (a *app) lakeOf(c *lakeChoice) (*foundLake, error) {
	switch {
	case c.lake != "" && c.engine != "":
		return nil, usage("--lake names the engine too", errors.New("--lake and --engine exclude one another"))
	case c.engine != "":
		return a.engineLake(c)
	}
	for _, f := range [][2]string{{"database", c.database}, {"schema", c.schema}, {"region", c.region}} {
		if f[1] != "" {
			return nil, usage("a lake says so in egret.yaml", fmt.Errorf("--%s goes with --engine", f[0]))
		}
	}
	settings, place, err := a.loadConfig(c.config)
	if err != nil {
		return nil, err
	}
	path := place.Path
	names := namesOf(settings.Lakes)
	i := slices.Index(names, c.lake)
	if i < 0 {
		return nil, noLake(c.lake, path, names)
	}
	l := &foundLake{settings: &settings.Lakes[i], dir: filepath.Dir(path), schemas: c.schemas}
	if c.noTables {
		return l, nil
	}
	if l.schemas == nil {
		if l.schemas, err = a.loadSchemas(c.schemaFolder, c.config); err != nil {
			return nil, err
		}
	}
	list := l.settle(settings.Lakes[i].Tables)
	if err := list.Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
		return nil, err
	}
	if list.HasErrors() {
		return nil, usage("", fmt.Errorf("%s: %s", path, list.Summary()))
	}
	return l, l.choose(c.tables)
}

// noLake says which lakes there are.
func noLake(name, path string, names []string) error {
	help := "lakes are named in egret.yaml; see docs/guide/config.md"
	switch near := diag.Near(name, names); {
	case near != "":
		help = "the nearest is " + near
	case len(names) > 0:
		help = path + " has " + strings.Join(names, ", ")
	}
	if name == "" {
		return usage(help, errors.New("which lake? say --lake NAME"))
	}
	return usage(help, fmt.Errorf("no lake is named %q", name))
}

// engineLake makes a lake of flags alone.
func (a *app) engineLake(c *lakeChoice) (*foundLake, error) {
	if err := oneOf("engine", c.engine, engineNames()); err != nil {
		return nil, err
	}
	if !engines[slices.Index(engineNames(), c.engine)].byFlags {
		return nil, usage("as in lakes: {prod: {engine: "+c.engine+", …}}, and then --lake prod",
			fmt.Errorf("%s needs settings, which stand in egret.yaml", c.engine))
	}
	l := &foundLake{settings: &config.Lake{Engine: config.Text{Value: c.engine}, DuckDB: config.DuckDB{Database: config.Text{Value: c.database}}}}
	if len(c.tables) == 0 {
		if c.schema != "" || c.region != "" {
			return nil, usage("as in --table 'logs/*.parquet'", errors.New("--schema and --region go with --table"))
		}
		return l, nil
	}
	if c.schema == "" {
		return nil, usage("as in --schema cloudtrail/security-lake-v2; egret list schemas names them all", errors.New("--table goes with --schema"))
	}
	schemas := c.schemas
	if schemas == nil {
		var err error
		if schemas, err = a.loadSchemas(c.schemaFolder, c.config); err != nil {
			return nil, err
		}
	}
	profile, err := profileOf(schemas, c.schema)
	if err != nil {
		return nil, err
	}
	if c.region != "" && !regionForm.MatchString(c.region) {
		return nil, usage("a region is such as eu-west-1", fmt.Errorf("--region: %q is no region", c.region))
	}
	l.schemas = []*schema.Schema{profile.Schema}
	for _, name := range c.tables {
		if name == "" {
			return nil, usage("as in --table 'logs/*.parquet'", errors.New("--table: a table has a name"))
		}
		name, fault := inRegion(name, c.region)
		if fault != "" {
			return nil, usage("", fmt.Errorf("--table: %s", fault))
		}
		l.tables = append(l.tables, lakeTable{Source: profile.Schema.Name, Table: name, Profile: profile, Region: c.region})
	}
	return l, nil
}

// inRegion puts a region into the name of a table; the fault says why that cannot be.
func inRegion(name, region string) (_, fault string) {
	has := strings.Contains(name, regionVariable)
	switch {
	case has && region == "":
		return "", name + " needs a region"
	case !has && region != "":
		return "", "the name of the table " + name + " does not depend on a region"
	}
	return strings.ReplaceAll(name, regionVariable, strings.ReplaceAll(region, "-", "_")), ""
}

// choose leaves the tables that are named by log source or name.
func (l *foundLake) choose(names []string) error {
	if len(names) == 0 {
		return nil
	}
	var known []string
	for _, t := range l.tables {
		known = append(known, t.Source, t.Table)
	}
	names = slices.Clone(names)
	for i, name := range names {
		if named := l.path(name); slices.Contains(known, named) {
			names[i] = named // as egret.yaml has it, relative to its folder
			continue
		}
		if !slices.Contains(known, name) {
			help := "lake " + l.name() + " has no tables in egret.yaml"
			if len(known) > 0 {
				help = "lake " + l.name() + " has " + strings.Join(slices.Compact(known), ", ")
			}
			if near := diag.Near(name, known); near != "" {
				help = "the nearest is " + near
			}
			return usage(help, fmt.Errorf("--table: no table or log source is named %q", name))
		}
	}
	l.tables = slices.DeleteFunc(l.tables, func(t lakeTable) bool {
		return !slices.Contains(names, t.Source) && !slices.Contains(names, t.Table)
	})
	return nil
}

// settle finds the profiles of the tables of egret.yaml.
func (l *foundLake) settle(tables []config.LakeTable) diag.List {
	var list diag.List
	fault := func(at config.Text, message, help string) {
		list.Add(diag.Diagnostic{Code: "config-value", Severity: diag.Error, Message: message, Span: at.Span, Help: help})
	}
	var sources []string
	for _, s := range append(slices.Clone(l.schemas), schema.Generic()) {
		if len(s.Profiles()) > 0 {
			sources = append(sources, s.Name)
		}
	}
	for _, t := range tables {
		if !slices.Contains(sources, t.Source.Value) {
			help := "there are " + strings.Join(sources, ", ")
			if near := diag.Near(t.Source.Value, sources); near != "" {
				help = "the nearest is " + near
			}
			fault(t.Source, "no log source with tables is named "+strconv.Quote(t.Source.Value), help)
			continue
		}
		profile, err := schema.FindProfile(l.schemas, profileName(t))
		if err != nil {
			fault(t.Schema, err.Error(), "egret list schemas names them all")
			continue
		}
		if profile.Schema.Name != t.Source.Value && profile.Schema != schema.Generic() {
			fault(t.Schema, profile.FullName()+" is no profile of "+t.Source.Value, "name the table under "+profile.Schema.Name)
			continue
		}
		at := t.Source
		if t.Table.Value != "" {
			at = t.Table
		}
		name := cmp.Or(t.Table.Value, profile.Table)
		if name == "" {
			fault(at, profile.FullName()+" has no usual name of a table", "as in {table: database.name, schema: "+profile.FullName()+"}")
			continue
		}
		if l.settings.Engine.Value == "duckdb" && isPath(name) {
			name = l.path(name)
		}
		name, problem := inRegion(name, t.Region.Value)
		if problem != "" {
			fault(at, problem, "region: eu-west-1 fills {region} in a table's name")
			continue
		}
		l.tables = append(l.tables, lakeTable{Source: t.Source.Value, Table: name, Profile: profile, Region: t.Region.Value})
	}
	list.Sort()
	return list
}

// isPath tells paths and patterns of files from names of tables.
func isPath(name string) bool {
	if strings.ContainsAny(name, `/\*?[`) {
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".parquet", ".json", ".jsonl", ".ndjson", ".csv", ".gz", ".zst":
		return true
	}
	return false
}

// profileName is the full name of a table's profile, as far as the configuration says it.
func profileName(t config.LakeTable) string {
	switch name := t.Schema.Value; {
	case name == "":
		return t.Source.Value
	case strings.Contains(name, "/") || name == schema.Generic().Name:
		return name
	default:
		return t.Source.Value + "/" + name
	}
}
