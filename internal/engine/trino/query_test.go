package trino

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestStatusAdvancesQuery checks that a query that is only polled continues, and that its rows are read afterwards.
func TestStatusAdvancesQuery(t *testing.T) {
	f := newFake(t, false, numbersIn(5, 3)...)
	e, _ := open(t, Options{URL: f.URL})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	if q.ID() != fakeID {
		t.Errorf("got id %q", q.ID())
	}
	var states []engine.State
	for range 7 {
		status, err := q.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, status.State)
	}
	want := []engine.State{"running", "running", "running", "running", "running", "succeeded", "succeeded"}
	if !slices.Equal(states, want) {
		t.Errorf("got states %v, want %v", states, want)
	}
	rows := 0
	stats, err := q.Read(t.Context(), engine.Result{Row: func(row []any) error {
		if row[0] != int64(rows) {
			t.Errorf("row %d: got %v", rows, row)
		}
		rows++
		return nil
	}})
	if err != nil || stats.Rows != 15 || rows != 15 {
		t.Errorf("got %d rows, %+v (error %v), want 15", rows, stats, err)
	}
	if _, err := q.Read(t.Context(), engine.Result{}); err == nil {
		t.Error("second Read succeeded")
	}
}

// TestErrorsOfTheCallerAreReturned checks that an error of the caller's functions ends the reading and is returned unchanged,
// whether it is for the columns, for a row of the first page or for a row of a later one.
func TestErrorsOfTheCallerAreReturned(t *testing.T) {
	own := errors.New("the disk is full")
	for name, at := range map[string]int{"columns": 0, "first row": 1, "second row": 2, "row of the last page": 15} {
		f := newFake(t, false, numbersIn(5, 3)...)
		e, _ := open(t, Options{URL: f.URL})
		q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		ctx, cancel := context.WithCancel(t.Context()) // its end at the same time does not hide the error
		result := engine.Result{Columns: func([]engine.Column) error {
			if at == 0 {
				cancel()
				return own
			}
			return nil
		}, Row: func([]any) error {
			if rows++; rows == at {
				cancel()
				return own
			}
			return nil
		}}
		if _, err := q.Read(ctx, result); err != own { //nolint:errorlint // it must not be wrapped
			t.Errorf("%s: got error %v, want %v", name, err, own)
		}
		if rows != at {
			t.Errorf("%s: got %d rows, want %d", name, rows, at)
		}
		cancel()
	}
}

// TestStopOfAQueryThatIsGone checks that a query which the server has already forgotten counts as stopped.
func TestStopOfAQueryThatIsGone(t *testing.T) {
	for _, code := range []int{http.StatusNotFound, http.StatusGone} {
		f := newFake(t, false, "[]")
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodDelete {
				w.WriteHeader(code)
			}
			return r.Method == http.MethodDelete
		}
		e, _ := open(t, Options{URL: f.URL})
		q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Stop(t.Context()); err != nil {
			t.Errorf("status %d: got error %v", code, err)
		}
	}
}

// TestStatusFetchesBoundedAmount checks that polling fetches only a few megabytes from the server.
func TestStatusFetchesBoundedAmount(t *testing.T) {
	f := newFake(t, false, slices.Repeat([]string{"[[\"" + strings.Repeat("x", 3<<20) + "\"]]"}, 10)...)
	f.columns = `[{"name":"n","type":"varchar"}]`
	e, _ := open(t, Options{URL: f.URL})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := q.Status(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.seen()); n != 4 { // the statement and three pages
		t.Errorf("got %d requests, want 4", n)
	}
}

// TestFailureIsReported checks that Read and Status report a failed query.
func TestFailureIsReported(t *testing.T) {
	for _, polled := range []bool{false, true} {
		f := newFake(t, false, "[[1]]")
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/2") {
				fmt.Fprintf(w, `{"id":%q,"stats":{"state":"FAILED","physicalInputBytes":77},"error":{"message":"line 1:8: Column 'x' cannot be resolved","errorName":"COLUMN_NOT_FOUND","errorType":"USER_ERROR"}}`, fakeID)
				return true
			}
			return false
		}
		e, _ := open(t, Options{URL: f.URL})
		q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
		if err != nil {
			t.Fatal(err)
		}
		if polled {
			for range 3 {
				if _, err := q.Status(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
		stats, err := q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }})
		if engine.KindOf(err) != engine.Invalid || !strings.Contains(err.Error(), "'x' cannot be resolved") || !strings.Contains(err.Error(), fakeID) {
			t.Errorf("got error %v, want the server's message", err)
		}
		if stats.Rows != 1 || stats.ScannedBytes != 77 {
			t.Errorf("got %+v, want the statistics before the error", stats)
		}
		if status, err := q.Status(t.Context()); err != nil || status.State != engine.Failed || !strings.Contains(status.Reason, "cannot be resolved") {
			t.Errorf("got %+v (error %v), want failed", status, err)
		}
		if err := q.Stop(t.Context()); err != nil || f.deleted {
			t.Errorf("stopping an ended query: got error %v", err)
		}
	}
}

