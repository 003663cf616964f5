package trino

import (
	"context"
	"errors"

	"github.com/egret-hunt/egret/internal/engine"
)

// pruning describes by which columns a statement prunes a table.
type pruning struct {
	// able reports that the table can be pruned, known that columns is reliable.
	able, known bool
	columns     map[string]bool
}

// hive is the connector whose tables can only be pruned by partitions.
const hive = "hive"

// pruning finds the columns by which a statement prunes a table.
//
// The plan alone is not enough. For a hive table it lists the remaining partitions, as the domains of their columns:
// all of them if there is no condition, so that a statement that reads everything has domains too. It also lists
// conditions on other columns, which exclude no files. So domains of partition columns are compared with those of a
// statement that reads the whole table:
//
//   - Fewer ranges: the column prunes partitions.
//   - The same: either the statement has no condition on the column, or its condition matches all partitions, as in a
//     new table. To recognize the first case, the connector's session property query_partition_filter_required makes
//     the planner reject statements without a condition on any partition column. If several columns have unchanged
//     domains, those that a condition names count.
//
// Iceberg knows the bounds of every column in every file, and its plan lists the statement's own conditions: these
// count.
func (e *Engine) pruning(ctx context.Context, s engine.Statement, t *ioTable) (pruning, error) {
	p := pruning{able: true, known: true, columns: map[string]bool{}}
	partitions, err := e.partitions(ctx, t)
	if err != nil {
		p.known = false
		return p, fatal(ctx, err)
	}
	asked := t.domains()
	if len(partitions) == 0 {
		connector, err := e.connector(ctx, t.Table.Catalog)
		if err != nil {
			p.known = false
			return p, fatal(ctx, err)
		}
		if p.able = connector != hive; p.able {
			for column := range asked {
				p.columns[column] = true
			}
		}
		return p, nil
	}
	whole, err := e.whole(ctx, t)
	var same []string
	switch reason := serverError(err); {
	case err == nil:
		for _, column := range partitions {
			d, ok := asked[column]
			before, all := whole[column]
			switch {
			case !ok:
			case !all || !d.within(before) || len(d) < len(before):
				p.columns[column] = true
			default:
				same = append(same, column)
			}
		}
	case reason == "HIVE_EXCEEDED_PARTITION_LIMIT":
		// The whole table is too large to plan; a statement that can be planned prunes it.
		for _, column := range partitions {
			if _, ok := asked[column]; ok {
				p.columns[column] = true
			}
		}
	case reason == "QUERY_REJECTED":
		// The cluster rejects statements without a condition on a partition column; this one has one.
		e.addNamed(&p, s, partitions)
	default:
		p.known = false
		return p, fatal(ctx, err)
	}
	if len(same) == 0 {
		return p, nil
	}
	if len(p.columns) == 0 {
		_, err := e.explain(ctx, s.SQL, map[string]string{t.Table.Catalog + ".query_partition_filter_required": "true"})
		if serverError(err) == "QUERY_REJECTED" {
			return p, nil
		}
		if err != nil {
			p.known = false
			return p, fatal(ctx, err)
		}
	}
	e.addNamed(&p, s, same)
	return p, nil
}

// addNamed adds the columns that a condition of the statement names.
func (e *Engine) addNamed(p *pruning, s engine.Statement, columns []string) {
	for _, column := range columns {
		if s.Bounds[column] > 0 {
			p.columns[column] = true
		}
	}
}

// fatal returns the error of an additional query that must end the estimate: only that of the context or of the
// connection.
func fatal(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if k := engine.KindOf(err); k == engine.Transient || k == engine.Expired {
		return err
	}
	return nil
}

// serverError returns Trino's name of a query's error, "" for other errors.
func serverError(err error) string {
	var e *queryError
	if errors.As(err, &e) {
		return e.ErrorName
	}
	return ""
}

// partitions returns the names of a table's partition columns in lower case. They are queried once.
func (e *Engine) partitions(ctx context.Context, t *ioTable) ([]string, error) {
	e.mutex.Lock()
	partitions, ok := e.partitioned[t.name()]
	e.mutex.Unlock()
	if ok {
		return partitions, nil
	}
	described, err := e.describe(ctx, t.name())
	if err != nil {
		return nil, err
	}
	for _, column := range described.PartitionedBy {
		partitions = append(partitions, lower(column))
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.partitioned[t.name()] = partitions
	return partitions, nil
}

// whole returns the domains of a statement that reads a whole table. They are queried each time, because partitions
// change.
func (e *Engine) whole(ctx context.Context, t *ioTable) (map[string]domain, error) {
	plan, err := e.explain(ctx, "SELECT count(*) FROM "+t.name(), nil)
	if err != nil {
		return nil, err
	}
	whole := map[string]domain{}
	for i := range plan.InputTableColumnInfos {
		whole = plan.InputTableColumnInfos[i].domains()
	}
	return whole, nil
}

// connector returns the connector of a catalog. It is queried once.
func (e *Engine) connector(ctx context.Context, catalog string) (string, error) {
	e.mutex.Lock()
	connector := e.connectors[catalog]
	e.mutex.Unlock()
	if connector != "" {
		return connector, nil
	}
	rows, err := e.rows(ctx, "SELECT connector_name FROM system.metadata.catalogs WHERE catalog_name = "+literal(catalog), nil)
	if err != nil {
		return "", err
	}
	if len(rows) == 1 && len(rows[0]) == 1 {
		connector, _ = rows[0][0].(string)
	}
	if connector == "" {
		return "", &engine.Error{Kind: engine.Missing, Engine: name, Thing: "catalog " + safeText(catalog), Err: errors.New("it is not listed")}
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.connectors[catalog] = connector
	return connector, nil
}
