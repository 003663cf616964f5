package guard

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// A Listener limits the number of open connections. When there are too many, it closes the one that has waited longest without a
// request, so that connections that do nothing keep no one out. If all are busy, it closes the new one.
type Listener struct {
	net.Listener

	max  int
	mu   sync.Mutex
	open map[net.Conn]*list.Element
	// idle are open connections without a request, the oldest first.
	idle *list.List
}

// NewListener returns a Listener with at most max open connections. Its State must get the states of all connections.
func NewListener(l net.Listener, limit int) *Listener {
	return &Listener{Listener: l, max: limit, open: map[net.Conn]*list.Element{}, idle: list.New()}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		kept, closed := l.add(conn)
		if closed != nil {
			_ = closed.Close() // it is gone either way
		}
		if kept {
			return conn, nil
		}
	}
}

// add notes a new connection. It returns whether it is kept, and one to close, nil for none.
func (l *Listener) add(conn net.Conn) (kept bool, closed net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= l.max {
		oldest := l.idle.Front()
		if oldest == nil {
			return false, conn
		}
		closed = oldest.Value.(net.Conn) //nolint:errcheck // the list has nothing else
		l.idle.Remove(oldest)
		delete(l.open, closed)
	}
	l.open[conn] = l.idle.PushBack(conn)
	return true, closed
}

// State implements http.Server.ConnState.
func (l *Listener) State(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	element, known := l.open[conn]
	if !known {
		return
	}
	switch state {
	case http.StateActive:
		if element != nil {
			l.idle.Remove(element)
			l.open[conn] = nil
		}
	case http.StateIdle:
		if element == nil {
			l.open[conn] = l.idle.PushBack(conn)
		}
	case http.StateClosed, http.StateHijacked:
		if element != nil {
			l.idle.Remove(element)
		}
		delete(l.open, conn)
	case http.StateNew:
	}
}

// Open returns the number of open connections.
func (l *Listener) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}
