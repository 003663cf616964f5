//go:build duckdb && cgo

package duckdb

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// Describe finds a table of the attached databases, or creates a view of files. table is the name of a table,
// optionally preceded by a database schema and a database, or a file, a folder, or a pattern of Parquet, JSON or CSV
// files. If it does not exist, the error has kind Missing and names it.
func (e *Engine) Describe(ctx context.Context, table string) (*engine.Table, error) {
	e.describing.Lock()
	defer e.describing.Unlock()
	in, err := e.use(ctx)
	if err != nil {
		return nil, err
	}
	defer in.release()
	c, err := in.connect()
	if err != nil {
		return nil, err
	}
	defer c.close()
	if !isPattern(table) {
		described, err := c.catalog(table, in.use, slices.Sorted(maps.Keys(e.opt.Attach)))
		if described != nil || err != nil {
			return described, err
		}
	}
	return e.describeFiles(ctx, in, table)
}

// missingTableError returns the error for a table that is neither in a database nor a file.
func missingTableError(table string) error {
	return &engine.Error{
		Kind: engine.Missing, Engine: name, Thing: "table " + table,
		Help: "use the name of a table in an attached database, or a file, folder or pattern such as 'logs/*.parquet'",
		Err:  errors.New("no such table or file exists"),
	}
}

// catalog finds a table or view of the attached databases. It returns nil if there is none. A plain name is looked up
// in the main database first, then in the others by their names.
func (c *connection) catalog(table, use string, attached []string) (*engine.Table, error) {
	parts, err := engine.SplitName(table)
	if err != nil {
		return nil, nil //nolint:nilerr // no table has such a name, but files may
	}
	order := attached
	if use != "" {
		order = append([]string{use}, attached...)
	}
	if len(order) == 0 {
		return nil, nil
	}
	var found []string
	err = c.rows(dialect.Print(catalogQuery(parts, order)), func(cells []any) error {
		if found != nil {
			return nil // the first row is the best one
		}
		for _, cell := range cells {
			text, _ := cell.(string)
			found = append(found, quoteName(text))
		}
		return nil
	})
	if err != nil || found == nil {
		return nil, err
	}
	return c.columns(strings.Join(found, "."))
}

// catalogQuery returns the query for database, schema and name of the tables and views with a name of one to three parts, the
// best one first: databases are in order, and the schema main comes before others.
func catalogQuery(parts, order []string) *sqltree.Select {
	database, space, table := sqltree.Name{"d"}, sqltree.Name{"s"}, sqltree.Name{"n"}
	source := func(function, name string) *sqltree.Select {
		return &sqltree.Select{
			Columns: []sqltree.Column{{Of: sqltree.Name{"database_name"}, As: "d"}, {Of: sqltree.Name{"schema_name"}, As: "s"}, {Of: sqltree.Name{name}, As: "n"}},
			From:    sqltree.Source{Function: sqltree.Fn(function)},
		}
	}
	views := source("duckdb_views", "view_name")
	views.Where = sqltree.Not{Of: sqltree.Name{"internal"}}
	all := source("duckdb_tables", "table_name")
	all.Union = []*sqltree.Select{views}

	same := func(name sqltree.Expr, part string) sqltree.Expr {
		return sqltree.Compare("=", sqltree.Lower(name), sqltree.Lower(sqltree.Text(part)))
	}
	inMain := sqltree.Compare("=", space, sqltree.Text("main"))
	where := sqltree.And{same(table, parts[len(parts)-1])}
	switch len(parts) {
	case 2: // a database schema or a database
		where = append(where, sqltree.Or{same(space, parts[0]), sqltree.And{inMain, same(database, parts[0])}})
	case 3:
		where = append(where, same(space, parts[1]), same(database, parts[0]))
	}
	var list sqltree.List
	for _, name := range order {
		list = append(list, sqltree.Text(name))
	}
	where = append(where, sqltree.Fn("list_contains", list, database))
	return &sqltree.Select{
		Columns: []sqltree.Column{{Of: database}, {Of: space}, {Of: table}},
		From:    sqltree.Source{Query: all, As: "t"}, Where: where,
		OrderBy: []sqltree.Expr{sqltree.Fn("list_position", list, database), sqltree.Not{Of: inMain}, space, table},
	}
}

// columns describes a table by its SQL name.
func (c *connection) columns(from string) (*engine.Table, error) {
	stmt, err := c.prepare("", "FROM "+from)
	if err != nil {
		return nil, err
	}
	defer duck.DestroyPrepare(&stmt)
	return &engine.Table{Name: from, Columns: columnsOf(stmt)}, nil
}
