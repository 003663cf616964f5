package term

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Progress draws the progress of an operation on the last line of a terminal until the operation ends. The zero value
// draws nothing. Start and Stop must be called from one goroutine.
type Progress struct {
	w      io.Writer // nil to draw nothing
	screen *Screen   // nil if no pager can own the terminal
	now    func() time.Time
	wait   sync.WaitGroup
	done   chan struct{}
}

// NewProgress returns a Progress for the terminal of a stream. It draws nothing while a pager owns the screen (screen
// may be nil), and never if the stream is not a terminal or the terminal is dumb. now returns the current time.
func NewProgress(stream io.Writer, screen *Screen, now func() time.Time) *Progress {
	if !IsTerminal(stream) || IsDumb() {
		return &Progress{}
	}
	return &Progress{w: File(stream), screen: screen, now: now} // bypass the screen: the line is never kept for later
}

// Start shows the result of state until Stop or another Start. With bytes set, the numbers are bytes and their rate
// is shown. state is called from another goroutine.
func (p *Progress) Start(bytes bool, state func() State) {
	p.Stop()
	if p.w == nil {
		return
	}
	done := make(chan struct{})
	p.done = done
	p.wait.Go(func() { p.draw(bytes, state, done) })
}

// Stop clears the line. It may be called more than once.
func (p *Progress) Stop() {
	if p.done != nil {
		close(p.done)
		p.done = nil
		p.wait.Wait()
	}
}

// pagerStarts is how long nothing is drawn if stdout is a pipe: a pager that reads from it takes a moment to start.
const pagerStarts = 400 * time.Millisecond

// draw redraws the line until done is closed, then clears it.
func (p *Progress) draw(bytes bool, state func() State, done <-chan struct{}) {
	ticker := time.NewTicker(150 * time.Millisecond)
	defer ticker.Stop()
	bar := bar{bytes: bytes, start: p.now()}
	drawn, start := false, p.now()
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
		if p.screen != nil && p.now().Sub(start) < pagerStarts {
			continue
		}
		if p.screen.Pager() {
			drawn = false // the pager has cleared the line
			continue
		}
		fmt.Fprint(p.w, "\r"+bar.line(state(), p.now(), Columns(p.w))+"\x1b[K")
		drawn = true
	}
}
