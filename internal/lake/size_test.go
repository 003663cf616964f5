package lake

import (
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/plan"
)

// TestSizesFollowEstimates checks the chunks of sixty days: as many as the estimate requires, and one for a small
// table.
func TestSizesFollowEstimates(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	pendingComplete := plan.Chunk{From: from, To: from.AddDate(0, 0, 60)}
	trino := engine.Info{Remote: true}
	for _, c := range []struct {
		name   string
		info   engine.Info
		budget int64
		fixed  bool
		e      engine.Estimate
		want   Size
	}{
		{"small", trino, 0, false, engine.Estimate{Bytes: 300 << 20, Rows: 304_770}, Size{0, true}},
		{"one chunk, but too much to hold", trino, 0, false, engine.Estimate{Bytes: 4 << 30, Rows: 5_000_000}, Size{0, false}},
		{"by bytes", trino, 0, false, engine.Estimate{Bytes: 80 << 30, Rows: 1000}, Size{7 * day, false}},
		{"by rows", trino, 0, false, engine.Estimate{Bytes: 1 << 30, Rows: 60_000_000}, Size{11 * day, false}},
		{"huge", trino, 0, false, engine.Estimate{Bytes: 80 << 40, Rows: -1}, Size{day, false}},
		{"within a budget", trino, 1 << 30, false, engine.Estimate{Bytes: 1 << 30, Rows: 1000}, Size{7 * day, false}},
		{"a length set by the user", trino, 0, true, engine.Estimate{Bytes: 300 << 20, Rows: 1000}, Size{2 * day, false}},
		{"unknown", trino, 0, false, engine.Estimate{Bytes: -1, Rows: -1}, Size{7 * day, false}},
		{"unknown and billed", engine.Info{Remote: true, Billed: true}, 0, false, engine.Estimate{Bytes: -1, Rows: -1}, Size{day, false}},
		{"local files", engine.Info{}, 0, false, engine.Estimate{Bytes: 17 << 20, Rows: -1}, Size{0, true}},
	} {
		l := &Lake{info: c.info, fixed: c.fixed, opt: Options{Budget: c.budget}}
		if c.fixed {
			l.opt.Chunk = 2 * day
		}
		if got := l.size(&table{}, pendingComplete, c.e); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}
