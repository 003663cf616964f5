package trino

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

// endless is a statement that runs until it is stopped.
const endless = "SELECT count(*) FROM tpch.sf1.lineitem a CROSS JOIN tpch.sf1.lineitem b WHERE a.partkey + b.suppkey = -1"

// stateOnServer returns the server's state of a query, "" if unknown.
func stateOnServer(t *testing.T, e *Engine, id string) (state, code string) {
	t.Helper()
	rows := exec(t, e, "SELECT state, coalesce(error_code, '') FROM system.runtime.queries WHERE query_id = "+literal(id))
	if len(rows) == 0 {
		return "", ""
	}
	return rows[0][0].(string), rows[0][1].(string)
}

// TestStopIntegration checks that a stopped query is stopped on the server, however reading ended.
func TestStopIntegration(t *testing.T) {
	e := onServer(t)
	for name, read := range map[string]func(q engine.Query){
		"unread": func(engine.Query) {},
		"polled": func(q engine.Query) {
			if _, err := q.Status(t.Context()); err != nil {
				t.Error(err)
			}
		},
		"context ended": func(q engine.Query) {
			ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
			defer cancel()
			if _, err := q.Read(ctx, engine.Result{Row: func([]any) error { return nil }}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got error %v, want the end of the context", err)
			}
		},
	} {
		q, err := e.Start(t.Context(), engine.Statement{SQL: endless})
		if err != nil {
			t.Fatal(err)
		}
		read(q)
		if err := q.Stop(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		state, code := stateOnServer(t, e, q.ID())
		if name == "unread" && state == "" {
			continue // a query without requests never starts
		}
		if state != "FAILED" || code != "USER_CANCELED" {
			t.Errorf("%s: got state %s %s, want FAILED USER_CANCELED", name, state, code)
		}
		if status, err := q.Status(t.Context()); err != nil || status.State != engine.Stopped {
			t.Errorf("%s: got %+v (error %v), want stopped", name, status, err)
		}
	}
}

// TestKilledIntegration checks that a query that an administrator ends is cancelled, and not retried.
func TestKilledIntegration(t *testing.T) {
	e := onServer(t)
	q, err := e.Start(t.Context(), engine.Statement{SQL: endless})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }})
		ended <- err
	}()
	for range 100 { // until the procedure knows it
		if _, err = e.rows(t.Context(), "CALL system.runtime.kill_query(query_id => "+literal(q.ID())+", message => 'not today')", nil); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := <-ended; engine.KindOf(err) != engine.Cancelled || !strings.Contains(err.Error(), "not today") {
		t.Errorf("got error %v, want it cancelled", err)
	}
}

// TestLimitsIntegration checks that the server enforces a statement's limits.
func TestLimitsIntegration(t *testing.T) {
	e := onServer(t)
	hive := lake(t, e, "hive")
	exec(t, e, "CREATE TABLE "+hive+".orders WITH (format = 'PARQUET') AS TABLE tpch.tiny.orders")
	run := func(e *Engine, s engine.Statement) (engine.Stats, error) {
		q, err := e.Start(t.Context(), s)
		if err != nil {
			return engine.Stats{}, err
		}
		return q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }})
	}
	scan := "SELECT comment FROM " + hive + ".orders WHERE length(comment) > 1000"
	// The server checks every second, so the query must take a while.
	long := "SELECT count(*) FROM " + hive + ".orders a CROSS JOIN " + hive + ".orders b WHERE length(a.comment) + length(b.clerk) = -1"
	if _, err := run(e, engine.Statement{SQL: long, MaxBytes: 1000}); engine.KindOf(err) != engine.OverLimit || !strings.Contains(err.Error(), "EXCEEDED_SCAN_LIMIT") {
		t.Errorf("got error %v, want it over the limit", err)
	}
	stats, err := run(e, engine.Statement{SQL: scan, MaxBytes: 1 << 40})
	if err != nil || stats.ScannedBytes < 100_000 || stats.ScannedBytes > 3_000_000 || stats.BilledBytes != 0 || stats.Ran <= 0 {
		t.Errorf("got %+v (error %v), want the size of one column", stats, err)
	}

	hasty, err := Open(t.Context(), Options{URL: e.opt.URL, User: "egret", MaxRunTime: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hasty.Close() })
	if _, err := run(hasty, engine.Statement{SQL: endless}); engine.KindOf(err) != engine.OverLimit || !strings.Contains(err.Error(), "EXCEEDED_TIME_LIMIT") {
		t.Errorf("got error %v, want it over the limit", err)
	}
	rows, err := e.rows(t.Context(), "SHOW SESSION LIKE 'query_max_run_time'", nil)
	if err != nil || len(rows) != 1 || rows[0][1] != "1800000ms" {
		t.Errorf("got default %v (error %v), want 30 minutes", rows, err)
	}
}

