//go:build duckdb && cgo

package duckdb

import (
	"strconv"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// typesOf returns the types of a statement's columns.
func typesOf(stmt duck.PreparedStatement) []duck.Type {
	types := make([]duck.Type, duck.PreparedStatementColumnCount(stmt))
	for i := range types {
		types[i] = duck.PreparedStatementColumnType(stmt, duck.IdxT(i))
	}
	return types
}

// columnsOf returns the columns of a statement, with DuckDB's names of their types.
func columnsOf(stmt duck.PreparedStatement) []engine.Column {
	columns := make([]engine.Column, duck.PreparedStatementColumnCount(stmt))
	for i := range columns {
		t := duck.PreparedStatementColumnLogicalType(stmt, duck.IdxT(i))
		columns[i] = engine.Column{Name: duck.PreparedStatementColumnName(stmt, duck.IdxT(i)), Type: newType(t, 0).String()}
		duck.DestroyLogicalType(&t)
	}
	return columns
}

// plainSQL wraps a statement so that columns of types that cell does not support become text. It reports false if
// there are none.
func plainSQL(sql string, types []duck.Type) (string, bool) {
	needed := false
	outer := &sqltree.Select{}
	var names []string
	for i, t := range types {
		name := "c" + strconv.Itoa(i)
		var column sqltree.Expr = sqltree.Name{name}
		switch {
		case isNested(t):
			column = sqltree.If(sqltree.NotNull(column), sqltree.Cast{Of: sqltree.Fn("to_json", column), Type: dialect.TextType}, nil)
			needed = true
		case readers[t] == nil:
			column = sqltree.Cast{Of: column, Type: dialect.TextType}
			needed = true
		}
		names = append(names, name)
		outer.Columns = append(outer.Columns, sqltree.Column{Of: column})
	}
	if !needed {
		return "", false
	}
	// The statement is passed as one literal: a comment or a semicolon at its end does no harm, and its many line breaks do not
	// become a deep expression.
	outer.From = sqltree.Source{Function: sqltree.Fn("query", sqltree.Verbatim(sql)), As: "egret_result", Columns: names}
	return dialect.Print(outer), true
}

// isNested reports whether a type's values are converted to JSON text.
func isNested(t duck.Type) bool {
	return t == duck.TypeStruct || t == duck.TypeList || t == duck.TypeArray || t == duck.TypeMap
}

// stream runs a statement and passes on its rows while they are computed. It calls over before each chunk.
func (c *connection) stream(query string, stmt duck.PreparedStatement, types []duck.Type, over func() error, row func([]any) error) (rows int64, err error) {
	if err := over(); err != nil {
		return 0, err
	}
	var pending duck.PendingResult
	if duck.PendingPreparedStreaming(stmt, &pending) == duck.StateError {
		e := fault(query, duck.PendingError(pending))
		duck.DestroyPending(&pending)
		return 0, e
	}
	var res duck.Result
	state := duck.ExecutePending(pending, &res)
	defer duck.DestroyPending(&pending)
	defer duck.DestroyResult(&res)
	if state == duck.StateError {
		return 0, fault(query, duck.ResultError(&res))
	}
	cells := make([]any, len(types))
	vectors := make([]vector, len(types))
	for {
		if err := over(); err != nil {
			return rows, err
		}
		chunk := duck.FetchChunk(res)
		if chunk.Ptr == nil {
			if message := duck.ResultError(&res); message != "" {
				return rows, fault(query, message)
			}
			return rows, nil
		}
		more, err := c.chunk(chunk, types, vectors, cells, &rows, over, row)
		duck.DestroyDataChunk(&chunk)
		if err != nil || !more {
			return rows, err
		}
	}
}

// checkEvery is the number of rows between calls of over.
const checkEvery = 256

// chunk passes on the rows of a chunk. It reports false if there are none.
func (c *connection) chunk(chunk duck.DataChunk, types []duck.Type, vectors []vector, cells []any, rows *int64, over func() error, row func([]any) error) (bool, error) {
	size := int(duck.DataChunkGetSize(chunk))
	for i := range vectors {
		vectors[i] = newVector(duck.DataChunkGetVector(chunk, duck.IdxT(i)), types[i])
	}
	for at := range size {
		if at%checkEvery == checkEvery-1 {
			if err := over(); err != nil {
				return false, err
			}
		}
		for i := range vectors {
			cells[i] = vectors[i].cell(at)
		}
		*rows++
		if err := row(cells); err != nil {
			return false, err
		}
	}
	return size > 0, nil
}
