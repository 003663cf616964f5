package trino

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// Partitions reads the hidden table of a table's partitions, which hive and Delta Lake have.
// https://trino.io/docs/476/connector/hive.html#partitions-table. Other connectors hide their partitions.
func (e *Engine) Partitions(ctx context.Context, table string, columns []string) ([]engine.PartitionColumn, error) {
	parts, err := engine.SplitName(table)
	if err != nil || len(columns) == 0 {
		return nil, err
	}
	parts = slices.Clone(parts)
	parts[len(parts)-1] += "$partitions"
	// One query for all columns, because each query lists all partitions.
	var list []string
	for _, column := range columns {
		list = append(list, "json_format(CAST(array_sort(array_agg(DISTINCT CAST("+quote(lower(column))+" AS varchar))) AS json))")
	}
	rows, err := e.rows(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+quoteName(parts), nil)
	if err != nil {
		return nil, err
	}
	var out []engine.PartitionColumn
	for i, column := range columns {
		var values []*string
		if len(rows) == 1 && len(rows[0]) == len(columns) {
			text, _ := rows[0][i].(string)
			if json.Unmarshal([]byte(text), &values) != nil {
				continue
			}
		}
		c := engine.PartitionColumn{Name: column}
		for _, value := range values {
			if value == nil {
				c.Values = append(c.Values, engine.NoValue)
			} else {
				c.Values = append(c.Values, *value)
			}
		}
		if c.Values != nil {
			out = append(out, c)
		}
	}
	return out, nil
}
