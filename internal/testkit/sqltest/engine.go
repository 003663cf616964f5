package sqltest

import (
	"context"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// Engine runs SQL. It is safe for concurrent use, except for Close.
type Engine interface {
	// Name says which engine, with its version, for messages: "DuckDB v1.5.5".
	Name() string
	// Dialect is the variety of SQL that the engine speaks: "duckdb" or "trino".
	Dialect() string
	// Exec runs one statement, whose text arrives as it is, and waits for its end. Rows are thrown away.
	Exec(ctx context.Context, sql string) error
	// Query runs one statement and returns the names of its columns and all its rows, in the engine's order. The values
	// have the types that the package comment lists.
	Query(ctx context.Context, sql string) (columns []string, rows [][]any, err error)
	// Load creates a table, replacing one of that name, and fills it. The name is quoted as an identifier, so that it needs
	// nothing of the kind, and lies in a schema of the engine's own that vanishes with Close. A row has one cell for each
	// column; an error names the row and column of a cell that does not fit.
	Load(ctx context.Context, table string, columns []schema.Column, rows [][]any) error
	// SetZone changes the time zone of the session, which is UTC at first. No other call may run at the same time.
	SetZone(ctx context.Context, zone string) error
	// Close drops what was loaded and ends the connection. It is called by the test's clean-up.
	Close() error
}

// Pair is an entry of a map.
type Pair struct {
	Key   string
	Value any
}

// Pairs are the entries of a map in their order, with each key once.
type Pairs []Pair

// QuoteIdentifier is a name as an identifier of any engine.
func QuoteIdentifier(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteText is a text as a literal of any engine. Neither knows escapes in plain literals, so that only the quote is
// doubled; DuckDB takes no U+0000 in the text of a statement, however.
func QuoteText(text string) string {
	return `'` + strings.ReplaceAll(text, `'`, `''`) + `'`
}

// typeNames are the words of an engine for the types of columns.
type typeNames struct {
	timestamp string
	// row, array and mapOf make the type of a struct from "name type, …", of an array from that of its element, and of a
	// map from that of its values.
	row, array, mapOf func(inner string) string
}

// sqlType is a type in an engine's words. A column of which nothing is known is text.
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

// columnList is "name type, name type".
func (n *typeNames) columnList(columns []schema.Column) string {
	var parts []string
	for _, c := range columns {
		parts = append(parts, QuoteIdentifier(c.Name)+" "+n.sqlType(c.Type))
	}
	return strings.Join(parts, ", ")
}

// element is the type of an array's elements or a map's values; text where the type does not say.
func element(t schema.Type) schema.Type {
	if t.Element == nil {
		return schema.Type{Kind: schema.Text}
	}
	return *t.Element
}
