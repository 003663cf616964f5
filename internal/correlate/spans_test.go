package correlate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/sigma"
)

// TestSpansAgreeWithNaiveEvaluator is TestAgreesWithNaiveEvaluator for events with a first and a last time.
func TestSpansAgreeWithNaiveEvaluator(t *testing.T) {
	rounds, dir := testkit.Rounds(150, 800, 2000), t.TempDir()
	types := []string{"event_count", "temporal", "temporal_extended", "temporal_ordered"}
	found, different := 0, 0
	for seed, done := uint64(0), 0; done < rounds; seed++ {
		r := rand.New(rand.NewPCG(seed, 3))
		s := randomSetting(r)
		if slices.ContainsFunc(s.collection.Correlations, func(c *sigma.Correlation) bool { return !slices.Contains(types, c.Type) }) {
			continue
		}
		done++
		s.strict = false
		s.events = s.events[:min(len(s.events), 12)]
		instants := s.naive(t)
		s.spans = true
		longest := 1 + r.IntN(12)
		for i := range s.events {
			if i > 0 && s.events[i].id == s.events[i-1].id {
				s.events[i].lasts = s.events[i-1].lasts
			} else if r.IntN(2) == 0 {
				s.events[i].lasts = time.Duration(r.IntN(longest)) * time.Second / 2
			}
		}
		want := s.naive(t)
		found += len(want)
		if !slices.Equal(instants, want) {
			different++
		}
		for _, options := range []Options{{Workers: 1}, {Workers: 1 + r.IntN(3), Memory: 1, Dir: dir, chunk: 3}} {
			if got := s.runEngine(t, r, options); !slices.Equal(got, want) {
				t.Fatalf("seed %d, chunk %d:\n%s\ngot  %s\nwant %s", seed, options.chunk, s, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		}
	}
	t.Logf("%d bursts, %d settings that spans change", found, different)
	if found < rounds/2 || different < rounds/8 {
		t.Errorf("got only %d bursts and %d settings that spans change in %d rounds: the generator must find more", found, different, rounds)
	}
}

// TestOrderedSpansAgreeWithNaiveEvaluator has few long events that match many steps, so that steps compete for events.
func TestOrderedSpansAgreeWithNaiveEvaluator(t *testing.T) {
	rounds := testkit.Rounds(200, 1000, 2000)
	found := 0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 4))
		c := &sigma.Correlation{Type: "temporal_ordered", Timespan: time.Duration(1 + r.IntN(6))}
		for range 2 + r.IntN(maxSpanSteps-1) {
			c.Rules = append(c.Rules, texts(fmt.Sprint("r", r.IntN(3)))...)
		}
		bound := sigma.Bound{Op: pick(r, "gte", "eq", "neq"), Value: fmt.Sprint(1 + r.IntN(len(c.Rules)))}
		c.Condition = &sigma.CorrelationCondition{Bounds: []sigma.Bound{bound}}
		var events []sampleEvent
		for range r.IntN(8) {
			e := at(r.Int64N(12))
			e.lasts = time.Duration(r.IntN(6))
			for rule := range 3 {
				if r.IntN(2) == 0 {
					e.rules = append(e.rules, rule)
				}
			}
			events = append(events, e)
		}
		s := timed(c, events...)
		s.spans = true
		want := s.naive(t)
		found += len(want)
		if got := s.runEngine(t, r, Options{Workers: 2}); !slices.Equal(got, want) {
			t.Fatalf("seed %d:\n%s\ngot  %s\nwant %s", seed, s, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	if found < rounds/2 {
		t.Errorf("got only %d bursts in %d rounds: the generator must find more", found, rounds)
	}
}

func span(first, last int64, rules ...int) sampleEvent {
	return sampleEvent{time: first, lasts: time.Duration(last - first), rules: rules}
}

// TestSpansOfOneBurst checks windows, order, ranges and times of bursts with expected values from the documentation.
func TestSpansOfOneBurst(t *testing.T) {
	count := counts("r0")
	count.Timespan = 300
	count3 := counts("r0")
	count3.Timespan, count3.Condition.Bounds[0].Value = 300, "3"
	both := &sigma.Correlation{Type: "temporal", Rules: texts("r0", "r1"), Timespan: 300}
	order := &sigma.Correlation{Type: "temporal_ordered", Rules: texts("r0", "r1"), Timespan: ir.NoLimit}
	three := &sigma.Correlation{Type: "temporal_ordered", Rules: texts("r0", "r1", "r2"), Timespan: ir.NoLimit}
	within := map[int]*ir.TimeRange{0: {From: 100, To: 200}}
	for _, c := range []struct {
		name        string
		correlation *sigma.Correlation
		ranges      map[int]*ir.TimeRange
		events      []sampleEvent
		want        []string
	}{
		{"from the first one's end to the second's begin", both, nil, []sampleEvent{span(0, 1000, 0), span(1300, 9000, 1)}, []string{"c0 map[] 0..9000 2 [e0 e1]"}},
		{"longer than the timespan", both, nil, []sampleEvent{span(0, 1000, 0), span(1301, 9000, 1)}, nil},
		{"a long event joins short ones", count, nil, []sampleEvent{span(0, 5000, 0), at(10, 0), at(5000, 0), at(9000, 0)}, []string{"c0 map[] 0..5000 3 [e0 e1 e2]"}},
		{"a long event in two bursts", count3, nil, []sampleEvent{span(0, 5000, 0), at(10, 0), at(20, 0), at(1000, 0), at(2000, 0), at(2000, 0)}, []string{"c0 map[] 0..5000 3 [e0 e1 e2]", "c0 map[] 0..5000 3 [e0 e4 e5]"}},
		{"evidence without a short event that ended", count, nil, []sampleEvent{at(1, 0), span(0, 900, 0), at(700, 0)}, []string{"c0 map[] 0..900 3 [e1 e0 e2]"}},
		{"in order", order, nil, []sampleEvent{span(0, 5, 0), span(6, 9, 1)}, []string{"c0 map[] 0..9 2 [e0 e1]"}},
		{"overlapping, in both directions", order, nil, []sampleEvent{span(3, 5, 0), span(0, 4, 1)}, []string{"c0 map[] 0..5 2 [e1 e0]"}},
		{"touching", order, nil, []sampleEvent{span(3, 5, 0), span(0, 3, 1)}, []string{"c0 map[] 0..5 2 [e1 e0]"}},
		{"in the wrong order", order, nil, []sampleEvent{span(3, 5, 0), span(0, 2, 1)}, nil},
		{"each step after all before it", three, nil, []sampleEvent{span(10, 10, 0), span(0, 20, 1), span(5, 6, 2)}, nil},
		{"ends as the range begins", count, within, []sampleEvent{span(0, 100, 0), at(150, 0)}, []string{"c0 map[] 0..150 2 [e0 e1]"}},
		{"ends before the range", count, within, []sampleEvent{span(0, 99, 0), at(150, 0)}, nil},
		{"begins as the range ends", count, within, []sampleEvent{span(200, 300, 0), at(150, 0)}, nil},
		{"lasts longer than the range", count, within, []sampleEvent{span(0, 300, 0), at(150, 0)}, []string{"c0 map[] 0..300 2 [e0 e1]"}},
	} {
		s := timed(c.correlation, c.events...)
		s.spans, s.ranges = true, c.ranges
		if got := s.runEngine(t, rand.New(rand.NewPCG(1, 1)), Options{}); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestBurstsWithTheSameTimesHaveAnOrder checks the order of two bursts of a group that an event in both makes equally long.
func TestBurstsWithTheSameTimesHaveAnOrder(t *testing.T) {
	a, b := &Burst{First: 1, Last: 9, end: 4}, &Burst{First: 1, Last: 9, end: 7}
	if compareBursts(a, b) >= 0 || compareBursts(b, a) <= 0 {
		t.Error("the burst that ends at an earlier position must come first")
	}
}

// TestInstantsIgnoreDurations checks that windows and ranges of a correlation without spans count events at their first
// times.
func TestInstantsIgnoreDurations(t *testing.T) {
	for _, c := range []struct {
		ranges map[int]*ir.TimeRange
		events []sampleEvent
	}{
		{nil, []sampleEvent{span(0, int64(2*time.Second), 0), at(int64(2*time.Second), 0)}},
		{map[int]*ir.TimeRange{0: {From: 10, To: 20}}, []sampleEvent{span(0, 15, 0), at(15, 0)}},
	} {
		s := timed(counts("r0"), c.events...)
		s.ranges = c.ranges
		if got := s.runEngine(t, rand.New(rand.NewPCG(1, 1)), Options{}); len(got) > 0 {
			t.Errorf("got %s, want no burst", got)
		}
	}
}

// TestChainsHaveTheEvidenceOfSpans checks that a chain leaves out the events that ended before the windows of the finding
// below it, although these began after the finding's first event.
func TestChainsHaveTheEvidenceOfSpans(t *testing.T) {
	inner := counts("r0")
	inner.Name, inner.Timespan, inner.Condition.Bounds[0].Value = "inner", 300, "3"
	s := timed(inner, span(0, 1000, 0), at(1, 0), at(1000, 0), at(1000, 0))
	outer := &sigma.Correlation{Type: "temporal", Rules: texts("inner"), Timespan: 1}
	s.collection.Correlations, s.spans = append(s.collection.Correlations, outer), true
	want := []string{"c0 map[] 0..1000 3 [e0 e2 e3]", "c1 map[] 1000..1000 3 [e0 e2 e3]"}
	if got := s.runEngine(t, rand.New(rand.NewPCG(1, 1)), Options{}); !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOrderedSpansKeepFewEnds checks that the ways to match events to steps do not grow with the number of events.
func TestOrderedSpansKeepFewEnds(t *testing.T) {
	c := typical(ir.TemporalOrdered)
	c.Spans, c.GroupBy, c.Timespan = true, nil, ir.NoLimit
	for i := range c.Bases {
		c.Bases[i].GroupBy = nil
	}
	engine, err := New([]*ir.Correlation{c}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	w := engine.NewWorker()
	for i := range 100 {
		if err := w.Add(Event{Time: int64(i), Duration: time.Duration(i)}, []int{0, 1}, &EventFields{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := engine.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Of no steps and of each single step one, of both steps either order.
	kept := 0
	for _, list := range engine.plans[0].measure.(*orderedSpans).found {
		kept += len(list)
	}
	if kept > 5 {
		t.Errorf("got %d, want at most 5", kept)
	}
}

// TestEventsOfSpansHaveDurations checks the duration of an event in a burst, at the limits of time too.
func TestEventsOfSpansHaveDurations(t *testing.T) {
	c := typical(ir.EventCount, atLeast("1"))
	c.Spans, c.GroupBy = true, nil
	for i := range c.Bases {
		c.Bases[i].GroupBy = nil
	}
	for _, test := range []struct {
		time      int64
		lasts     time.Duration
		last      int64
		remaining time.Duration
	}{
		{5, 7, 12, 7},
		{5, 0, 5, 0},
		{5, -7, 5, 0},
		{math.MinInt64 + 1, math.MaxInt64, 0, math.MaxInt64},
		{math.MaxInt64 - 5, 7, math.MaxInt64, 5},
	} {
		engine, err := New([]*ir.Correlation{c}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := engine.NewWorker().Add(Event{Time: test.time, Duration: test.lasts}, []int{0}, &EventFields{}); err != nil {
			t.Fatal(err)
		}
		bursts, err := engine.Finish(t.Context())
		if err != nil || len(bursts) != 1 {
			t.Fatalf("got %d bursts and error %v, want 1", len(bursts), err)
		}
		if bursts[0].First != test.time || bursts[0].Last != test.last {
			t.Errorf("got a burst from %d to %d, want %d to %d", bursts[0].First, bursts[0].Last, test.time, test.last)
		}
		for e, err := range bursts[0].Events() {
			if err != nil || e.Time != test.time || e.Duration != test.remaining {
				t.Errorf("got time %d, duration %d and error %v, want %d and %d", e.Time, e.Duration, err, test.time, test.remaining)
			}
		}
		engine.Close()
	}
}

// TestSpansAreRefused checks the types of correlations that cannot use spans.
func TestSpansAreRefused(t *testing.T) {
	for _, test := range []struct {
		reason string
		change func(c *ir.Correlation)
	}{
		{"type value_count", func(c *ir.Correlation) { c.Type = ir.ValueCount }},
		{"type value_sum", func(c *ir.Correlation) { c.Type = ir.ValueSum }},
		{"type value_avg", func(c *ir.Correlation) { c.Type = ir.ValueAvg }},
		{"type value_percentile", func(c *ir.Correlation) { c.Type = ir.ValuePercentile }},
		{"type value_median", func(c *ir.Correlation) { c.Type = ir.ValueMedian }},
		{"type temporal_ordered_extended", func(c *ir.Correlation) { c.Type = ir.TemporalOrderedExtended }},
		{"type temporal_ordered", func(c *ir.Correlation) { c.Extended = &ir.BaseExpr{} }},
		{"increasing times", func(c *ir.Correlation) { c.Strict = true }},
		{"7 rules", func(c *ir.Correlation) { c.Bases = slices.Repeat(c.Bases[:1], 7) }},
		{"", func(c *ir.Correlation) { c.Bases = slices.Repeat(c.Bases[:1], 6) }},
	} {
		c := typical(ir.TemporalOrdered, atLeast("2"))
		c.Spans = true
		test.change(c)
		if err := Check(c); (err != nil) != (test.reason != "") || err != nil && !strings.Contains(err.Error(), test.reason) {
			t.Errorf("got error %v, want one with %q", err, test.reason)
		}
	}
}
