package history_test

import (
	"math/rand/v2"
	"testing"

	"github.com/egret-hunt/egret/internal/history"
)

// Two tables together know what a map knows.
func TestFirst(t *testing.T) {
	h := history.New(0)
	tables := []*history.Table{h.NewTable(), h.NewTable()}
	random := rand.New(rand.NewPCG(1, 2))
	want := map[uint64]int64{}
	own := []map[uint64]int64{{}, {}}
	for range 200_000 {
		thing, nanos, which := random.Uint64N(30_000), random.Int64N(1_000_000)-500_000, random.IntN(2)
		if thing == 1 {
			continue // stands for 0 too
		}
		before, known := own[which][thing]
		if earlier := !known || nanos < before; tables[which].Note(thing, nanos) != earlier {
			t.Fatalf("Note(%d, %d) does not say %v", thing, nanos, earlier)
		} else if earlier {
			own[which][thing] = nanos
		}
		if first, ok := want[thing]; !ok || nanos < first {
			want[thing] = nanos
		}
	}
	for thing := range uint64(31_000) {
		first, ok := want[thing]
		if got, found := h.First(thing); thing != 1 && (found != ok || ok && got != first) {
			t.Fatalf("First(%d) is %d, %v; want %d, %v", thing, got, found, first, ok)
		}
	}
}

// A full history does not guess.
func TestFull(t *testing.T) {
	h := history.New(1000)
	table := h.NewTable()
	for i := range uint64(1000) {
		table.Note(i+10, 1)
	}
	if _, ok := h.First(10); h.Full() || !ok {
		t.Error("a history within its limit must know all")
	}
	if table.Note(5, 1) || !h.Full() {
		t.Error("a history beyond its limit must say so")
	}
	if _, ok := h.First(10); ok {
		t.Error("a full history must know nothing")
	}
}

func TestJoin(t *testing.T) {
	h := history.New(0)
	seen := map[uint64]bool{}
	n := 0
	for a := range 60 {
		for b := range 60 {
			for kind := range uint8(5) {
				seen[history.Join(h.Hash([]byte{byte(a)}), h.Hash([]byte{byte(b)}), kind)] = true
				n++
			}
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d hashes differ", len(seen), n)
	}
}
