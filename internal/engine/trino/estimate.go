package trino

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/engine"
)

// ioPlan is the result of EXPLAIN (TYPE IO, FORMAT JSON): the tables that a statement reads, with the constraints on
// their columns. https://trino.io/docs/476/sql/explain.html.
type ioPlan struct {
	InputTableColumnInfos []ioTable
}

type ioTable struct {
	Table struct {
		Catalog     string
		SchemaTable struct{ Schema, Table string }
	}
	Constraint struct {
		None              bool
		ColumnConstraints []struct {
			ColumnName string
			Domain     struct {
				NullsAllowed bool
				Ranges       []json.RawMessage
			}
		}
	}
	Estimate struct {
		OutputRowCount, OutputSizeInBytes estimated
	}
}

// name returns the table's quoted name.
func (t *ioTable) name() string {
	return quoteName([]string{t.Table.Catalog, t.Table.SchemaTable.Schema, t.Table.SchemaTable.Table})
}

// domain is the set of a column's values as ranges, each in its JSON form.
type domain map[string]bool

// domains returns the domains of a table's columns, by their names in lower case.
func (t *ioTable) domains() map[string]domain {
	all := map[string]domain{}
	for _, c := range t.Constraint.ColumnConstraints {
		d := domain{}
		if c.Domain.NullsAllowed {
			d["null"] = true
		}
		for _, r := range c.Domain.Ranges {
			var text bytes.Buffer
			if json.Compact(&text, r) == nil {
				d[text.String()] = true
			}
		}
		all[lower(c.ColumnName)] = d
	}
	return all
}

// within reports whether every range of a domain is also in another.
func (d domain) within(other domain) bool {
	for r := range d {
		if !other[r] {
			return false
		}
	}
	return true
}

// estimated is a number, or the text "NaN" if the planner has no statistics.
type estimated float64

// UnmarshalJSON accepts both forms.
func (n *estimated) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(string(bytes.Trim(text, `"`)), 64)
	if err != nil {
		f = math.NaN()
	}
	*n = estimated(f)
	return nil
}

// count returns the number as an integer, -1 if unknown.
func (n estimated) count() int64 {
	if f := float64(n); f >= 0 && f < math.MaxInt64 {
		return int64(f)
	}
	return -1
}

// sum adds estimates; if one is unknown the sum is unknown.
func sum(a, b int64) int64 {
	if a < 0 || b < 0 || a > math.MaxInt64-b {
		return -1
	}
	return a + b
}

// explain plans a statement without running it.
func (e *Engine) explain(ctx context.Context, sql string, session map[string]string) (*ioPlan, error) {
	rows, err := e.rows(ctx, "EXPLAIN (TYPE IO, FORMAT JSON) "+sql, session)
	if err != nil {
		return nil, err
	}
	var plan ioPlan
	text := ""
	if len(rows) == 1 && len(rows[0]) == 1 {
		text, _ = rows[0][0].(string)
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		return nil, &engine.Error{Engine: name, Err: errors.New("the plan of the statement cannot be parsed")}
	}
	return &plan, nil
}

// Estimate plans the statement. Bytes are the uncompressed size of the columns read, by the table's statistics; files
// are smaller. A statement that reads nothing, because no partition matches, has 0 bytes and rows, and no constrained
// columns.
func (e *Engine) Estimate(ctx context.Context, s engine.Statement) (engine.Estimate, error) {
	unknown := engine.Estimate{Bytes: -1, Rows: -1}
	plan, err := e.explain(ctx, s.SQL, nil)
	if err != nil {
		return unknown, err
	}
	out := engine.Estimate{}
	columns, tables := map[string]bool{}, 0
	out.Known = len(plan.InputTableColumnInfos) > 0
	for i := range plan.InputTableColumnInfos {
		t := &plan.InputTableColumnInfos[i]
		out.Bytes = sum(out.Bytes, t.Estimate.OutputSizeInBytes.count())
		out.Rows = sum(out.Rows, t.Estimate.OutputRowCount.count())
		if t.Constraint.None {
			continue
		}
		p, err := e.pruning(ctx, s, t)
		if err != nil {
			return unknown, err
		}
		out.Known = out.Known && p.known
		if !p.able {
			continue // the table cannot be pruned
		}
		// A column counts if every reading of a table is constrained by it: a reading that is not reads the whole
		// table.
		if tables++; tables == 1 {
			columns = p.columns
		}
		maps.DeleteFunc(columns, func(c string, _ bool) bool { return !p.columns[c] })
	}
	if out.Known {
		out.Constrained = slices.Sorted(maps.Keys(columns))
	}
	return out, nil
}
