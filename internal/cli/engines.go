package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// engineEntry is an engine that lakes may have.
type engineEntry struct {
	// name is what egret.yaml and --engine take, title is for people.
	name, title string
	// needs says what the program must be built with, "" where every build has the engine.
	needs string
	// open connects to a lake of that engine.
	open func(ctx context.Context, l *foundLake) (engine.Engine, error)
	// byFlags says that --engine alone is enough to reach it.
	byFlags bool
	// attaches is what the engine's Info says too, for commands that need not reach it.
	attaches bool
}

// engines are sorted by name, as config.Engines.
var engines = []engineEntry{
	{name: "athena", title: "Amazon Athena", open: openAthena, attaches: true},
	{name: "duckdb", title: "DuckDB within egret: Parquet, JSON and database files", needs: "cgo and the build tag duckdb", open: openDuckDB, byFlags: true},
	{name: "trino", title: "a Trino cluster", open: openTrino},
}

func engineNames() []string {
	var names []string
	for _, e := range engines {
		names = append(names, e.name)
	}
	return names
}

// engineList is for help texts: a line for each engine.
func engineList() string {
	var b strings.Builder
	for i, e := range engines {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "  %-8s%s", e.name, e.title)
		if e.needs != "" {
			b.WriteString("; needs a build with " + e.needs)
		}
	}
	return b.String()
}

// entry is the engine of the lake.
func (l *foundLake) entry() (*engineEntry, error) {
	name := l.settings.Engine.Value
	i := slices.Index(engineNames(), name)
	if i < 0 {
		return nil, usage("", fmt.Errorf("this build of egret has no engine %s", name))
	}
	return &engines[i], nil
}

// open connects to a lake. The caller closes what it gives.
func (l *foundLake) open(ctx context.Context) (engine.Engine, error) {
	entry, err := l.entry()
	if err != nil {
		return nil, err
	}
	e, err := entry.open(ctx, l)
	if err != nil {
		return nil, engineFailure(err)
	}
	return e, nil
}

// closeEngine gives an engine back. What was asked is answered by then, so that its error would hide nothing but that.
func closeEngine(e engine.Engine) { _ = e.Close() }

// path is a path of the settings: relative ones start at the folder of egret.yaml.
func (l *foundLake) path(name string) string {
	if name == "" || l.dir == "" || l.dir == "." || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.dir, name)
}

// secret reads the environment variable that a setting names, "" where it names none.
func (l *foundLake) secret(variable config.Text) (string, error) {
	if variable.Value == "" {
		return "", nil
	}
	value := os.Getenv(variable.Value)
	if value == "" {
		place := ""
		if file := variable.Span.File; file != nil {
			place = fmt.Sprintf(" (%s:%d)", file.Name, file.Position(variable.Span.Start).Line)
		}
		return "", usage("lake "+l.settings.Name.Value+" takes a secret from it"+place,
			fmt.Errorf("the environment variable %s is not set", variable.Value))
	}
	redact.Remember(value)
	return value, nil
}

// dialectOf is the dialect of an engine's SQL, in sessions of egret.
func dialectOf(e engine.Engine) *sqlgen.Dialect {
	d := sqlgen.DialectByName(e.Info().Dialect)
	if d == nil {
		panic("egret bug: no dialect " + e.Info().Dialect)
	}
	return d.InUTC()
}

// engineFailure gives an error of an engine its exit code and help.
func engineFailure(err error) error {
	var own *failure
	if err == nil || errors.As(err, &own) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return &failure{code: exitStopped, err: errors.New("stopped by a signal")}
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
