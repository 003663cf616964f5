package cli

import (
	"io"
	"os"
	"os/signal"
	"sync"
	"time"
)

// screen is stderr on a terminal while stdout is a pipe. At the other end of the pipe may be a pager, which owns the
// screen until the user leaves it: what is written meanwhile would be drawn over its page, and lost with it. So it is
// held back until the pager is gone.
//
// A pager is known by the terminal's mode: less, more and most read single keys, for which they turn line input off.
// Programs that only filter (head, jq, grep) leave the mode alone, and nothing is held back for them.
type screen struct {
	file   *os.File
	stdout *os.File

	mu   sync.Mutex
	held []byte
	// owned tells whether another program owns the terminal.
	owned func() bool
}

// newScreen is the screen for a pair of streams, nil where no pager can be at work.
func newScreen(stdout, stderr io.Writer) *screen {
	out, err := fileOf(stdout), fileOf(stderr)
	if out == nil || err == nil || !isTerminal(err) {
		return nil
	}
	info, statErr := out.Stat()
	if statErr != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return nil
	}
	return &screen{file: err, stdout: out, owned: func() bool { return readsKeys(err) }}
}

// pager tells whether a pager owns the screen; a nil screen has none.
func (s *screen) pager() bool { return s != nil && s.owned() }

// maxHeld bounds what is held back, in bytes. Warnings and the ledger come to some kilobytes.
const maxHeld = 1 << 20

// Write writes to the terminal, or holds back while a pager owns it.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owned() && len(s.held)+len(p) <= maxHeld {
		s.held = append(s.held, p...)
		return len(p), nil
	}
	if err := s.release(); err != nil {
		return 0, err
	}
	return s.file.Write(p)
}

// release writes what was held back.
func (s *screen) release() error {
	if len(s.held) == 0 {
		return nil
	}
	_, err := s.file.Write(s.held)
	s.held = nil
	return err
}

// close ends the output: the pager gets the end of its input, and what was held back for it is written once the user has
// left it.
func (s *screen) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) == 0 {
		return
	}
	_ = s.stdout.Close() // everything was flushed, and errors told, before
	// Ctrl-C is often meant for the pager, which is in the same job. It gets here too, and must not lose what is held;
	// the second one ends the waiting, should a pager have been killed without giving the terminal back.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	for interrupts := 0; interrupts < 2 && s.owned(); {
		select {
		case <-signals:
			interrupts++
		case <-time.After(50 * time.Millisecond):
		}
	}
	_ = s.release() // there is nowhere left to tell it
}