// TestStopFallsBackToID checks that a query is ended by its id if its next page cannot be deleted.
func TestStopFallsBackToID(t *testing.T) {
	f := newFake(t, false, numbersIn(3, 1)...)
	var paths []string
	f.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodDelete {
			return false
		}
		paths = append(paths, r.URL.Path)
		if strings.HasPrefix(r.URL.Path, "/v1/statement/") {
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		return false
	}
	e, _ := open(t, Options{URL: f.URL})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	// The context ends in the middle of the rows.
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := q.Read(ctx, engine.Result{Row: func([]any) error { cancel(); return nil }}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want the end of the context", err)
	}
	if err := q.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	want := []string{"/v1/statement/executing/" + fakeID + "/slug/2", "/v1/query/" + fakeID}
	if !slices.Equal(paths, want) {
		t.Errorf("got deleted %q, want %q", paths, want)
	}
	if status, err := q.Status(t.Context()); err != nil || status.State != engine.Stopped {
		t.Errorf("got %+v (error %v), want stopped", status, err)
	}
	if err := q.Stop(t.Context()); err != nil || len(paths) != 2 {
		t.Errorf("second Stop: got error %v, deleted %q", err, paths)
	}
}

// TestFailedStopIsReported checks that a query that cannot be stopped does not count as stopped.
func TestFailedStopIsReported(t *testing.T) {
	f := newFake(t, false, "[]")
	f.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusForbidden)
		}
		return r.Method == http.MethodDelete
	}
	e, _ := open(t, Options{URL: f.URL})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Stop(t.Context()); engine.KindOf(err) != engine.Denied {
		t.Errorf("got error %v, want permission denied", err)
	}
	if status, _ := q.Status(t.Context()); status.State.Ended() {
		t.Errorf("got %+v, want a state that has not ended", status)
	}
}

// TestPingRecognizesTrino checks Ping's errors for other servers.
func TestPingRecognizesTrino(t *testing.T) {
	for body, want := range map[string]engine.Kind{
		`{"nodeVersion":{"version":"476"},"starting":true}`: engine.Transient,
		`{"hello":"world"}`:  engine.Misconfigured,
		`<html>Sign in`:      engine.Misconfigured,
		`nothing like Trino`: engine.Misconfigured,
	} {
		f := newFake(t, false, "[[1]]")
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/v1/info" {
				io.WriteString(w, body)
			}
			return r.URL.Path == "/v1/info"
		}
		e, _ := open(t, Options{URL: f.URL})
		if err := e.Ping(t.Context()); engine.KindOf(err) != want {
			t.Errorf("%s: got error %v, want kind %q", body, err, want)
		}
	}
	f := newFake(t, false, "[[1]]")
	e, _ := open(t, Options{URL: f.URL})
	if err := e.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestErrorKinds checks the kinds of errors by name, type and message.
