//go:build duckdb && cgo

package duckdb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
)

// connection runs one statement at a time.
type connection struct{ handle duck.Connection }

func (in *instance) connect() (*connection, error) {
	c := &connection{}
	if duck.Connect(in.db, &c.handle) == duck.StateError {
		return nil, newError(engine.Other, "", "DuckDB returned no connection")
	}
	if in.use != "" {
		if err := c.exec("USE " + quoteName(in.use)); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *connection) close() { duck.Disconnect(&c.handle) }

// exec runs one of the engine's own statements. It returns nil on success.
func (c *connection) exec(sql string) *engine.Error {
	if e := checkText("", sql); e != nil {
		return e
	}
	var res duck.Result
	defer duck.DestroyResult(&res)
	if duck.Query(c.handle, sql, &res) == duck.StateError {
		return fault("", duck.ResultError(&res))
	}
	return nil
}

// rows runs one of the engine's own statements and passes on its rows.
func (c *connection) rows(sql string, row func(cells []any) error) error {
	stmt, err := c.bind("", sql)
	if err != nil {
		return err
	}
	defer duck.DestroyPrepare(&stmt)
	_, err = c.stream("", stmt, typesOf(stmt), func() error { return nil }, row)
	return err
}

// checkText rejects a statement that would be truncated: the library reads a text up to its first U+0000.
func checkText(query, sql string) *engine.Error {
	if i := strings.IndexByte(sql, 0); i >= 0 {
		e := newError(engine.Invalid, "", fmt.Sprintf("the statement has U+0000 at offset %d, which DuckDB does not support", i))
		e.Query = query
		return e
	}
	return nil
}

// prepare is bind for external statements, which must be SELECT. EXPLAIN is rejected, because EXPLAIN ANALYZE runs the
// statement, which may be a COPY to one of the allowed files.
func (c *connection) prepare(query, sql string) (duck.PreparedStatement, error) {
	stmt, err := c.bind(query, sql)
	if err != nil || duck.PreparedStatementType(stmt) == duck.StatementTypeSelect {
		return stmt, err
	}
	duck.DestroyPrepare(&stmt)
	e := newError(engine.Invalid, "", "the statement is not a SELECT")
	e.Query = query
	return stmt, e
}

// bind parses and binds a statement, which must be the only one in the text.
func (c *connection) bind(query, sql string) (duck.PreparedStatement, error) {
	var stmt duck.PreparedStatement
	if e := checkText(query, sql); e != nil {
		return stmt, e
	}
	var all duck.ExtractedStatements
	count := duck.ExtractStatements(c.handle, sql, &all)
	defer duck.DestroyExtracted(&all)
	if count != 1 {
		if message := duck.ExtractStatementsError(all); message != "" {
			return stmt, fault(query, message)
		}
		e := newError(engine.Invalid, "", fmt.Sprintf("the text has %d statements, want one", count))
		e.Query = query
		return stmt, e
	}
	if duck.PrepareExtractedStatement(c.handle, all, 0, &stmt) == duck.StateError {
		e := fault(query, duck.PrepareError(stmt))
		duck.DestroyPrepare(&stmt)
		return stmt, e
	}
	if n := duck.NParams(stmt); n > 0 {
		duck.DestroyPrepare(&stmt)
		e := newError(engine.Invalid, "", fmt.Sprintf("the statement has %d parameters, want none", n))
		e.Query = query
		return stmt, e
	}
	return stmt, nil
}

// usable returns an error if a file cannot be read.
func usable(path, thing string) error {
	e := &engine.Error{Engine: name, Thing: thing}
	if strings.IndexByte(path, 0) >= 0 {
		e.Kind, e.Err = engine.Misconfigured, errors.New("the path contains U+0000")
		return e
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind = engine.Missing
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Permission = engine.Denied, "reading the file"
	case err != nil:
		e.Kind = engine.Misconfigured
	case info.IsDir():
		e.Kind, err = engine.Misconfigured, errors.New("it is a folder, not a file")
	default:
		return nil
	}
	e.Err = err
	return e
}
