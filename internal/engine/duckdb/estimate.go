//go:build duckdb && cgo

package duckdb

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// planNode is a step of a plan in EXPLAIN's output.
type planNode struct {
	Name     string         `json:"name"`
	Children []planNode     `json:"children"`
	Extra    map[string]any `json:"extra_info"`
}

// text returns a detail of a step, "" if there is none.
func (n *planNode) text(key string) string {
	text, _ := n.Extra[key].(string)
	return text
}

// Estimate plans the statement. The bytes are the sizes of the files that remain after pruning by partition columns;
// columns and row groups that are not read are not taken into account. For statements that read tables of a database
// they are -1, because finding the size of such a table costs more than reading it. The rows are always unknown.
func (e *Engine) Estimate(ctx context.Context, s engine.Statement) (engine.Estimate, error) {
	estimate, sql := engine.Estimate{Bytes: -1, Rows: -1}, s.SQL
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
	// Only a SELECT is explained. Preparing it first yields a clear error message.
	stmt, err := c.prepare("", sql)
	if err == nil {
		duck.DestroyPrepare(&stmt)
		var nodes []planNode
		err = c.rows("EXPLAIN (FORMAT json) "+sql, func(cells []any) error {
			text, _ := cells[len(cells)-1].(string)
			// A plan in another form is ignored.
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
	scanned = lazyre.New(`^([0-9]+)/([0-9]+)$`)
	words   = lazyre.New(`[A-Za-z_][A-Za-z0-9_]*`)
)

// estimate interprets a plan. named are the words in the statement, because a plan does not name the view of a scan.
func (in *instance) estimate(nodes []planNode, named []string) engine.Estimate {
	estimate := engine.Estimate{Bytes: -1, Rows: -1}
	var read []*fileTable
	// Iteration order does not matter: the results are added up or sorted.
	for _, ft := range in.files {
		if slices.Contains(named, ft.view[strings.LastIndexByte(ft.view, '.')+1:]) {
			read = append(read, ft)
		}
	}
	if len(read) == 0 {
		return estimate
	}
	share := map[int]float64{} // of the files that are read, by the number of files
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
