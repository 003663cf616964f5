package sqltest

import (
	"context"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// An Engine runs SQL. It is safe for concurrent use, except for Close.
type Engine interface {
	// Name returns the engine with its version, for messages: "DuckDB v1.5.5".
	Name() string
	// Dialect returns the SQL dialect of the engine: "duckdb", "postgres", "sqlite" or "trino".
	Dialect() string
	// Exec runs one statement unchanged, waits for its end, and discards its rows.
	Exec(ctx context.Context, sql string) error
	// Query runs one statement and returns the names of its columns and all its rows, in the engine's order. The values
	// have the types in the package comment.
	Query(ctx context.Context, sql string) (columns []string, rows [][]any, err error)
	// Load creates a table, replacing one of that name, and fills it. Load quotes the name. The table is in a schema of
	// this engine, which Close removes. A row has one cell for each column; an error names the row and column of a cell
	// that does not fit.
	Load(ctx context.Context, table string, columns []schema.Column, rows [][]any) error
	// SetZone changes the time zone of the session, which is UTC at first. No other call may run at the same time.
	SetZone(ctx context.Context, zone string) error
	// Close drops what was loaded and ends the connection. The test's clean-up calls it.
	Close() error
}

// A Pair is an entry of a map.
type Pair struct {
	Key   string
	Value any
}

// Pairs are the entries of a map in order, with distinct keys.
type Pairs []Pair

// QuoteIdentifier quotes an identifier for any engine.
func QuoteIdentifier(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteText quotes text as a literal for any engine. No engine has escapes in plain literals, so only quotes are
// doubled; however, DuckDB does not accept U+0000 in a statement.
func QuoteText(text string) string {
	return `'` + strings.ReplaceAll(text, `'`, `''`) + `'`
}

// typeNames has an engine's names of column types.
type typeNames struct {
	timestamp string
	// row, array and mapOf return the type of a struct from "name type, …", of an array from the type of its element,
	// and of a map from the type of its values.
	row, array, mapOf func(inner string) string
}

// sqlType returns an engine's name of a type. An unknown type is text.
func (n *typeNames) sqlType(t schema.Type) string {
	switch t.Kind {
	case schema.Integer:
		return "BIGINT"
	case schema.Double:
		return "DOUBLE"
	case schema.Boolean:
		return "BOOLEAN"
	case schema.Timestamp:
		if zoned, _ := t.Zone(); zoned {
			return n.timestamp + " WITH TIME ZONE"
		}
		return n.timestamp
	case schema.Date:
		return "DATE"
	case schema.Struct:
		return n.row(n.columnList(t.Members))
	case schema.Array:
		return n.array(n.sqlType(element(t)))
	case schema.Map:
		return n.mapOf(n.sqlType(element(t)))
	default:
		return "VARCHAR"
	}
}

// columnList returns "name type, name type".
func (n *typeNames) columnList(columns []schema.Column) string {
	var parts []string
	for _, c := range columns {
		parts = append(parts, QuoteIdentifier(c.Name)+" "+n.sqlType(c.Type))
	}
	return strings.Join(parts, ", ")
}

// element returns the type of an array's elements or a map's values, or text if it is not known.
func element(t schema.Type) schema.Type {
	if t.Element == nil {
		return schema.Type{Kind: schema.Text}
	}
	return *t.Element
}
