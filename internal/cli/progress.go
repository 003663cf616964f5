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
	"github.com/egret-hunt/egret/internal/lake"
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

// state is how far something is; total is 0 while it is not known.
type state struct {
	text            string
	position, total int64
}

// files shows a run over files until stop, or until another run starts.
func (p *progress) files(now func() event.Progress) {
	p.start(true, func() state {
		s := now()
		text := "looking for files" // a bucket may take its time to list them
		if s.Files > 0 || s.AllFound {
			text = fmt.Sprintf("%d of %d files, %d events", s.FilesDone, s.Files, s.Events)
		}
		return state{text, s.ReadBytes, s.TotalBytes}
	})
}

// lake shows a hunt in a lake until stop.
func (p *progress) lake(l *lake.Lake) {
	p.start(false, func() state {
		s := l.Progress()
		text := fmt.Sprintf("%d of %d queries, %s read, %d rows", s.Done, s.Tasks, bytesOf(s.ScannedBytes), s.Rows)
		if s.Dollars > 0 {
			text += ", " + dollarsOf(s.Dollars)
		}
		return state{text, int64(s.Done), int64(s.Tasks)}
	})
}

// asking shows until the next run, or until stop, that a lake is asked about itself: its answers may take a while.
func (p *progress) asking() {
	p.start(false, func() state { return state{text: "asking the lake for its columns, and what queries would read"} })
}

// start shows a run, whose numbers may be bytes, until stop, or until another run starts.
func (p *progress) start(bytes bool, now func() state) {
	p.stop()
	if p.w == nil {
		return
	}
	done := make(chan struct{})
	p.done = done
	p.once.Go(func() { p.show(bytes, now, done) })
}

// stop takes the bar away.
func (p *progress) stop() {
	if p.done != nil {
		close(p.done)
		p.done = nil
		p.once.Wait()
	}
}

func (p *progress) show(bytes bool, now func() state, done <-chan struct{}) {
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(p.w), progressbar.OptionShowBytes(bytes), progressbar.OptionSetWidth(20),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetDescription("reading"), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(),
		progressbar.OptionSetRenderBlankState(false), progressbar.OptionShowTotalBytes(bytes),
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
		at := now()
		if at.total > 0 && at.total != total {
			total = at.total
			bar.ChangeMax64(total)
		}
		bar.Describe(at.text)
		// The bar ends itself at its maximum, and then counts anew.
		position := at.position
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
