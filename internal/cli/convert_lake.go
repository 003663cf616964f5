package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// planLake settles the table of a lake that rules are converted for, as far as flags tell it. The lake names schema and
// engine; --table chooses among its tables.
func (a *app) planLake(f *convertFlags) (*foundLake, error) {
	if f.types != "" {
		return nil, usage("the lake tells the types of its columns", errors.New("--lake and --types exclude one another"))
	}
	if f.schema != "" || f.region != "" {
		return nil, usage("the lake's tables: say in egret.yaml", errors.New("--schema and --region do not go with --lake"))
	}
	choice := lakeChoice{lake: f.lake, config: f.config, schemas: f.known}
	if f.table != "" {
		choice.tables = []string{f.table}
	}
	l, err := a.findLake(&choice)
	if err != nil {
		return nil, err
	}
	if len(l.tables) == 0 {
		return nil, usage("tables: {cloudtrail: {table: database.name, schema: athena}} in egret.yaml", fmt.Errorf("%s has no tables", l.name()))
	}
	return l, nil
}

// describeTable takes the profile and the name of the lake's table for the rules, and asks the engine for its columns.
func (a *app) describeTable(ctx context.Context, f *convertFlags, p *convertPlan, l *foundLake, rules *loaded) error {
	table, err := l.tableFor(rules.set)
	if err != nil {
		return err
	}
	e, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer closeEngine(e)
	if p.sql.Dialect == nil {
		p.sql.Dialect = sqlgen.DialectByName(e.Info().Dialect)
	} else if p.sql.Dialect.Name != e.Info().Dialect {
		return usage("leave --target out", fmt.Errorf("%s speaks the SQL of %s, not of %s", l.name(), e.Info().Dialect, p.sql.Dialect.Name))
	}
	live, err := e.Describe(ctx, table.Table)
	if err != nil {
		return engineFailure(err)
	}
	p.sql.Profile, p.sql.Table = lake.Fit(table.Profile, live, e.Info().JSONIsText), live.Name
	if isPath(table.Table) { // the name of a view that lives as long as this process
		p.sql.Table = `"` + strings.ReplaceAll(table.Table, `"`, `""`) + `"`
	}
	return f.checkTimes(p)
}

// typed is a profile for the table whose columns --types lists.
func typed(p *schema.Profile, path string) (*schema.Profile, error) {
	columns, err := readTypes(path)
	if err != nil {
		return nil, err
	}
	if len(p.Columns) == 0 {
		return p.WithColumns(columns), nil
	}
	live := &engine.Table{}
	for _, c := range columns {
		live.Columns = append(live.Columns, engine.Column{Name: c.Name, Type: c.Type.String()})
	}
	return lake.Fit(p, live, false), nil
}
