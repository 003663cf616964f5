package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/term"
)

// Calls to an unreachable server are retried for minutes. egret reports that, also in a pipe: first after pauses of waitFirst in
// total, so that short throttling is not reported, and then at most once in waitAgain.
const (
	waitFirst = time.Second
	waitAgain = 30 * time.Second
)

// pauseReporter returns a function that prints the reason for pauses on stderr. It is safe for concurrent use.
func (a *app) pauseReporter() func(err error, pause time.Duration) {
	var mutex sync.Mutex
	var waited time.Duration // since the last report
	var reported time.Time
	return func(err error, pause time.Duration) {
		mutex.Lock()
		defer mutex.Unlock()
		waited += pause
		now := time.Now()
		if waited < waitFirst || !reported.IsZero() && now.Sub(reported) < waitAgain {
			return
		}
		waited, reported = 0, now
		fmt.Fprintf(a.stderr, "%s: %s; trying again\n", a.paintErr(term.Warning, "waiting"), diag.Safe(err.Error()))
	}
}
