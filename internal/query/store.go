package query

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/setup"
)

// storedTask is the only task in a stored query's journal.
const storedTask = "query"

// Folder returns the folder for queries that the engine does not keep: state, or by default a folder next to the
// journals of hunts.
func Folder(state string) (string, error) {
	if state != "" {
		return state, nil
	}
	hunts, err := journal.DefaultDir()
	if err != nil {
		return "", &setup.Error{Err: err}
	}
	return filepath.Join(filepath.Dir(hunts), "queries"), nil
}

// storedSettings identify the lake of a stored query. They omit the statement, which is not needed later.
type storedSettings struct {
	Lake   string `json:"lake"`
	Engine string `json:"engine"`
}

// Column is a column of a result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// storedStats are the costs of a stored query.
type storedStats struct {
	Scanned int64 `json:"scanned_bytes"`
	Billed  int64 `json:"billed_bytes"`
	Queued  int64 `json:"queued_ms"`
	Ran     int64 `json:"ran_ms"`
	Reused  bool  `json:"reused"`
}

// settingsOf returns the settings that assign a query to a lake.
func settingsOf(l *setup.Lake) storedSettings {
	return storedSettings{l.Settings.Name.Value, l.Settings.Engine.Value}
}

// unreadable returns an error for a file of the state folder.
func unreadable(err error) error { return &setup.Error{Kind: setup.Input, Err: err} }

// storedQuery is a finished query with its rows on disk.
type storedQuery struct {
	folder, id string
	// journal is nil while the process that runs the query holds it.
	journal *journal.Journal
}

// store runs a query to its end and stores its rows. The id is the name of its folder.
func store(ctx context.Context, l *setup.Lake, folder string, e engine.Engine, s engine.Statement, version string, now time.Time) (*storedQuery, error) {
	settings, err := json.Marshal(settingsOf(l))
	if err != nil {
		return nil, err
	}
	j, err := journal.Create(folder, journal.Header{Created: now, Version: version, Settings: settings})
	if err != nil {
		return nil, unreadable(err)
	}
	q := &storedQuery{folder, j.ID(), j}
	if err := q.run(ctx, e, s); err != nil {
		q.Close()
		_ = journal.Remove(folder, q.id) // the first error matters more
		return nil, err
	}
	return q, nil
}

// run starts the query and stores its rows.
func (q *storedQuery) run(ctx context.Context, e engine.Engine, s engine.Statement) error {
	query, err := e.Start(ctx, s)
	if err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended {
			Stop(ctx, query)
		}
	}()
	rows, err := q.journal.Write(storedTask)
	if err != nil {
		return unreadable(err)
	}
	var line bytes.Buffer
	stats, err := query.Read(ctx, engine.Result{
		Columns: func(columns []engine.Column) error {
			stored := make([]Column, len(columns))
			for i, c := range columns {
				stored[i] = Column(c)
			}
			return OwnFault(q.journal.Note("columns", stored))
		},
		Row: func(row []any) error {
			line.Reset()
			if err := encodeRow(&line, row); err != nil {
				return err
			}
			return OwnFault(rows.Append(line.Bytes()))
		},
	})
	if err != nil {
		rows.Abort()
		return err
	}
	ended = true
	return OwnFault(rows.Commit(storedStats{
		stats.ScannedBytes, stats.BilledBytes, stats.Queued.Milliseconds(), stats.Ran.Milliseconds(), stats.Reused,
	}))
}

// OwnFault marks an error as one of this machine, such as a full disk. It returns nil for nil.
func OwnFault(err error) error {
	if err == nil {
		return nil
	}
	return unreadable(err)
}

// storedID matches the ids of stored queries, which are ids of journals.
var storedID = lazyre.New(`^[0-9]{8}-[0-9a-z]{6}$`)