func TestErrorKinds(t *testing.T) {
	for _, c := range []struct {
		name, typ, message string
		want               engine.Kind
	}{
		{"QUERY_EXCEEDED_COMPILER_LIMIT", "USER_ERROR", "", engine.TooComplex},
		{"QUERY_HAS_TOO_MANY_STAGES", "USER_ERROR", "", engine.TooComplex},
		{"QUERY_TEXT_TOO_LARGE", "USER_ERROR", "", engine.TooComplex},
		{"COMPILER_ERROR", "INTERNAL_ERROR", "", engine.TooComplex},
		{"STACK_OVERFLOW", "USER_ERROR", "", engine.TooComplex},
		{"SYNTAX_ERROR", "USER_ERROR", "line 1:1: statement is too large (stack overflow while parsing)", engine.TooComplex},
		{"SYNTAX_ERROR", "USER_ERROR", "line 1:1: mismatched input", engine.Invalid},
		{"COLUMN_NOT_FOUND", "USER_ERROR", "", engine.Invalid},
		{"TYPE_MISMATCH", "USER_ERROR", "", engine.Invalid},
		{"EXCEEDED_LOCAL_MEMORY_LIMIT", "INSUFFICIENT_RESOURCES", "", engine.TooComplex},
		{"CLUSTER_OUT_OF_MEMORY", "INSUFFICIENT_RESOURCES", "", engine.Transient},
		{"QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES", "", engine.Transient},
		{"GENERIC_INSUFFICIENT_RESOURCES", "INSUFFICIENT_RESOURCES", "", engine.Transient},
		{"EXCEEDED_SCAN_LIMIT", "INSUFFICIENT_RESOURCES", "", engine.OverLimit},
		{"EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES", "", engine.OverLimit},
		{"EXCEEDED_CPU_LIMIT", "INSUFFICIENT_RESOURCES", "", engine.OverLimit},
		{"TABLE_NOT_FOUND", "USER_ERROR", "", engine.Missing},
		{"SCHEMA_NOT_FOUND", "USER_ERROR", "", engine.Missing},
		{"CATALOG_NOT_FOUND", "USER_ERROR", "", engine.Missing},
		{"PERMISSION_DENIED", "USER_ERROR", "Access Denied: Cannot select from table", engine.Denied},
		{"HIVE_FILESYSTEM_ERROR", "EXTERNAL", "Failed to list s3://b/p: Access Denied (Service: S3, Status Code: 403)", engine.Denied},
		{"HIVE_FILESYSTEM_ERROR", "EXTERNAL", "Read timed out", engine.Transient},
		{"HIVE_BAD_DATA", "EXTERNAL", "", engine.Other},
		{"INVALID_CAST_ARGUMENT", "USER_ERROR", "", engine.BadValue},
		{"NO_NODES_AVAILABLE", "INTERNAL_ERROR", "", engine.Transient},
		{"REMOTE_TASK_ERROR", "INTERNAL_ERROR", "", engine.Transient},
		{"GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR", "", engine.Other},
		{"ADMINISTRATIVELY_KILLED", "USER_ERROR", "", engine.Cancelled},
		{"USER_CANCELED", "USER_ERROR", "", engine.Cancelled},
		{"ABANDONED_QUERY", "USER_ERROR", "", engine.Transient},
		{"", "", "", engine.Other},
	} {
		e := queryError{ErrorName: c.name, ErrorType: c.typ, Message: c.message}
		if got := e.kind(); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.name, c.message, got, c.want)
		}
	}
}

// FuzzRows checks that the reader returns the rows that encoding/json finds.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{`[]`, `[[1,"a]\"[",null]]`, ` [ [1] , [2] ] `, `[["\u00e4",{"a":[1,"]"]},true]]`, `[1]`, `{"a":[[1]]}`, `"[["`, `null`} {
		f.Add([]byte(seed), uint8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		if !json.Valid(data) {
			return
		}
		columns := make([]column, width%5)
		for i := range columns {
			columns[i] = column{Name: "c", Type: []string{"varchar", "bigint", "timestamp(3) with time zone", "row(a bigint)", "double"}[i]}
		}
		rows := 0
		err := newReader(columns).each(data, func(row []any) error {
			if len(row) != len(columns) {
				t.Errorf("got a row of %d cells, want %d", len(row), len(columns))
			}
			rows++
			return nil
		})
		var want [][]json.RawMessage
		if err == nil && json.Unmarshal(data, &want) == nil && len(want) != rows {
			t.Errorf("got %d rows, want %d", rows, len(want))
		}
	})
}

// TestTextsDoNotEndRows checks that brackets, quotes and escapes in texts do not end a row.
func TestTextsDoNotEndRows(t *testing.T) {
	want := []string{`a]"[`, `\`, `\\"`, `"]`, `],[`, "\n\u2028ä\U0001F426", `{"a":["}"]}`, ""}
	var rows [][]string
	for _, text := range want {
		rows = append(rows, []string{text})
	}
	plain, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	spaced, err := json.MarshalIndent(rows, " ", "\t")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{plain, spaced} {
		var got []string
		err := newReader([]column{{Name: "t", Type: "varchar"}}).each(data, func(row []any) error {
			text, _ := row[0].(string)
			got = append(got, text)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q (error %v), want %q", got, err, want)
		}
	}
}
