package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
)

// collect runs a hunt and returns the texts of all rows, sorted.
func collect(ctx context.Context, l *Lake) ([]string, error) {
	var mutex sync.Mutex
	var rows []string
	err := l.Run(ctx, 2, func(_ int, b *Batch) error {
		mutex.Lock()
		defer mutex.Unlock()
		for row := b.Next(); row != nil; row = b.Next() {
			rows = append(rows, string(row.Text))
		}
		return nil
	})
	slices.Sort(rows)
	return rows, err
}

func accountOf(l *Lake) *finding.LakeCounts {
	var ledger finding.Ledger
	l.Account(&ledger)
	return ledger.Lake
}

// oneRow answers every statement with one row, whose id is the day that the statement reads.
func oneRow(l **Lake) func(sql string, n int) ([][]any, int64, error) {
	return func(sql string, _ int) ([][]any, int64, error) { return [][]any{eventRow(*l, dayOf(sql))}, 100, nil }
}

// dayOf returns the first partition that a statement reads.
func dayOf(sql string) string {
	_, rest, _ := strings.Cut(sql, `timestamp" >= '`)
	if day, _, ok := strings.Cut(rest, "'"); ok {
		return day
	}
	return "none"
}

func TestEverySliceIsAskedOnce(t *testing.T) {
	var l *Lake
	f := newFake(oneRow(&l))
	l = huntOf(t, f, nil)
	begin(t, l, t.TempDir(), "")
	rows, err := collect(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	// The newest chunk includes the day after the range too, where late events may be.
	if len(rows) != 3 || len(f.starts) != 3 {
		t.Errorf("got %d rows of %d statements, want 3: %q", len(rows), len(f.starts), slices.Collect(maps.Keys(f.starts)))
	}
	for sql, n := range f.starts {
		if n != 1 {
			t.Errorf("got %d starts of %s, want 1", n, sql)
		}
	}
	c := accountOf(l)
	if c.Chunks != 3 || c.Done != 3 || c.Left.Total != 0 || c.Queries != 3 || c.Rows != 3 || c.ScannedBytes != 300 {
		t.Errorf("got %+v", c)
	}
	if first, last := f.order[0], f.order[len(f.order)-1]; dayOf(first) < dayOf(last) {
		t.Errorf("got %s before %s, want the newest first", dayOf(first), dayOf(last))
	}
	if f.most > f.info.InFlight {
		t.Errorf("got %d queries at a time, want at most %d", f.most, f.info.InFlight)
	}
}

func TestTransientErrorsAreRetried(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	transient := &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("throttled")}
	f.refuse = func(_ string, n int) error {
		if n < 2 {
			return transient
		}
		return nil
	}
	f.answer = func(sql string, n int) ([][]any, int64, error) {
		if n < 4 { // the third and fourth start break off after a row
			return [][]any{eventRow(l, "half")}, 10, transient
		}
		return [][]any{eventRow(l, dayOf(sql))}, 100, nil
	}
	l = huntOf(t, f, nil)
	begin(t, l, t.TempDir(), "")
	rows, err := collect(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || strings.Contains(strings.Join(rows, ""), "half") {
		t.Errorf("got rows %q", rows)
	}
	if c := accountOf(l); c.Done != 3 || c.Retried != 3*4 || c.ScannedBytes != 3*(10+10+100) {
		t.Errorf("got %+v", c)
	}
}

func TestComplexStatementsAreSplit(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) {
		if strings.Contains(sql, "createuser") && strings.Contains(sql, "deleteuser") {
			return nil, 0, &engine.Error{Kind: engine.TooComplex, Engine: "fake", Err: errors.New("QUERY_EXCEEDED_COMPILER_LIMIT")}
		}
		return nil, 100, nil
	}
	l = huntOf(t, f, nil)
	dir := t.TempDir()
	id := begin(t, l, dir, "").ID()
	served := map[string]int{}
	run := func() {
		if err := l.Run(t.Context(), 1, func(int, *Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	run()
	for sql := range f.starts {
		for _, action := range []string{"createuser", "deleteuser"} {
			if strings.Contains(sql, action) {
				served[action+" "+dayOf(sql)]++
			}
		}
	}
	if c := accountOf(l); len(served) != 6 || c.Done != 6 || c.Split < 1 || c.Chunks != 6 || c.Left.Total != 0 {
		t.Errorf("got served %v, %+v", served, c)
	}

	// A second run resumes with the halves, and asks an engine that has forgotten all queries for nothing.
	if err := l.journal.Close(); err != nil {
		t.Fatal(err)
	}
	f = newFake(f.answer)
	l = huntOf(t, f, nil)
	begin(t, l, dir, id)
	run()
	if c := accountOf(l); len(f.order) != 0 || c.Resumed != 6 || c.Done != 6 || c.Split != 0 {
		t.Errorf("got %d more queries, %+v", len(f.order), c)
	}
}

// TestDamagedRowsAreFetchedAgain checks that a resumed hunt reads the results again whose rows on disk are damaged.
func TestDamagedRowsAreFetchedAgain(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) { return [][]any{eventRow(l, dayOf(sql))}, 100, nil }
	l = huntOf(t, f, nil)
	dir := t.TempDir()
	id := begin(t, l, dir, "").ID()
	if rows, err := collect(t.Context(), l); err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if err := l.journal.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, id, "rows", "*"))
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 0xff
	if err := os.WriteFile(files[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	l = huntOf(t, f, nil)
	begin(t, l, dir, id)
	rows, err := collect(t.Context(), l)
	if c := accountOf(l); err != nil || len(rows) != 3 || c.Resumed != 2 || c.Done != 3 {
		t.Errorf("got %d rows, error %v, %+v; want 3 rows, of which two tasks were resumed", len(rows), err, c)
	}
}

func TestHuntIsResumed(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	broken := true
	f.answer = func(sql string, _ int) ([][]any, int64, error) {
		if broken && dayOf(sql) == "2026/02/07" {
			return nil, 10, &engine.Error{Kind: engine.Expired, Engine: "fake", Err: errors.New("token expired")}
		}
		return [][]any{eventRow(l, dayOf(sql))}, 100, nil
	}
	one := func(o *Options) { o.InFlight = 1 }
	l = huntOf(t, f, one)
	dir := t.TempDir()
	id := begin(t, l, dir, "").ID()
	rows, err := collect(t.Context(), l)
	if err != nil || len(rows) != 1 || engine.KindOf(l.Fault()) != engine.Expired {
		t.Fatalf("%d rows, %v, fault %v", len(rows), err, l.Fault())
	}
	c := accountOf(l)
	if c.Done != 1 || c.Left.Total != 2 || c.ScannedBytes != 110 {
		t.Errorf("got %+v", c)
	}
	if err := l.journal.Close(); err != nil {
		t.Fatal(err)
	}

	broken = false
	asked := len(f.order)
	l = huntOf(t, f, one)
	begin(t, l, dir, id)
	rows, err = collect(t.Context(), l)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if c := accountOf(l); len(f.order)-asked != 2 || c.Resumed != 1 || c.ScannedBytes != 310 || c.EarlierBytes != 110 {
		t.Errorf("got %d more queries, %+v", len(f.order)-asked, c)
	}
}

func TestRunningQueryIsAttached(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = oneRow(&l)
	l = huntOf(t, f, nil)
	dir := t.TempDir()
	j := begin(t, l, dir, "")
	// State after a kill: two queries have been started, but the journal knows only one.
	tasks := l.tasks(l.all())
	r := &runner{Lake: l}
	started, unknown := tasks[0], tasks[1]
	q, err := f.Start(t.Context(), engine.Statement{SQL: started.statement.SQL(started.chunk), Token: r.token(started.key, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Start(t.Context(), engine.Statement{SQL: unknown.statement.SQL(unknown.chunk), Token: r.token(unknown.key, 0)}); err != nil {
		t.Fatal(err)
	}
	if err := j.Started(started.key, q.ID(), r.token(started.key, 0)); err != nil {
		t.Fatal(err)
	}
	rows, err := collect(t.Context(), l)
	if err != nil || len(rows) != 3 {
		t.Fatal(len(rows), err)
	}
	if c := accountOf(l); len(f.order) != 3 || c.Attached != 1 {
		t.Errorf("got %d queries, want 3; %+v", len(f.order), c)
	}
}

func TestBudgetStopsBetweenQueries(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = oneRow(&l)
	l = huntOf(t, f, func(o *Options) { o.Budget, o.InFlight = 150, 1 })
	begin(t, l, t.TempDir(), "")
	rows, err := collect(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	c := accountOf(l)
	if len(rows) != 2 || c.ScannedBytes != 200 || !c.BudgetUsed || c.Left.Total != 1 || c.Left.Reasons[0].Reason != "over the budget" {
		t.Errorf("got %d rows, %+v", len(rows), c)
	}
	var ledger finding.Ledger
	l.Account(&ledger)
	if !ledger.Partial || !strings.Contains(ledger.Stopped, "budget") {
		t.Errorf("got partial %t, %q", ledger.Partial, ledger.Stopped)
	}
}

func TestFailedSliceIsNamedAndTheRestGoesOn(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) {
		if dayOf(sql) == "2026/02/07" {
			return nil, 10, &engine.Error{Kind: engine.Other, Engine: "fake", Err: errors.New("corrupt file")}
		}
		return [][]any{eventRow(l, dayOf(sql))}, 100, nil
	}
	l = huntOf(t, f, nil)
	begin(t, l, t.TempDir(), "")
	rows, err := collect(t.Context(), l)
	if err != nil || len(rows) != 2 {
		t.Fatal(len(rows), err)
	}
	c := accountOf(l)
	if c.Left.Total != 1 || !strings.Contains(c.Left.Reasons[0].Examples[0], "2026-02-07") || !strings.Contains(c.Left.Reasons[0].Examples[0], "corrupt file") {
		t.Errorf("got left %+v, want one chunk with its error", c.Left)
	}
}

func TestInvalidStatementIsNotTriedOnOtherChunks(t *testing.T) {
	f := newFake(func(string, int) ([][]any, int64, error) {
		return nil, 0, &engine.Error{Kind: engine.Invalid, Engine: "fake", Err: errors.New("mismatched input")}
	})
	l := huntOf(t, f, func(o *Options) { o.InFlight = 1 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	// The statement and its two rules, which have one more chunk each.
	if c := accountOf(l); len(f.order) != 3 || c.Left.Total != 6 {
		t.Errorf("got %d queries, %+v", len(f.order), c)
	}
}

func TestStoppedHuntStopsItsQueries(t *testing.T) {
	var l *Lake
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(nil)
	f.answer = func(string, int) ([][]any, int64, error) {
		cancel()
		return [][]any{eventRow(l, "x")}, 100, nil
	}
	l = huntOf(t, f, func(o *Options) { o.InFlight = 1 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(ctx, l); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(f.stopped) != 1 || len(f.order) != 1 {
		t.Errorf("got stopped %v of %d queries", f.stopped, len(f.order))
	}
}

func TestRowsAreEncodedForTheJournal(t *testing.T) {
	for _, pairs := range [][]int{nil, {0}, {1, 200, 70000}} {
		for _, when := range []time.Time{{}, time.Unix(0, 0).UTC(), time.Date(1700, 1, 2, 3, 4, 5, 6, time.UTC), time.Date(2026, 2, 6, 1, 2, 3, 4, time.UTC)} {
			row, err := decodeRow(appendRow(nil, Row{Pairs: pairs, Time: when, Text: []byte("text"), Complete: pairs == nil}), nil)
			if err != nil || !slices.Equal(row.Pairs, pairs) || string(row.Text) != "text" || !row.Time.Equal(when) || row.Complete != (pairs == nil) {
				t.Errorf("%v, %v: got %+v (error %v)", pairs, when, row, err)
			}
		}
	}
	if row, err := decodeRow(appendRow(nil, Row{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}), nil); err != nil || !row.Time.IsZero() {
		t.Errorf("year out of range: got %+v (error %v)", row, err)
	}
	for _, damaged := range []string{"", "\x00", "\x00\x04", "\x00\x01", "\x00\x01\xff", "\x05", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x01\xff"} {
		if row, err := decodeRow([]byte(damaged), nil); err == nil {
			t.Errorf("%q: got %+v, want an error", damaged, row)
		}
	}
}

func TestCountsOfOneEventComeTogether(t *testing.T) {
	var got []string
	r := &receiver{counts: true, pairs: []int{4, 7, 9}, keys: 2, numbers: 3}
	r.write = func(row []byte) error {
		decoded, err := decodeRow(row, nil)
		got = append(got, fmt.Sprint(decoded.Pairs, " ", string(decoded.Text)))
		return err
	}
	l := huntOf(t, newFake(nil), nil)
	s := l.tables[0].statements[0]
	full := (&runner{Lake: l}).receiver(s, nil)
	r.rebuild = full.rebuild
	width := len(s.Columns)
	r.width = width
	row := func(pair any, id any, rest string) []any {
		cells := make([]any, width+2)
		cells[0], cells[2], cells[3] = pair, id, "2026-02-06T10:00:00Z"
		if rest != "" {
			cells[4] = rest
		}
		return cells
	}
	for _, cells := range [][]any{
		row(int64(2), "a", ""), row(int64(1), "a", "x"), row("3", "b", ""), row(int64(1), nil, ""), row(int64(1), nil, ""),
	} {
		if err := r.row(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || !strings.HasPrefix(got[0], "[4 7] ") || !strings.HasPrefix(got[1], "[9] ") {
		t.Errorf("got rows %q", got)
	}
	// The columns that copies share distinguish events with the same id and time, even if one of them lacks a value.
	r.keys, got = 3, nil
	for _, cells := range [][]any{row(int64(1), "a", "x"), row(int64(2), "a", "x"), row(int64(1), "a", "y"), row(int64(1), "a", ""), row(int64(3), "a", "")} {
		if err := r.row(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || !strings.HasPrefix(got[0], "[4 7] ") || !strings.HasPrefix(got[1], "[4] ") || !strings.HasPrefix(got[2], "[4 9] ") {
		t.Errorf("different events: got %q", got)
	}
	for _, pair := range []any{int64(0), int64(4), "x", nil, 1.5} {
		if err := r.row(row(pair, "c", "")); err == nil {
			t.Errorf("pair %v: got no error", pair)
		}
	}
}

func TestOnlyDaysWithWantedEventsAreRead(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = func(string, int) ([][]any, int64, error) { return nil, 0, nil }
	l = huntOf(t, f, func(o *Options) {
		o.From = o.From.AddDate(0, -1, 0)
		o.Tables[0].Layout = partitioned(t)
	})
	begin(t, l, t.TempDir(), "")
	source := l.tables[0].Layout.Schema
	at := func(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.UTC) }
	wanted := []Wanted{{source, "a", at(10, 3)}, {source, "c", at(20, 1)}, {source, "b", at(10, 23)}, {source, "d", at(21, 1)}}
	for late, want := range map[bool][]string{
		false: {"2026/01/10 to 2026/01/10", "2026/01/20 to 2026/01/21"},
		// Late events are in the partition of the next day.
		true: {"2026/01/10 to 2026/01/11", "2026/01/20 to 2026/01/20", "2026/01/21 to 2026/01/22"},
	} {
		f.order = nil
		if err := l.Whole(t.Context(), wanted, late, func(*Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
		var days []string
		for _, sql := range f.order {
			_, rest, _ := strings.Cut(sql, `"timestamp" <= '`)
			days = append(days, dayOf(sql)+" to "+rest[:10])
			together := strings.Contains(sql, "'a'") && strings.Contains(sql, "'b'") || strings.Contains(sql, "'c'") && strings.Contains(sql, "'d'")
			if !together || strings.Contains(sql, "'a'") && strings.Contains(sql, "'c'") {
				t.Errorf("got ids of other days in\n%s", sql)
			}
		}
		slices.Sort(days)
		if !slices.Equal(days, want) {
			t.Errorf("late %t: got partitions %q, want %q", late, days, want)
		}
	}
}
