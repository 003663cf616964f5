package trino

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// page is one answer of the server.
type page struct {
	ID      string          `json:"id"`
	NextURI string          `json:"nextUri"`
	Columns []column        `json:"columns"`
	Data    json.RawMessage `json:"data"`
	Stats   pageStats       `json:"stats"`
	Error   *queryError     `json:"error"`
}

type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// pageStats are the statistics that a hunt uses. Times are in milliseconds.
type pageStats struct {
	State              string `json:"state"`
	QueuedTimeMillis   int64  `json:"queuedTimeMillis"`
	ElapsedTimeMillis  int64  `json:"elapsedTimeMillis"`
	PhysicalInputBytes *int64 `json:"physicalInputBytes"`
}

// queryID is the form of ids, which are used in addresses, journals and errors.
var queryID = lazyre.New(`^[A-Za-z0-9_-]{1,128}$`)

// parse parses an answer into the page and reuses its memory.
func (p *page) parse(text []byte) error {
	*p = page{Data: p.Data[:0]}
	if err := json.Unmarshal(text, p); err != nil {
		return errors.New("the answer is not of Trino's protocol: broken JSON")
	}
	if !queryID.MatchString(p.ID) {
		return errors.New("the answer is not of Trino's protocol: it has no query id")
	}
	return nil
}

// empty reports whether a page has no rows.
func (p *page) empty() bool { return len(p.Data) == 0 || string(p.Data) == "null" }

// state returns the query's state.
func (p *page) state() engine.State {
	switch {
	case p.Error != nil && p.Error.kind() == engine.Cancelled:
		return engine.Stopped
	case p.Error != nil:
		return engine.Failed
	case p.NextURI == "":
		return engine.Succeeded
	}
	switch p.Stats.State {
	case "QUEUED", "WAITING_FOR_RESOURCES", "DISPATCHING":
		return engine.Queued
	default: // FINISHED too: rows, or the error of the last step, may still follow
		return engine.Running
	}
}

// stats returns the cost of the query. Rows are counted by the reader.
func (p *page) stats() engine.Stats {
	queued := time.Duration(max(0, p.Stats.QueuedTimeMillis)) * time.Millisecond
	s := engine.Stats{ScannedBytes: -1, Queued: queued, Ran: max(0, time.Duration(p.Stats.ElapsedTimeMillis)*time.Millisecond-queued)}
	if p.Stats.PhysicalInputBytes != nil && *p.Stats.PhysicalInputBytes >= 0 {
		s.ScannedBytes = *p.Stats.PhysicalInputBytes
	}
	return s
}
