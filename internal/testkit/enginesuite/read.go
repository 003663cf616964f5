package enginesuite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

// timeForms are the formats of times in results that are text.
var timeForms = []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 UTC", "2006-01-02 15:04:05.999999999Z07:00"}

// same reports whether a cell equals the loaded one. In results that are text it may be the text of the value.
func (s *suite) same(got, want any) bool {
	text, isText := got.(string)
	if !s.Text || !isText {
		if at, ok := want.(time.Time); ok {
			found, ok := got.(time.Time)
			return ok && found.Equal(at) && found.Location() == time.UTC
		}
		return got == want
	}
	switch want := want.(type) {
	case int64:
		return text == strconv.FormatInt(want, 10)
	case float64:
		found, err := strconv.ParseFloat(text, 64)
		return err == nil && found == want
	case bool:
		return text == strconv.FormatBool(want)
	case time.Time:
		for _, form := range timeForms {
			if found, err := time.Parse(form, text); err == nil {
				return found.Equal(want)
			}
		}
		return false
	default:
		return got == want
	}
}

// short formats a cell for messages.
func short(cell any) string { return fmt.Sprintf("%T %.60q", cell, fmt.Sprint(cell)) }

func (s *suite) everyCell(t *testing.T) {
	r := s.must(t, "SELECT n, txt, whole, dbl, flag, moment FROM "+s.cells+" ORDER BY n")
	if got, want := names(r.columns), []string{"n", "txt", "whole", "dbl", "flag", "moment"}; !slices.Equal(got, want) {
		t.Errorf("got columns %q, want %q", got, want)
	}
	for _, c := range r.columns {
		if c.Type == "" {
			t.Errorf("got no type for column %s", c.Name)
		}
	}
	rows := cellRows()
	if len(r.rows) != len(rows) || r.stats.Rows != int64(len(rows)) {
		t.Fatalf("got %d rows and %d counted, want %d", len(r.rows), r.stats.Rows, len(rows))
	}
	for i, want := range rows {
		for k, cell := range want {
			if !s.same(r.rows[i][k], cell) {
				t.Errorf("row %d, column %s: got %s, want %s", i, cellColumns[k].Name, short(r.rows[i][k]), short(cell))
			}
		}
	}
	if r.stats.ScannedBytes < -1 || r.stats.BilledBytes < 0 {
		t.Errorf("got %d bytes scanned and %d billed", r.stats.ScannedBytes, r.stats.BilledBytes)
	}
	if status := s.ended(t, r.query); status.State != engine.Succeeded {
		t.Errorf("got query state %s after its result was read, want %s", status.State, engine.Succeeded)
	}
	// literals and aliases must survive a round trip
	r = s.must(t, `SELECT 'it''s "so", ä' AS "userIdentity.type", CAST(NULL AS VARCHAR) AS "Nothing", '' AS e`)
	if got, want := names(r.columns), []string{"useridentity.type", "nothing", "e"}; !slices.Equal(got, want) {
		t.Errorf("got columns %q, want %q", got, want)
	}
	if len(r.rows) != 1 || r.rows[0][0] != `it's "so", ä` || r.rows[0][1] != nil || r.rows[0][2] != "" {
		t.Errorf("found %#v", r.rows)
	}
}

func (s *suite) longText(t *testing.T) {
	r := s.must(t, "SELECT rpad('ä', 1000000, 'äöü') AS a, length(rpad('x', 1000000, 'y')) AS b, rpad('x', 1000000, 'y') AS c")
	if len(r.rows) != 1 {
		t.Fatalf("got %d rows, want 1", len(r.rows))
	}
	// the first letter, then the filling
	if want := "ä" + strings.Repeat("äöü", 333333); r.rows[0][0] != want {
		t.Errorf("got a different long text: %s", short(r.rows[0][0]))
	}
	if want := "x" + strings.Repeat("y", 999999); r.rows[0][2] != want {
		t.Errorf("got a different second long text: %s", short(r.rows[0][2]))
	}
}

func (s *suite) emptyResult(t *testing.T) {
	r := s.must(t, "SELECT n, txt FROM "+s.cells+" WHERE n < 0")
	if got := names(r.columns); !slices.Equal(got, []string{"n", "txt"}) {
		t.Errorf("got columns %q, want n and txt", got)
	}
	if len(r.rows) != 0 || r.stats.Rows != 0 {
		t.Errorf("got %d rows and %d counted, want none", len(r.rows), r.stats.Rows)
	}
}

func (s *suite) nilColumns(t *testing.T) {
	rows := 0
	q := s.start(t, s.numbers(1))
	stats, err := q.Read(t.Context(), engine.Result{Row: func([]any) error { rows++; return nil }})
	if s.record(t, err) != nil || rows != 10 || stats.Rows != 10 {
		t.Errorf("got %d rows and %d counted, want 10; %v", rows, stats.Rows, err)
	}
}

