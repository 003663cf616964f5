package athena

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// estimate combines the tables of a plan. A column counts as constrained if every reading of a table is constrained by
// it: a reading that is not reads the whole table. Tables that cannot be pruned are ignored.
func (e *Engine) estimate(ctx context.Context, asked map[string]int, readings []reading) (engine.Estimate, error) {
	// Without a table nothing is read, or the planner has found that no partition matches; then the columns are
	// unknown.
	out := engine.Estimate{Known: len(readings) > 0}
	var common map[string]bool
	times := map[*partitioning]int{}
	for i := range readings {
		r := &readings[i]
		if r.Constraint.None {
			continue
		}
		out.Bytes, out.Rows = r.Estimate.Bytes.add(out.Bytes), r.Estimate.Rows.add(out.Rows)
		t, err := e.parts(ctx, r)
		if err != nil {
			return engine.Estimate{Bytes: -1, Rows: -1}, err
		}
		if t == nil {
			out.Known = false
			continue
		}
		times[t]++
		columns, known := t.pruned(asked, times[t], r)
		out.Known = out.Known && known
		if columns == nil {
			continue
		}
		if common == nil {
			common = columns
		}
		maps.DeleteFunc(common, func(column string, _ bool) bool { return !columns[column] })
	}
	if out.Known {
		out.Constrained = slices.Sorted(maps.Keys(common))
	}
	return out, nil
}

// partitioning describes how a table is partitioned.
type partitioning struct {
	// by are the partition columns, in lower case.
	by []string
	// hidden reports that the table's format skips files by the bounds of any column.
	hidden bool
}

// parts returns how a table of a plan is partitioned, from the catalog or from memory. It is nil if the catalog does
// not say.
func (e *Engine) parts(ctx context.Context, r *reading) (*partitioning, error) {
	at := tableLocation{catalog: r.Table.Catalog, database: r.Table.SchemaTable.Schema, table: r.Table.SchemaTable.Table}
	// Plans name AWS's catalog after the connector, or in lower case.
	if strings.EqualFold(at.catalog, "hive") || strings.EqualFold(at.catalog, defaultCatalog) {
		at.catalog = defaultCatalog
	}
	at.name = at.catalog + "." + at.database + "." + at.table
	e.mutex.Lock()
	known := e.layouts[at.name]
	e.mutex.Unlock()
	if known != nil {
		return known, nil
	}
	t, err := e.metadata(ctx, at)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if k := engine.KindOf(err); k == engine.Transient || k == engine.Expired {
		return nil, err
	}
	if err != nil {
		return nil, nil
	}
	found := &partitioning{hidden: strings.EqualFold(t.Parameters["table_type"], "ICEBERG") || t.Parameters["spark.sql.sources.provider"] == "delta"}
	for _, c := range columnsOf(t.PartitionKeys) {
		found.by = append(found.by, strings.ToLower(c.Name))
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.layouts[at.name] = found
	return found, nil
}

// pruned returns the columns by which a statement prunes the table, nil if the table cannot be pruned.
//
// The plan alone is not enough. For a partitioned table it lists the remaining partitions, as the values of their
// columns: all of them if there is no condition, so that a statement that reads everything has the same plan as one
// whose conditions match everything. So a partition column counts only if the statement also names it in a condition,
// and in as many conditions as it reads the table; times is the number of this reading. If the plan mentions no
// partition column although the statement names one, it is not reliable: very long lists of partitions are left out.
func (t *partitioning) pruned(asked map[string]int, times int, r *reading) (columns map[string]bool, known bool) {
	bounded := r.bounded()
	if t.hidden {
		return bounded, true
	}
	if len(t.by) == 0 {
		return nil, true
	}
	columns, listed, named := map[string]bool{}, false, false
	for _, column := range t.by {
		listed, named = listed || bounded[column], named || asked[column] > 0
		if bounded[column] && asked[column] >= times {
			columns[column] = true
		}
	}
	return columns, listed || !named
}
