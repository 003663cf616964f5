package term

import (
	"io"
	"os"
	"os/signal"
	"sync"
	"time"
)

// Screen is stderr on a terminal while stdout is a pipe. A pager may read from the pipe and own the screen until the
// user quits it. Output written in the meantime would corrupt the pager's page and be lost, so Write buffers it until
// the pager exits. Its methods are safe for concurrent use.
//
// A pager is recognized by the terminal's mode: less, more and most read single keys, for which they turn off line
// input. Programs that only filter (head, jq, grep) do not change the mode, and nothing is buffered for them.
type Screen struct {
	file   *os.File
	stdout *os.File

	mu   sync.Mutex
	kept []byte
	// owned reports whether another program owns the terminal.
	owned func() bool
}

// NewScreen returns the screen for a pair of streams, nil if no pager can be running.
func NewScreen(stdout, stderr io.Writer) *Screen {
	out, err := File(stdout), File(stderr)
	if out == nil || err == nil || !IsTerminal(err) {
		return nil
	}
	info, statErr := out.Stat()
	if statErr != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return nil
	}
	return &Screen{file: err, stdout: out, owned: func() bool { return readsKeys(err) }}
}

// Pager reports whether a pager owns the screen. A nil screen has none.
func (s *Screen) Pager() bool { return s != nil && s.owned() }

// Unwrap returns the terminal.
func (s *Screen) Unwrap() io.Writer { return s.file }

// maxKept limits the buffer in bytes. Warnings and the ledger take a few kilobytes.
const maxKept = 1 << 20

// Write writes to the terminal, or buffers the bytes while a pager owns it.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owned() && len(s.kept)+len(p) <= maxKept {
		s.kept = append(s.kept, p...)
		return len(p), nil
	}
	if err := s.release(); err != nil {
		return 0, err
	}
	return s.file.Write(p)
}

// release writes the buffered bytes.
func (s *Screen) release() error {
	if len(s.kept) == 0 {
		return nil
	}
	_, err := s.file.Write(s.kept)
	s.kept = nil
	return err
}

// Close closes stdout, so that the pager reaches the end of its input, waits until the user has quit the pager, and
// writes the buffered bytes.
func (s *Screen) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) == 0 {
		return
	}
	_ = s.stdout.Close() // everything was flushed before, and errors were reported
	// Ctrl-C is often meant for the pager, which is in the same job. It is delivered here too and must not discard
	// the buffer. The second one ends the wait, in case a pager was killed without restoring the terminal.
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
	_ = s.release() // there is nowhere to report an error
}
