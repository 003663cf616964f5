package athena_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// many is a backend with so many rows: a number, and a text that is NULL, empty or full of quotes by turns.
func many(rows int) athenatest.Backend {
	return athenatest.BackendFunc(func(context.Context, string) ([]athenatest.Column, athenatest.Rows, error) {
		return two, func(yield func([]any, error) bool) {
			for n := range rows {
				if !yield([]any{int64(n), text(n)}, nil) {
					return
				}
			}
		}, nil
	})
}

func text(n int) any {
	switch n % 3 {
	case 0:
		return nil
	case 1:
		return ""
	default:
		return fmt.Sprintf("row %q,\n\"%d\"", strings.Repeat("x", n%50), n)
	}
}

// checkMany compares rows with those of the backend.
func checkMany(t *testing.T, rows [][]any, want int) {
	t.Helper()
	if len(rows) != want {
		t.Fatalf("%d rows came, expected %d", len(rows), want)
	}
	for n, row := range rows {
		if row[0] != fmt.Sprint(n) || row[1] != text(n) {
			t.Fatalf("row %d is %#v, expected %d and %#v", n, row, n, text(n))
		}
	}
}

// TestWhereRowsComeFrom: small results need no S3; large ones need Athena for their first page only; and where one of the
// two is closed, the other gives the rows.
func TestWhereRowsComeFrom(t *testing.T) {
	const rows = 4500
	for _, c := range []struct {
		name         string
		rows         int
		encryption   string
		rule         athenatest.Rule
		pages, reads int
		types        bool
	}{
		{name: "small", rows: 199, pages: 1, types: true},
		{name: "one row more than a page", rows: 200, pages: 1, reads: 1, types: true},
		{name: "large", rows: rows, pages: 1, reads: 1, types: true},
		{name: "none", rows: 0, pages: 1, types: true},
		{name: "S3 is closed", rows: rows, rule: athenatest.Rule{Action: "s3:GetObject", Refusal: athenatest.ObjectDenied()}, pages: 1 + 5, reads: 1, types: true},
		{name: "only Athena can decrypt it", rows: rows, encryption: "CSE_KMS", pages: 1 + 5, types: true},
		{name: "Athena is closed", rows: rows, rule: athenatest.Rule{Action: "athena:GetQueryResults", Refusal: athenatest.Denied("athena:GetQueryResults")}, pages: 1, reads: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			lake := athenatest.Start(t, athenatest.Options{Backend: many(c.rows)})
			if c.rule.Action != "" {
				lake.AddRule(c.rule)
			}
			o := athena.Options{Encryption: c.encryption}
			if c.encryption != "" {
				o.KMSKey = "arn:aws:kms:eu-west-1:111122223333:key/1"
			}
			columns, got, stats, err := read(t, open(t, lake, o), engine.Statement{SQL: "SELECT 1"})
			if err != nil {
				t.Fatal(err)
			}
			checkMany(t, got, c.rows)
			want := []engine.Column{{Name: "n", Type: "bigint"}, {Name: "txt", Type: "varchar"}}
			if !c.types {
				want = []engine.Column{{Name: "n"}, {Name: "txt"}}
			}
			if !slices.Equal(columns, want) || stats.Rows != int64(c.rows) {
				t.Errorf("columns are %v and %d rows were counted, expected %v and %d", columns, stats.Rows, want, c.rows)
			}
			// A connection that was closed just then has a call made twice.
			if pages, reads := lake.Count("athena:GetQueryResults"), lake.Count("s3:GetObject"); pages < c.pages || pages > c.pages+1 || reads != c.reads {
				t.Errorf("%d pages and %d reads of S3, expected %d and %d", pages, reads, c.pages, c.reads)
			}
		})
	}
}

// TestBothClosed: the error is that of what would have been read.
func TestBothClosed(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(10)})
	lake.AddRule(athenatest.Rule{Action: "s3:GetObject", Refusal: athenatest.ObjectDenied()})
	lake.AddRule(athenatest.Rule{Action: "athena:GetQueryResults", Refusal: athenatest.Denied("athena:GetQueryResults")})
	err := run(t, open(t, lake, athena.Options{}), "SELECT 1")
	var fault *engine.Error
	if !errors.As(err, &fault) || fault.Kind != engine.Denied || fault.Permission != "s3:GetObject" || !strings.HasPrefix(fault.Thing, "result s3://athena-results/") {
		t.Errorf("found %v, expected that s3:GetObject is missing on the result", err)
	}
}

