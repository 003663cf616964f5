package correlate

import (
	"fmt"
	"testing"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// TestDirectBasesCountOnlyDirectEvents checks that a direct base counts only events from AddDirect, also where the
// correlation names its rule twice, and that another correlation over the same rule still counts the events that the
// rule matches.
func TestDirectBasesCountOnlyDirectEvents(t *testing.T) {
	counted := func() *ir.Correlation {
		base := func(rule int) ir.Base { return ir.Base{Reference: ir.Reference{Index: rule}} }
		return &ir.Correlation{Type: ir.EventCount, Timespan: 1000, Bounds: []ir.Bound{atLeast("3")}, Bases: []ir.Base{base(0), base(1), base(0)}}
	}
	engine, err := New([]*ir.Correlation{counted(), counted()}, Options{Direct: []Base{{0, 0}}})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	doc, err := new(value.Parser).Parse([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	fields := &EventFields{Walker: &value.Walker{}, Doc: doc}
	w := engine.NewWorker()
	at := func(i int) Event { return Event{Key: evidence.KeyOf(fmt.Append(nil, i)), Time: int64(i)} }
	// Four events of the rule and one of the other rule; then three direct events, each for both bases of its rule.
	for i := range 5 {
		if err := w.Add(at(i), []int{i / 4}, fields); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if err := w.AddDirect(at(10+i), []Base{{0, 2}, {0, 0}}, fields); err != nil {
			t.Fatal(err)
		}
	}
	bursts, err := engine.Finish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]int{}
	for _, b := range bursts {
		got[b.Correlation] += b.Count
	}
	if got[0] != 4 || got[1] != 5 || len(bursts) != 2 {
		t.Errorf("got %d bursts with %v events, want 2 with 4 and 5", len(bursts), got)
	}
}
