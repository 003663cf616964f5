package lake

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
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// These tests check how hunts end, and what they pay for until then.

func TestNoRetryBeyondTheBudget(t *testing.T) {
	f := newFake(func(string, int) ([][]any, int64, error) {
		return nil, 100, &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("cut off")}
	})
	l := huntOf(t, f, func(o *Options) { o.Budget, o.InFlight = 250, 1 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); len(f.order) != 3 || c.ScannedBytes != 300 || !c.BudgetUsed || c.Left.Total != 3 {
		t.Errorf("got %d queries, %+v", len(f.order), c)
	}
}

func TestNoRetryAfterAFault(t *testing.T) {
	var l *Lake
	ended := make(chan struct{})
	end := sync.OnceFunc(func() { close(ended) })
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) {
		if dayOf(sql) == "2026/02/08" { // the first chunk, which waits for the second
			defer end()
			for both := false; !both; time.Sleep(time.Millisecond) {
				f.mutex.Lock()
				both = f.most == 2
				f.mutex.Unlock()
			}
			return nil, 0, &engine.Error{Kind: engine.Expired, Engine: "fake", Err: errors.New("token expired")}
		}
		<-ended
		for l.Fault() == nil {
			time.Sleep(time.Millisecond)
		}
		return nil, 100, &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("cut off")}
	}
	l = huntOf(t, f, func(o *Options) { o.InFlight = 2 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); len(f.order) != 2 || c.Retried != 0 || c.Left.Total != 3 {
		t.Errorf("got %d queries, %+v", len(f.order), c)
	}
}

