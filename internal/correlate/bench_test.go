package correlate

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

func field(name string) ir.Field { return ir.Field{Name: name, Paths: []value.Path{{Text: name}}} }

// typical returns a correlation of a type over two rules, grouped by g, with the values of v.
func typical(kind ir.CorrelationType, bounds ...ir.Bound) *ir.Correlation {
	c := &ir.Correlation{
		Title: "typical", Type: kind, GroupBy: []string{"g"}, Timespan: 10 * time.Minute, Bounds: bounds, Percentile: 90,
	}
	for i := range 2 {
		c.Bases = append(c.Bases, ir.Base{Reference: ir.Reference{Index: i}, GroupBy: []ir.Field{field("g")}, Values: []ir.Field{field("v")}})
	}
	return c
}

func atLeast(text string) ir.Bound { return ir.Bound{Op: ir.BoundGreaterEqual, Text: text} }

// note notes n events, one at each step of time, in some groups, with values below spread.
func note(b testing.TB, engine *Engine, n, groups, spread int, step time.Duration) {
	var parser value.Parser
	fields := &EventFields{Walker: &value.Walker{}}
	w := engine.NewWorker()
	random := rand.New(rand.NewPCG(1, 2))
	var text []byte
	for i := range n {
		text = fmt.Appendf(text[:0], `{"g":"arn:aws:iam::111122223333:user/u%d","v":%d}`, i%groups, random.IntN(spread))
		var err error
		if fields.Doc, err = parser.Parse(text); err != nil {
			b.Fatal(err)
		}
		var key evidence.EventKey
		binary.BigEndian.PutUint64(key.ID[:], random.Uint64())
		e := Event{Key: key, Time: int64(step) * int64(i), Ref: 1}
		if err := w.Add(e, []int{i % 2}, fields); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMillion evaluates a million base matches of each type: in one group within one second, the worst case for
// code that visits windows, and in a thousand groups over time.
func BenchmarkMillion(b *testing.B) {
	never := atLeast("1000000000")
	for _, shape := range []struct {
		name   string
		groups int
		step   time.Duration
	}{{"one second", 1, 0}, {"one window", 1, time.Microsecond}, {"a thousand groups", 1000, time.Millisecond}} {
		for _, c := range []struct {
			name string
			*ir.Correlation
		}{
			{"event_count", typical(ir.EventCount, atLeast("100"))},
			{"value_count", typical(ir.ValueCount, never)},
			{"value_sum", typical(ir.ValueSum, never)},
			{"value_avg", typical(ir.ValueAvg, never)},
			{"value_percentile", typical(ir.ValuePercentile, never)},
			{"temporal", typical(ir.Temporal)},
			{"temporal_ordered", typical(ir.TemporalOrdered)},
		} {
			b.Run(shape.name+"/"+c.name, func(b *testing.B) {
				for b.Loop() {
					engine, err := New([]*ir.Correlation{c.Correlation}, Options{Memory: 1 << 30, Workers: 1})
					if err != nil {
						b.Fatal(err)
					}
					start := time.Now()
					note(b, engine, 1_000_000, shape.groups, 1_000_000, shape.step)
					noted := time.Now()
					if _, err := engine.Finish(context.Background()); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(noted.Sub(start).Seconds()*1000, "ms-note")
					b.ReportMetric(time.Since(noted).Seconds()*1000, "ms-finish")
					if err := engine.Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
