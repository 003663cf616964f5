package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/registry"
)

// engineList returns a line for each engine, for help texts.
func engineList() string {
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

// enginesByFlags returns the engines that --engine alone can configure.
func enginesByFlags() []string {
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

func engineFlagNames() []string {
	var names []string
	for _, f := range engineFlags() {
		names = append(names, f.name)
	}
	return names
}

// engineFlagValue is an engine flag with its value, "" if it was not given.
type engineFlagValue struct {
	name  string
	value *string
	// file says that the value is the path of a file that is read.
	file bool
}

// closeEngine closes an engine and ignores the error, since all requests are answered by then.
func closeEngine(e engine.Engine) { _ = e.Close() }

// engineFailure adds the exit code and help to an engine's error.
func engineFailure(err error) error {
	if err == nil || failureOf(err) != nil {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return &failure{code: exitStopped, err: errors.New("stopped by a signal")}
	}
	var setting *engine.SettingError
	if errors.As(err, &setting) {
		return usage(setting.Help, err)
	}
	f := &failure{code: exitInput, err: err}
	var e *engine.Error
	if errors.As(err, &e) {
		f.help = e.Help
		switch e.Kind { //nolint:exhaustive // all others are failures of the engine
		case engine.Misconfigured:
			f.code = exitUsage
		case engine.OverLimit, engine.Cancelled:
			f.code = exitStopped
		case engine.Expired:
			f.help = cmp.Or(f.help, "log in again, or set AWS_PROFILE or the variables that the lake names")
		}
	}
	return f
}
