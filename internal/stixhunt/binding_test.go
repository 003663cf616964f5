package stixhunt

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// epoch is the time of the first random event.
var epoch = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// properties is the number of different conditions in random patterns.
const properties = 3

// randomPattern returns an expression about observations.
func randomPattern(r *rand.Rand, depth int) string {
	kind := r.IntN(10)
	if depth == 0 {
		kind = 0
	}
	switch {
	case kind < 3:
		return fmt.Sprintf("[t:p%d = 1]", r.IntN(properties))
	case kind < 4:
		return fmt.Sprintf("(%s) REPEATS %d TIMES", randomPattern(r, depth-1), 1+r.IntN(3))
	case kind < 6:
		return fmt.Sprintf("(%s) WITHIN %d SECONDS", randomPattern(r, depth-1), 1+r.IntN(20))
	case kind < 7:
		start := r.IntN(30)
		return fmt.Sprintf("(%s) START t'%s' STOP t'%s'", randomPattern(r, depth-1), stamp(start), stamp(start+r.IntN(30)))
	}
	return fmt.Sprintf("(%s %s %s)", randomPattern(r, depth-1), []string{"AND", "OR", "FOLLOWEDBY"}[r.IntN(3)], randomPattern(r, depth-1))
}

func stamp(second int) string {
	return epoch.Add(time.Duration(second) * time.Second).Format("2006-01-02T15:04:05Z")
}

func randomEvents(r *rand.Rand) []stixmatch.Observation {
	var list []stixmatch.Observation
	for i := range 1 + r.IntN(7) {
		first := epoch.Add(time.Duration(r.IntN(40)) * time.Second)
		o := stixmatch.Observation{ID: fmt.Sprint(i), First: first, Last: first, Number: 1}
		if r.IntN(3) == 0 {
			o.Last = first.Add(time.Duration(r.IntN(15)) * time.Second)
		}
		if r.IntN(6) == 0 {
			o.Number = 2
		}
		object := stixmatch.Object{"type": "t"}
		for p := range properties {
			if r.IntN(2) == 0 {
				object[fmt.Sprintf("p%d", p)] = jsonOne
			}
		}
		o.Objects = map[string]stixmatch.Object{"0": object}
		list = append(list, o)
	}
	return list
}

// TestBindingsAgreeWithTheReference compares correlations of type ir.Bindings with package stixmatch, which tries all bindings, on random
// patterns and events.
func TestBindingsAgreeWithTheReference(t *testing.T) {
	rounds := testkit.Rounds(1000, 4000, 20_000)
	matched, compared := 0, 0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 14))
		text := randomPattern(r, 3)
		parsed, list := stix.Parse(source.NewFile("pattern", text), stix.V21)
		if parsed == nil {
			t.Fatal(list)
		}
		p, list := stixmatch.Compile(parsed, stixmatch.Options{})
		if p == nil {
			continue // a qualifier twice, or an empty range
		}
		events := randomEvents(r)
		want, err := p.Match(events)
		if err != nil {
			continue
		}
		got, err := bound(t, p, events)
		if err != nil {
			t.Fatalf("seed %d: %s: %v, %v", seed, text, err, list)
		}
		compared++
		if len(want) > 0 {
			matched++
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %s\ngot  %v\nwant %v\nof %s", seed, text, got, want, describe(events))
		}
	}
	if matched < rounds/10 || compared < rounds/2 {
		t.Errorf("only %d of %d patterns matched", matched, compared)
	}
}

func describe(events []stixmatch.Observation) string {
	var b strings.Builder
	for i, e := range events {
		fmt.Fprintf(&b, "%d: %v to %v, %d times, %v\n", i, e.First.Sub(epoch), e.Last.Sub(epoch), e.Number, e.Objects["0"])
	}
	return b.String()
}

// bound returns the events that take part in bindings, by correlation.
func bound(t *testing.T, p *stixmatch.Pattern, events []stixmatch.Observation) ([]int, error) {
	t.Helper()
	brackets := p.Brackets()
	number := map[*stix.Observation]int{}
	for n, b := range brackets {
		number[b] = n
	}
	c := &ir.Correlation{Title: "test", Type: ir.Bindings, Timespan: ir.NoLimit, Spans: true}
	within := make([][]ir.TimeRange, len(brackets))
	ranges(p.Expr(), nil, func(expr *stix.Observation, list []ir.TimeRange) { within[number[expr]] = list })
	c.Binding = binding(p.Expr(), func(expr *stix.Observation) *ir.Binding {
		c.Bases = append(c.Bases, ir.Base{Reference: ir.Reference{Index: number[expr]}})
		return &ir.Binding{Op: ir.BindBase, Base: len(c.Bases) - 1}
	})
	e, err := correlate.New([]*ir.Correlation{c}, correlate.Options{Dir: t.TempDir()})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	w := e.NewWorker()
	for i := range events {
		var queries []int
		for n := range brackets {
			if holds, err := p.Holds(n, &events[i]); err != nil {
				return nil, err
			} else if holds && !slices.ContainsFunc(within[n], func(r ir.TimeRange) bool {
				return !r.Overlaps(events[i].First.UnixNano(), events[i].Last.UnixNano())
			}) {
				queries = append(queries, n)
			}
		}
		var key evidence.EventKey
		key.ID[15] = byte(i + 1)
		err := w.Add(correlate.Event{
			Key: key, Time: events[i].First.UnixNano(), Duration: events[i].Last.Sub(events[i].First), Number: int64(events[i].Number),
		}, queries, nil)
		if err != nil {
			return nil, err
		}
	}
	bursts, err := e.Finish(t.Context())
	if err != nil {
		return nil, err
	}
	var got []int
	for _, b := range bursts {
		n := 0
		for event, err := range b.Events() {
			if err != nil {
				return nil, err
			}
			got = append(got, int(event.Key.ID[15])-1)
			n++
		}
		if n != b.Count {
			t.Errorf("a burst of %d events says %d", n, b.Count)
		}
	}
	slices.Sort(got)
	return slices.Compact(got), nil
}

const jsonOne = json.Number("1")
