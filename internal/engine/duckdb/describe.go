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
)

// Describe finds a table of the attached databases, or makes a view of files: table is the name of a table, maybe with a
// schema and a database before dots, or a file, a folder, or a pattern of Parquet, JSON or CSV files. What is not there
// gives an error of kind Missing that names it.
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

// nothing is the error for a table that is neither in a database nor a file.
func nothing(table string) error {
	return &engine.Error{
		Kind: engine.Missing, Engine: name, Thing: "table " + table,
		Help: "a table is the name of one in an attached database, or a file, folder or pattern such as 'logs/*.parquet'",
		Err:  errors.New("no database has it, and there is no such file"),
	}
}

// catalog finds a table or view of the attached databases, nil where there is none. A name alone is looked for in the
// main database first, then in the others by their names.
func (c *connection) catalog(table, use string, attached []string) (*engine.Table, error) {
	parts, err := engine.SplitName(table)
	if err != nil {
		return nil, nil //nolint:nilerr // no table has such a name; files may
	}
	where := "lower(t.n) = lower(" + quoteText(parts[len(parts)-1]) + ")"
	switch len(parts) {
	case 2: // a schema or a database
		where += " AND lower(" + quoteText(parts[0]) + ") IN (lower(t.s), CASE WHEN t.s = 'main' THEN lower(t.d) END)"
	case 3:
		where += " AND lower(t.s) = lower(" + quoteText(parts[1]) + ") AND lower(t.d) = lower(" + quoteText(parts[0]) + ")"
	}
	order := attached
	if use != "" {
		order = append([]string{use}, attached...)
	}
	if len(order) == 0 {
		return nil, nil
	}
	var found []string
	sql := "SELECT t.d, t.s, t.n FROM (SELECT database_name d, schema_name s, table_name n FROM duckdb_tables()" +
		" UNION ALL SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal) t WHERE " + where +
		" AND t.d IN (SELECT unnest(" + quoteList(order) + "))" +
		" ORDER BY list_position(" + quoteList(order) + ", t.d), t.s <> 'main', t.s, t.n LIMIT 1"
	err = c.rows(sql, func(cells []any) error {
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

// columns describes a table by its name in SQL.
func (c *connection) columns(from string) (*engine.Table, error) {
	stmt, err := c.prepare("", "FROM "+from)
	if err != nil {
		return nil, err
	}
	defer duck.DestroyPrepare(&stmt)
	return &engine.Table{Name: from, Columns: columnsOf(stmt)}, nil
}
