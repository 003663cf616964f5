package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// lakeChoice is what flags say of a lake and its tables: the name of one in egret.yaml, or an engine.
type lakeChoice struct {
	lake, engine string
	// engineFlags are the flags that go with engine.
	engineFlags []engineFlagValue
	// tables are, of a lake, those to take, by log source or name, all if empty; of an engine the tables themselves.
	tables                       []string
	layout, region, schemaFolder string
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
	flags.StringVar(&c.engine, "engine", "", "an `ENGINE` that needs no settings instead: "+strings.Join(enginesByFlags(), ", "))
	for _, f := range engineFlags() {
		value := new(string)
		flags.StringVar(value, f.name, "", f.usage)
		c.engineFlags = append(c.engineFlags, engineFlagValue{f.name, value, f.file})
	}
	completeWith(cmd, "lake", c.lakeNames)
	complete(cmd, "engine", registry.Names())
}

// registerTables adds the flags that choose tables.
func (c *lakeChoice) registerTables(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&c.tables, "table", nil, "only this `TABLE` of the lake, or its log source; with --engine the table or files; repeatable")
	flags.StringVar(&c.layout, "layout", "", "`LAYOUT` of the tables with --engine, such as cloudtrail/athena (egret list layouts)")
	flags.StringVar(&c.region, "region", "", "`REGION` of the tables with --engine whose names have one")
	flags.StringVar(&c.schemaFolder, "schema-folder", "", schemaFolderHelp)
	completeWith(cmd, "layout", func() []string { return layoutNames(c.schemaFolder, c.config) })
}

// registerConfig adds --config, for commands without rules.
func (c *lakeChoice) registerConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
}

// asked reports whether a lake was chosen.
func (c *lakeChoice) asked() bool { return c.lake != "" || c.engine != "" }

// lakeNames returns the names of the lakes for completion. If the configuration has errors it returns those that
// could be read.
func (c *lakeChoice) lakeNames() []string {
	configuration, _ := setup.ReadConfig(c.config, nil) // completion cannot show messages
	if configuration == nil {
		return nil
	}
	return setup.LakeNames(configuration.Settings)
}

// options returns the options of the flags.
func (c *lakeChoice) options() setup.LakeOptions {
	o := setup.LakeOptions{
		Lake: c.lake, Engine: c.engine, Tables: c.tables, Layout: c.layout, Region: c.region,
		SchemaFolder: c.schemaFolder, Schemas: c.schemas, NoTables: c.noTables,
	}
	for _, f := range c.engineFlags {
		o.Flags = append(o.Flags, setup.EngineFlag{Name: f.name, Value: *f.value})
	}
	return o
}

// openLake finds and opens a lake. The caller closes the engine.
func (a *app) openLake(ctx context.Context, c *lakeChoice) (engine.Engine, *setup.Lake, error) {
	l, err := a.findLake(c)
	if err != nil {
		return nil, nil, err
	}
	e, err := openEngine(ctx, l)
	return e, l, err
}

// findLake finds the lake that the flags choose, without connecting to an engine, and prints the diagnostics of its
// tables.
func (a *app) findLake(c *lakeChoice) (*setup.Lake, error) {
	if c.lake == "" && c.engine != "" {
		if err := oneOf("engine", c.engine, registry.Names()); err != nil {
			return nil, err
		}
	}
	l, list, err := setup.FindLake(c.options(), func() (*setup.Config, error) { return a.loadConfig(c.config) })
	if err := a.Diagnose(list); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	l.OnPause = a.pauseReporter()
	return l, nil
}

// openEngine connects to a lake. The caller closes the result.
func openEngine(ctx context.Context, l *setup.Lake) (engine.Engine, error) {
	e, err := l.Open(ctx)
	if err != nil {
		return nil, engineFailure(err)
	}
	return e, nil
}
