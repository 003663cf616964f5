package correlate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// loadCorrelations returns correlations of several types over the same rules; the last is based on the first two.
func loadCorrelations() []*ir.Correlation {
	list := []*ir.Correlation{
		typical(ir.EventCount, atLeast("4")), typical(ir.ValueCount, atLeast("3")), typical(ir.ValueSum, atLeast("1500")),
		typical(ir.ValueMedian, atLeast("70")), typical(ir.TemporalOrdered), typical(ir.EventCount, atLeast("2")),
	}
	list[2].GroupBy, list[2].Bases[0].GroupBy, list[2].Bases[1].GroupBy = nil, nil, nil
	chain := list[5]
	for i := range chain.Bases {
		chain.Bases[i].Correlation = true
	}
	for _, c := range list {
		c.Timespan = time.Minute
	}
	return list
}

// load runs the engine on 40,000 events, in the given order, and returns all bursts as text.
func load(t *testing.T, order []int, options Options) (string, int64) {
	t.Helper()
	store := evidence.NewStore(0, t.TempDir())
	defer store.Close()
	options.Evidence, options.Fields = store, parsed
	engine, err := New(loadCorrelations(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	writer := store.NewWriter()
	workers := make([]*Worker, max(1, options.Workers))
	for i := range workers {
		workers[i] = engine.NewWorker()
	}
	var parser value.Parser
	fields := &EventFields{Walker: &value.Walker{}}
	for n, i := range order {
		r := rand.New(rand.NewPCG(uint64(i), 9))
		id := fmt.Sprint("event-", i)
		stored := evidence.Event{ID: []byte(id), Raw: fmt.Appendf(nil, `{"g":"user %d","v":%d}`, r.IntN(50), r.IntN(100))}
		ref, err := writer.Put(stored)
		if err != nil {
			t.Fatal(err)
		}
		if fields.Doc, err = parser.Parse(stored.Raw); err != nil {
			t.Fatal(err)
		}
		// Many events fall into the same second; quiet hours separate busy minutes.
		at := time.Duration(i/400)*time.Hour + time.Duration(r.IntN(300))*time.Second
		if err := workers[n%len(workers)].Add(Event{Key: evidence.KeyOf([]byte(id)), Time: int64(at), Ref: ref}, []int{i % 2}, fields); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Flush(); err != nil {
		t.Fatal(err)
	}
	bursts, err := engine.Finish(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, b := range bursts {
		fmt.Fprintf(&out, "c%d %q %d..%d %d peak %s:", b.Correlation, b.Group, b.First, b.Last, b.Count, b.Peak)
		n := 0
		for e, err := range b.Events() {
			if err != nil {
				t.Fatal(err)
			}
			id, err := store.ID(e.Key, e.Ref)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, " %s", id)
			n++
		}
		if n != b.Count {
			t.Fatalf("%d events in a burst of %d", n, b.Count)
		}
		out.WriteByte('\n')
	}
	return out.String(), engine.Spilled()
}

func TestResultDoesNotDependOnOrderWorkersOrDisk(t *testing.T) {
	events := testkit.Rounds(15_000, 20_000, 40_000)
	order := make([]int, events)
	for i := range order {
		order[i] = i
	}
	dir := t.TempDir()
	want, spilled := load(t, order, Options{Workers: 1, Dir: dir, Memory: 1 << 30})
	if spilled != 0 {
		t.Errorf("got %d bytes on disk within the limit, want none", spilled)
	}
	for i := range loadCorrelations() {
		if n := strings.Count(want, fmt.Sprintf("c%d ", i)); n < 10 {
			t.Errorf("correlation %d: got %d bursts, want at least 10", i, n)
		}
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	twice := append(slices.Clone(order), order[:9000]...)
	for _, run := range []struct {
		order   []int
		options Options
	}{
		{order, Options{Workers: 3, Dir: dir}},
		{twice, Options{Workers: 2, Dir: dir, Memory: 1}},
		{twice, Options{Workers: 2, Dir: dir, Memory: 4 << 20}},
		{order, Options{Workers: 1, Dir: dir, Memory: 1, chunk: 100}},
	} {
		got, spilled := load(t, run.order, run.options)
		if got != want {
			t.Errorf("%d events with %+v: the result differs", len(run.order), run.options)
		}
		if run.options.Memory == 1 && spilled == 0 {
			t.Errorf("%+v: got no bytes on disk, want some", run.options)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("got files left behind %v (error %v), want none", left, err)
	}
}

func TestNewRejectsInvalidCorrelations(t *testing.T) {
	with := func(change func(c *ir.Correlation)) []*ir.Correlation {
		c := typical(ir.EventCount, atLeast("2"))
		change(c)
		return []*ir.Correlation{c}
	}
	circle := []*ir.Correlation{typical(ir.EventCount, atLeast("2")), typical(ir.EventCount, atLeast("2"))}
	circle[0].Bases[0] = ir.Base{Reference: ir.Reference{Index: 1, Correlation: true}, GroupBy: circle[0].Bases[0].GroupBy}
	circle[1].Bases[0] = ir.Base{Reference: ir.Reference{Index: 0, Correlation: true}, GroupBy: circle[0].Bases[0].GroupBy}
	wide := func(c *ir.Correlation) {
		c.Type, c.Extended = ir.TemporalExtended, &ir.AndExpr{}
		c.Bases = nil
		for i := range 22 {
			c.Bases = append(c.Bases, ir.Base{Reference: ir.Reference{Index: i}, GroupBy: []ir.Field{field("g")}})
		}
		for i := range 11 { // 2^11 alternatives
			or := &ir.OrExpr{Operands: []ir.Expr{&ir.BaseExpr{Index: 2 * i}, &ir.BaseExpr{Index: 2*i + 1}}}
			c.Extended.(*ir.AndExpr).Operands = append(c.Extended.(*ir.AndExpr).Operands, or)
		}
	}
	for want, list := range map[string][]*ir.Correlation{
		"in a circle":       circle,
		"names no rules":    with(func(c *ir.Correlation) { c.Bases = nil }),
		"not exist":         with(func(c *ir.Correlation) { c.Bases[1] = ir.Base{Reference: ir.Reference{Index: 7, Correlation: true}} }),
		"0 fields for 1":    with(func(c *ir.Correlation) { c.Bases[1].GroupBy = nil }),
		"negative":          with(func(c *ir.Correlation) { c.Timespan = -1 }),
		"has no bounds":     with(func(c *ir.Correlation) { c.Bounds = nil }),
		`"much"`:            with(func(c *ir.Correlation) { c.Bounds[0].Text = "much" }),
		`"1e999"`:           with(func(c *ir.Correlation) { c.Bounds[0].Text = "1e999" }),
		"between 0 and 100": with(func(c *ir.Correlation) { c.Type, c.Percentile = ir.ValuePercentile, 101 }),
		"too many digits":   with(func(c *ir.Correlation) { c.Type, c.Percentile = ir.ValuePercentile, 1e-20 }),
		"1024 alternatives": with(wide),
		"other than rules":  with(func(c *ir.Correlation) { c.Extended = &ir.NullExpr{} }),
		"rule 9 of 2":       with(func(c *ir.Correlation) { c.Extended = &ir.BaseExpr{Index: 9} }),
		"65 rules, more than 64": with(func(c *ir.Correlation) {
			c.Type, c.Bounds, c.Bases = ir.TemporalOrdered, nil, slices.Repeat(c.Bases[:1], 65)
		}),
	} {
		_, err := New(list, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %s", err, want)
		}
		alone := want != "in a circle" && want != "not exist"
		if err := Check(list[0]); alone != (err != nil && strings.Contains(err.Error(), want)) {
			t.Errorf("%s: Check returned %v", want, err)
		}
	}
}

func TestConstantConditionsHoldOrNot(t *testing.T) {
	for _, c := range []struct {
		condition ir.Expr
		want      int
	}{
		{&ir.ConstExpr{Value: true}, 1},
		{&ir.ConstExpr{Value: false}, 0},
		{&ir.NotExpr{Operand: &ir.ConstExpr{Value: false}}, 1},
		{&ir.AndExpr{}, 1},
		{&ir.OrExpr{}, 0},
		{&ir.NotExpr{Operand: &ir.OrExpr{}}, 1},
	} {
		for _, kind := range []ir.CorrelationType{ir.TemporalExtended, ir.TemporalOrderedExtended} {
			l := typical(kind)
			l.Extended = c.condition
			engine, err := New([]*ir.Correlation{l}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			note(t, engine, 10, 1, 5, time.Second)
			bursts, err := engine.Finish(context.Background())
			if err != nil || len(bursts) != c.want {
				t.Errorf("%+v: got %d bursts (error %v), want %d", c.condition, len(bursts), err, c.want)
			}
		}
	}
}

func TestFinishEndsWithItsContext(t *testing.T) {
	engine, err := New([]*ir.Correlation{typical(ir.EventCount, atLeast("2"))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	note(t, engine, 1000, 3, 5, time.Second)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := engine.Finish(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
}

func TestAddReportsUnwritableFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	engine, err := New([]*ir.Correlation{typical(ir.EventCount, atLeast("2"))}, Options{Memory: 1, Dir: missing, chunk: 10})
	if err != nil {
		t.Fatal(err)
	}
	w := engine.NewWorker()
	var parser value.Parser
	doc, err := parser.Parse([]byte(`{"g":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		var key evidence.EventKey
		binary.BigEndian.PutUint64(key.ID[:], uint64(i))
		if err = w.Add(Event{Key: key, Time: int64(i)}, []int{0}, &EventFields{Doc: doc, Walker: &value.Walker{}}); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got error %v, want one that names the missing folder", err)
	}
}

// TestGroupsOfOneEventAreBounded notes an event whose arrays combine to a thousand million groups.
func TestGroupsOfOneEventAreBounded(t *testing.T) {
	c := typical(ir.EventCount, atLeast("1"))
	c.GroupBy = []string{"g", "h", "i"}
	for i := range c.Bases {
		c.Bases[i].GroupBy = []ir.Field{field("g"), field("h"), field("i")}
	}
	engine, err := New([]*ir.Correlation{c}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	var list []string
	for i := range 2000 {
		list = append(list, fmt.Sprint(i%1000)) // each twice
	}
	array := "[" + strings.Join(list, ",") + "]"
	var parser value.Parser
	doc, err := parser.Parse(fmt.Appendf(nil, `{"g":%s,"h":%s,"i":%s}`, array, array, array))
	if err != nil {
		t.Fatal(err)
	}
	w := engine.NewWorker()
	if err := w.Add(Event{Time: 1}, []int{0}, &EventFields{Doc: doc, Walker: &value.Walker{}}); err != nil {
		t.Fatal(err)
	}
	bursts, err := engine.Finish(context.Background())
	if err != nil || len(bursts) != maxCombinations || engine.Clipped() != 1 {
		t.Errorf("got %d bursts, clipped %d times (error %v), want %d and 1", len(bursts), engine.Clipped(), err, maxCombinations)
	}
}

func TestAddIgnoresEventsOfOtherQueries(t *testing.T) {
	engine, err := New([]*ir.Correlation{typical(ir.EventCount, atLeast("1"))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range []bool{true, true, false} {
		if engine.IsBase(query) != want {
			t.Errorf("IsBase(%d): got %v, want %v", query, !want, want)
		}
	}
	if err := engine.NewWorker().Add(Event{}, []int{2, 900}, nil); err != nil {
		t.Error(err)
	}
	if bursts, err := engine.Finish(context.Background()); len(bursts) > 0 || err != nil {
		t.Errorf("got %d bursts (error %v), want none", len(bursts), err)
	}
}

// TestOneOfSeveralCopiesCounts notes three events with one id and different contents: only the copy with the lowest
// Order counts, whichever comes first.
func TestOneOfSeveralCopiesCounts(t *testing.T) {
	c := typical(ir.ValueSum, atLeast("1"))
	for _, order := range [][]uint64{{1, 2, 3}, {3, 2, 1}, {2, 3, 1}} {
		engine, err := New([]*ir.Correlation{c}, Options{Memory: 1, chunk: 1})
		if err != nil {
			t.Fatal(err)
		}
		w := engine.NewWorker()
		for _, position := range order {
			var parser value.Parser
			doc, err := parser.Parse(fmt.Appendf(nil, `{"g":"x","v":[%d,%d]}`, 10*position, position))
			if err != nil {
				t.Fatal(err)
			}
			e := Event{Key: evidence.KeyOf([]byte("one")), Time: 5, Ref: evidence.Ref(position), Order: position}
			if err := w.Add(e, []int{0}, &EventFields{Doc: doc, Walker: &value.Walker{}}); err != nil {
				t.Fatal(err)
			}
		}
		bursts, err := engine.Finish(context.Background())
		if err != nil || len(bursts) != 1 || bursts[0].Count != 1 || bursts[0].Peak != "11" {
			t.Fatalf("copies in the order %v: got %+v (error %v), want one burst with peak 11", order, bursts, err)
		}
		for e := range bursts[0].Events() {
			if e.Ref != 1 {
				t.Errorf("copies in the order %v: got copy %d as evidence, want copy 1", order, e.Ref)
			}
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestMedianOfManyNumbers slides a window of 101 events over 40,000 events with repeated numbers and compares the
// bursts with those found by sorting each window.
func TestMedianOfManyNumbers(t *testing.T) {
	const n, window = 40_000, 101
	number := func(i int) int { return i*7919%17_000 + i/1000%2*1000 } // in waves
	c := typical(ir.ValueMedian, atLeast("9000.5"))
	c.Timespan = window - 1 // nanoseconds
	engine, err := New([]*ir.Correlation{c}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	w := engine.NewWorker()
	fields := &EventFields{Walker: &value.Walker{}}
	var parser value.Parser
	var want []string
	open := false
	for i := range n {
		if fields.Doc, err = parser.Parse(fmt.Appendf(nil, `{"g":"x","v":%d}`, number(i))); err != nil {
			t.Fatal(err)
		}
		var key evidence.EventKey
		binary.BigEndian.PutUint64(key.ID[:], uint64(i))
		if err := w.Add(Event{Key: key, Time: int64(i)}, []int{0}, fields); err != nil {
			t.Fatal(err)
		}
		var sorted []int
		for j := max(0, i-window+1); j <= i; j++ {
			sorted = append(sorted, number(j))
		}
		slices.Sort(sorted)
		holds := sorted[(len(sorted)-1)/2]+sorted[len(sorted)/2] >= 18_001
		switch {
		case holds && !open:
			want = append(want, fmt.Sprintf("%d..%d", max(0, i-window+1), i))
		case holds:
			first, _, _ := strings.Cut(want[len(want)-1], "..")
			want[len(want)-1] = fmt.Sprintf("%s..%d", first, i)
		}
		open = holds
	}
	bursts, err := engine.Finish(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range bursts {
		got = append(got, fmt.Sprintf("%d..%d", b.First, b.Last))
	}
	if len(want) < 20 || !slices.Equal(got, want) {
		t.Errorf("got %d bursts, want the %d expected ones", len(got), len(want))
	}
}
