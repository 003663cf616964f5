package trino

import (
	"context"
	"errors"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// quote returns a quoted identifier.
func quote(part string) string { return `"` + strings.ReplaceAll(part, `"`, `""`) + `"` }

// literal returns a text literal.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// lower converts a name to lower case, which is the only case of names in Trino.
func lower(text string) string { return strings.ToLower(text) }

func quoteName(parts []string) string {
	list := make([]string, len(parts))
	for i, part := range parts {
		list[i] = quote(part)
	}
	return strings.Join(list, ".")
}

// Describe returns the columns of a table or view. Partition columns are those that the connector marks; Iceberg hides
// its own.
func (e *Engine) Describe(ctx context.Context, table string) (*engine.Table, error) {
	parts, err := engine.SplitName(table)
	if err != nil {
		return nil, &engine.Error{Kind: engine.Invalid, Engine: name, Thing: "table " + safeText(table), Err: err}
	}
	t, err := e.describe(ctx, quoteName(parts))
	if err != nil {
		var failed *engine.Error
		if errors.As(err, &failed) && failed.Thing == "" {
			failed.Thing = "table " + safeText(table)
		}
		return nil, err
	}
	return t, nil
}

// describe is Describe for a quoted name.
func (e *Engine) describe(ctx context.Context, quoted string) (*engine.Table, error) {
	// Column, type, extra, comment: https://trino.io/docs/476/sql/show-columns.html.
	rows, err := e.rows(ctx, "DESCRIBE "+quoted, nil)
	if err != nil {
		return nil, err
	}
	t := &engine.Table{Name: quoted}
	for _, row := range rows {
		var cells [3]string
		for i := range min(len(cells), len(row)) {
			cells[i], _ = row[i].(string)
		}
		t.Columns = append(t.Columns, engine.Column{Name: cells[0], Type: cells[1]})
		if strings.Contains(cells[2], "partition key") {
			t.PartitionedBy = append(t.PartitionedBy, cells[0])
		}
	}
	return t, nil
}
