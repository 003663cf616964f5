//go:build duckdb && cgo

package duckdb

import (
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
)

// typesOf are the types of a statement's columns.
func typesOf(stmt duck.PreparedStatement) []duck.Type {
	types := make([]duck.Type, duck.PreparedStatementColumnCount(stmt))
	for i := range types {
		types[i] = duck.PreparedStatementColumnType(stmt, duck.IdxT(i))
	}
	return types
}

// columnsOf are the columns of a statement, with their types in DuckDB's words.
func columnsOf(stmt duck.PreparedStatement) []engine.Column {
	columns := make([]engine.Column, duck.PreparedStatementColumnCount(stmt))
	for i := range columns {
		t := duck.PreparedStatementColumnLogicalType(stmt, duck.IdxT(i))
		columns[i] = engine.Column{Name: duck.PreparedStatementColumnName(stmt, duck.IdxT(i)), Type: newType(t, 0).String()}
		duck.DestroyLogicalType(&t)
	}
	return columns
}

// plainSQL wraps a statement so that columns of types which cell does not know come as text; false where there are none.
func plainSQL(sql string, types []duck.Type) (string, bool) {
	needed := false
	var selected, names []string
	for i, t := range types {
		column := "c" + strconv.Itoa(i)
		names = append(names, column)
		switch {
		case isNested(t):
			column = "CASE WHEN " + column + " IS NOT NULL THEN CAST(to_json(" + column + ") AS VARCHAR) END"
			needed = true
		case readers[t] == nil:
			column = "CAST(" + column + " AS VARCHAR)"
			needed = true
		}
		selected = append(selected, column)
	}
	if !needed {
		return "", false
	}
	// The statement stays a text of its own: what it ends with, a comment or a semicolon, matters to nobody.
	return "SELECT " + strings.Join(selected, ", ") + " FROM query(" + quoteText(sql) + ") egret_result(" + strings.Join(names, ", ") + ")", true
}

// isNested tells of types whose values are made JSON text.
func isNested(t duck.Type) bool {
	return t == duck.TypeStruct || t == duck.TypeList || t == duck.TypeArray || t == duck.TypeMap
}

// stream runs a statement and hands over its rows while they are made. over is asked before each chunk.
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

// lookEvery is after how many rows over is asked again.
const lookEvery = 256

// chunk hands over the rows of a chunk; false says that there was none.
func (c *connection) chunk(chunk duck.DataChunk, types []duck.Type, vectors []vector, cells []any, rows *int64, over func() error, row func([]any) error) (bool, error) {
	size := int(duck.DataChunkGetSize(chunk))
	for i := range vectors {
		vectors[i] = newVector(duck.DataChunkGetVector(chunk, duck.IdxT(i)), types[i])
	}
	for at := range size {
		if at%lookEvery == lookEvery-1 {
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
