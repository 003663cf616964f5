// Package registry lists the engines of egret. An engine is a folder below internal/engine that exports its driver,
// and a line here; configuration keys, flags, completion and help are derived from this list.
package registry

import (
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/engine/trino"
)

// Drivers are all engines, sorted by name.
var Drivers = []engine.Driver{
	athena.Driver(),
	duckdb.Driver(),
	trino.Driver(),
}

// Names returns the names of all engines, sorted.
func Names() []string {
	var names []string
	for i := range Drivers {
		names = append(names, Drivers[i].Name)
	}
	return names
}

// Driver returns the engine with a name, nil if there is none.
func Driver(name string) *engine.Driver {
	for i := range Drivers {
		if Drivers[i].Name == name {
			return &Drivers[i]
		}
	}
	return nil
}

// Config returns the configuration keys of each engine, for config.Parse.
func Config() []config.Engine {
	var list []config.Engine
	for i := range Drivers {
		d := Drivers[i]
		list = append(list, config.Engine{Name: d.Name, New: func() config.Settings { return d.New() }})
	}
	return list
}
