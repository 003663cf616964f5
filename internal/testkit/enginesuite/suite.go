package enginesuite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// Fixture is what an engine's test knows of the engine. Load is needed.
type Fixture struct {
	// Load creates a table with these rows where the engine finds it, and returns its name for Describe; that name must
	// also be fit for a statement's FROM. Columns are Integer, Text, Double, Boolean and Timestamp; cells are those that
	// package sqltest loads. It is called before the engine is opened.
	Load func(t *testing.T, table string, columns []schema.Column, rows [][]any) string
	// Partitioned is a table with partition columns, nil where the engine has no such thing.
	Partitioned *Partitioned
	// Text says that results are text: cells that are not NULL are strings, whatever their type.
	Text bool
	// Secrets are passwords, keys and tokens that the engine was given: no error and no id may hold one.
	Secrets []string
	// UnknownID is the id of a query that does not exist, in a form that the engine takes; "" for a UUID.
	UnknownID string
}

// Partitioned describes a table that the engine's test has made.
type Partitioned struct {
	// Table is its name for Describe.
	Table string
	// Columns are the names of all its columns in order, those of By last.
	Columns, By []string
}

// patience is how long an engine may take for what it must do soon. On a busy machine that is long; it is never waited
// for where all is well.
const patience = time.Minute

// suite is one run.
type suite struct {
	Fixture

	e engine.Engine
	// cells and digits are the names of the two tables that the statements read.
	cells, digits string

	mutex sync.Mutex
	said  []string // all that errors and ids have said
}

// Run checks one engine. open is called twice: for the checks, and for one of Close.
func Run(t *testing.T, open func(t *testing.T) engine.Engine, with Fixture) {
	s := &suite{Fixture: with}
	s.cells = with.Load(t, "egret_suite_cells", cellColumns, cellRows())
	s.digits = with.Load(t, "egret_suite_digits", digitColumns, digitRows())
	s.e = open(t)
	t.Cleanup(func() { s.e.Close() })
	for _, check := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"Info", s.info},
		{"Ping", s.ping},
		{"Describe", s.describe},
		{"DescribePartitions", s.describePartitions},
		{"DescribeMissing", s.describeMissing},
		{"DescribeHostileName", s.describeHostile},
		{"Cells", s.everyCell},
		{"LongText", s.longText},
		{"EmptyResult", s.emptyResult},
		{"ColumnsMayBeNil", s.nilColumns},
		{"ManyRows", s.manyRows},
		{"ErrorOfRow", s.errorOfRow},
		{"ErrorOfColumns", s.errorOfColumns},
		{"ContextBeforeRows", s.contextBeforeRows},
		{"ContextBetweenRows", s.contextBetweenRows},
		{"StopWhileReading", s.stopWhileReading},
		{"StopAfterEnd", s.stopAfterEnd},
		{"Faults", s.faults},
		{"FailedStatus", s.failedStatus},
		{"IDs", s.ids},
		{"Attach", s.attach},
		{"AttachUnknown", s.attachUnknown},
		{"Token", s.token},
		{"Concurrent", s.concurrent},
		{"Estimate", s.estimate},
		{"Close", func(t *testing.T) { s.closed(t, open(t)) }},
		{"NoSecret", s.noSecret},
	} {
		t.Run(check.name, check.run)
	}
}

// result is what Read handed over.
type result struct {
	columns []engine.Column
	rows    [][]any
	stats   engine.Stats
	query   engine.Query
}

// collect takes a result into memory, and fails the test where rows come before columns or twice.
func collect(t *testing.T, into *result) engine.Result {
	called := false
	return engine.Result{
		Columns: func(columns []engine.Column) error {
			if called {
				t.Error("Columns was called twice")
			}
			called = true
			into.columns = slices.Clone(columns)
			return nil
		},
		Row: func(row []any) error {
			if !called {
				t.Error("a row came before the columns")
			}
			into.rows = append(into.rows, slices.Clone(row))
			return nil
		},
	}
}

// run starts a statement and reads it.
func (s *suite) run(ctx context.Context, t *testing.T, statement engine.Statement) (*result, error) {
	t.Helper()
	r := &result{}
	q, err := s.e.Start(ctx, statement)
	if s.hear(t, err) != nil {
		return r, err
	}
	r.query = q
	s.say(q.ID())
	r.stats, err = q.Read(ctx, collect(t, r))
	return r, s.hear(t, err)
}

// must is run for a statement that succeeds.
func (s *suite) must(t *testing.T, sql string) *result {
	t.Helper()
	r, err := s.run(t.Context(), t, engine.Statement{SQL: sql})
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	if r.columns == nil {
		t.Fatalf("Columns was not called\n%s", sql)
	}
	return r
}

// start starts a statement that can be started.
func (s *suite) start(t *testing.T, sql string) engine.Query {
	t.Helper()
	q, err := s.e.Start(t.Context(), engine.Statement{SQL: sql})
	if s.hear(t, err) != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	s.say(q.ID())
	return q
}

// hear checks that an error is the engine's or the context's, remembers its text, and gives it back.
func (s *suite) hear(t *testing.T, err error) error {
	t.Helper()
	if err == nil {
		return nil
	}
	s.say(fmt.Sprintf("%v %+v %#v", err, err, err))
	if errors.Is(err, errOfTest) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		t.Errorf("the error is a %T, expected an *engine.Error: %v", err, err)
		return err
	}
	s.say(e.Thing + " " + e.Help + " " + e.Permission + " " + e.Query)
	if e.Engine != s.e.Info().Name {
		t.Errorf("the error names the engine %q, expected %q: %v", e.Engine, s.e.Info().Name, err)
	}
	return err
}

func (s *suite) say(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.said = append(s.said, text)
}

// kind fails the test where an error is of another kind, or lacks a text.
func kind(t *testing.T, err error, want engine.Kind, texts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, expected one of kind %q", want)
		return
	}
	if got := engine.KindOf(err); got != want {
		t.Errorf("the error is of kind %q, expected %q: %v", got, want, err)
	}
	for _, text := range texts {
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(text)) {
			t.Errorf("the error does not hold %q: %v", text, err)
		}
	}
}

// soon fails the test where something does not come to an end.
func soon(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s has not come back after %v", what, patience)
	}
}

// ended waits until a query changes no more.
func (s *suite) ended(t *testing.T, q engine.Query) engine.Status {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		status, err := q.Status(t.Context())
		if s.hear(t, err) != nil {
			t.Fatal(err)
		}
		s.say(status.Reason)
		if status.State.Ended() {
			return status
		}
		if time.Now().After(deadline) {
			t.Fatalf("the query is %s after %v, expected that it has ended", status.State, patience)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// noSecret greps all that the engine said.
func (s *suite) noSecret(t *testing.T) {
	for _, secret := range s.Secrets {
		if secret == "" {
			t.Fatal("the fixture lists an empty secret")
		}
		for _, text := range s.said {
			if strings.Contains(text, secret) {
				t.Error("an error, an id or a reason holds a secret: " + strings.ReplaceAll(text, secret, "<secret>"))
			}
		}
	}
}
