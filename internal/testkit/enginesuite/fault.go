package enginesuite

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// faults checks that a statement that cannot run fails, in Start or in Read, with the engine's own message.
func (s *suite) faults(t *testing.T) {
	for _, c := range []struct {
		name, sql string
		kind      engine.Kind
		texts     []string
	}{
		{"syntax", "SELEC 1", engine.Invalid, []string{"SELEC"}},
		{"no column", "SELECT no_such_column FROM " + s.cells, engine.Invalid, []string{"no_such_column"}},
		{"no function", "SELECT no_such_function(1)", engine.Invalid, []string{"no_such_function"}},
		{"no table", "SELECT 1 FROM " + s.digits + "_not_there", engine.Missing, []string{"_not_there"}},
		{"no text", "", engine.Invalid, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := s.run(t.Context(), t, engine.Statement{SQL: c.sql})
			kind(t, err, c.kind, c.texts...)
			if len(r.rows) > 0 {
				t.Errorf("got %d rows", len(r.rows))
			}
		})
	}
	s.must(t, s.numbers(1))
}

// failedStatus checks that an error while reading rows is a failed query and not a crash of the engine.
func (s *suite) failedStatus(t *testing.T) {
	r, err := s.run(t.Context(), t, engine.Statement{SQL: "SELECT CAST(txt AS BIGINT) AS n FROM " + s.cells})
	if err == nil {
		t.Fatal("got no error for a string that is not a number")
	}
	if k := engine.KindOf(err); k == engine.Transient || k == engine.Cancelled {
		t.Errorf("got error kind %q, want one that is not retried: %v", k, err)
	}
	if r.query == nil {
		return
	}
	if status := s.ended(t, r.query); status.State != engine.Failed {
		t.Errorf("got query state %s, want %s", status.State, engine.Failed)
	}
}

func (s *suite) ids(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		r := s.must(t, s.numbers(1))
		if id := r.query.ID(); id == "" || seen[id] {
			t.Errorf("got id %q, want a unique id that is not empty", id)
		} else {
			seen[id] = true
		}
	}
}

func (s *suite) attach(t *testing.T) {
	first := s.must(t, s.numbers(2))
	q, err := s.e.Attach(t.Context(), first.query.ID())
	if !s.e.Info().Attaches {
		kind(t, s.record(t, err), engine.Missing)
		return
	}
	if s.record(t, err) != nil {
		t.Fatal(err)
	}
	if q.ID() != first.query.ID() {
		t.Errorf("got id %q, want %q", q.ID(), first.query.ID())
	}
	if status := s.ended(t, q); status.State != engine.Succeeded {
		t.Errorf("got query state %s, want %s", status.State, engine.Succeeded)
	}
	again := &result{}
	stats, err := q.Read(t.Context(), collect(t, again))
	if s.record(t, err) != nil {
		t.Fatal(err)
	}
	if stats.Rows != 100 || len(again.rows) != 100 || len(again.columns) != 2 {
		t.Fatalf("got %d rows of %d columns again and %d counted, want 100 of 2", len(again.rows), len(again.columns), stats.Rows)
	}
	for i := range again.rows {
		if again.rows[i][0] != first.rows[i][0] || again.rows[i][1] != first.rows[i][1] {
			t.Errorf("row %d: got %v, want %v", i, again.rows[i], first.rows[i])
		}
	}
}

func (s *suite) attachUnknown(t *testing.T) {
	id := s.UnknownID
	if id == "" {
		id = "00000000-0000-4000-8000-000000000000"
	}
	q, err := s.e.Attach(t.Context(), id)
	if s.record(t, err) == nil && s.e.Info().Attaches {
		// An engine may detect this only on the first request.
		_, err = q.Status(t.Context())
		s.record(t, err)
	}
	kind(t, err, engine.Missing, id)
	for _, hostile := range []string{"", "../../x", "a b\nc", strings.Repeat("x", 10_000), "'; DROP TABLE x; --", "?a=b#c"} {
		if q, err = s.e.Attach(t.Context(), hostile); err == nil {
			_, err = q.Status(t.Context())
		}
		if s.record(t, err) == nil {
			t.Errorf("got a query for the id %.20q", hostile)
		}
	}
}