func (s *suite) manyRows(t *testing.T) {
	q := s.start(t, s.numbers(5))
	places := map[*any]bool{}
	at, wrong := int64(0), 0
	stats, err := q.Read(t.Context(), engine.Result{Row: func(row []any) error {
		if wrong < 5 && (len(row) != 2 || !s.same(row[0], at) || row[1] != "row "+strconv.FormatInt(at, 10)) {
			t.Errorf("row %d: got %v", at, row)
			wrong++
		}
		if len(row) > 0 {
			places[&row[0]] = true
		}
		at++
		return nil
	}})
	if s.record(t, err) != nil {
		t.Fatal(err)
	}
	if at != 100_000 || stats.Rows != at {
		t.Errorf("got %d rows and %d counted, want 100000", at, stats.Rows)
	}
	if len(places) > 10_000 {
		t.Errorf("got rows in %d slices, want reused slices", len(places))
	}
}

var errOfTest = errors.New("enough of it")

func (s *suite) errorOfRow(t *testing.T) {
	q := s.start(t, s.numbers(4))
	rows := 0
	_, err := q.Read(t.Context(), engine.Result{Row: func([]any) error {
		if rows++; rows == 1500 {
			return errOfTest
		}
		return nil
	}})
	if !errors.Is(s.record(t, err), errOfTest) {
		t.Errorf("Read: got error %v, want the error of Row", err)
	}
	if rows != 1500 {
		t.Errorf("got %d rows, want none after the error", rows)
	}
	s.stop(t, q)
	s.ended(t, q)
}

func (s *suite) errorOfColumns(t *testing.T) {
	q := s.start(t, s.numbers(1))
	_, err := q.Read(t.Context(), engine.Result{
		Columns: func([]engine.Column) error { return errOfTest },
		Row:     func([]any) error { t.Error("got a row after the error"); return nil },
	})
	if !errors.Is(s.record(t, err), errOfTest) {
		t.Errorf("Read: got error %v, want the error of Columns", err)
	}
	s.stop(t, q)
}

func (s *suite) stop(t *testing.T, q engine.Query) {
	t.Helper()
	soon(t, "Stop", func() {
		if err := s.record(t, q.Stop(context.WithoutCancel(t.Context()))); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

// contextBeforeRows ends the context while the engine works and has no row yet.
func (s *suite) contextBeforeRows(t *testing.T) {
	q := s.start(t, s.slow())
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	soon(t, "Read", func() {
		_, err := q.Read(ctx, engine.Result{Row: func([]any) error { return nil }})
		if !errors.Is(s.record(t, err), context.DeadlineExceeded) {
			t.Errorf("Read: got error %v, want the error of its context", err)
		}
	})
	s.stop(t, q)
	if status := s.ended(t, q); status.State == engine.Succeeded {
		t.Error("got a successful query, although it was stopped")
	}
	s.stop(t, q) // a second time
	// the next statement runs
	s.must(t, s.numbers(1))
}

// contextBetweenRows ends the context while rows arrive.
func (s *suite) contextBetweenRows(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	q := s.start(t, s.numbers(5))
	soon(t, "Read", func() {
		rows := 0
		_, err := q.Read(ctx, engine.Result{Row: func([]any) error {
			if rows++; rows == 10 {
				cancel()
			}
			return nil
		}})
		if !errors.Is(s.record(t, err), context.Canceled) {
			t.Errorf("Read: got error %v after %d rows, want the error of its context", err, rows)
		}
		if rows == 100_000 {
			t.Error("got all rows although the context had ended")
		}
	})
	s.stop(t, q)
	s.ended(t, q)

	// With a context that has ended, a query does not start.
	_, err := s.run(ctx, t, engine.Statement{SQL: s.numbers(1)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want the error of its context", err)
	}
}

func (s *suite) stopWhileReading(t *testing.T) {
	q := s.start(t, s.slow())
	ended := make(chan error, 1)
	go func() {
		_, err := q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }})
		ended <- err
	}()
	time.Sleep(300 * time.Millisecond) // usually until it runs; the checks also hold before
	s.stop(t, q)
	select {
	case err := <-ended:
		kind(t, s.record(t, err), engine.Cancelled)
	case <-time.After(patience):
		t.Fatal("Read did not return after Stop")
	}
	if status := s.ended(t, q); status.State != engine.Stopped {
		t.Errorf("got query state %s, want %s", status.State, engine.Stopped)
	}
}

func (s *suite) stopAfterEnd(t *testing.T) {
	r := s.must(t, s.numbers(1))
	s.stop(t, r.query)
	s.stop(t, r.query)
	if status := s.ended(t, r.query); status.State != engine.Succeeded {
		t.Errorf("got query state %s after success and Stop, want %s", status.State, engine.Succeeded)
	}
}
