package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// State is the state of a task.
type State string

// The states of a task. Any may follow any: the last line of the log counts.
const (
	// New is a task that the journal does not know.
	New State = "new"
	// Started is a task whose query may be running, or may have run, on the server.
	Started State = "started"
	// Done is a task whose rows are complete.
	Done State = "done"
	// Failed is a task that failed; the caller decides whether to retry it.
	Failed State = "failed"
	// Split is a task that other tasks replaced.
	Split State = "split"
)

// Task is the journal's information about a task.
type Task struct {
	State State
	// Query and Token are the query id and token of the last start; "" if there was none.
	Query, Token string
	// Attempts is how often it was started.
	Attempts int
	// Reason is the reason of the last failure, "" unless State is Failed.
	Reason string
	// Rows is the number of its rows, 0 unless its state is Done.
	Rows int64
	// Stats are the stats of the last end, nil if there were none or the task is running.
	Stats json.RawMessage
	// Costs are the stats of all its ends in the order of the log, including failed attempts and rows that were
	// written again: what has been paid for it. Ends without stats are left out.
	Costs []json.RawMessage
}

// task is a Task with internal data.
type task struct {
	Task
	file *rowFile // nil unless Done
}

// Limits of texts that callers pass.
const (
	maxKey    = 4 << 10 // bytes
	maxReason = 8 << 10 // bytes
)

// task finds or creates a task.
func (s *state) task(key string) *task {
	t := s.tasks[key]
	if t == nil {
		t = &task{Task: Task{State: New}}
		s.tasks[key] = t
		s.order = append(s.order, key)
	}
	return t
}

func (t *task) apply(r *record) {
	if r.Kind == kindStarted {
		// The second line of one start, which adds the query's id, is not a new attempt.
		if t.State != Started || r.Token == "" || r.Token != t.Token {
			t.Attempts++
		}
		t.Query, t.Token = r.Query, r.Token
	}
	t.State, t.Reason, t.Rows, t.Stats, t.file = State(r.Kind), "", 0, r.Stats, nil
	if r.Kind == kindDone {
		t.Rows, t.file = r.Rows, r.File
	}
	if r.Kind == kindFailed {
		t.Reason = r.Reason
	}
	if r.Stats != nil {
		t.Costs = append(t.Costs, r.Stats)
	}
}

func (t *task) copy() Task {
	c := t.Task
	c.Costs = slices.Clone(c.Costs)
	return c
}

// checkKey returns an error if a text cannot be the key of a task.
func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("a task needs a key")
	case len(key) > maxKey:
		return fmt.Errorf("the key of a task has %d bytes, more than %d", len(key), maxKey)
	case !utf8.ValidString(key): // JSON would change it, and the task would not be found again
		return fmt.Errorf("the key of a task is not UTF-8: %q", key)
	}
	return nil
}

// Task returns what is known about a task. An unknown task is New.
func (j *Journal) Task(key string) Task {
	j.mu.Lock()
	defer j.mu.Unlock()
	if t := j.tasks[key]; t != nil {
		return t.copy()
	}
	return Task{State: New}
}

// Each calls a function for each known task, in the order of their first lines. The function may use the journal; its
// changes do not affect the tasks still to come.
func (j *Journal) Each(each func(key string, t Task)) {
	j.mu.Lock()
	keys := slices.Clone(j.order)
	tasks := make([]Task, len(keys))
	for i, key := range keys {
		tasks[i] = j.tasks[key].copy()
	}
	j.mu.Unlock()
	for i, key := range keys {
		each(key, tasks[i])
	}
}

// Started records that a task was passed to the engine. It may be called twice for one start: with the token before
// the call of the engine, and with the query's id after it, so that a crash between the two leaves the token. A token
// that is computed from the hunt's id, the key and Attempts is the same after a crash even without the first call.
// Both arguments may be "". Earlier rows of the task are dropped.
func (j *Journal) Started(key, queryID, token string) error {
	return j.appendFor(key, &record{Kind: kindStarted, Query: queryID, Token: token})
}

// Failed records that an attempt failed, and what it cost nevertheless: stats in a form that the caller defines, nil
// for none. The reason must not contain secrets; a long one is truncated.
func (j *Journal) Failed(key, reason string, stats any) error {
	data, err := marshal(stats)
	if err != nil {
		return j.wrap("the stats of "+key, err)
	}
	if reason = strings.ToValidUTF8(reason, "\uFFFD"); len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "…"
	}
	return j.appendFor(key, &record{Kind: kindFailed, Reason: reason, Stats: data})
}

// Split records that other tasks replace a task. The caller must be able to name them again.
func (j *Journal) Split(key string) error {
	return j.appendFor(key, &record{Kind: kindSplit})
}

// appendFor appends a line about a task.
func (j *Journal) appendFor(key string, r *record) error {
	if err := checkKey(key); err != nil {
		return j.wrap("the journal", err)
	}
	r.Key = key
	j.mu.Lock()
	defer j.mu.Unlock()
	old := j.tasks[key]
	var unused *rowFile
	if old != nil {
		unused = old.file
	}
	if err := j.append(r); err != nil {
		return err
	}
	j.discard(unused)
	return nil
}

// Note adds a record in JSON that the caller defines, such as the amount spent so far or the budget, under a name that
// the caller chooses.
func (j *Journal) Note(kind string, data any) error {
	if err := checkKey(kind); err != nil {
		return j.wrap("a note", err)
	}
	text, err := json.Marshal(data)
	if err != nil {
		return j.wrap("the note "+kind, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.append(&record{Kind: kindNote, Note: kind, Data: text})
}

// Notes returns the notes of a kind in the order in which they were added, nil if there are none.
func (j *Journal) Notes(kind string) []json.RawMessage {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.notes[kind])
}

// marshal returns JSON, nil for nil values of any type.
func marshal(stats any) (json.RawMessage, error) {
	text, err := json.Marshal(stats)
	if err != nil || string(text) == "null" {
		return nil, err
	}
	return text, nil
}
