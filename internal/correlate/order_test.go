package correlate

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// TestBurstsAreSorted checks sorting in one run and in several against slices.SortFunc.
func TestBurstsAreSorted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, checkEvery, checkEvery + 1, 5*checkEvery + 7} {
		list := make([]*Burst, n)
		for i := range list {
			list[i] = &Burst{Last: random.Int64N(100), First: random.Int64N(10), Group: []string{strconv.Itoa(i)}}
		}
		want := slices.Clone(list)
		slices.SortFunc(want, compareBursts)
		if err := sortBursts(t.Context(), list); err != nil || !slices.Equal(list, want) {
			t.Errorf("%d bursts: not sorted (error %v)", n, err)
		}
		half := slices.Clone(want[n/2:])
		merged, err := mergeBursts(t.Context(), [][]*Burst{nil, half, want[:n/2], nil})
		if err != nil || !slices.Equal(merged, want) {
			t.Errorf("%d bursts: not sorted after merging (error %v)", n, err)
		}
	}
}

// TestSortingEndsWithTheContext ends the context while runs are sorted and while they are merged.
func TestSortingEndsWithTheContext(t *testing.T) {
	list := make([]*Burst, 4*checkEvery)
	for i := range list {
		list[i] = &Burst{Last: int64(len(list) - i)}
	}
	for _, asked := range []int{0, 2, 4, 7} {
		if err := sortBursts(&stopAfter{t.Context(), asked}, slices.Clone(list)); !errors.Is(err, context.Canceled) {
			t.Errorf("context ended after %d checks: got error %v, want context.Canceled", asked, err)
		}
	}
}
