package lake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
)

func TestHuntNeedsTimeRangeThatPrunes(t *testing.T) {
	f := newFake(nil)
	var zero Options
	if _, err := Open(t.Context(), Options{Engine: f, From: zero.From, To: zero.To}); !errors.Is(err, ErrNoWindow) {
		t.Errorf("without a range: got error %v", err)
	}
	l := huntOf(t, f, nil)
	if err := l.check(t.Context()); err != nil {
		t.Errorf("with a range that prunes: got error %v", err)
	}
	l = huntOf(t, &unpruned{f}, nil)
	var wide *UnprunedError
	if err := l.check(t.Context()); !errors.As(err, &wide) || wide.Table != "logs.trail" {
		t.Errorf("with a range that does not prune: got error %v", err)
	}
	l = huntOf(t, &unpruned{f}, func(o *Options) { o.AllTime = true })
	if err := l.check(t.Context()); err != nil {
		t.Errorf("with AllTime: got error %v", err)
	}
}

// TestUnprunedTablesHaveOneChunk checks that there is one query, because each query would read the whole table and be
// billed for it.
func TestUnprunedTablesHaveOneChunk(t *testing.T) {
	for name, c := range map[string]struct {
		estimate engine.Estimate
		columns  bool // the table has its partition column
		allTime  bool
		chunks   int
	}{
		"a table that prunes":               {engine.Estimate{Bytes: 1, Known: true, Constrained: []string{"timestamp"}}, true, true, 3},
		"a table that does not":             {engine.Estimate{Bytes: 1, Known: true}, true, true, 1},
		"no partitions":                     {engine.Estimate{Bytes: 1, Known: true}, false, true, 1},
		"no partitions, no estimate":        {engine.Estimate{Bytes: -1, Rows: -1}, false, true, 1},
		"no partitions, without AllTime":    {engine.Estimate{Bytes: -1, Rows: -1}, false, false, 1},
		"partitions, no estimate":           {engine.Estimate{Bytes: -1, Rows: -1}, true, true, 3},
		"partitions, no match":              {engine.Estimate{Known: true}, true, false, 3},
		"another column is all that prunes": {engine.Estimate{Bytes: 1, Known: true, Constrained: []string{"eventname"}}, true, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var l *Lake
			f := newFake(oneRow(&l))
			l = huntOf(t, &estimating{f, c.estimate, c.columns}, func(o *Options) { o.AllTime = c.allTime })
			if err := l.check(t.Context()); err != nil {
				t.Fatal(err)
			}
			begin(t, l, t.TempDir(), "")
			if _, err := collect(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			var ledger finding.Ledger
			l.Account(&ledger)
			if len(f.order) != c.chunks || (len(ledger.Notes) > 0) != (c.chunks == 1) {
				t.Errorf("got %d queries, want %d; notes %q", len(f.order), c.chunks, ledger.Notes)
			}
			outline, err := l.Outline(t.Context())
			if err != nil || outline.Queries != c.chunks {
				t.Errorf("outline: got %d queries, want %d (error %v)", outline.Queries, c.chunks, err)
			}
		})
	}
}

// TestUnprunedTablesHaveOneLookUp checks that events that are weeks apart are looked up together.
func TestUnprunedTablesHaveOneLookUp(t *testing.T) {
	var l *Lake
	f := newFake(oneRow(&l))
	l = huntOf(t, &unpruned{f}, func(o *Options) { o.AllTime, o.From = true, o.From.AddDate(0, -1, 0) })
	if err := l.check(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin(t, l, t.TempDir(), "")
	var list []Wanted
	for i := range 4 {
		list = append(list, Wanted{Schema: l.tables[0].Layout.Schema, ID: fmt.Sprint("id-", i), Time: l.opt.From.AddDate(0, 0, 7*i)})
	}
	if err := l.Whole(t.Context(), list, false, func(*Batch) error { return nil }); err != nil || len(f.order) != 1 {
		t.Errorf("got %d queries for four events (error %v), want 1", len(f.order), err)
	}
}

// estimating is an engine with a fixed estimate.
type estimating struct {
	*fake
	estimate engine.Estimate
	columns  bool
}

func (e *estimating) Estimate(context.Context, engine.Statement) (engine.Estimate, error) {
	return e.estimate, nil
}

func (e *estimating) Describe(ctx context.Context, table string) (*engine.Table, error) {
	described, err := e.fake.Describe(ctx, table)
	if err == nil && !e.columns {
		described.PartitionedBy = nil
		described.Columns = slices.DeleteFunc(described.Columns, func(c engine.Column) bool { return c.Name == "timestamp" })
	}
	return described, err
}

// unpruned is an engine that never prunes.
type unpruned struct{ *fake }

func (u *unpruned) Estimate(context.Context, engine.Statement) (engine.Estimate, error) {
	return engine.Estimate{Bytes: 1 << 40, Rows: -1, Known: true}, nil
}
