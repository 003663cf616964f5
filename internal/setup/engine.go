package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// engineLake returns a lake that is defined by flags alone.
func engineLake(o *LakeOptions, read func() (*Config, error)) (*Lake, error) {
	driver := registry.Driver(o.Engine)
	if driver == nil {
		return nil, UsageError("the engines are "+strings.Join(registry.Names(), ", "), fmt.Errorf("unknown engine %q", o.Engine))
	}
	if !driver.ByFlags {
		return nil, UsageError("as in lakes: {prod: {engine: "+o.Engine+", …}}, and then --lake prod",
			fmt.Errorf("the engine %s needs settings in egret.yaml", o.Engine))
	}
	settings, err := engineSettings(driver, o.Flags)
	if err != nil {
		return nil, err
	}
	l := &Lake{Settings: &config.Lake{Engine: config.Text{Value: o.Engine}, Settings: settings}}
	if len(o.Tables) == 0 {
		if o.Layout != "" || o.Region != "" {
			return nil, UsageError("as in --table 'logs/*.parquet'", errors.New("--layout and --region go with --table"))
		}
		return l, nil
	}
	if o.Layout == "" {
		return nil, UsageError("as in --layout cloudtrail/security-lake-v2; egret list layouts names them all", errors.New("--table goes with --layout"))
	}
	schemas := o.Schemas
	if schemas == nil {
		c, err := read()
		if err != nil {
			return nil, err
		}
		if schemas, err = Schemas(c, o.SchemaFolder); err != nil {
			return nil, err
		}
	}
	layout, err := Layout(schemas, o.Layout)
	if err != nil {
		return nil, err
	}
	if o.Region != "" && !config.IsRegion(o.Region) {
		return nil, UsageError("a region looks like eu-west-1", fmt.Errorf("--region: invalid region %q", o.Region))
	}
	l.Schemas = []*schema.Schema{layout.Schema}
	for _, name := range o.Tables {
		if name == "" {
			return nil, UsageError("as in --table 'logs/*.parquet'", errors.New("--table: empty table name"))
		}
		name, fault := inRegion(name, o.Region)
		if fault != "" {
			return nil, UsageError("", fmt.Errorf("--table: %s", fault))
		}
		l.Tables = append(l.Tables, Table{Source: layout.Schema.Name, Name: name, Layout: layout, Region: o.Region})
	}
	return l, nil
}

// engineSettings returns the settings that the flags give an engine. A flag of another engine is a usage error.
func engineSettings(driver *engine.Driver, flags []EngineFlag) (engine.Settings, error) {
	settings := driver.New()
	for _, given := range flags {
		if given.Value == "" {
			continue
		}
		i := slices.IndexFunc(driver.Flags, func(f engine.Flag) bool { return f.Name == given.Name })
		if i < 0 {
			return nil, UsageError("", fmt.Errorf("--%s does not apply to the engine %s", given.Name, driver.Name))
		}
		driver.Flags[i].Set(settings, given.Value)
	}
	return settings, nil
}

// Driver returns the driver of the lake's engine.
func (l *Lake) Driver() *engine.Driver {
	d := registry.Driver(l.Settings.Engine.Value)
	if d == nil {
		panic("egret bug: a lake without an engine of the registry")
	}
	return d
}

// opening returns the parameters for opening the lake's engine.
func (l *Lake) opening() engine.Opening {
	o := engine.Opening{Lake: l.Name(), Dir: l.Dir, Tables: map[string]*schema.Layout{}, OnPause: l.OnPause}
	for _, t := range l.Tables {
		o.Tables[t.Name] = t.Layout
	}
	return o
}

// Open connects to a lake. It returns the errors of engine.Settings.Open. The caller closes the engine.
func (l *Lake) Open(ctx context.Context) (engine.Engine, error) {
	return engine.SettingsOf(l.Settings).Open(ctx, l.opening())
}

// Path resolves a path of the settings: relative paths start at the folder of egret.yaml.
func (l *Lake) Path(name string) string {
	o := engine.Opening{Dir: l.Dir}
	return o.Path(name)
}

// Dialect returns the SQL dialect of an engine, as used in egret's sessions.
func Dialect(e engine.Engine) *sqlgen.Dialect {
	d := sqlgen.DialectByName(e.Info().Dialect)
	if d == nil {
		panic("egret bug: no dialect " + e.Info().Dialect)
	}
	return d.InUTC()
}
