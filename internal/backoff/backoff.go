// Package backoff computes the pauses between retries, and waits for them. The caller decides whether to retry.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Policy describes how pauses grow. First must be set.
type Policy struct {
	// First is the pause after the first failure. It doubles with each further one, up to Max; a Max below First is First.
	First, Max time.Duration
	// Random returns numbers in [0, 1); nil means rand.Float64. If the policy is used concurrently, Random must be
	// safe for concurrent use.
	Random func() float64
}

// Pause returns how long to wait after the given number of failures, at least 1. Up to half of the pause is taken off
// at random, so that clients that failed together do not retry together.
func (p Policy) Pause(failures int) time.Duration {
	longest := max(p.First, p.Max)
	d := p.First
	for n := 1; n < failures && d < longest; n++ {
		d = min(2*d, longest)
	}
	random := p.Random
	if random == nil {
		random = rand.Float64
	}
	return d/2 + time.Duration(random()*float64(d/2))
}

// Sleep waits for d. It returns early with the context's error when the context ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
