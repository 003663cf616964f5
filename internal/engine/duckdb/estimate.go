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
	// Only a SELECT is explained, and by itself it tells what is wrong with it in its own words.
	stmt, err := c.prepare("", sql)
	if err == nil {
		duck.DestroyPrepare(&stmt)
		var nodes []planNode
		err = c.rows("EXPLAIN (FORMAT json) "+sql, func(cells []any) error {
			text, _ := cells[len(cells)-1].(string)
			// A plan in another form tells nothing.
			_ = json.Unmarshal([]byte(text), &nodes)
			return nil
		})
		estimate = in.estimate(nodes, words.FindAllString(strings.ToLower(sql), -1))
	}
	if err != nil && ctx.Err() != nil {
		return estimate, ctx.Err()
	}
	return estimate, err
}

var (
	scanned = regexp.MustCompile(`^([0-9]+)/([0-9]+)$`)
	words   = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
)

// estimate reads a plan. named are the words of the statement: a plan does not tell which view a scan is of.
func (in *instance) estimate(nodes []planNode, named []string) engine.Estimate {
	estimate := engine.Estimate{Bytes: -1, Rows: -1}
	var read []*fileTable
	// Any order: what is read of them is added up, or sorted.
	for _, ft := range in.files {
		if slices.Contains(named, ft.view[strings.LastIndexByte(ft.view, '.')+1:]) {
			read = append(read, ft)
		}
	}
	if len(read) == 0 {
		return estimate
	}
	share := map[int]float64{} // of the files that are read, by their number
	for len(nodes) > 0 {
		n := nodes[0]
		nodes = append(nodes[1:], n.Children...)
		if n.text("Table") != "" {
			return estimate // a table of a database
		}
		if m := scanned.FindStringSubmatch(n.text("Scanning Files")); m != nil {
			left, _ := strconv.Atoi(m[1])
			all, _ := strconv.Atoi(m[2])
			share[all] = max(share[all], float64(left)/float64(max(all, 1)))
		}
		filters := words.FindAllString(n.text("File Filters"), -1)
		for _, ft := range read {
			for _, key := range ft.keys {
				if slices.Contains(filters, key) {
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