func (s *suite) token(t *testing.T) {
	statement := engine.Statement{SQL: s.numbers(1), Token: "egret-suite-0123456789-0123456789-" + strings.ReplaceAll(t.Name(), "/", "-")}
	first, err := s.run(t.Context(), t, statement)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.run(t.Context(), t, statement)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.rows) != 10 || len(second.rows) != 10 {
		t.Errorf("got %d and %d rows, want 10", len(first.rows), len(second.rows))
	}
	if s.e.Info().Attaches && first.query.ID() != second.query.ID() {
		t.Errorf("got queries %s and %s for the same token", first.query.ID(), second.query.ID())
	}
	statement.Token += "-other"
	third, err := s.run(t.Context(), t, statement)
	if err != nil {
		t.Fatal(err)
	}
	if third.query.ID() == first.query.ID() {
		t.Errorf("got the same query %s for another token", third.query.ID())
	}
}

func (s *suite) concurrent(t *testing.T) {
	var group sync.WaitGroup
	for i := range max(4, min(s.e.Info().InFlight, 8)) {
		group.Go(func() {
			places := 1 + i%4
			r, err := s.run(t.Context(), t, engine.Statement{SQL: s.numbers(places)})
			if err != nil {
				t.Error(err)
				return
			}
			want := 1
			for range places {
				want *= 10
			}
			if len(r.rows) != want {
				t.Errorf("got %d rows, want %d", len(r.rows), want)
			}
			for k := range r.rows {
				if !s.same(r.rows[k][0], int64(k)) {
					t.Errorf("row %d: got %v", k, r.rows[k])
					return
				}
			}
		})
	}
	group.Wait()
}

// estimate checks that Estimate returns for a statement that would run for days.
func (s *suite) estimate(t *testing.T) {
	soon(t, "Estimate", func() {
		e, err := s.e.Estimate(t.Context(), engine.Statement{SQL: s.slow()})
		if s.record(t, err) != nil {
			t.Error(err)
		}
		if e.Bytes < -1 || e.Rows < -1 {
			t.Errorf("got estimates of %d bytes and %d rows, want -1 for unknown", e.Bytes, e.Rows)
		}
	})
	_, err := s.e.Estimate(t.Context(), engine.Statement{SQL: "SELEC 1"})
	if s.record(t, err) != nil {
		kind(t, err, engine.Invalid)
	}
}

// closed checks that after Close every call returns an error and none panics.
func (s *suite) closed(t *testing.T, e engine.Engine) {
	before, err := e.Start(t.Context(), engine.Statement{SQL: s.numbers(1)})
	if s.record(t, err) != nil {
		t.Fatal(err)
	}
	if _, err := before.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }}); s.record(t, err) != nil {
		t.Fatal(err)
	}
	if err := s.record(t, e.Close()); err != nil {
		t.Error(err)
	}
	s.record(t, e.Close())
	if e.Info().Name == "" {
		t.Error("got another name after Close")
	}
	_, described := e.Describe(t.Context(), s.cells)
	_, estimated := e.Estimate(t.Context(), engine.Statement{SQL: s.numbers(1)})
	_, attached := e.Attach(t.Context(), before.ID())
	started, ran := e.Start(t.Context(), engine.Statement{SQL: s.numbers(1)})
	if ran == nil {
		_, ran = started.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }})
	}
	for name, err := range map[string]error{
		"Ping": e.Ping(t.Context()), "Describe": described, "Estimate": estimated, "Attach": attached, "Start": ran,
	} {
		if s.record(t, err) == nil {
			t.Errorf("%s: got no error after Close", name)
		}
		if errors.Is(err, errOfTest) {
			t.Error(err)
		}
	}
	// Calls on a query that was started before may succeed or fail, but must not panic.
	_, err = before.Status(t.Context())
	s.record(t, err)
	s.record(t, before.Stop(t.Context()))
}
