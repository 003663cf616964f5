package athena

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// Partitions reads the table's partition projection from its properties, otherwise the list of partitions: SHOW
// PARTITIONS reads the catalog, and is free.
// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html,
// https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html, read 2026-11.
func (e *Engine) Partitions(ctx context.Context, table string, columns []string) ([]engine.PartitionColumn, error) {
	at, err := e.tableLocation(table)
	if err != nil || len(columns) == 0 {
		return nil, err
	}
	found, err := e.metadata(ctx, at)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(found.Parameters["projection.enabled"], "true") {
		return projected(found.Parameters, columns), nil
	}
	if len(found.PartitionKeys) == 0 {
		return nil, nil
	}
	quoted := func(part string) string { return "`" + strings.ReplaceAll(part, "`", "``") + "`" }
	q, err := e.start(ctx, engine.Statement{SQL: "SHOW PARTITIONS " + quoted(at.database) + "." + quoted(at.table)}, 0)
	if err != nil {
		return nil, err
	}
	text, err := q.text(ctx)
	if ctx.Err() != nil {
		// No one else can use the list. If the query cannot be stopped, the error of the context is enough.
		_ = q.Stop(context.WithoutCancel(ctx))
	}
	if err != nil {
		return nil, err
	}
	return engine.PartitionsOfPaths(strings.Split(text, "\n"), columns), nil
}

// projected returns how partition projection generates the values of columns.
func projected(properties map[string]string, columns []string) []engine.PartitionColumn {
	var list []engine.PartitionColumn
	for _, column := range columns {
		property := func(name string) string {
			// Iteration order does not matter: keys differ in more than case.
			for key, value := range properties {
				if strings.EqualFold(key, "projection."+column+"."+name) {
					return value
				}
			}
			return ""
		}
		c := engine.PartitionColumn{Name: column}
		switch strings.ToLower(property("type")) {
		case "date":
			c.Format = property("format")
		case "enum":
			for value := range strings.SplitSeq(property("values"), ",") {
				c.Values = append(c.Values, strings.TrimSpace(value))
			}
			slices.Sort(c.Values)
		case "integer":
			c.Values = wholeNumbers(property("range"), property("digits"))
		case "injected":
			c.Injected = true
		}
		if c.Format != "" || c.Values != nil || c.Injected {
			list = append(list, c)
		}
	}
	return list
}

// wholeNumbers returns the first and last value of a range of integers, padded to the given number of digits.
func wholeNumbers(bounds, digits string) []string {
	width, _ := strconv.Atoi(digits)
	var list []string
	for bound := range strings.SplitSeq(bounds, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(bound))
		if err != nil {
			return nil
		}
		text := strconv.Itoa(n)
		if pad := width - len(text); pad > 0 {
			text = strings.Repeat("0", pad) + text
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
