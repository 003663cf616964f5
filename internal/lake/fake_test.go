package lake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// fake is an engine in memory: a function answers each statement, and the statements are recorded.
type fake struct {
	mutex sync.Mutex
	info  engine.Info
	// answer returns the rows of a statement at its n-th start, and its cost; Read returns the error.
	answer func(sql string, n int) (rows [][]any, scanned int64, err error)
	starts map[string]int // by SQL
	tokens map[string]*fakeQuery
	ids    map[string]*fakeQuery
	order  []string
	// refuse returns errors of Start.
	refuse func(sql string, n int) error
	// unreachable, if not nil, is the error of Status.
	unreachable error
	// partitions is the result of Partitions.
	partitions []engine.PartitionColumn
	// running is the number of running Reads, most their maximum.
	running, most int
	stopped       []string
}

type fakeQuery struct {
	engine *fake
	id     string
	sql    string
	n      int
}

func newFake(answer func(sql string, n int) ([][]any, int64, error)) *fake {
	return &fake{
		info: engine.Info{Name: "fake", Dialect: "athena", Attaches: true, Remote: true, Billed: true, InFlight: 2}, answer: answer,
		starts: map[string]int{}, tokens: map[string]*fakeQuery{}, ids: map[string]*fakeQuery{},
	}
}

func (f *fake) Info() engine.Info          { return f.info }
func (f *fake) Ping(context.Context) error { return nil }
func (f *fake) Close() error               { return nil }

func (f *fake) Describe(_ context.Context, table string) (*engine.Table, error) {
	layout, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		return nil, err
	}
	t := &engine.Table{Name: table}
	for _, c := range layout.Columns {
		t.Columns = append(t.Columns, engine.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	for _, c := range layout.PartitionedBy {
		t.Columns = append(t.Columns, engine.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
		t.PartitionedBy = append(t.PartitionedBy, c.Name)
	}
	return t, nil
}

func (f *fake) Partitions(context.Context, string, []string) ([]engine.PartitionColumn, error) {
	return f.partitions, nil
}

func (f *fake) Estimate(context.Context, engine.Statement) (engine.Estimate, error) {
	return engine.Estimate{Bytes: 100, Rows: 1, Known: true, Constrained: []string{"timestamp"}}, nil
}

func (f *fake) Start(_ context.Context, s engine.Statement) (engine.Query, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if q := f.tokens[s.Token]; q != nil {
		return q, nil
	}
	n := f.starts[s.SQL]
	if f.refuse != nil {
		if err := f.refuse(s.SQL, n); err != nil {
			f.starts[s.SQL]++
			return nil, err
		}
	}
	f.starts[s.SQL]++
	q := &fakeQuery{engine: f, id: fmt.Sprintf("q%d", len(f.ids)), sql: s.SQL, n: n}
	f.tokens[s.Token], f.ids[q.id] = q, q
	f.order = append(f.order, s.SQL)
	return q, nil
}

func (f *fake) Attach(_ context.Context, id string) (engine.Query, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if q := f.ids[id]; q != nil {
		return q, nil
	}
	return nil, &engine.Error{Kind: engine.Missing, Engine: "fake", Query: id, Err: errors.New("no such query")}
}

func (q *fakeQuery) ID() string { return q.id }

func (q *fakeQuery) Status(context.Context) (engine.Status, error) {
	if q.engine.unreachable != nil {
		return engine.Status{}, q.engine.unreachable
	}
	if _, _, err := q.engine.answer(q.sql, q.n); err != nil {
		return engine.Status{State: engine.Failed}, nil //nolint:nilerr // the state is enough
	}
	return engine.Status{State: engine.Succeeded}, nil
}

func (q *fakeQuery) Read(ctx context.Context, result engine.Result) (engine.Stats, error) {
	f := q.engine
	f.mutex.Lock()
	f.running++
	f.most = max(f.most, f.running)
	f.mutex.Unlock()
	defer func() {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.running--
	}()
	rows, scanned, err := f.answer(q.sql, q.n)
	stats := engine.Stats{ScannedBytes: scanned, BilledBytes: scanned}
	for _, row := range rows {
		if ctx.Err() != nil {
			return stats, ctx.Err()
		}
		if err := result.Row(row); err != nil {
			return stats, err
		}
		stats.Rows++
	}
	return stats, err
}

func (q *fakeQuery) Stop(context.Context) error {
	q.engine.mutex.Lock()
	defer q.engine.mutex.Unlock()
	q.engine.stopped = append(q.engine.stopped, q.id)
	return nil
}

const fakeRules = `title: One
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: CreateUser}
  condition: selection
---
title: Two
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteUser}
  condition: selection
`

func setOf(t *testing.T, rules string) *ruleset.Set {
	t.Helper()
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(rules)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return set
}

// huntOf returns a hunt of three days.
func huntOf(t *testing.T, f engine.Engine, change func(o *Options)) *Lake {
	t.Helper()
	layout, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Engine: f, Tables: []Table{{Name: "logs.trail", Layout: layout}}, Set: setOf(t, fakeRules), Backoff: time.Nanosecond, Price: 5,
		From: time.Date(2026, 2, 6, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 2, 9, 0, 0, 0, 0, time.UTC),
	}
	if change != nil {
		change(&opt)
	}
	l, err := describe(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// partitioned returns the layout of a table with daily partitions, in which events may arrive a day late.
func partitioned(t *testing.T) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil || len(p.Partitions) != 1 || p.Partitions[0].LateDays != 1 {
		t.Fatal(p, err)
	}
	return p
}

// begin attaches a new journal to a hunt, or that of an earlier one.
func begin(t *testing.T, l *Lake, dir, id string) *journal.Journal {
	t.Helper()
	var j *journal.Journal
	var err error
	if id == "" {
		j, err = journal.Create(dir, journal.Header{Created: time.Now(), Fingerprint: l.Fingerprint()})
	} else {
		j, err = journal.Open(dir, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	l.Use(j)
	return j
}

// eventRow returns a row of the first statement with an id.
func eventRow(l *Lake, id string) []any {
	var row []any
	for _, c := range l.tables[0].statements[0].Columns {
		switch c.Path {
		case "eventID":
			row = append(row, id)
		case "eventName":
			row = append(row, "CreateUser")
		case "eventTime":
			row = append(row, "2026-02-06T10:00:00Z")
		default:
			row = append(row, nil)
		}
	}
	return row
}
