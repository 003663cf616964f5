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
)

// describeFiles makes the view of a table of files, in a database that may read them.
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
	sql, err := c.view(ft)
	if err == nil {
		err = c.make("CREATE VIEW " + ft.view + " AS " + sql)
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
	ft.sql, ft.described = sql, described
	return described, nil
}

// make is exec with an error that is nil where all went well.
func (c *connection) make(sql string) error {
	if e := c.exec(sql); e != nil {
		return e
	}
	return nil
}

// reopen opens the database anew with one table of files more, and makes the views that were there. The new one must be
// released.
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
		if t := found[key]; t.sql != "" {
			if err := c.make("CREATE VIEW " + t.view + " AS " + t.sql); err != nil {
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

// options are those that all functions that read files take, behind the list of the files.
func (ft *fileTable) options() string {
	text := ", union_by_name = true, hive_partitioning = "
	if len(ft.keys) == 0 {
		return text + "false"
	}
	// Values stay text: 03 is no 3 to a profile whose days have two digits.
	return text + "true, hive_types_autocast = false"
}

// view is the SELECT for the view of a table.
func (c *connection) view(ft *fileTable) (string, error) {
	switch ft.form {
	case jsonFiles:
		return c.jsonView(ft)
	case csvFiles:
		// All is text first: what CSV means is the profile's to say.
		return c.typedView(ft, "read_csv("+quoteList(ft.paths)+ft.options()+", all_varchar = true, allow_quoted_nulls = false)")
	case parquetFiles:
	}
	return c.typedView(ft, "read_parquet("+quoteList(ft.paths)+ft.options()+", binary_as_string = true)")
}

// typedView selects the columns that the files have, with the types of the profile where theirs would not do, partition
// columns last and in the order of the folders.
func (c *connection) typedView(ft *fileTable, source string) (string, error) {
	stmt, err := c.prepare("", "FROM "+source)
	if err != nil {
		return "", err
	}
	defer duck.DestroyPrepare(&stmt)
	names := newSpelling(ft.profile, nil)
	var list, last []string
	for i := range duck.PreparedStatementColumnCount(stmt) {
		logical := duck.PreparedStatementColumnLogicalType(stmt, i)
		have := newType(logical, 0)
		duck.DestroyLogicalType(&logical)
		column := duck.PreparedStatementColumnName(stmt, i)
		expr := quoteName(column)
		if want, format, ok := wanted(ft.profile, column); ok {
			if cast, changed := names.conform(expr, have, &want, place{path: column, format: format}); changed {
				expr = cast + " AS " + quoteName(column)
			}
		}
		if !slices.Contains(ft.keys, column) {
			list = append(list, expr)
		} else {
			last = append(last, expr)
		}
	}
	slices.SortStableFunc(last, func(a, b string) int { return keyIndex(ft.keys, a) - keyIndex(ft.keys, b) })
	return "SELECT " + strings.Join(append(list, last...), ", ") + " FROM " + source, nil
}

// keyIndex is which of the keys an expression of typedView is for.
func keyIndex(keys []string, expr string) int {
	return slices.IndexFunc(keys, func(key string) bool { return strings.HasSuffix(expr, quoteName(key)) })
}

// wanted is the type that a profile gives to a column, and the form of the times in it, if it is the profile's column of
// time.
func wanted(p *schema.Profile, column string) (t schema.Type, format schema.TimeFormat, ok bool) {
	if p == nil {
		return t, format, false
	}
	for _, list := range [][]schema.Column{p.Columns, p.PartitionedBy} {
		for _, c := range list {
			if !strings.EqualFold(c.Name, column) {
				continue
			}
			if p.Time != nil && strings.EqualFold(p.Time.Place.Column, column) && len(p.Time.Place.Steps) == 0 {
				format = p.Time.Format
			}
			return c.Type, format, c.Type.Kind != schema.Unknown
		}
	}
	return t, format, false
}