func TestLimitOfEngineEndsTheHunt(t *testing.T) {
	limit := &engine.Error{Kind: engine.OverLimit, Engine: "fake", Err: errors.New("Bytes scanned limit was exceeded")}
	f := newFake(func(string, int) ([][]any, int64, error) { return nil, 100, limit })
	l := huntOf(t, f, func(o *Options) { o.Budget, o.InFlight = 1000, 1 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	// The limit was not the budget's.
	if c := accountOf(l); len(f.order) != 1 || c.BudgetUsed || engine.KindOf(l.Fault()) != engine.OverLimit || c.Left.Total != 3 {
		t.Errorf("got %d queries, fault %v, %+v", len(f.order), l.Fault(), c)
	}
	// Exceeding the budget is not a fault.
	l = huntOf(t, f, func(o *Options) { o.Budget, o.InFlight = 100, 1 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); !c.BudgetUsed || l.Fault() != nil || c.Queries != 1 {
		t.Errorf("got fault %v, %+v", l.Fault(), c)
	}
	// On local engines the hunt continues.
	f.info.Remote, f.info.Billed = false, false
	l = huntOf(t, f, func(o *Options) { o.InFlight, o.Chunk = 1, 24*time.Hour })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); c.Queries != 3 || l.Fault() != nil || c.Left.Total != 3 {
		t.Errorf("got fault %v, %+v", l.Fault(), c)
	}
}

func TestStoppedHuntReportsTheRest(t *testing.T) {
	var l *Lake
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) {
		if dayOf(sql) == "2026/02/07" {
			cancel()
		}
		return [][]any{eventRow(l, dayOf(sql))}, 100, nil
	}
	l = huntOf(t, f, func(o *Options) { o.InFlight = 1 })
	begin(t, l, t.TempDir(), "")
	rows, err := collect(ctx, l)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	c := accountOf(l)
	if c.Chunks != 3 || c.Done != 1 || c.Left.Total != 2 || len(rows) != c.Done {
		t.Errorf("got %d rows, %+v", len(rows), c)
	}
}

// slow is an engine whose Start returns after the hunt was stopped.
type slow struct {
	*fake
	cancel func()
}

func (s *slow) Start(ctx context.Context, statement engine.Statement) (engine.Query, error) {
	s.cancel()
	time.Sleep(10 * time.Millisecond)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.fake.Start(ctx, statement)
}

func TestQueryStartedDuringStopIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var l *Lake
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) { return [][]any{eventRow(l, dayOf(sql))}, 100, nil }
	l = huntOf(t, &slow{f, cancel}, func(o *Options) { o.InFlight = 1 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(ctx, l); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(f.order) != 1 || len(f.stopped) != 1 {
		t.Errorf("got %d queries, stopped %v", len(f.order), f.stopped)
	}
}

func TestQueryWithoutResultIsRunAgain(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = func(sql string, n int) ([][]any, int64, error) {
		if n == 0 {
			return nil, 100, &engine.Error{Kind: engine.Missing, Engine: "fake", Err: errors.New("no such object")}
		}
		return [][]any{eventRow(l, dayOf(sql))}, 100, nil
	}
	l = huntOf(t, f, func(o *Options) { o.InFlight = 1 })
	j := begin(t, l, t.TempDir(), "")
	for _, task := range l.tasks(l.all()) {
		token := (&runner{Lake: l}).token(task.key, 0)
		q, err := f.Start(t.Context(), engine.Statement{SQL: task.statement.SQL(task.chunk), Token: token})
		if err == nil {
			err = j.Started(task.key, q.ID(), token)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	rows, err := collect(t.Context(), l)
	if c := accountOf(l); err != nil || len(rows) != 3 || l.Fault() != nil || c.Attached != 3 {
		t.Errorf("got %d rows (error %v), fault %v, %+v", len(rows), err, l.Fault(), c)
	}
}

func TestOneBadRowDoesNotLoseTheOthers(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) {
		bad := eventRow(l, "bad")
		bad[len(bad)-1] = struct{ text string }{strings.Repeat("x\x1b[31m", 1000)}
		return [][]any{eventRow(l, dayOf(sql)), bad}, 100, nil
	}
	l = huntOf(t, f, nil)
	begin(t, l, t.TempDir(), "")
	rows, err := collect(t.Context(), l)
	if c := accountOf(l); err != nil || len(rows) != 6 || c.Done != 3 || c.Left.Total != 0 {
		t.Fatalf("got %d rows (error %v), %+v", len(rows), err, c)
	}
	for _, row := range rows[:3] { // the text of the error
		if !strings.HasPrefix(row, `"column `) || len(row) > 2000 || strings.Contains(row, "\x1b") {
			t.Errorf("got row %.100s", row)
		}
	}

	// A result with other columns is invalid.
	f.answer = func(string, int) ([][]any, int64, error) { return [][]any{{"x"}}, 100, nil }
	l = huntOf(t, f, nil)
	begin(t, l, t.TempDir(), "")
	rows, err = collect(t.Context(), l)
	if c := accountOf(l); err != nil || len(rows) != 0 || c.Left.Total != 3 {
		t.Errorf("got %d rows (error %v), %+v", len(rows), err, c)
	}
}

func TestTimeOfTheTableIsUsed(t *testing.T) {
	p, err := schema.FindLayout(schema.All(), "waf/athena")
	if err != nil {
		t.Fatal(err)
	}
	l := huntOf(t, &tableOf{newFake(nil), p}, func(o *Options) {
		o.Tables[0].Layout, o.Set = p, setOf(t, strings.ReplaceAll(strings.ReplaceAll(fakeRules, "cloudtrail", "waf"), "eventName", "action"))
	})
	s := l.tables[0].statements[0]
	r := (&runner{Lake: l}).receiver(s, &journal.Writer{})
	var got Row
	r.write = func(row []byte) error {
		var err error
		got, err = decodeRow(row, nil)
		return err
	}
	want := time.Date(2026, 2, 6, 1, 2, 3, 456e6, time.UTC)
	row := make([]any, len(s.Columns))
	for i, c := range s.Columns {
		if c.Time {
			row[i] = want.UnixMilli()
		}
	}
	if err := r.row(row); err != nil || !got.Time.Equal(want) {
		t.Errorf("got time %v (error %v): %+v", got.Time, err, got)
	}
}

// tableOf describes tables as a layout does.
type tableOf struct {
	*fake
	layout *schema.Layout
}

func (f *tableOf) Describe(_ context.Context, table string) (*engine.Table, error) {
	t := &engine.Table{Name: table}
	for _, c := range slices.Concat(f.layout.Columns, f.layout.PartitionedBy) {
		t.Columns = append(t.Columns, engine.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	return t, nil
}

func TestLookUpsCoverWholeSeconds(t *testing.T) {
	f := newFake(func(string, int) ([][]any, int64, error) { return nil, 0, nil })
	l := huntOf(t, f, nil)
	begin(t, l, t.TempDir(), "")
	at := time.Date(2026, 2, 7, 1, 2, 3, 999_999_999, time.UTC)
	if err := l.Whole(t.Context(), []Wanted{{l.tables[0].Layout.Schema, "a", at}}, false, func(*Batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
	// Athena reads a time to the millisecond, so a bound within a millisecond would miss the event.
	if len(f.order) != 1 || !strings.Contains(f.order[0], "2026-02-07T01:02:03") || !strings.Contains(f.order[0], "2026-02-07T01:02:04") {
		t.Errorf("got %q, want bounds of whole seconds", f.order)
	}
}

func TestUnreachableQueryIsNotPaidTwice(t *testing.T) {
	for _, kind := range []engine.Error{{Kind: engine.Transient}, {Kind: engine.Transient, Retried: true}, {Kind: engine.Expired}, {Kind: engine.Denied}} {
		t.Run(fmt.Sprintf("%v, retried %t", kind.Kind, kind.Retried), func(t *testing.T) {
			var l *Lake
			f := newFake(nil)
			f.unreachable = &engine.Error{Kind: kind.Kind, Retried: kind.Retried, Engine: "fake", Err: errors.New("nobody answers")}
			f.answer = func(sql string, _ int) ([][]any, int64, error) {
				if f.unreachable != nil {
					return nil, -1, f.unreachable
				}
				return [][]any{eventRow(l, dayOf(sql))}, 100, nil
			}
			one := func(o *Options) { o.InFlight = 1 }
			l = huntOf(t, f, one)
			dir := t.TempDir()
			id := begin(t, l, dir, "").ID()
			if rows, err := collect(t.Context(), l); err != nil || len(rows) != 0 || accountOf(l).Done != 0 {
				t.Fatal(rows, err)
			}
			if err := l.journal.Close(); err != nil {
				t.Fatal(err)
			}
			f.unreachable = nil
			l = huntOf(t, f, one)
			begin(t, l, dir, id)
			rows, err := collect(t.Context(), l)
			if c := accountOf(l); err != nil || len(rows) != 3 || len(f.order) != 3 || c.ScannedBytes != 300 {
				t.Errorf("got %d rows, %d queries (error %v), %+v", len(rows), len(f.order), err, c)
			}
		})
	}
}

func TestStartWithLostAnswerKeepsItsToken(t *testing.T) {
	var l *Lake
	f := newFake(nil)
	f.answer = func(sql string, _ int) ([][]any, int64, error) { return [][]any{eventRow(l, dayOf(sql))}, 100, nil }
	lossy := &lossy{fake: f, lost: true}
	l = huntOf(t, lossy, nil)
	dir := t.TempDir()
	id := begin(t, l, dir, "").ID()
	if rows, err := collect(t.Context(), l); err != nil || len(rows) != 0 {
		t.Fatal(rows, err)
	}
	if err := l.journal.Close(); err != nil {
		t.Fatal(err)
	}
	lossy.lost = false
	l = huntOf(t, lossy, nil)
	begin(t, l, dir, id)
	if rows, err := collect(t.Context(), l); err != nil || len(rows) != 3 || len(f.order) != 3 {
		t.Errorf("got %d rows, %d queries (error %v)", len(rows), len(f.order), err)
	}
}

// lossy is an engine that starts statements but whose answers are lost.
type lossy struct {
	*fake
	lost bool
}

func (d *lossy) Start(ctx context.Context, s engine.Statement) (engine.Query, error) {
	q, err := d.fake.Start(ctx, s)
	if d.lost {
		return nil, &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("connection reset")}
	}
	return q, err
}

func TestOutageEndsTheHunt(t *testing.T) {
	down := &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("no route to host")}
	f := newFake(func(string, int) ([][]any, int64, error) { return nil, 0, down })
	l := huntOf(t, f, func(o *Options) {
		o.InFlight, o.To = 1, o.From.AddDate(0, 0, 30)
	})
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	c := accountOf(l)
	if !errors.Is(l.Fault(), down) || c.Left.Total != 30 || len(f.starts) != maxOutage {
		t.Errorf("got fault %v after %d chunks, %+v", l.Fault(), len(f.starts), c.Left)
	}
}

// Two of three queries fail, but never three in succession, so the engine is reachable and the hunt goes on to its end.
func TestFailuresBetweenAnswersAreNoOutage(t *testing.T) {
	down := &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("no route to host")}
	tasks := map[string]int{} // by SQL
	f := newFake(func(sql string, _ int) ([][]any, int64, error) {
		if _, ok := tasks[sql]; !ok {
			tasks[sql] = len(tasks)
		}
		if tasks[sql]%3 != 2 {
			return nil, 0, down
		}
		return nil, 100, nil
	})
	l := huntOf(t, f, func(o *Options) {
		o.InFlight, o.To = 1, o.From.AddDate(0, 0, 9)
	})
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); l.Fault() != nil || len(f.starts) != 9 || c.Left.Total != 6 {
		t.Errorf("got fault %v after %d chunks, %+v", l.Fault(), len(f.starts), c.Left)
	}
}
