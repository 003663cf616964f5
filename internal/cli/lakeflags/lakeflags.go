// Package lakeflags has the flags that choose a lake and its tables: --lake, or --engine with its own flags, --table and
// --layout.
//
// Its input is what the user typed, its output a lake of package setup, or an open engine.
package lakeflags

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// Host is the program that a command runs in.
type Host interface {
	// Config returns the configuration at a path, "" for the nearest.
	Config(path string) (*setup.Config, error)
	// Diagnose prints diagnostics to stderr.
	Diagnose(list diag.List) error
	// Layouts returns the names of all table layouts, for completion: the built-in ones, and those of a folder and a
	// configuration, "" for none and for the nearest.
	Layouts(folder, config string) []string
	// OnPause returns a function that reports why a call to an engine is repeated after a pause.
	OnPause() func(err error, pause time.Duration)
}

// Choice is what flags say of a lake and its tables: the name of one in egret.yaml, or an engine.
type Choice struct {
	// Lake is the name of a lake in egret.yaml, Engine the name of an engine instead; at most one is set.
	Lake, Engine string
	// EngineFlags are the flags that go with Engine.
	EngineFlags []FlagValue
	// Tables are, of a lake, those to take, by log source or name, all if empty; of an engine the tables themselves.
	Tables []string
	// Layout and Region are those of the tables of an engine.
	Layout, Region string
	// SchemaFolder has schemas of the user's own, "" for none.
	SchemaFolder string
	// Config is the configuration to read, "" for the nearest egret.yaml.
	Config string
	// Schemas are the log sources if the command has read them before; nil: Find reads them.
	Schemas []*schema.Schema
	// NoTables leaves the tables out, for commands that only ask for a query that exists.
	NoTables bool
}

// Register adds the flags that choose a lake.
func (c *Choice) Register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.Lake, "lake", "", "`NAME` of a lake in egret.yaml")
	flags.StringVar(&c.Engine, "engine", "", "an `ENGINE` that needs no settings instead: "+strings.Join(byFlags(), ", "))
	for _, f := range engineFlags() {
		value := new(string)
		flags.StringVar(value, f.name, "", f.usage)
		c.EngineFlags = append(c.EngineFlags, FlagValue{f.name, value, f.file})
	}
	command.CompleteWith(cmd, "lake", c.Names)
	command.Complete(cmd, "engine", registry.Names())
}

// RegisterTables adds the flags that choose tables.
func (c *Choice) RegisterTables(cmd *cobra.Command, host Host) {
	flags := cmd.Flags()
	flags.StringArrayVar(&c.Tables, "table", nil, "only this `TABLE` of the lake, or its log source; with --engine the table or files; repeatable")
	flags.StringVar(&c.Layout, "layout", "", "`LAYOUT` of the tables with --engine, such as cloudtrail/athena (egret list layouts)")
	flags.StringVar(&c.Region, "region", "", "`REGION` of the tables with --engine whose names have one")
	flags.StringVar(&c.SchemaFolder, "schema-folder", "", command.SchemaFolderHelp)
	command.CompleteWith(cmd, "layout", func() []string { return host.Layouts(c.SchemaFolder, c.Config) })
}

// RegisterConfig adds --config, for commands without rules.
func (c *Choice) RegisterConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
}

// Asked reports whether a lake was chosen.
func (c *Choice) Asked() bool { return c.Lake != "" || c.Engine != "" }

// Names returns the names of the lakes for completion. If the configuration has errors it returns those that
// could be read.
func (c *Choice) Names() []string {
	configuration, _ := setup.ReadConfig(c.Config, nil) // completion cannot show messages
	if configuration == nil {
		return nil
	}
	return setup.LakeNames(configuration.Settings)
}

// options returns the options of the flags.
func (c *Choice) options() setup.LakeOptions {
	o := setup.LakeOptions{
		Lake: c.Lake, Engine: c.Engine, Tables: c.Tables, Layout: c.Layout, Region: c.Region,
		SchemaFolder: c.SchemaFolder, Schemas: c.Schemas, NoTables: c.NoTables,
	}
	for _, f := range c.EngineFlags {
		o.Flags = append(o.Flags, setup.EngineFlag{Name: f.Name, Value: *f.Value})
	}
	return o
}

// Find finds the lake that the flags choose, without connecting to an engine, and prints the diagnostics of its tables.
func (c *Choice) Find(host Host) (*setup.Lake, error) {
	if c.Lake == "" && c.Engine != "" {
		if err := command.OneOf("engine", c.Engine, registry.Names()); err != nil {
			return nil, err
		}
	}
	l, list, err := setup.FindLake(c.options(), func() (*setup.Config, error) { return host.Config(c.Config) })
	if err := host.Diagnose(list); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	l.OnPause = host.OnPause()
	return l, nil
}

// Open finds and opens a lake. The caller closes the engine.
func (c *Choice) Open(ctx context.Context, host Host) (engine.Engine, *setup.Lake, error) {
	l, err := c.Find(host)
	if err != nil {
		return nil, nil, err
	}
	e, err := Open(ctx, l)
	return e, l, err
}

// Open connects to a lake. The caller closes the result.
func Open(ctx context.Context, l *setup.Lake) (engine.Engine, error) {
	e, err := l.Open(ctx)
	if err != nil {
		return nil, command.EngineFailure(err)
	}
	return e, nil
}
