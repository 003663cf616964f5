package trino

import (
	"context"
	"errors"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// pruning is by which columns parts of a table are left out.
type pruning struct {
	// able says that the table has parts that can be left out, known that columns can be trusted.
	able, known bool
	columns     map[string]bool
}

// hive is the connector whose tables have nothing but partitions to leave out.
const hive = "hive"

// pruning finds out by which columns a statement leaves parts of a table out.
//
// The plan alone does not say. For a table of hive it lists the partitions that remain, as the domains of their columns:
// all of them where nothing is asked, so that a domain stands there for a statement that reads everything. It also lists
// what is asked of other columns, which leaves no file out. So domains of partition columns are compared with those of a
// statement that asks for the whole table:
//
//   - Fewer ranges: the column leaves partitions out.
//   - The same: either the statement says nothing about the column, or what it asks for happens to be all there is, as in
//     a young table. The first is told by the session property query_partition_filter_required of the connector, with
//     which the planner refuses statements that have no condition on any partition column. Where several columns have
//     the same domains, those count that the statement names at all.
//
// Iceberg knows the bounds of every column in every file, and its plan shows the statement's own conditions: these count.
func (e *Engine) pruning(ctx context.Context, sql string, t *ioTable) (pruning, error) {
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
		// The whole table is too much to plan; what can be planned leaves parts out.
		for _, column := range partitions {
			if _, ok := asked[column]; ok {
				p.columns[column] = true
			}
		}
	case reason == "QUERY_REJECTED":
		// The cluster refuses statements without a condition on a partition column; this one has one.
		e.named(&p, sql, partitions)
	default:
		p.known = false
		return p, fatal(ctx, err)
	}
	if len(same) == 0 {
		return p, nil
	}
	if len(p.columns) == 0 {
		_, err := e.explain(ctx, sql, map[string]string{t.Table.Catalog + ".query_partition_filter_required": "true"})
		if serverError(err) == "QUERY_REJECTED" {
			return p, nil
		}
		if err != nil {
			p.known = false
			return p, fatal(ctx, err)
		}
	}
	e.named(&p, sql, same)
	return p, nil
}

// named adds those columns that a statement names.
func (e *Engine) named(p *pruning, sql string, columns []string) {
	names := identifiers(sql)
	for _, column := range columns {
		if names[column] {
			p.columns[column] = true
		}
	}
}

// fatal is the error of a question that was asked beside the statement's own plan: only the end of the context, or of the
// connection, is one.
func fatal(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if k := engine.KindOf(err); k == engine.Transient || k == engine.Expired {
		return err
	}
	return nil
}

// serverError is Trino's name of a query's error, "" for other errors.
func serverError(err error) string {
	var e *queryError
	if errors.As(err, &e) {
		return e.ErrorName
	}
	return ""
}

// partitions are the names of a table's partition columns in lower case, asked once.
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

// whole are the domains of a statement that reads a whole table. They are asked anew each time: partitions come and go.
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

// connector is the kind of a catalog, asked once.
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
		return "", &engine.Error{Kind: engine.Missing, Engine: name, Thing: "catalog " + shown(catalog), Err: errors.New("it is not listed")}
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.connectors[catalog] = connector
	return connector, nil
}

// identifiers are the words of a statement outside of texts and comments, and the names in double quotes, in lower case.
func identifiers(sql string) map[string]bool {
	names := map[string]bool{}
	for sql != "" {
		switch c := sql[0]; {
		case c == '\'':
			_, sql = quotedUntil(sql, '\'')
		case c == '"':
			var text string
			text, sql = quotedUntil(sql, '"')
			names[lower(text)] = true
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql[2:], "*/")
		case wordByte(c):
			end := 1
			for end < len(sql) && wordByte(sql[end]) {
				end++
			}
			names[lower(sql[:end])] = true
			sql = sql[end:]
		default:
			sql = sql[1:]
		}
	}
	return names
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// quotedUntil reads what stands between quotes, of which two mean one, and what follows.
func quotedUntil(sql string, quote byte) (text, rest string) {
	var b strings.Builder
	for i := 1; i < len(sql); i++ {
		if sql[i] == quote {
			if i+1 == len(sql) || sql[i+1] != quote {
				return b.String(), sql[i+1:]
			}
			i++
		}
		b.WriteByte(sql[i])
	}
	return b.String(), ""
}
