package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/lake"
)

// progress shows how far a hunt is, with rate and time left, on a terminal that no pager owns. Elsewhere it does nothing.
type progress struct {
	w      io.Writer // nil for none
	screen *screen   // as in app
	once   sync.WaitGroup
	done   chan struct{}
}

func (a *app) progress(quiet bool) *progress {
	if quiet || !isTerminal(a.stderr) || os.Getenv("TERM") == "dumb" {
		return &progress{}
	}
	return &progress{w: fileOf(a.stderr), screen: a.screen} // past the screen: a bar is never held back
}

// files shows a run over files until stop, or until another run starts.
func (p *progress) files(now func() event.Progress) {
	p.start(true, func() state {
		s := now()
		text := "looking for files" // a bucket may take its time to list them
		if s.Files > 0 || s.AllFound {
			text = fmt.Sprintf("%s of %s files, %s events", grouped(s.FilesDone), grouped(s.Files), grouped(s.Events))
		}
		total := s.TotalBytes
		if !s.AllFound {
			total = 0 // it still grows
		}
		return state{text, s.ReadBytes, total}
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

// show draws the bar over and over until done, then clears its line.
func (p *progress) show(bytes bool, now func() state, done <-chan struct{}) {
	ticker := time.NewTicker(150 * time.Millisecond)
	defer ticker.Stop()
	bar := bar{bytes: bytes, start: time.Now()}
	drawn := false
	clear := func() {
		if drawn {
			fmt.Fprint(p.w, "\r\x1b[K")
			drawn = false
		}
	}
	for {
		select {
		case <-done:
			clear()
			return
		case <-ticker.C:
		}
		if p.screen.pager() {
			drawn = false // the pager has cleared it
			continue
		}
		fmt.Fprint(p.w, "\r"+bar.line(now(), time.Now(), width(p.w))+"\x1b[K")
		drawn = true
	}
}
