package stixhunt

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// onAllCores calls a function for each number below n, on all cores.
func onAllCores(n int, f func(i int)) {
	atOnce := 1 + n/256 // so that goroutines seldom wait for one another
	var next atomic.Int64
	var work errgroup.Group
	for range min(runtime.GOMAXPROCS(0), n) {
		work.Go(func() error {
			for {
				to := int(next.Add(int64(atOnce)))
				for i := to - atOnce; i < min(to, n); i++ {
					f(i)
				}
				if to >= n {
					return nil
				}
			}
		})
	}
	_ = work.Wait() // no function returns an error
}