// TestComplexIntegration checks that statements that the compiler rejects are marked for splitting.
func TestComplexIntegration(t *testing.T) {
	e := onServer(t)
	var predicates []string
	for i := range 300 {
		predicates = append(predicates, fmt.Sprintf("(regexp_like(clerk, 'x%da.*b') AND strpos(lower(comment), 'ab%d') > 0 AND NOT coalesce(strpos(comment, 'abc%d') > 0, false))", i, i, i))
	}
	var union []string
	for range 250 {
		union = append(union, "SELECT orderkey FROM tpch.tiny.orders GROUP BY orderkey")
	}
	for name, sql := range map[string]string{
		"expression": "SELECT a FROM (SELECT ARRAY[" + strings.Join(predicates, ", ") + "] AS a FROM tpch.tiny.orders) WHERE contains(a, true)",
		"stages":     strings.Join(union, " UNION "),
		"text":       "SELECT '" + strings.Repeat("x", 11_000_000) + "'",
		"depth":      "SELECT " + strings.Repeat("(", 20_000) + "1" + strings.Repeat(")", 20_000),
	} {
		if _, err := e.rows(t.Context(), sql, nil); engine.KindOf(err) != engine.TooComplex {
			t.Errorf("%s: got error %v, want it too complex", name, err)
		}
	}
}

// TestSessionIntegration checks that properties reach the server unchanged, and that an unknown one is a
// misconfiguration.
func TestSessionIntegration(t *testing.T) {
	address := onServer(t).opt.URL
	open := func(session map[string]string) *Engine {
		e, err := Open(t.Context(), Options{URL: address, User: "egret", Catalog: "hive", Session: session})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		return e
	}
	e := open(map[string]string{"query_priority": "3", "hive.compression_codec": "ZSTD", "query_max_run_time": "45m"})
	got := map[any]any{}
	for _, row := range exec(t, e, "SHOW SESSION") {
		got[row[0]] = row[1]
	}
	if got["query_priority"] != "3" || got["hive.compression_codec"] != "ZSTD" || got["query_max_run_time"] != "45m" {
		t.Errorf("got %v, %v and %v", got["query_priority"], got["hive.compression_codec"], got["query_max_run_time"])
	}
	for _, session := range []map[string]string{{"no_such_property": "1"}, {"hive.no_such_property": "1"}} {
		if err := open(session).Ping(t.Context()); engine.KindOf(err) != engine.Misconfigured {
			t.Errorf("%v: got error %v, want a misconfiguration", session, err)
		}
	}
}

// TestPingIntegration checks that Ping reports a wrong catalog or schema.
func TestPingIntegration(t *testing.T) {
	address := onServer(t).opt.URL
	for _, c := range []struct {
		catalog, schema string
		want            engine.Kind
		ok              bool
	}{
		{"", "", 0, true}, {"memory", "", 0, true}, {"memory", "default", 0, true}, {"Memory", "Default", 0, true},
		{"nothing", "", engine.Missing, false}, {"memory", "nothing", engine.Missing, false}, {"memory", "it's", engine.Missing, false},
	} {
		e, err := Open(t.Context(), Options{URL: address, User: "egret", Catalog: c.catalog, Schema: c.schema})
		if err != nil {
			t.Fatal(err)
		}
		err = e.Ping(t.Context())
		if c.ok != (err == nil) || err != nil && engine.KindOf(err) != c.want {
			t.Errorf("%s.%s: got error %v", c.catalog, c.schema, err)
		}
		e.Close()
	}
}

// TestTypesIntegration checks that cells of all types have one of the types that results allow.
func TestTypesIntegration(t *testing.T) {
	e := onServer(t)
	rows := exec(t, e, `SELECT tinyint '-1', real '1.5', nan(), -infinity(), decimal '12345678901234567890.10', x'00ff', date '2026-02-06',
		timestamp '2026-02-06 01:02:03.123456789012', timestamp '2026-02-06 01:02:03.5 Europe/Berlin', timestamp '2026-02-06 01:02:03 -03:30',
		time '01:02:03', uuid '12151fd2-7586-11e9-8f9e-2a86e4085a59', ipaddress '192.0.2.1', json '{"b":1.50,"a":[]}',
		array['x', null], map(array['k'], array[9007199254740993]), cast(row(1, 'a"b') as row(n bigint, t varchar)), char 'x ', unistr.v
		FROM (VALUES U&'\+01F426') AS unistr(v)`)
	utc := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	want := []any{
		int64(-1), 1.5, nil, nil, "12345678901234567890.10", "AP8=", utc("2026-02-06T00:00:00Z"),
		utc("2026-02-06T01:02:03.123456789Z"), utc("2026-02-06T00:02:03.5Z"), utc("2026-02-06T04:32:03Z"),
		"01:02:03", "12151fd2-7586-11e9-8f9e-2a86e4085a59", "192.0.2.1", `{"a":[],"b":1.5}`,
		`["x",null]`, `{"k":9007199254740993}`, `[1,"a\"b"]`, "x ", "\U0001F426",
	}
	got := rows[0]
	for i, cell := range want {
		switch i {
		case 2:
			if f, ok := got[i].(float64); !ok || f == f {
				t.Errorf("cell %d: got %v, want NaN", i, got[i])
			}
		case 3:
			if f, ok := got[i].(float64); !ok || f > -1e308 {
				t.Errorf("cell %d: got %v, want an infinity", i, got[i])
			}
		default:
			if at, ok := cell.(time.Time); ok {
				if found, ok := got[i].(time.Time); !ok || !found.Equal(at) || found.Location() != time.UTC {
					t.Errorf("cell %d: got %v, want %v", i, got[i], at)
				}
			} else if got[i] != cell {
				t.Errorf("cell %d: got %T %v, want %v", i, got[i], got[i], cell)
			}
		}
	}
	if rows := exec(t, e, "CREATE SCHEMA IF NOT EXISTS memory.default"); len(rows) > 0 {
		t.Error("got rows of a statement without a result")
	}
}
