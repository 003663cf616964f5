//go:build duckdb && cgo

package duckdb

import (
	"context"
	"maps"
	"slices"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// describeFiles creates the view of a table of files, in a database that may read them.
func (e *Engine) describeFiles(ctx context.Context, in *instance, table string) (*engine.Table, error) {
	ft := in.files[table]
	if ft == nil {
		var err error
		if ft, err = e.find(table, len(in.files)); err != nil {
			return nil, err
		}
		next, err := e.reopen(in, table, ft)
		if err != nil {
			return nil, err
		}
		defer next.release()
		in = next
	}
	if ft.described != nil {
		return ft.described, nil
	}
	c, err := in.connect()
	if err != nil {
		return nil, err
	}
	defer c.close()
	defer c.interrupt(ctx, nil)()
	view, err := c.view(ft)
	if err == nil {
		err = c.createView(ft.view, view)
	}
	var described *engine.Table
	if err == nil {
		described, err = c.columns(ft.view)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	described.PartitionedBy = ft.keys
	ft.query, ft.described = view, described
	return described, nil
}

// createView creates a view of a query, under a name that needs no quotes.
func (c *connection) createView(name string, query *sqltree.Select) error {
	if e := c.exec("CREATE VIEW " + name + " AS " + dialect.Print(query)); e != nil {
		return e
	}
	return nil
}

// reopen opens the database again with one more table of files, and creates the existing views. The caller must
// release the result.
func (e *Engine) reopen(old *instance, table string, ft *fileTable) (*instance, error) {
	found := map[string]*fileTable{table: ft}
	maps.Copy(found, old.files)
	next, err := e.newInstance(found)
	if err != nil {
		return nil, err
	}
	c, err := next.connect()
	if err != nil {
		next.close()
		return nil, err
	}
	defer c.close()
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if t := found[key]; t.query != nil {
			if err := c.createView(t.view, t.query); err != nil {
				next.close()
				return nil, err
			}
		}
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.current != old {
		next.close()
		return nil, &engine.Error{Engine: name, Err: errClosed}
	}
	next.acquire()
	e.current = next
	old.close()
	return next, nil
}

// options returns the arguments of all functions that read files, which follow the list of files.
func (ft *fileTable) options() []sqltree.Expr {
	byFolders := len(ft.keys) > 0
	options := []sqltree.Expr{
		sqltree.Arg{Name: "union_by_name", Of: sqltree.Bool(true)},
		sqltree.Arg{Name: "hive_partitioning", Of: sqltree.Bool(byFolders)},
	}
	if byFolders {
		// Values stay text: 03 does not equal 3 for a layout whose days have two digits.
		options = append(options, sqltree.Arg{Name: "hive_types_autocast", Of: sqltree.Bool(false)})
	}
	return options
}

// readFiles calls a function that reads files.
func readFiles(fn string, paths []string, options []sqltree.Expr) sqltree.Expr {
	return sqltree.Fn(fn, append([]sqltree.Expr{literals(paths)}, options...)...)
}

// keyColumns selects the partition columns.
func (ft *fileTable) keyColumns() []sqltree.Column {
	var list []sqltree.Column
	for _, key := range ft.keys {
		list = append(list, sqltree.Column{Of: sqltree.Name{key}})
	}
	return list
}

// view returns the query for the view of a table.
func (c *connection) view(ft *fileTable) (*sqltree.Select, error) {
	switch ft.form {
	case jsonFiles:
		return c.jsonView(ft)
	case csvFiles:
		// Read everything as text first: the layout determines the types.
		return c.typedView(ft, readFiles("read_csv", ft.paths, append(ft.options(),
			sqltree.Arg{Name: "all_varchar", Of: sqltree.Bool(true)}, sqltree.Arg{Name: "allow_quoted_nulls", Of: sqltree.Bool(false)})))
	case parquetFiles:
	}
	return c.typedView(ft, readFiles("read_parquet", ft.paths, append(ft.options(), sqltree.Arg{Name: "binary_as_string", Of: sqltree.Bool(true)})))
}

// typedView selects the columns of the files, converted to the types of the layout if necessary, partition columns
// last and in the order of the folders.
func (c *connection) typedView(ft *fileTable, files sqltree.Expr) (*sqltree.Select, error) {
	source := sqltree.Source{Function: files}
	stmt, err := c.prepare("", dialect.Print(&sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Star{}}}, From: source}))
	if err != nil {
		return nil, err
	}
	defer duck.DestroyPrepare(&stmt)
	names := newSpelling(ft.layout, nil)
	view := &sqltree.Select{From: source}
	folders := make([]sqltree.Column, len(ft.keys))
	for i := range duck.PreparedStatementColumnCount(stmt) {
		logical := duck.PreparedStatementColumnLogicalType(stmt, i)
		have := newType(logical, 0)
		duck.DestroyLogicalType(&logical)
		column := duck.PreparedStatementColumnName(stmt, i)
		if at := slices.Index(ft.keys, column); at >= 0 {
			folders[at] = names.typed(column, have)
		} else {
			view.Columns = append(view.Columns, names.typed(column, have))
		}
	}
	view.Columns = append(view.Columns, folders...)
	return view, nil
}

// typed selects a column with the type that the layout wants, if it wants one.
func (s *spelling) typed(column string, have *dtype) sqltree.Column {
	name := sqltree.Name{column}
	if want, format, ok := wanted(s.layout, column); ok {
		if converted, changed := s.convert(name, have, &want, position{path: column, format: format}); changed {
			return sqltree.Column{Of: converted, As: column}
		}
	}
	return sqltree.Column{Of: name}
}

// wanted returns the type of a column in a layout and, if it is the layout's time column, the format of its times.
func wanted(p *schema.Layout, column string) (t schema.Type, format schema.TimeFormat, ok bool) {
	if p == nil {
		return t, format, false
	}
	for _, list := range [][]schema.Column{p.Columns, p.PartitionedBy} {
		for _, c := range list {
			if !strings.EqualFold(c.Name, column) {
				continue
			}
			if p.Time != nil && strings.EqualFold(p.Time.Location.Column, column) && len(p.Time.Location.Steps) == 0 {
				format = p.Time.Format
			}
			return c.Type, format, c.Type.Kind != schema.Unknown
		}
	}
	return t, format, false
}
