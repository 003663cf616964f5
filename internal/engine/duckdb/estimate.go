//go:build duckdb && cgo

package duckdb

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
)

// planNode is a step of a plan as EXPLAIN writes it.
type planNode struct {
	Name     string         `json:"name"`
	Children []planNode     `json:"children"`
	Extra    map[string]any `json:"extra_info"`
}

// text is one of the details of a step, "" where there is none.
func (n *planNode) text(key string) string {
	text, _ := n.Extra[key].(string)
	return text
}

// Estimate plans the statement. The bytes are the sizes of the files that are left once partition columns have ruled out
// others; of columns and row groups that need not be read it knows nothing. Statements that read tables of a database
// have -1: what a database file holds of a table costs more to find out than to read. Rows are never known.
func (e *Engine) Estimate(ctx context.Context, sql string) (engine.Estimate, error) {
	estimate := engine.Estimate{Bytes: -1, Rows: -1}
	in, err := e.use(ctx)
	if err != nil {
		return estimate, err
	}
	defer in.release()
	c, err := in.connect()
	if err != nil {
		return estimate, err
	}
	defer c.close()
	defer c.interrupt(ctx, nil)()
	// The statement by itself tells what is wrong with it in its own words.
	stmt, err := c.prepare("", sql)
	if err == nil {
		explains := duck.PreparedStatementType(stmt) == duck.StatementTypeExplain
		duck.DestroyPrepare(&stmt)
		if explains {
			return estimate, nil
		}
		var nodes []planNode
		err = c.rows("EXPLAIN (FORMAT json) "+sql, func(cells []any) error {
			text, _ := cells[len(cells)-1].(string)
			// A plan in another form tells nothing.
			_ = json.Unmarshal([]byte(text), &nodes)
			return nil
		})
		estimate = in.estimate(nodes, c.tables(sql))
	}
	if err != nil && ctx.Err() != nil {
		return estimate, ctx.Err()
	}
	return estimate, err
}

// tables are the tables that a statement names, in lower case.
func (c *connection) tables(sql string) []string {
	list := duck.GetTableNames(c.handle, sql, true)
	defer duck.DestroyValue(&list)
	var names []string
	for i := range duck.GetListSize(list) {
		v := duck.GetListChild(list, i)
		names = append(names, strings.ToLower(duck.GetVarchar(v)))
		duck.DestroyValue(&v)
	}
	return names
}

var (
	scanned   = regexp.MustCompile(`^([0-9]+)/([0-9]+)$`)
	planWords = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
)

func (in *instance) estimate(nodes []planNode, tables []string) engine.Estimate {
	estimate := engine.Estimate{Bytes: -1, Rows: -1}
	var read []*fileTable
	for _, ft := range in.files {
		if slices.Contains(tables, ft.view) {
			read = append(read, ft)
		}
	}
	if len(read) == 0 || len(read) < len(tables) {
		return estimate
	}
	// Of several tables the plan does not tell which one a scan belongs to, except by the number of its files.
	share := map[int]float64{}
	for len(nodes) > 0 {
		n := nodes[0]
		nodes = append(nodes[1:], n.Children...)
		if m := scanned.FindStringSubmatch(n.text("Scanning Files")); m != nil {
			left, _ := strconv.Atoi(m[1])
			all, _ := strconv.Atoi(m[2])
			share[all] = max(share[all], float64(left)/float64(max(all, 1)))
		}
		words := planWords.FindAllString(n.text("File Filters"), -1)
		for _, ft := range read {
			for _, key := range ft.keys {
				if slices.Contains(words, key) {
					estimate.Constrained = append(estimate.Constrained, strings.ToLower(key))
				}
			}
		}
	}
	slices.Sort(estimate.Constrained)
	estimate.Constrained = slices.Compact(estimate.Constrained)
	estimate.Known, estimate.Bytes = true, 0
	for _, ft := range read {
		part, pruned := share[len(ft.paths)]
		if !pruned {
			part = 1
		}
		estimate.Bytes += int64(part * float64(ft.bytes))
	}
	return estimate
}
