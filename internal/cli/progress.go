package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/egret-hunt/egret/internal/event"
)

// progress shows how far a hunt is, with rate and time left, on a terminal. Elsewhere it does nothing.
type progress struct {
	w    io.Writer // nil for none
	once sync.WaitGroup
	done chan struct{}
}

func (a *app) progress(quiet bool) *progress {
	if quiet || !isTerminal(a.stderr) || os.Getenv("TERM") == "dumb" {
		return &progress{}
	}
	return &progress{w: a.stderr}
}

// start shows a run until stop, or until another run starts.
func (p *progress) start(now func() event.Progress) {
	p.stop()
	if p.w == nil {
		return
	}
	done := make(chan struct{})
	p.done = done
	p.once.Go(func() { p.show(now, done) })
}

// stop takes the bar away.
func (p *progress) stop() {
	if p.done != nil {
		close(p.done)
		p.done = nil
		p.once.Wait()
	}
}

func (p *progress) show(now func() event.Progress, done <-chan struct{}) {
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(p.w), progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(20),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetDescription("reading"), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(),
		progressbar.OptionSetRenderBlankState(false), progressbar.OptionShowTotalBytes(true),
	)
	ticker := time.NewTicker(150 * time.Millisecond)
	defer ticker.Stop()
	total := int64(-1)
	for {
		select {
		case <-done:
			_ = bar.Clear()
			return
		case <-ticker.C:
		}
		state := now()
		if state.TotalBytes > 0 && state.TotalBytes != total {
			total = state.TotalBytes
			bar.ChangeMax64(total)
		}
		bar.Describe(fmt.Sprintf("%d of %d files, %d events", state.FilesDone, state.Files, state.Events))
		// The bar ends itself at its maximum, and then counts anew.
		position := state.ReadBytes
		if total > 0 {
			position = min(position, total-1)
		}
		_ = bar.Set64(position)
	}
}

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
