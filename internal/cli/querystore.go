package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
)

// storedTask is the one task of a query's journal.
const storedTask = "query"

// queryFolder is where queries are kept whose engine forgets them: beside the journals of hunts.
func queryFolder(state string) (string, error) {
	if state != "" {
		return state, nil
	}
	hunts, err := journal.DefaultDir()
	if err != nil {
		return "", usage("", err)
	}
	return filepath.Join(filepath.Dir(hunts), "queries"), nil
}

// storedSettings say what a stored query belongs to. The statement is not among them: nobody asks for it later.
type storedSettings struct {
	Lake   string `json:"lake"`
	Engine string `json:"engine"`
}

// storedColumn is a column of a stored result.
type storedColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// storedStats is what a stored query has cost.
type storedStats struct {
	Scanned int64 `json:"scanned_bytes"`
	Billed  int64 `json:"billed_bytes"`
	Queued  int64 `json:"queued_ms"`
	Ran     int64 `json:"ran_ms"`
	Reused  bool  `json:"reused"`
}

// storedQuery is a query that ran to its end, with its rows on disk.
type storedQuery struct {
	folder, id string
	// journal is nil while the process that runs the query has it.
	journal *journal.Journal
}

// store runs a query to its end and keeps its rows. The id is that of its folder.
func (l *foundLake) store(ctx context.Context, folder string, e engine.Engine, s engine.Statement, now time.Time) (*storedQuery, error) {
	settings, err := json.Marshal(storedSettings{l.settings.Name.Value, l.settings.Engine.Value})
	if err != nil {
		return nil, err
	}
	j, err := journal.Create(folder, journal.Header{Created: now, Version: version(), Settings: settings})
	if err != nil {
		return nil, &failure{code: exitInput, err: err}
	}
	q := &storedQuery{folder, j.ID(), j}
	if err := q.run(ctx, e, s); err != nil {
		q.close()
		_ = journal.Remove(folder, q.id) // what went wrong matters more
		return nil, err
	}
	return q, nil
}

// run starts the query and keeps what it gives.
func (q *storedQuery) run(ctx context.Context, e engine.Engine, s engine.Statement) error {
	query, err := e.Start(ctx, s)
	if err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended {
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
			defer cancel()
			_ = query.Stop(stopping) // the reason why it is stopped is the error
		}
	}()
	rows, err := q.journal.Write(storedTask)
	if err != nil {
		return &failure{code: exitInput, err: err}
	}
	var line bytes.Buffer
	stats, err := query.Read(ctx, engine.Result{
		Columns: func(columns []engine.Column) error {
			stored := make([]storedColumn, len(columns))
			for i, c := range columns {
				stored[i] = storedColumn(c)
			}
			return ownFault(q.journal.Note("columns", stored))
		},
		Row: func(row []any) error {
			line.Reset()
			if err := encodeRow(&line, row); err != nil {
				return err
			}
			return ownFault(rows.Append(line.Bytes()))
		},
	})
	if err != nil {
		rows.Abort()
		return err
	}
	ended = true
	return ownFault(rows.Commit(storedStats{
		stats.ScannedBytes, stats.BilledBytes, stats.Queued.Milliseconds(), stats.Ran.Milliseconds(), stats.Reused,
	}))
}

// ownFault marks an error as one of this machine, such as a full disk.
func ownFault(err error) error {
	if err == nil {
		return nil
	}
	return &failure{code: exitInput, err: err}
}

// storedID is the form of the ids of kept queries, which are those of journals.
var storedID = regexp.MustCompile(`^[0-9]{8}-[0-9a-z]{6}$`)

// openStored finds a query of a lake in a folder.
func openStored(folder, id string, l *foundLake) (*storedQuery, error) {
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
		return nil, &failure{code: exitInput, err: err}
	}
	var settings storedSettings
	if err := json.Unmarshal(j.Header().Settings, &settings); err != nil || settings != (storedSettings{l.settings.Name.Value, l.settings.Engine.Value}) {
		return nil, errors.Join(noQuery(id, l), j.Close())
	}
	return &storedQuery{folder, id, j}, nil
}

// noQuery is the error for an id that the state folder does not have, or has for another lake.
func noQuery(id string, l *foundLake) error {
	return &engine.Error{
		Kind: engine.Missing, Engine: l.settings.Engine.Value, Thing: "query " + id,
		Err:  fmt.Errorf("no query of %s with that id is kept here", l.name()),
		Help: "queries of this engine are kept in the state folder of the user who started them, until they are deleted; see --state",
	}
}

func (q *storedQuery) close() {
	if q.journal != nil {
		_ = q.journal.Close() // nothing is written any more
	}
}

func (q *storedQuery) status(context.Context) (engine.Status, bool, error) {
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
		return engine.Status{}, false, &failure{code: exitInput, err: fmt.Errorf("query %s: what it has read is not told: %w", q.id, err)}
	}
	return engine.Status{State: engine.Succeeded, Stats: engine.Stats{
		ScannedBytes: stats.Scanned, BilledBytes: stats.Billed, Rows: task.Rows, Reused: stats.Reused,
		Queued: time.Duration(stats.Queued) * time.Millisecond, Ran: time.Duration(stats.Ran) * time.Millisecond,
	}}, true, nil
}

func (q *storedQuery) read(ctx context.Context, r engine.Result) error {
	status, _, err := q.status(ctx)
	if err != nil {
		return err
	}
	if status.State != engine.Succeeded {
		return &failure{
			code: exitInput, err: fmt.Errorf("query %s has no result: it is %s", q.id, status.State),
			help: "egret query start runs such a query to its end before it prints the id",
		}
	}
	var columns []storedColumn
	if notes := q.journal.Notes("columns"); len(notes) > 0 {
		if err := json.Unmarshal(notes[len(notes)-1], &columns); err != nil {
			return &failure{code: exitInput, err: fmt.Errorf("query %s: its columns cannot be read: %w", q.id, err)}
		}
	}
	if err := r.Columns(enginesColumns(columns)); err != nil {
		return err
	}
	row := make([]any, 0, len(columns))
	return ownFault(q.journal.Rows(storedTask, func(line []byte) error {
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

func enginesColumns(columns []storedColumn) []engine.Column {
	list := make([]engine.Column, len(columns))
	for i, c := range columns {
		list[i] = engine.Column(c)
	}
	return list
}

func (q *storedQuery) remove(context.Context) error {
	if q.journal == nil {
		return &failure{
			code: exitInput, err: fmt.Errorf("query %s is still run by another process", q.id), help: "stop that process; it deletes what it has kept",
		}
	}
	q.close()
	q.journal = nil
	return ownFault(journal.Remove(q.folder, q.id))
}
