package athenatest

import (
	"context"
	"iter"
	"strings"

	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// A Backend runs SQL for the endpoint. It must be safe for concurrent use.
type Backend interface {
	// Query runs one statement, whose text is exactly what the client sent. Columns of unknown type have the type "".
	// The rows are read once; a row and its cells belong to the endpoint until it asks for the next one. An error that
	// is a *Failure is shown as it is; the text of any other error becomes the reason.
	Query(ctx context.Context, sql string) ([]Column, Rows, error)
}

// Rows iterates over the rows of a result. Cells have the types of package sqltest; see Text for how they are written.
type Rows = iter.Seq2[[]any, error]

// Column is a column of a table or of a result. Type is Athena's name: "varchar" in results, "string" in tables.
type Column struct{ Name, Type, Comment string }

// BackendFunc adapts a function to a Backend.
type BackendFunc func(ctx context.Context, sql string) ([]Column, Rows, error)

// Query calls the function.
func (f BackendFunc) Query(ctx context.Context, sql string) ([]Column, Rows, error) {
	return f(ctx, sql)
}

// Slice returns the given rows.
func Slice(rows ...[]any) Rows {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// SQL returns an engine of package sqltest as a Backend. It gives no types; the endpoint guesses them from the first
// value in each column.
func SQL(e sqltest.Engine) Backend {
	return BackendFunc(func(ctx context.Context, sql string) ([]Column, Rows, error) {
		names, rows, err := e.Query(ctx, sql)
		if err != nil {
			return nil, nil, failureOf(err)
		}
		var columns []Column
		for i, name := range names {
			c := Column{Name: name}
			for _, row := range rows {
				if c.Type = typeOf(row[i]); c.Type != "" {
					break
				}
			}
			columns = append(columns, c)
		}
		return columns, Slice(rows...), nil
	})
}

// Explained returns a backend whose EXPLAIN is answered by a function, which gets the whole statement. The result has
// one column "Query Plan" and a row for each line. It is for engines whose EXPLAIN differs from Athena's.
func Explained(b Backend, plan func(sql string) string) Backend {
	return BackendFunc(func(ctx context.Context, sql string) ([]Column, Rows, error) {
		if kindOf(sql).substatement != "EXPLAIN" {
			return b.Query(ctx, sql)
		}
		var rows [][]any
		for line := range strings.SplitSeq(plan(sql), "\n") {
			rows = append(rows, []any{line})
		}
		return []Column{{Name: "Query Plan", Type: "varchar"}}, Slice(rows...), nil
	})
}

// databaseKey is the context key of DatabaseOf.
type databaseKey struct{}

// DatabaseOf returns the catalog and the database in which the client wants to run the statement of this context; both
// are "" if the client named none.
func DatabaseOf(ctx context.Context) (catalog, database string) {
	names, _ := ctx.Value(databaseKey{}).([2]string)
	return names[0], names[1]
}

// failureOf returns an error of an engine as Athena would report it. Athena's messages are Trino's, so these are
// unchanged; DuckDB's error types get Trino's names.
func failureOf(err error) error {
	text := err.Error()
	for _, kind := range []struct{ duckdb, name string }{
		{"Catalog Error: Table with name ", "TABLE_NOT_FOUND"},
		{"Parser Error: ", "SYNTAX_ERROR"},
		{"Binder Error: ", "SYNTAX_ERROR"},
		{"Catalog Error: Scalar Function with name ", "FUNCTION_NOT_FOUND"},
		{"Conversion Error: ", "INVALID_CAST_ARGUMENT"},
	} {
		if at := strings.Index(text, kind.duckdb); at >= 0 {
			return failed(kind.name + ": line 1:1: " + text[at:])
		}
	}
	name, _, ok := strings.Cut(text, ": ")
	if ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
		return failed(text)
	}
	return err
}
