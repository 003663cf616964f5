package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// planLake settles the table of a lake that rules are converted for, as far as flags tell it. The lake names schema and
// engine; --table chooses among its tables.
func (a *app) planLake(f *convertFlags) (*setup.Lake, error) {
	if f.types != "" {
		return nil, command.Usage("the types come from the lake", errors.New("--lake and --types cannot be used together"))
	}
	if f.layout != "" || f.region != "" {
		return nil, command.Usage("the lake's tables: say in egret.yaml", errors.New("--layout and --region do not go with --lake"))
	}
	choice := lakeflags.Choice{Lake: f.lake, Config: f.config, Schemas: f.known}
	if f.table != "" {
		choice.Tables = []string{f.table}
	}
	l, err := choice.Find(host{a})
	if err != nil {
		return nil, err
	}
	if len(l.Tables) == 0 {
		return nil, command.Usage("tables: {cloudtrail: {table: database.name, layout: athena}} in egret.yaml", fmt.Errorf("%s has no tables", l.Name()))
	}
	return l, nil
}

// describeTable takes the layout and the name of the lake's table for the rules, and reads its columns from the
// engine.
func (a *app) describeTable(ctx context.Context, f *convertFlags, p *convertPlan, l *setup.Lake, rules *setup.RuleSet) error {
	table, err := l.TableFor(rules.Set)
	if err != nil {
		return err
	}
	e, err := lakeflags.Open(ctx, l)
	if err != nil {
		return err
	}
	defer lakeflags.Close(e)
	if p.sql.Dialect == nil {
		p.sql.Dialect = sqlgen.DialectByName(e.Info().Dialect)
	} else if p.sql.Dialect.Name != e.Info().Dialect {
		return command.Usage("leave --target out", fmt.Errorf("%s speaks the SQL of %s, not of %s", l.Name(), e.Info().Dialect, p.sql.Dialect.Name))
	}
	live, err := e.Describe(ctx, table.Name)
	if err != nil {
		return command.EngineFailure(err)
	}
	p.sql.Layout, p.sql.Table = tablecheck.Fit(table.Layout, live, e.Info().JSONIsText), live.Name
	if setup.IsPath(table.Name) { // the name of a view that exists until this process ends
		p.sql.Table = setup.FileTable(table.Name)
	}
	return f.checkTimes(p)
}

// typesHelp describes the format of --types.
const typesHelp = "a line for each column, as in: eventid bigint; or the output of DESCRIBE"

// typed returns a layout for the table whose columns --types lists.
func typed(p *schema.Layout, path string) (*schema.Layout, error) {
	columns, err := tablecheck.ReadColumns(path)
	if err != nil {
		return nil, command.Usage(typesHelp, fmt.Errorf("--types: %w", err))
	}
	if len(p.Columns) == 0 {
		return p.WithColumns(columns), nil
	}
	live := &engine.Table{}
	for _, c := range columns {
		live.Columns = append(live.Columns, engine.Column{Name: c.Name, Type: c.Type.String()})
	}
	return tablecheck.Fit(p, live, false), nil
}
