package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// untilSignal is a context that ends at the first SIGINT or SIGTERM; the second kills the process as it would without
// egret. Writing to a closed pipe becomes an error instead of a signal, so that the ledger is still printed.
func (a *app) untilSignal(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals) // the next one kills
			fmt.Fprintln(a.stderr, "\nstopping: what was found so far follows; once more to quit at once")
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		signal.Stop(pipe)
		cancel()
	}
}
