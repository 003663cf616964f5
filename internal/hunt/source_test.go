package hunt

import (
	"context"
	"errors"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// failing is a source whose passes return errors. It may cancel the context first.
type failing struct {
	cancel        context.CancelFunc
	reading, more error
}

func (f *failing) needs(*ruleset.Set) needs { return needs{} }
func (f *failing) begin(*hunt) input        { return f }

func (f *failing) read(context.Context) error {
	if f.cancel != nil {
		f.cancel()
	}
	return f.reading
}
func (f *failing) complete(context.Context, *Result) error { return f.more }
func (f *failing) follow(context.Context, *Result) error   { return nil }
func (f *failing) account(*Result) error                   { return nil }
func (f *failing) accountNearby(*finding.Ledger)           {}
func (f *failing) close() error                            { return nil }
func (f *failing) nearby(context.Context, *nearbyIndex, []*nearbyWorker) error {
	return nil
}

// TestLostRecordsFailTheHunt checks that an error of a source other than the context's means that records were lost,
// even if the hunt is stopped at the same time. The context's error leaves a partial result.
func TestLostRecordsFailTheHunt(t *testing.T) {
	full := errors.New("no space left on device")
	for name, c := range map[string]struct {
		source  failing
		stopped bool
		want    error
	}{
		"reading":                           {failing{reading: full}, false, full},
		"reading, while stopped":            {failing{reading: full}, true, full},
		"reading stops":                     {failing{reading: context.Canceled}, true, nil},
		"reading stops without a reason":    {failing{reading: context.Canceled}, false, context.Canceled},
		"completing":                        {failing{more: full}, false, full},
		"completing stops without a reason": {failing{more: context.Canceled}, false, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			source := c.source
			if c.stopped {
				source.cancel = cancel
			}
			result, err := Run(ctx, Options{Set: &ruleset.Set{}, Source: &source})
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			if err != nil {
				return
			}
			if !result.Ledger.Partial {
				t.Error("got a ledger that is not partial")
			}
			if err := result.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