// openStored opens a query of a lake from a folder.
func openStored(folder, id string, l *setup.Lake) (*storedQuery, error) {
	if !storedID.MatchString(id) {
		return nil, noQuery(id, l)
	}
	j, err := journal.Open(folder, id)
	switch {
	case errors.Is(err, journal.ErrInUse):
		return &storedQuery{folder: folder, id: id}, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, noQuery(id, l)
	case err != nil:
		return nil, unreadable(err)
	}
	var settings storedSettings
	if err := json.Unmarshal(j.Header().Settings, &settings); err != nil || settings != settingsOf(l) {
		return nil, errors.Join(noQuery(id, l), j.Close())
	}
	return &storedQuery{folder, id, j}, nil
}

// noQuery is the error for an id that is not in the state folder, or belongs to another lake.
func noQuery(id string, l *setup.Lake) error {
	return &engine.Error{
		Kind: engine.Missing, Engine: l.Settings.Engine.Value, Thing: "query " + id,
		Err:  fmt.Errorf("no query of %s with that id is kept here", l.Name()),
		Help: "queries of this engine are kept in the state folder of the user who started them, until they are deleted; see --state",
	}
}

func (q *storedQuery) Close() {
	if q.journal != nil {
		_ = q.journal.Close() // the journal is open for reading only
	}
}

func (q *storedQuery) Status(context.Context) (engine.Status, bool, error) {
	if q.journal == nil {
		return engine.Status{State: engine.Running, Stats: engine.Stats{ScannedBytes: -1}}, false, nil
	}
	task := q.journal.Task(storedTask)
	var stats storedStats
	if task.State != journal.Done {
		return engine.Status{
			State: engine.Failed, Reason: "the process that ran it ended before it did", Stats: engine.Stats{ScannedBytes: -1},
		}, false, nil
	}
	if err := json.Unmarshal(task.Stats, &stats); err != nil {
		return engine.Status{}, false, unreadable(fmt.Errorf("query %s: what it has read is not told: %w", q.id, err))
	}
	return engine.Status{State: engine.Succeeded, Stats: engine.Stats{
		ScannedBytes: stats.Scanned, BilledBytes: stats.Billed, Rows: task.Rows, Reused: stats.Reused,
		Queued: time.Duration(stats.Queued) * time.Millisecond, Ran: time.Duration(stats.Ran) * time.Millisecond,
	}}, true, nil
}

func (q *storedQuery) Read(ctx context.Context, r engine.Result) error {
	status, _, err := q.Status(ctx)
	if err != nil {
		return err
	}
	if status.State != engine.Succeeded {
		return &setup.Error{
			Kind: setup.Input, Err: fmt.Errorf("query %s has no result: it is %s", q.id, status.State),
			Help: "egret query start runs such a query to its end before it prints the id",
		}
	}
	var columns []Column
	if notes := q.journal.Notes("columns"); len(notes) > 0 {
		if err := json.Unmarshal(notes[len(notes)-1], &columns); err != nil {
			return unreadable(fmt.Errorf("query %s: its columns cannot be read: %w", q.id, err))
		}
	}
	if err := r.Columns(enginesColumns(columns)); err != nil {
		return err
	}
	row := make([]any, 0, len(columns))
	return OwnFault(q.journal.Rows(storedTask, func(line []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		var cells []json.RawMessage
		if err := json.Unmarshal(line, &cells); err != nil {
			return fmt.Errorf("query %s: a row cannot be read: %w", q.id, err)
		}
		row = row[:0]
		for _, cell := range cells {
			row = append(row, cell)
		}
		return r.Row(row)
	}))
}

func enginesColumns(columns []Column) []engine.Column {
	list := make([]engine.Column, len(columns))
	for i, c := range columns {
		list[i] = engine.Column(c)
	}
	return list
}

func (q *storedQuery) Remove(context.Context) error {
	if q.journal == nil {
		return &setup.Error{
			Kind: setup.Input, Err: fmt.Errorf("query %s is still run by another process", q.id), Help: "stop that process; it deletes what it has kept",
		}
	}
	q.Close()
	q.journal = nil
	return OwnFault(journal.Remove(q.folder, q.id))
}