// TestCuts: connections break in the middle, at the beginning and at the end, and reading goes on where they broke.
func TestCuts(t *testing.T) {
	const rows = 30_000
	lake := athenatest.Start(t, athenatest.Options{Backend: many(rows)})
	for _, at := range []int64{1, 100_000, 0, 7} { // 0 closes the connection before it answers
		lake.AddRule(athenatest.Rule{Action: "s3:GetObject", Times: 1, Cut: at})
	}
	_, got, _, err := read(t, open(t, lake, athena.Options{}), engine.Statement{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	checkMany(t, got, rows)
	if n := lake.Count("s3:GetObject"); n != 5 {
		t.Errorf("%d reads of S3, expected 5", n)
	}
}

// TestNoConnectionLasts: who never gets further gives up.
func TestNoConnectionLasts(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(5000)})
	lake.AddRule(athenatest.Rule{Action: "s3:GetObject", Cut: 10})
	err := run(t, open(t, lake, athena.Options{}), "SELECT 1")
	if engine.KindOf(err) != engine.Transient || !strings.Contains(fmt.Sprint(err), "the connection broke 13 times, at last at byte 130") {
		t.Errorf("found %v", err)
	}
}

// TestResultChanges: a result that is replaced while it is read is no result.
func TestResultChanges(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(5000)})
	lake.AddRule(athenatest.Rule{Action: "s3:GetObject", Times: 1, Cut: 1000})
	e := open(t, lake, athena.Options{})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	replaced := false
	_, err = q.Read(t.Context(), engine.Result{Columns: func([]engine.Column) error {
		replaced = true
		return lake.PutObject("athena-results", q.ID()+".csv", []byte(strings.Repeat("\"n\",\"txt\"\n", 100_000)))
	}, Row: func([]any) error { return nil }})
	if !replaced || engine.KindOf(err) != engine.Other || !strings.Contains(fmt.Sprint(err), "PreconditionFailed") {
		t.Errorf("found %v, expected that the object has changed", err)
	}
}

// TestDamagedResult: an object that is no CSV is an error that says where.
func TestDamagedResult(t *testing.T) {
	for name, body := range map[string]string{
		"": "it is empty", "\"n\",\"txt\"\n\"1\"\n": "row 1 of the result has 1 cells for 2 columns", "\"n\"\n": "its first line has 1 names for 2 columns",
		"\"n\",\"txt\"\n\"1\",\"": "byte 15: the file ends within a cell", "\"n\",\"txt\"\n\"1\"x": "byte 14: expected a comma",
	} {
		lake := athenatest.Start(t, athenatest.Options{Backend: many(500)})
		e := open(t, lake, athena.Options{})
		q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
		if err != nil {
			t.Fatal(err)
		}
		// The first look comes after the result was written.
		for s, err := q.Status(t.Context()); !s.State.Ended() || err != nil; s, err = q.Status(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := lake.PutObject("athena-results", q.ID()+".csv", []byte(name)); err != nil {
			t.Fatal(err)
		}
		_, err = q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }})
		var fault *engine.Error
		if !errors.As(err, &fault) || fault.Kind != engine.Other || !strings.Contains(err.Error(), body) || fault.Query != q.ID() {
			t.Errorf("%q: found %v, expected %q", name, err, body)
		}
	}
}

// TestLongBadDay: patience does not wear out with the number of calls.
func TestLongBadDay(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3)})
	e := open(t, lake, athena.Options{})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	lake.SetFaults(athenatest.Faults{Seed: 1, Throttled: 0.45})
	for n := range 900 {
		if _, err := q.Status(t.Context()); err != nil {
			t.Fatalf("look %d: %v", n, err)
		}
	}
}

// TestBadDay: three calls of ten are throttled, one of twenty fails, a fifth of the connections break, and nobody notices.
func TestBadDay(t *testing.T) {
	const rows = 3000
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			lake := athenatest.Start(t, athenatest.Options{Backend: many(rows), QueuedPolls: 3, RunningPolls: 5, Tables: []athenatest.Table{{Database: "db", Name: "t"}}})
			lake.SetFaults(athenatest.Faults{Seed: seed, Throttled: 0.3, Failing: 0.05, Cut: 0.2, SlowDown: 0.2})
			e := open(t, lake, athena.Options{})
			if err := e.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := e.Describe(t.Context(), "db.t"); err != nil {
				t.Error(err)
			}
			for i := range 5 {
				_, got, _, err := read(t, e, engine.Statement{SQL: fmt.Sprintf("SELECT %d", i)})
				if err != nil {
					t.Fatal(err)
				}
				checkMany(t, got, rows)
			}
			for sql, n := range lake.Started() {
				if n != 1 {
					t.Errorf("%s was started %d times, expected once: each start is paid for", sql, n)
				}
			}
		})
	}
}
