package athena

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// estimate says what the tables of a plan amount to. A column counts as constrained if every read of a table is: one that
// is not reads its table whole. Tables of which nothing can be left out do not speak for or against a column.
func (e *Engine) estimate(ctx context.Context, sql string, readings []reading) (engine.Estimate, error) {
	// Without a table nothing is read, or the planner has found out that no partition fits: no column tells.
	out := engine.Estimate{Known: len(readings) > 0}
	var common map[string]bool
	asked, times := conditions(sql), map[*parted]int{}
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

// parted is how a table is laid out.
type parted struct {
	// by are the partition columns, in lower case.
	by []string
	// hidden says that the table's format leaves out files by the bounds of any column.
	hidden bool
}

// parts asks the catalog how a table of a plan is laid out, once. It is nil where the catalog does not tell.
func (e *Engine) parts(ctx context.Context, r *reading) (*parted, error) {
	at := place{catalog: r.Table.Catalog, database: r.Table.SchemaTable.Schema, table: r.Table.SchemaTable.Table}
	// Plans call the catalog of AWS by the name of the connector, or in lower case.
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
	found := &parted{hidden: strings.EqualFold(t.Parameters["table_type"], "ICEBERG") || t.Parameters["spark.sql.sources.provider"] == "delta"}
	for _, c := range columnsOf(t.PartitionKeys) {
		found.by = append(found.by, strings.ToLower(c.Name))
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.layouts[at.name] = found
	return found, nil
}

// pruned are the columns by which a statement leaves parts of the table out, nil where it has none.
//
// The plan alone does not say. Of a table with partitions it lists those that remain, as the values of their columns: all
// of them where nothing is asked, so that a statement that reads everything has the same lines as one whose conditions
// happen to hold for all. So a partition column counts only if the statement also names it in a condition, and in as many
// conditions as it reads the table; times says which reading this is. A plan that says nothing about any partition column,
// though the statement names one, cannot be trusted: where a table has very many partitions they are not listed.
func (t *parted) pruned(asked map[string]int, times int, r *reading) (columns map[string]bool, known bool) {
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

// clauses end the conditions behind a WHERE.
var clauses = []string{"group", "order", "having", "limit", "offset", "fetch", "window", "union", "except", "intersect", "select"}

// conditions are the names that stand in the conditions of a statement, behind WHERE, in lower case, with the number of
// such conditions. Texts and comments are left out.
func conditions(sql string) map[string]int {
	names := map[string]int{}
	// inside are the conditions that have begun, each at a depth of parentheses.
	type condition struct {
		depth int
		names map[string]bool
	}
	var inside []condition
	depth := 0
	leave := func(down int) {
		for len(inside) > 0 && inside[len(inside)-1].depth >= down {
			inside = inside[:len(inside)-1]
		}
	}
	for sql != "" {
		word, quoted, rest := token(sql)
		sql = rest
		switch lower := strings.ToLower(word); {
		case word == "":
		case word == "(" && !quoted:
			depth++
		case word == ")" && !quoted:
			leave(depth)
			depth--
		case lower == "where" && !quoted:
			leave(depth)
			inside = append(inside, condition{depth, map[string]bool{}})
		case slices.Contains(clauses, lower) && !quoted:
			leave(depth)
		case len(inside) > 0:
			if last := inside[len(inside)-1].names; !last[lower] {
				last[lower] = true
				names[lower]++
			}
		}
	}
	return names
}

// token splits off the first word, name in quotes or other character of a statement; word is "" for texts and comments.
func token(sql string) (word string, quoted bool, rest string) {
	switch c := sql[0]; {
	case c == '\'' || c == '"':
		end := 1
		for end < len(sql) && (sql[end] != c || strings.HasPrefix(sql[end+1:], string(c))) {
			if sql[end] == c {
				end++
			}
			end++
		}
		end = min(end, len(sql))
		if c == '"' {
			word = strings.ReplaceAll(sql[1:end], `""`, `"`)
		}
		return word, true, sql[min(end+1, len(sql)):]
	case strings.HasPrefix(sql, "--"):
		_, rest, _ = strings.Cut(sql, "\n")
		return "", false, rest
	case strings.HasPrefix(sql, "/*"):
		_, rest, _ = strings.Cut(sql[2:], "*/")
		return "", false, rest
	case wordByte(c):
		end := 1
		for end < len(sql) && wordByte(sql[end]) {
			end++
		}
		return sql[:end], false, sql[end:]
	default:
		return sql[:1], false, sql[1:]
	}
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
