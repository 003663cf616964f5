package lake

import (
	"context"
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/plan"
)

// Size describes how a table is queried.
type Size struct {
	// Chunk is the length of its chunks, in whole days; 0 means one chunk for everything.
	Chunk time.Duration `json:"slice"`
	// Together means that one statement returns rows and counts, so that the table is read once.
	Together bool `json:"together"`
}

// Limits of what a query reads, by the engine's estimate, if the user gives no chunk length: large enough to make the
// cost of planning negligible, and small enough to finish in minutes.
const (
	chunkBytes, chunkRows = 8 << 30, 10_000_000
	// Below these limits the engine can keep the events that correlations may count in memory, beside the rows.
	togetherBytes, togetherRows = 1 << 30, 2_000_000
	// budgetChunks is the minimum number of chunks of a budget, because the budget is checked between chunks.
	budgetChunks = 10
	// unknownChunk is the length of chunks if the engine has no estimates, unknownBilled the length if its queries are
	// billed too.
	unknownChunk, unknownBilled = 7 * day, day
	day                         = 24 * time.Hour
)

// measure asks the engine for the size of the tables within the time range, and derives the length of chunks from it.
// It costs planning one statement without rules for each table. A resumed hunt uses the sizes of its first run
// instead.
func (l *Lake) measure(ctx context.Context) error {
	sizes := make([]Size, len(l.tables))
	for i, t := range l.tables {
		sizes[i].Chunk = l.opt.Chunk
		if len(t.statements) == 0 {
			continue
		}
		pendingComplete := t.statements[0].Chunks(0)[0]
		e, err := l.opt.Engine.Estimate(ctx, engine.Statement{SQL: t.statements[0].Probe(pendingComplete)})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			e = engine.Estimate{Bytes: -1, Rows: -1} // any error shows again when the statements run
		}
		sizes[i] = l.size(t, pendingComplete, e)
	}
	l.resize(sizes)
	return nil
}

// size derives the size of a table's chunks from an estimate for the whole time range.
func (l *Lake) size(t *table, pendingComplete plan.Chunk, e engine.Estimate) Size {
	s := Size{Chunk: l.opt.Chunk}
	days := int64(pendingComplete.To.Sub(pendingComplete.From)/day) + 1
	known := e.Bytes >= 0
	if !l.fixed && l.info.Remote && !pendingComplete.From.IsZero() && !pendingComplete.To.IsZero() {
		n := max((e.Bytes+chunkBytes-1)/chunkBytes, (e.Rows+chunkRows-1)/chunkRows, 1)
		if l.opt.Budget > 0 {
			n = max(n, (e.Bytes*budgetChunks+l.opt.Budget-1)/l.opt.Budget)
		}
		switch {
		case !known && l.info.Billed:
			s.Chunk = unknownBilled
		case !known:
			s.Chunk = unknownChunk
		case n == 1:
			s.Chunk = 0
		default:
			s.Chunk = time.Duration(max(1, (days+n-1)/n)) * day
		}
	}
	one := t.unpruned || s.Chunk == 0 || s.Chunk >= time.Duration(days)*day
	s.Together = known && one && e.Bytes <= togetherBytes && e.Rows <= togetherRows
	return s
}

// Sizes returns the sizes of the tables, in their order.
func (l *Lake) Sizes() []Size { return l.sizes }

// resize sets the sizes of the tables, in their order.
func (l *Lake) resize(sizes []Size) {
	if len(sizes) != len(l.tables) {
		return // sizes of other tables: the fingerprint will differ
	}
	l.sizes = sizes
	for n, t := range l.tables {
		t.size = &sizes[n]
		if !t.size.Together || len(t.statements) != 2 || t.statements[0].Kind != plan.Rows || t.statements[1].Kind != plan.Counts {
			continue
		}
		if both := t.plan.Together(t.statements[0].Statement, t.statements[1].Statement); both != nil {
			t.statements = nil
			l.addStatement(t, both, fmt.Sprintf("%d-%s/%s-0", n, t.Layout.Schema.Name, both.Kind))
		}
	}
}
