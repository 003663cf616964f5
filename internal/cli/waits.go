package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/egret-hunt/egret/diag"
)

// A server that is out of reach is asked again for minutes. That is said, in a pipe too: first when there is something to wait
// for, a moment of throttling aside, and then seldom.
const (
	waitFirst = time.Second
	waitAgain = 30 * time.Second
)

// tellWaits makes a function that says on stderr what is waited for. It may be called from several goroutines.
func (a *app) tellWaits() func(err error, pause time.Duration) {
	var mutex sync.Mutex
	var waited time.Duration // since something was said
	var told time.Time
	return func(err error, pause time.Duration) {
		mutex.Lock()
		defer mutex.Unlock()
		waited += pause
		now := time.Now()
		if waited < waitFirst || !told.IsZero() && now.Sub(told) < waitAgain {
			return
		}
		waited, told = 0, now
		fmt.Fprintf(a.stderr, "%s: %s; trying again\n", a.paintErr("1;33", "waiting"), diag.Safe(err.Error()))
	}
}
