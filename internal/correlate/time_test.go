package correlate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
)

// timed returns a setting with one correlation over the rules r0, r1 and r2, and the given events.
func timed(c *sigma.Correlation, events ...sampleEvent) *setting {
	s := &setting{collection: &sigma.Collection{Correlations: []*sigma.Correlation{c}}}
	for i := range 3 {
		s.collection.Rules = append(s.collection.Rules, &sigma.Rule{Meta: sigma.Meta{Name: fmt.Sprint("r", i)}})
	}
	for i, e := range events {
		e.id, e.text = fmt.Sprint("e", i), "{}"
		s.events = append(s.events, e)
	}
	return s
}

func counts(rules ...string) *sigma.Correlation {
	return &sigma.Correlation{
		Type: "event_count", Rules: texts(rules...), Timespan: time.Second,
		Condition: &sigma.CorrelationCondition{Bounds: []sigma.Bound{{Op: "gte", Value: "2"}}},
	}
}

func at(t int64, rules ...int) sampleEvent { return sampleEvent{time: t, rules: rules} }

// TestNoLimitCoversAllTimes checks that events further apart than a time.Duration can express belong together if there
// is no time limit.
func TestNoLimitCoversAllTimes(t *testing.T) {
	first, last := int64(math.MinInt64+10), int64(math.MaxInt64-10)
	for _, c := range []struct {
		timespan time.Duration
		least    string
		want     []string
	}{
		{ir.NoLimit, "2", []string{fmt.Sprintf("c0 map[] %d..%d 2 [e0 e1]", first, last)}},
		{ir.NoLimit, "1", []string{fmt.Sprintf("c0 map[] %d..%d 2 [e0 e1]", first, last)}},
		{ir.NoLimit - 1, "2", nil},
		{ir.NoLimit - 1, "1", []string{fmt.Sprintf("c0 map[] %d..%d 1 [e0]", first, first), fmt.Sprintf("c0 map[] %d..%d 1 [e1]", last, last)}},
	} {
		correlation := counts("r0")
		correlation.Timespan = c.timespan
		correlation.Condition.Bounds[0].Value = c.least
		s := timed(correlation, at(first, 0), at(last, 0))
		if got := s.runEngine(t, rand.New(rand.NewPCG(1, 1)), Options{}); !slices.Equal(got, c.want) {
			t.Errorf("%d: got %s, want %s", c.timespan, got, c.want)
		}
	}
}

// TestRangesOfBasesAreHalfOpen checks that a base's range includes its start and excludes its end, and that two ranges
// of one query count as two rules.
func TestRangesOfBasesAreHalfOpen(t *testing.T) {
	correlation := &sigma.Correlation{Type: "temporal", Rules: texts("r0", "r1"), Timespan: ir.NoLimit}
	for _, c := range []struct {
		events []sampleEvent
		want   []string
	}{
		{[]sampleEvent{at(10, 0), at(20, 0)}, []string{"c0 map[] 10..20 2 [e0 e1]"}},
		{[]sampleEvent{at(9, 0), at(20, 0)}, nil},
		{[]sampleEvent{at(10, 0), at(30, 0)}, nil},
		{[]sampleEvent{at(19, 0), at(19, 0), at(20, 1)}, nil},
		{[]sampleEvent{at(29, 0), at(10, 0)}, []string{"c0 map[] 10..29 2 [e1 e0]"}},
	} {
		s := timed(correlation, c.events...)
		s.query = []int{0, 0, 2}
		s.ranges = map[int]*ir.TimeRange{0: {From: 10, To: 20}, 1: {From: 20, To: 30}}
		if got := s.runEngine(t, rand.New(rand.NewPCG(1, 1)), Options{}); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %s, want %s", c.events, got, c.want)
		}
	}
}

// TestStrictOrderNeedsIncreasingTimes checks that events of one time can follow one another in both directions, and in
// neither if the order is strict.
func TestStrictOrderNeedsIncreasingTimes(t *testing.T) {
	correlation := &sigma.Correlation{Type: "temporal_ordered", Rules: texts("r0", "r1"), Timespan: ir.NoLimit}
	for _, c := range []struct {
		events        []sampleEvent
		loose, strict bool
	}{
		{[]sampleEvent{at(1, 0), at(2, 1)}, true, true},
		{[]sampleEvent{at(2, 0), at(1, 1)}, false, false},
		{[]sampleEvent{at(1, 0), at(1, 1)}, true, false},
		{[]sampleEvent{at(1, 0, 1), at(1, 0, 1)}, true, false},
		{[]sampleEvent{at(1, 0, 1), at(2, 0, 1)}, true, true},
	} {
		for _, strict := range []bool{false, true} {
			s := timed(correlation, c.events...)
			s.strict = strict
			want := c.loose
			if strict {
				want = c.strict
			}
			if got := s.runEngine(t, rand.New(rand.NewPCG(1, 1)), Options{}); len(got) > 0 != want {
				t.Errorf("%v strict %v: got %s, want a burst: %v", c.events, strict, got, want)
			}
		}
	}
}

// TestStringPrintsTimeSettings checks that String prints the time settings.
func TestStringPrintsTimeSettings(t *testing.T) {
	c := &ir.Correlation{Rule: "id", Title: "t", Type: ir.TemporalOrdered, Timespan: ir.NoLimit, Strict: true, Spans: true, Bases: []ir.Base{{Range: &ir.TimeRange{From: 1e9, To: 2e9}}}}
	want := "correlation id \"t\"\n  temporal_ordered at increasing times with spans of time without a time limit\n  base 0: query 0 from 1970-01-01T00:00:01Z to 1970-01-01T00:00:02Z\n"
	if got := c.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
