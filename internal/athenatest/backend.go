package athenatest

import (
	"context"
	"iter"
	"strings"

	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// Backend runs SQL for the endpoint. It is used by several queries at a time.
type Backend interface {
	// Query runs one statement, whose text arrives as the client sent it. Columns of unknown type have the type "". The rows
	// are read once; rows and their cells belong to the endpoint until the next one is asked for. An error that is a
	// *Failure is shown as it is; of others the text becomes the reason.
	Query(ctx context.Context, sql string) ([]Column, Rows, error)
}

// Rows are the rows of a result. Cells are those of package sqltest; Text says how they are written.
type Rows = iter.Seq2[[]any, error]

// Column is a column of a table or of a result. Type is in Athena's words: "varchar" in results, "string" in tables.
type Column struct{ Name, Type, Comment string }

// BackendFunc is a function as a Backend.
type BackendFunc func(ctx context.Context, sql string) ([]Column, Rows, error)

// Query calls the function.
func (f BackendFunc) Query(ctx context.Context, sql string) ([]Column, Rows, error) {
	return f(ctx, sql)
}

// Slice is rows that are there already.
func Slice(rows ...[]any) Rows {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// SQL is an engine of package sqltest as a Backend. It gives no types; the endpoint guesses them from the first value of
// each column.
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

// Explained is a backend whose EXPLAIN is answered by a function, which gets the whole statement: one column "Query Plan"
// with a row for each line. It is for engines whose EXPLAIN is not like Athena's.
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

// databaseKey is the key of the context's value that DatabaseOf reads.
type databaseKey struct{}

// DatabaseOf is the catalog and the database in which the client wants a statement of this context to run; both are ""
// where the client named none.
func DatabaseOf(ctx context.Context) (catalog, database string) {
	names, _ := ctx.Value(databaseKey{}).([2]string)
	return names[0], names[1]
}

// failureOf is an error of an engine as Athena would report it. Athena's own words are those of Trino, which come as they
// are; DuckDB's kinds of errors become the names that Trino has for them.
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
