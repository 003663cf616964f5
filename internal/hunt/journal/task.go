package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// State is what became of a task.
type State string

// The states of a task. Any may follow any: the last line of the log counts.
const (
	// New is a task that the journal knows nothing of.
	New State = "new"
	// Started is a task whose query may run, or may have run, on the server.
	Started State = "started"
	// Done is a task with rows.
	Done State = "done"
	// Failed is a task that did not work; whether it is tried again is the caller's decision.
	Failed State = "failed"
	// Split is a task that others took the place of.
	Split State = "split"
)

// Task is what the journal knows of a task.
type Task struct {
	State State
	// Query and Token are those of the last start; "" if there was none.
	Query, Token string
	// Attempts is how often it was started.
	Attempts int
	// Reason is why it failed last, "" unless its state is Failed.
	Reason string
	// Rows is the number of its rows, 0 unless its state is Done.
	Rows int64
	// Stats are what was said with the last end, nil if nothing was or the task is under way.
	Stats json.RawMessage
	// Costs are the stats of all its ends in the order of the log, those of failed attempts and of rows that were written
	// again too: what has been paid for it. Ends without stats are left out.
	Costs []json.RawMessage
}

// task is a Task with what is not the caller's business.
type task struct {
	Task
	file *rowFile // nil unless Done
}

// Limits of texts that callers give.
const (
	maxKey    = 4 << 10 // bytes
	maxReason = 8 << 10 // bytes
)

// task finds a task, or makes a new one.
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
		// The second line of one start, which adds the query's id, is no new attempt.
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

// checkKey says whether a text can name a task.
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

// Task tells what is known of a task. One that was never heard of is New.
func (j *Journal) Task(key string) Task {
	j.mu.Lock()
	defer j.mu.Unlock()
	if t := j.tasks[key]; t != nil {
		return t.copy()
	}
	return Task{State: New}
}

// Each calls a function for each task that the journal has heard of, in the order in which it did. The function may use the
// journal; changes that it makes do not change what is still to come.
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

// Started records that a task was given to the engine. It may be called twice for one start: with the token before the
// engine is called, and with the query's id after it, so that a crash between the two leaves the token. A token that is made
// of the hunt's id, the key and Attempts comes out the same after a crash even without the first call. Both may be "". Rows
// that the task had are dropped.
func (j *Journal) Started(key, queryID, token string) error {
	return j.about(key, &record{Kind: kindStarted, Query: queryID, Token: token})
}

// Failed records that an attempt did not work, and what it cost all the same: stats in the caller's own form, nil for
// nothing. The reason holds no secret; it is cut where it is long.
func (j *Journal) Failed(key, reason string, stats any) error {
	data, err := marshal(stats)
	if err != nil {
		return j.wrap("the stats of "+key, err)
	}
	if reason = strings.ToValidUTF8(reason, "\uFFFD"); len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "…"
	}
	return j.about(key, &record{Kind: kindFailed, Reason: reason, Stats: data})
}

// Split records that others take the place of a task. The caller must be able to name them again by itself.
func (j *Journal) Split(key string) error {
	return j.about(key, &record{Kind: kindSplit})
}

// about adds a line about a task.
func (j *Journal) about(key string, r *record) error {
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

// Note adds a record of the caller's own, in JSON: what was spent so far, the budget. Kinds are the caller's names.
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

// Notes are the notes of a kind in the order in which they were made, nil if there are none.
func (j *Journal) Notes(kind string) []json.RawMessage {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.notes[kind])
}

// marshal is JSON, nil for nil, be it one with a type.
func marshal(stats any) (json.RawMessage, error) {
	text, err := json.Marshal(stats)
	if err != nil || string(text) == "null" {
		return nil, err
	}
	return text, nil
}
