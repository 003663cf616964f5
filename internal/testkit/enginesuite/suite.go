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

// A Fixture is what the suite must know of an engine. Load is required.
type Fixture struct {
	// Load creates a table with these rows where the engine finds it, and returns its name for Describe. The name must
	// also be valid in FROM. Columns are Integer, Text, Double, Boolean and Timestamp; cells have the types that
	// package sqltest loads. Load is called before the engine is opened.
	Load func(t *testing.T, table string, columns []schema.Column, rows [][]any) string
	// Partitioned is a table with partition columns, nil if the engine does not support them.
	Partitioned *Partitioned
	// Text means that results are text: cells that are not NULL are strings, whatever their type.
	Text bool
	// Secrets are the passwords, keys and tokens that the engine has: no error and no id may contain one.
	Secrets []string
	// UnknownID is the id of a query that does not exist, in a valid form; "" means a UUID.
	UnknownID string
}

// Partitioned describes a table that the engine's test has created.
type Partitioned struct {
	// Table is its name for Describe.
	Table string
	// Columns are the names of all its columns in order, with those of By at the end.
	Columns, By []string
}

// patience is the limit for calls that must return soon. It allows for a busy machine; a working engine never needs it.
const patience = time.Minute

// suite is one run.
type suite struct {
	Fixture

	e engine.Engine
	// cells and digits are the names of the two tables that the statements read.
	cells, digits string

	mutex sync.Mutex
	texts []string // all texts of errors and ids so far
}

// Run checks an engine. It calls open twice: for all checks, and for the check of Close.
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

// result is what Read delivered.
type result struct {
	columns []engine.Column
	rows    [][]any
	stats   engine.Stats
	query   engine.Query
}

// collect stores a result in memory, and fails the test if rows come before the columns or Columns is called twice.
func collect(t *testing.T, into *result) engine.Result {
	called := false
	return engine.Result{
		Columns: func(columns []engine.Column) error {
			if called {
				t.Error("got two calls of Columns")
			}
			called = true
			into.columns = slices.Clone(columns)
			return nil
		},
		Row: func(row []any) error {
			if !called {
				t.Error("got a row before the columns")
			}
			into.rows = append(into.rows, slices.Clone(row))
			return nil
		},
	}
}

// run starts a statement and reads its result.
func (s *suite) run(ctx context.Context, t *testing.T, statement engine.Statement) (*result, error) {
	t.Helper()
	r := &result{}
	q, err := s.e.Start(ctx, statement)
	if s.record(t, err) != nil {
		return r, err
	}
	r.query = q
	s.say(q.ID())
	r.stats, err = q.Read(ctx, collect(t, r))
	return r, s.record(t, err)
}

// must is like run for a statement that must succeed.
func (s *suite) must(t *testing.T, sql string) *result {
	t.Helper()
	r, err := s.run(t.Context(), t, engine.Statement{SQL: sql})
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	if r.columns == nil {
		t.Fatalf("got no call of Columns\n%s", sql)
	}
	return r
}

// start starts a statement that must start.
func (s *suite) start(t *testing.T, sql string) engine.Query {
	t.Helper()
	q, err := s.e.Start(t.Context(), engine.Statement{SQL: sql})
	if s.record(t, err) != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	s.say(q.ID())
	return q
}

// record checks that an error is the engine's or the context's, stores its text, and returns it.
func (s *suite) record(t *testing.T, err error) error {
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
		t.Errorf("got an error of type %T, want *engine.Error: %v", err, err)
		return err
	}
	s.say(e.Thing + " " + e.Help + " " + e.Permission + " " + e.Query)
	if e.Engine != s.e.Info().Name {
		t.Errorf("got engine %q in the error, want %q: %v", e.Engine, s.e.Info().Name, err)
	}
	return err
}

func (s *suite) say(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.texts = append(s.texts, text)
}

// kind fails the test if an error has another kind, or does not contain one of the texts.
func kind(t *testing.T, err error, want engine.Kind, texts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("got no error, want one of kind %q", want)
		return
	}
	if got := engine.KindOf(err); got != want {
		t.Errorf("got error kind %q, want %q: %v", got, want, err)
	}
	for _, text := range texts {
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(text)) {
			t.Errorf("want %q in the error: %v", text, err)
		}
	}
}

// soon fails the test if a function does not return.
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
		t.Fatalf("%s did not return within %v", what, patience)
	}
}

// ended waits until the query has reached its end state.
func (s *suite) ended(t *testing.T, q engine.Query) engine.Status {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		status, err := q.Status(t.Context())
		if s.record(t, err) != nil {
			t.Fatal(err)
		}
		s.say(status.Reason)
		if status.State.Ended() {
			return status
		}
		if time.Now().After(deadline) {
			t.Fatalf("got query state %s after %v, want an end state", status.State, patience)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// noSecret searches everything that the engine returned for secrets.
func (s *suite) noSecret(t *testing.T) {
	for _, secret := range s.Secrets {
		if secret == "" {
			t.Fatal("got an empty secret in the fixture")
		}
		for _, text := range s.texts {
			if strings.Contains(text, secret) {
				t.Error("got a secret in an error, an id or a reason: " + strings.ReplaceAll(text, secret, "<secret>"))
			}
		}
	}
}
