package lakeflags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/registry"
)

// EngineList returns a line for each engine, for help texts.
func EngineList() string {
	var b strings.Builder
	for i, d := range registry.Drivers {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "  %-8s%s", d.Name, d.Title)
		if d.Needs != "" {
			b.WriteString("; needs a build with " + d.Needs)
		}
	}
	return b.String()
}

// byFlags returns the engines that --engine alone can configure.
func byFlags() []string {
	var names []string
	for _, d := range registry.Drivers {
		if d.ByFlags {
			names = append(names, d.Name)
		}
	}
	return names
}

// engineFlag is a flag that requires --engine.
type engineFlag struct {
	name, usage string
	// file says that the value is the path of a file that is read.
	file bool
}

// engineFlags returns the flags of all engines, each once.
func engineFlags() []engineFlag {
	var flags []engineFlag
	for _, d := range registry.Drivers {
		for _, f := range d.Flags {
			if i := slices.IndexFunc(flags, func(have engineFlag) bool { return have.name == f.Name }); i >= 0 {
				flags[i].usage += ", " + d.Name
			} else {
				flags = append(flags, engineFlag{f.Name, f.Usage + " of --engine " + d.Name, f.File})
			}
		}
	}
	return flags
}

// EngineFlagNames returns the names of the flags that require --engine.
func EngineFlagNames() []string {
	var names []string
	for _, f := range engineFlags() {
		names = append(names, f.name)
	}
	return names
}

// FlagValue is an engine flag with its value, "" if it was not given.
type FlagValue struct {
	Name  string
	Value *string
	// File says that the value is the path of a file that is read.
	File bool
}

// Close closes an engine and ignores the error, since all requests are answered by then.
func Close(e engine.Engine) { _ = e.Close() }
