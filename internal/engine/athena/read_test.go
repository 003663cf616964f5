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
	"github.com/egret-hunt/egret/internal/testkit"
)

// many returns a backend with a number of rows: a number, and a text that is in turn NULL, empty and full of quotes.
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
		t.Fatalf("got %d rows, want %d", len(rows), want)
	}
	for n, row := range rows {
		if row[0] != fmt.Sprint(n) || row[1] != text(n) {
			t.Fatalf("row %d: got %#v, want %d and %#v", n, row, n, text(n))
		}
	}
}

// TestRowsComeFromAthenaOrS3 checks that small results do not use S3, that large ones use Athena only for the first
// page, and that one source replaces the other if access is denied.
func TestRowsComeFromAthenaOrS3(t *testing.T) {
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
		{name: "S3 denies access", rows: rows, rule: athenatest.Rule{Action: "s3:GetObject", Refusal: athenatest.ObjectDenied()}, pages: 1 + 5, reads: 1, types: true},
		{name: "only Athena can decrypt it", rows: rows, encryption: "CSE_KMS", pages: 1 + 5, types: true},
		{name: "Athena denies access", rows: rows, rule: athenatest.Rule{Action: "athena:GetQueryResults", Refusal: athenatest.Denied("athena:GetQueryResults")}, pages: 1, reads: 1},
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
				t.Errorf("got columns %v and %d rows, want %v and %d", columns, stats.Rows, want, c.rows)
			}
			// If the connection was closed just before a call, the call is made twice.
			if pages, reads := lake.Count("athena:GetQueryResults"), lake.Count("s3:GetObject"); pages < c.pages || pages > c.pages+1 || reads != c.reads {
				t.Errorf("got %d pages and %d reads of S3, want %d and %d", pages, reads, c.pages, c.reads)
			}
		})
	}
}

// TestErrorIfBothSourcesDenyAccess checks that the error is that of the source that would have been read.
func TestErrorIfBothSourcesDenyAccess(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(10)})
	lake.AddRule(athenatest.Rule{Action: "s3:GetObject", Refusal: athenatest.ObjectDenied()})
	lake.AddRule(athenatest.Rule{Action: "athena:GetQueryResults", Refusal: athenatest.Denied("athena:GetQueryResults")})
	err := run(t, open(t, lake, athena.Options{}), "SELECT 1")
	var fault *engine.Error
	if !errors.As(err, &fault) || fault.Kind != engine.Denied || fault.Permission != "s3:GetObject" || !strings.HasPrefix(fault.Thing, "result s3://athena-results/") {
		t.Errorf("got error %v, want s3:GetObject missing on the result", err)
	}
}

// TestReadingResumesAfterCuts checks that reading resumes after connections break in the middle, at the beginning and
// at the end.
func TestReadingResumesAfterCuts(t *testing.T) {
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
		t.Errorf("got %d reads of S3, want 5", n)
	}
}

// TestReadingGivesUpWithoutProgress checks that reading fails if connections break too early.
func TestReadingGivesUpWithoutProgress(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(5000)})
	lake.AddRule(athenatest.Rule{Action: "s3:GetObject", Cut: 10})
	err := run(t, open(t, lake, athena.Options{}), "SELECT 1")
	if !engine.Retried(err) || !strings.Contains(fmt.Sprint(err), "the connection broke 13 times, most recently at byte 130") {
		t.Errorf("got error %v, want one about 13 broken connections", err)
	}
}

// TestChangedResultIsAnError checks that reading fails if the result is replaced meanwhile.
func TestChangedResultIsAnError(t *testing.T) {
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
		t.Errorf("got error %v, want PreconditionFailed", err)
	}
}

// TestDamagedResultIsAnError checks that an object that is not CSV is an error with a position.
func TestDamagedResultIsAnError(t *testing.T) {
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
		// Read polls only after the result has been replaced.
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
			t.Errorf("%q: got error %v, want %q", name, err, body)
		}
	}
}

// TestRetriesAreNotUsedUp checks that the number of retries is not limited over many calls.
func TestRetriesAreNotUsedUp(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3)})
	e := open(t, lake, athena.Options{})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	lake.SetFaults(athenatest.Faults{Seed: 1, Throttled: 0.45})
	for n := range testkit.Rounds(300, 900, 900) { // the quota of the SDK would end after some 160 calls
		if _, err := q.Status(t.Context()); err != nil {
			t.Fatalf("status call %d: %v", n, err)
		}
	}
}

// TestFaultsAreHidden throttles three calls of ten, fails one of twenty, and breaks a fifth of the connections.
func TestFaultsAreHidden(t *testing.T) {
	const rows = 3000
	for seed := range uint64(testkit.Rounds(2, 4, 8)) {
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
					t.Errorf("%s: got %d starts, want 1 because each is billed", sql, n)
				}
			}
		})
	}
}
