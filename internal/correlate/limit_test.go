package correlate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// list returns a JSON array of n texts, each with a tail.
func list(n int, tail string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `,"v%d%s"`, i, tail)
	}
	return "[" + strings.TrimPrefix(out.String(), ",") + "]"
}

// numberList returns a JSON array of n different numbers.
func numberList(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, ",%d", i)
	}
	return "[" + strings.TrimPrefix(out.String(), ",") + "]"
}

// noted notes one event in an engine and returns how many bytes of records and texts that made.
func noted(t *testing.T, c *ir.Correlation, text string) (bytes, clipped int64, engine *Engine) {
	t.Helper()
	engine, err := New([]*ir.Correlation{c}, Options{Memory: 1 << 10, Dir: t.TempDir(), Workers: 1, chunk: 64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	var parser value.Parser
	doc, err := parser.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := engine.NewWorker()
	if err := w.Add(Event{Key: evidence.EventKey{ID: [16]byte{1}}, Time: 1, Ref: 1}, []int{0}, &EventFields{Doc: doc, Walker: &value.Walker{}}); err != nil {
		t.Fatal(err)
	}
	return engine.Spilled(), engine.Clipped(), engine
}

// TestOneEventAddsABoundedAmount checks that one event adds a bounded number of records and texts to a correlation,
// whatever lists it contains, and that what is left out is counted.
func TestOneEventAddsABoundedAmount(t *testing.T) {
	grouped := func(kind ir.CorrelationType, values bool) *ir.Correlation {
		c := &ir.Correlation{Type: kind, GroupBy: []string{"g", "h"}, Timespan: time.Minute, Bounds: []ir.Bound{atLeast("1")}, Percentile: 50}
		base := ir.Base{GroupBy: []ir.Field{field("g"), field("h")}}
		if values {
			base.Values = []ir.Field{field("v")}
		}
		c.Bases = []ir.Base{base}
		return c
	}
	const most = maxNotes*recordSize*2 + maxGroupText + 64<<10
	for _, c := range []struct {
		name        string
		correlation *ir.Correlation
		event       string
		clipped     bool
	}{
		{"a few groups", grouped(ir.EventCount, false), `{"g":` + list(10, "") + `,"h":"x"}`, false},
		{"a large list", grouped(ir.EventCount, false), `{"g":` + list(300_000, "") + `,"h":"x"}`, true},
		{"two lists", grouped(ir.EventCount, false), `{"g":` + list(5000, "") + `,"h":` + list(5000, "") + `}`, true},
		{"a long text beside a list", grouped(ir.EventCount, false), `{"g":` + list(10_000, "") + `,"h":"` + strings.Repeat("x", 1<<20) + `"}`, true},
		{"distinct values in many groups", grouped(ir.ValueCount, true), `{"g":` + list(9000, "") + `,"h":"x","v":` + list(9000, "") + `}`, true},
		{"numbers in many groups", grouped(ir.ValueSum, true), `{"g":` + list(9000, "") + `,"h":"x","v":` + numberList(300_000) + `}`, true},
		{"long numbers in many groups", grouped(ir.ValueAvg, true), `{"g":` + list(9000, "") + `,"h":"x","v":1` + strings.Repeat("7", 100_000) + `}`, false},
		{"many values in one group", grouped(ir.ValueCount, true), `{"g":"x","h":"x","v":` + list(9000, "") + `}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bytes, clipped, engine := noted(t, c.correlation, c.event)
			if bytes > most || (clipped > 0) != c.clipped {
				t.Errorf("got %d bytes, want at most %d; clipped %d times, want clipping %v", bytes, int64(most), clipped, c.clipped)
			}
			if _, err := engine.Finish(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// fibonacci returns a chain in which each correlation counts the two before it, so that 40 of them expand to 10^8.
func fibonacci(n int) []*ir.Correlation {
	var chain []*ir.Correlation
	for i := range n {
		c := &ir.Correlation{Title: fmt.Sprint(i), Type: ir.EventCount, Timespan: time.Hour, Bounds: []ir.Bound{atLeast("1")}}
		for _, base := range []int{i - 1, i - 2} {
			if base >= 0 {
				c.Bases = append(c.Bases, ir.Base{Reference: ir.Reference{Index: base, Correlation: true}})
			}
		}
		if i == 0 {
			c.Bases = []ir.Base{{}}
		}
		chain = append(chain, c)
	}
	return chain
}

func chainEngine(t *testing.T, chain []*ir.Correlation, events int, options Options) *Engine {
	t.Helper()
	options.Dir, options.Workers = t.TempDir(), 1
	engine, err := New(chain, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	var parser value.Parser
	doc, err := parser.Parse([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	w := engine.NewWorker()
	for i := range events {
		e := Event{Key: evidence.EventKey{ID: [16]byte{0: 1, 6: byte(i >> 8), 7: byte(i)}}, Time: int64(i), Ref: 1}
		if err := w.Add(e, []int{0}, &EventFields{Doc: doc, Walker: &value.Walker{}}); err != nil {
			t.Fatal(err)
		}
	}
	return engine
}

// TestChainsVisitEachFindingOnce checks that the evidence of a chain is found by visiting each finding below it once,
// not once for each path to it.
func TestChainsVisitEachFindingOnce(t *testing.T) {
	engine := chainEngine(t, fibonacci(60), 3, Options{})
	bursts, err := engine.Finish(t.Context())
	if err != nil || len(bursts) != 60 || engine.Dropped() > 0 {
		t.Fatalf("got %d bursts, %d dropped (error %v), want 60 and none dropped", len(bursts), engine.Dropped(), err)
	}
	for _, b := range bursts {
		if b.Count != 3 {
			t.Errorf("correlation %d: got %d events, want 3", b.Correlation, b.Count)
		}
	}
	if engine.chainWork > 60*60*3 {
		t.Errorf("got %d records visited, want at most %d", engine.chainWork, 60*60*3)
	}
}

// TestChainWorkIsBounded checks that findings of chains beyond the limit are left out and counted, and that
// correlations of events are not affected.
func TestChainWorkIsBounded(t *testing.T) {
	engine := chainEngine(t, fibonacci(60), 1000, Options{chainWork: 5000})
	bursts, err := engine.Finish(t.Context())
	if err != nil || engine.Dropped() == 0 || len(bursts) == 0 || len(bursts) == 60 {
		t.Errorf("got %d bursts, %d dropped (error %v), want some of each", len(bursts), engine.Dropped(), err)
	}
	if engine.chainWork > 5000+2000 {
		t.Errorf("got %d records visited, want at most %d", engine.chainWork, 5000+2000)
	}
}

// stopAfter is a context that ends after a number of calls of Err.
type stopAfter struct {
	context.Context
	left int
}

func (s *stopAfter) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestFinishStopsWithItsContext checks that Finish checks its context often enough: wherever it ends, only a bounded
// number of records is visited afterwards, and the bursts are those of correlations that were evaluated completely.
func TestFinishStopsWithItsContext(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 4
	}
	for left := 0; left < 40; left += step {
		engine := chainEngine(t, fibonacci(20), 60_000, Options{})
		bursts, err := engine.Finish(&stopAfter{t.Context(), left})
		if err == nil {
			if left < 10 {
				t.Errorf("got only %d checks of the context, want at least 10", left)
			}
			continue
		}
		if !errors.Is(err, context.Canceled) || engine.Unevaluated() == 0 || len(bursts) != 20-engine.Unevaluated() {
			t.Fatalf("after %d checks: got %d bursts, %d correlations not evaluated, error %v", left, len(bursts), engine.Unevaluated(), err)
		}
	}
}
