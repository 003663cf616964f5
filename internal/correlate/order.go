package correlate

import (
	"context"
	"slices"
)

// sortBursts sorts bursts. There may be millions of them, so it checks the context meanwhile; after an error the order
// is undefined.
func sortBursts(ctx context.Context, list []*Burst) error {
	var runs [][]*Burst
	for run := range slices.Chunk(list, checkEvery) {
		if err := ctx.Err(); err != nil {
			return err
		}
		slices.SortFunc(run, compareBursts)
		runs = append(runs, run)
	}
	if len(runs) < 2 {
		return nil
	}
	merged, err := mergeBursts(ctx, runs)
	copy(list, merged)
	return err
}

// mergeBursts merges sorted lists into one. It may change the lists. The error is the context's.
func mergeBursts(ctx context.Context, lists [][]*Burst) ([]*Burst, error) {
	for len(lists) > 1 {
		var next [][]*Burst
		for pair := range slices.Chunk(lists, 2) {
			if len(pair) == 1 {
				next = append(next, pair[0])
				continue
			}
			merged, err := mergeTwo(ctx, pair[0], pair[1])
			if err != nil {
				return nil, err
			}
			next = append(next, merged)
		}
		lists = next
	}
	if len(lists) == 0 {
		return nil, nil
	}
	return lists[0], nil
}

func mergeTwo(ctx context.Context, a, b []*Burst) ([]*Burst, error) {
	out := make([]*Burst, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if len(out)%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if compareBursts(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...), nil
}
