package lake

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

var errFull = errors.New("no space left on device")

// TestFailingConsumerFailsTheRun checks that the run fails with the consumer's error, however else it ends, and that
// the ledger does not count the task as done.
func TestFailingConsumerFailsTheRun(t *testing.T) {
	for name, stop := range map[string]func(cancel context.CancelFunc){
		"alone": func(context.CancelFunc) {},
		// Ctrl-C comes first: the context then ends with its own cause, which must not hide the error.
		"after Ctrl-C": func(cancel context.CancelFunc) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			var l *Lake
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l = huntOf(t, newFake(oneRow(&l)), func(o *Options) { o.InFlight = 1 })
			begin(t, l, t.TempDir(), "")
			taken := 0
			err := l.Run(ctx, 1, func(int, *Batch) error {
				taken++
				stop(cancel)
				return errFull
			})
			if !errors.Is(err, errFull) {
				t.Errorf("got error %v, want %v", err, errFull)
			}
			var ledger finding.Ledger
			l.Account(&ledger)
			c := ledger.Lake
			if taken != 1 || c.Done != 0 || int(c.Left.Total) != c.Chunks || !ledger.Partial || !strings.Contains(ledger.Stopped, errFull.Error()) {
				t.Errorf("got %d batches, partial %t (%q), %+v", taken, ledger.Partial, ledger.Stopped, c)
			}
		})
	}
}

// TestFailingLastBatchFailsTheRun fails the last batch after all queries are done, so that no query is left to be
// stopped.
func TestFailingLastBatchFailsTheRun(t *testing.T) {
	var l *Lake
	l = huntOf(t, newFake(oneRow(&l)), nil)
	begin(t, l, t.TempDir(), "")
	taken := 0
	err := l.Run(t.Context(), 1, func(_ int, b *Batch) error {
		if taken++; taken == 3 {
			return errFull
		}
		return nil
	})
	c := accountOf(l)
	if !errors.Is(err, errFull) || c.Done != 2 || c.Left.Total != 1 {
		t.Errorf("got error %v, %+v", err, c)
	}
}
