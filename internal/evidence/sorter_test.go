package evidence

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSorterSortsMoreThanFitsInMemory(t *testing.T) {
	for _, limit := range []int{64, 1 << 10, 1 << 20} {
		spool := NewSpool(t.TempDir())
		random := rand.New(rand.NewPCG(1, uint64(limit)))
		sorters := []*Sorter{NewSorter(spool), NewSorter(spool), NewSorter(spool)}
		var want [][]byte
		for i := range 3000 {
			s := sorters[i%2] // the third stays empty
			s.limit = limit
			record := make([]byte, random.IntN(40))
			for j := range record {
				record[j] = byte(random.IntN(3))
			}
			want = append(want, record)
			if err := s.Add(record); err != nil {
				t.Fatal(err)
			}
		}
		if err := sorters[0].Add(bytes.Repeat([]byte{9}, 3*sorterBlock)); err != nil {
			t.Fatal(err)
		}
		want = append(want, bytes.Repeat([]byte{9}, 3*sorterBlock))
		slices.SortFunc(want, bytes.Compare)
		for range 2 { // Sorted can be repeated
			var got [][]byte
			for record, err := range Sorted(sorters...) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, bytes.Clone(record))
			}
			if !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("limit %d: got %d records, want %d in order", limit, len(got), len(want))
			}
		}
		if err := spool.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAppendedPartsKeepOrder(t *testing.T) {
	texts := []string{"", "\x00", "\x00\x00", "\x00a", "\x00\xff", "a", "a\x00", "a\x00\x01", "a\x01", "ab", "b", "\xff"}
	if !slices.IsSorted(texts) {
		t.Fatal("the texts are not in order")
	}
	for i, a := range texts {
		text, rest := CutOrdered(append(AppendOrdered(nil, a), "rest"...))
		if string(text) != a || string(rest) != "rest" {
			t.Errorf("%q: got %q and %q, want the text and \"rest\"", a, text, rest)
		}
		for j, b := range texts {
			x, y := append(AppendOrdered(nil, a), 0xff, 0xff), append(AppendOrdered(nil, b), 0, 0)
			if i != j && (bytes.Compare(x, y) < 0) != (i < j) {
				t.Errorf("%q and %q are not in order", a, b)
			}
		}
	}
	numbers := []int64{math.MinInt64, -5, -1, 0, 1, 256, math.MaxInt64}
	for i := range numbers {
		n, rest := CutInt(append(AppendInt(nil, numbers[i]), 7))
		if n != numbers[i] || fmt.Sprint(rest) != "[7]" {
			t.Errorf("%d: got %d and %v, want the number and [7]", numbers[i], n, rest)
		}
		if i > 0 && bytes.Compare(AppendInt(nil, numbers[i-1]), AppendInt(nil, numbers[i])) >= 0 {
			t.Errorf("%d and %d are not in order", numbers[i-1], numbers[i])
		}
	}
}
