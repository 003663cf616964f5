package lake

import (
	"context"
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/plan"
)

// Size is how a table is asked.
type Size struct {
	// Slice is the length of its slices, whole days; 0: one slice for everything.
	Slice time.Duration `json:"slice"`
	// Together says that one statement asks for rows and hits, so that the table is read once.
	Together bool `json:"together"`
}

// What a query reads at most, by the engine's estimate, where nobody asks for slices of a length: enough that planning the
// statement is no part of the cost worth naming, and little enough to be done in minutes.
const (
	sliceBytes, sliceRows = 8 << 30, 10_000_000
	// Below these the engine keeps the events that correlations may count in memory beside the rows.
	togetherBytes, togetherRows = 1 << 30, 2_000_000
	// budgetSlices is how many slices a budget reaches at least, since it is looked at between them.
	budgetSlices = 10
	// unknownSlice is the length of slices where engines cannot tell and nobody is billed, unknownBilled where somebody is.
	unknownSlice, unknownBilled = 7 * day, day
	day                         = 24 * time.Hour
)

// Measure asks the engine how large the tables are within the time range, and sizes slices by it. It costs planning a
// statement without rules for each table. Without it slices are of Options.Slice. It must be called after Check and before
// Fingerprint; a hunt that goes on takes the sizes of its first run instead, with Resize.
func (l *Lake) Measure(ctx context.Context) error {
	sizes := make([]Size, len(l.tables))
	for i, t := range l.tables {
		sizes[i].Slice = l.opt.Slice
		if len(t.statements) == 0 {
			continue
		}
		whole := t.statements[0].Slices(0)[0]
		e, err := l.opt.Engine.Estimate(ctx, t.statements[0].Probe(whole))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			e = engine.Estimate{Bytes: -1, Rows: -1} // what is wrong shows when the statements run
		}
		sizes[i] = l.size(t, whole, e)
	}
	l.Resize(sizes)
	return nil
}

// size sizes the slices of a table by an estimate of the whole.
func (l *Lake) size(t *table, whole plan.Slice, e engine.Estimate) Size {
	s := Size{Slice: l.opt.Slice}
	days := int64(whole.To.Sub(whole.From)/day) + 1
	known := e.Bytes >= 0
	if !l.fixed && l.info.Remote && !whole.From.IsZero() && !whole.To.IsZero() {
		n := max((e.Bytes+sliceBytes-1)/sliceBytes, (e.Rows+sliceRows-1)/sliceRows, 1)
		if l.opt.Budget > 0 {
			n = max(n, (e.Bytes*budgetSlices+l.opt.Budget-1)/l.opt.Budget)
		}
		switch {
		case !known && l.info.Billed:
			s.Slice = unknownBilled
		case !known:
			s.Slice = unknownSlice
		case n == 1:
			s.Slice = 0
		default:
			s.Slice = time.Duration(max(1, (days+n-1)/n)) * day
		}
	}
	one := t.unpruned || s.Slice == 0 || s.Slice >= time.Duration(days)*day
	s.Together = known && one && e.Bytes <= togetherBytes && e.Rows <= togetherRows
	return s
}

// Sizes are those of the tables, in their order; nil before Measure and Resize.
func (l *Lake) Sizes() []Size { return l.sizes }

// Resize sizes the slices of the tables, in their order.
func (l *Lake) Resize(sizes []Size) {
	if len(sizes) != len(l.tables) {
		return // of other tables: the fingerprint will tell
	}
	l.sizes = sizes
	for n, t := range l.tables {
		t.size = &sizes[n]
		if !t.size.Together || len(t.statements) != 2 || t.statements[0].Kind != plan.Rows || t.statements[1].Kind != plan.Hits {
			continue
		}
		if both := t.plan.Together(t.statements[0].Statement, t.statements[1].Statement); both != nil {
			t.statements = nil
			l.admit(t, both, fmt.Sprintf("%d-%s/%s-0", n, t.Profile.Schema.Name, both.Kind))
		}
	}
}
