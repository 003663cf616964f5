package mcp

import (
	"errors"
	"fmt"
	"sync"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/setup"
)

// budget adds up what calls have cost in the lake. The budget of a hunt is that of all calls together here: an agent may call as
// often as it likes.
type budget struct {
	mutex sync.Mutex
	// limit and spent are in bytes that the engine bills. limit is 0 until a call has read it, and if there is none.
	limit, spent int64
}

// rest returns the budget of the next call for setup.Limits, "" for that of the first one.
func (b *budget) rest() (string, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch {
	case b.limit == 0:
		return "", nil
	case b.spent >= b.limit:
		return "", setup.UsageError("a new server with another --budget can ask on", errors.New("the budget for the lake is used up"))
	}
	return fmt.Sprintf("%dB", b.limit-b.spent), nil
}

// add adds the cost of a call, also of one that failed.
func (b *budget) add(l *finding.LakeCounts) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.limit == 0 {
		b.limit = l.BudgetBytes
	}
	b.spent += max(l.BilledBytes, l.ScannedBytes)
}

// Spent returns what all calls together were billed in the lake, in bytes.
func (s *Server) Spent() int64 {
	s.ledger.mutex.Lock()
	defer s.ledger.mutex.Unlock()
	return s.ledger.spent
}
