package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var testHeader = Header{
	ID: "20261121-7k3q9x", Created: time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC), Version: "1.2.3",
	Command: []string{"egret", "hunt", "--lake", "prod"}, Settings: json.RawMessage(`{"lake":"prod"}`), Fingerprint: "f00d",
}

func create(t *testing.T) (*Journal, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state", "hunts")
	j, err := Create(dir, testHeader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, dir
}

// reopen closes a journal and opens it again, as another process would.
func reopen(t *testing.T, j *Journal, dir string) *Journal {
	t.Helper()
	must(t, j.Close())
	again, err := Open(dir, j.ID())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	return again
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReopenedJournalIsUnchanged(t *testing.T) {
	j, dir := create(t)
	must(t, j.Started("day-1", "", "token-1"))
	must(t, j.Started("day-1", "q1", "token-1"))
	must(t, writeRows(j, "day-1", []string{`{"a":1}`, "", `{"a":"ü"}`}, map[string]int64{"bytes": 1 << 60}))
	must(t, j.Started("day-2", "q2", "token-2"))
	must(t, j.Failed("day-2", "throttled", map[string]int{"bytes": 5}))
	must(t, j.Started("day-2", "q3", "token-3"))
	must(t, j.Split("day-3"))
	must(t, j.Failed("day-4", "no such column", nil))
	must(t, j.Note("budget", map[string]string{"limit": "200GB"}))
	must(t, j.Note("spent", 1))
	must(t, j.Note("spent", 2))

	want := map[string]Task{
		"day-1": {State: Done, Query: "q1", Token: "token-1", Attempts: 1, Rows: 3, Stats: json.RawMessage(`{"bytes":1152921504606846976}`), Costs: []json.RawMessage{json.RawMessage(`{"bytes":1152921504606846976}`)}},
		"day-2": {State: Started, Query: "q3", Token: "token-3", Attempts: 2, Costs: []json.RawMessage{json.RawMessage(`{"bytes":5}`)}},
		"day-3": {State: Split},
		"day-4": {State: Failed, Reason: "no such column"},
	}
	check := func(j *Journal) {
		t.Helper()
		got, order := map[string]Task{}, []string{}
		j.Each(func(key string, task Task) {
			got[key] = task
			order = append(order, key)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if !slices.Equal(order, []string{"day-1", "day-2", "day-3", "day-4"}) {
			t.Errorf("got order %q", order)
		}
		rows, err := readBack(j, "day-1")
		if err != nil || !slices.Equal(rows, []string{`{"a":1}`, "", `{"a":"ü"}`}) {
			t.Errorf("got rows %q (error %v)", rows, err)
		}
		if diff := cmp.Diff([]json.RawMessage{json.RawMessage("1"), json.RawMessage("2")}, j.Notes("spent")); diff != "" {
			t.Error(diff)
		}
		if got := j.Task("day-5"); got.State != New || j.Notes("other") != nil || j.Lost() != 0 || j.Finished() {
			t.Errorf("got task %+v, notes %s, lost %d, finished %v, want no task, notes or loss", got, j.Notes("other"), j.Lost(), j.Finished())
		}
		if diff := cmp.Diff(testHeader, j.Header()); diff != "" {
			t.Error(diff)
		}
		if _, err := readBack(j, "day-2"); err == nil || !strings.Contains(err.Error(), "the task has none, its state is started") {
			t.Errorf("rows of a task without rows: got error %v", err)
		}
	}
	check(j)
	check(reopen(t, j, dir))
}

func TestFinishDeletesRows(t *testing.T) {
	j, dir := create(t)
	must(t, writeRows(j, "a", []string{"secret of others"}, map[string]int{"bytes": 7}))
	w, err := j.Write("b")
	must(t, err)
	if err := j.Finish(); err == nil || !strings.Contains(err.Error(), "still being written") {
		t.Errorf("Finish while rows are written: got error %v", err)
	}
	w.Abort()
	must(t, j.Finish())
	check := func(j *Journal) {
		t.Helper()
		if rows, err := os.ReadDir(filepath.Join(j.Path(), rowsName)); err != nil || len(rows) > 0 {
			t.Errorf("got rows left %v (error %v), want none", rows, err)
		}
		if got := j.Task("a"); !j.Finished() || got.State != Done || string(got.Stats) != `{"bytes":7}` {
			t.Errorf("got finished %v, task %+v, want a finished hunt with its stats", j.Finished(), got)
		}
		_, err := readBack(j, "a")
		_, err2 := j.Write("a")
		for _, err := range []error{err, err2, j.Note("n", 1), j.Split("a"), j.Finish()} {
			if !errors.Is(err, ErrFinished) {
				t.Errorf("after Finish: got error %v, want ErrFinished", err)
			}
		}
	}
	check(j)
	check(reopen(t, j, dir))
}

// TestFinishDeletesWhatAKillLeft checks that the next process deletes rows if one is killed between the line and the
// deletion.
func TestFinishDeletesWhatAKillLeft(t *testing.T) {
	j, m := onModel(t)
	must(t, writeRows(j, "a", []string{"row"}, nil))
	m.cut = m.steps + 4 // after writing and syncing the line, and listing the folder
	if err := j.Finish(); !errors.Is(err, errPower) {
		t.Fatal(err)
	}
	m.cut = 0
	if n := len(m.dirs[rowsName].now); n != 1 {
		t.Fatalf("after the kill there are %d files of rows, want 1", n)
	}
	again := newJournal(m)
	must(t, again.load(testHeader.ID))
	if !again.Finished() || len(m.dirs[rowsName].now) != 0 {
		t.Errorf("got finished %v and %d files, want true and 0", again.Finished(), len(m.dirs[rowsName].now))
	}
}

func TestWriterCommitsOrDropsRows(t *testing.T) {
	j, dir := create(t)
	must(t, writeRows(j, "a", []string{"old"}, nil))
	w, err := j.Write("a")
	must(t, err)
	row := []byte("new")
	must(t, w.Append(row))
	copy(row, "xxx")
	if _, err := j.Write("a"); err == nil || !strings.Contains(err.Error(), "another writer is open") {
		t.Errorf("second writer: got error %v", err)
	}
	if rows, err := readBack(j, "a"); err != nil || !slices.Equal(rows, []string{"old"}) {
		t.Errorf("before the commit: got %q (error %v), want the old row", rows, err)
	}
	must(t, w.Commit(nil))
	if err := w.Append(nil); err == nil {
		t.Error("Append after Commit succeeded")
	}
	if err := w.Commit(nil); err == nil {
		t.Error("second Commit succeeded")
	}
	w.Abort()
	if rows, err := readBack(j, "a"); err != nil || !slices.Equal(rows, []string{"new"}) {
		t.Errorf("after the commit: got %q (error %v), want the new row", rows, err)
	}

	w, err = j.Write("a")
	must(t, err)
	must(t, w.Append([]byte("dropped")))
	w.Abort()
	if err := w.Commit(nil); err == nil {
		t.Error("Commit after Abort succeeded")
	}
	w, err = j.Write("a")
	must(t, err)
	if err := w.Append(make([]byte, MaxRow+1)); err == nil || w.Append(nil) == nil {
		t.Errorf("row that is too long: got error %v, want it to stay", err)
	}
	if err := w.Commit(nil); err == nil {
		t.Error("Commit without the row that was too long succeeded")
	}
	w, err = j.Write("a")
	must(t, err)
	if err := w.Commit(func() {}); err == nil {
		t.Error("Commit with stats that are not JSON succeeded")
	}
	w, err = j.Write("b") // left open, as after a kill
	must(t, err)
	must(t, w.Append([]byte("never")))
	j = reopen(t, j, dir)
	if err := w.Commit(nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Commit to a closed journal: got error %v, want os.ErrClosed", err)
	}
	if files, _ := os.ReadDir(filepath.Join(j.Path(), rowsName)); len(files) != 1 || j.Task("b").State != New {
		t.Errorf("got files %v and task b %+v, want one file and a new task", files, j.Task("b"))
	}
	if rows, err := readBack(j, "a"); err != nil || !slices.Equal(rows, []string{"new"}) {
		t.Errorf("at the end: got %q (error %v), want the new row", rows, err)
	}
	must(t, j.Started("a", "q", ""))
	if files, _ := os.ReadDir(filepath.Join(j.Path(), rowsName)); len(files) != 0 {
		t.Errorf("got rows of a restarted task %v, want none", files)
	}
}

// TestRowsOfAllSizes writes rows of all sizes, including some larger than the compression window.
func TestRowsOfAllSizes(t *testing.T) {
	j, _ := create(t)
	random := rand.NewChaCha8([32]byte{1})
	var sums [][]byte
	w, err := j.Write("a")
	must(t, err)
	for _, size := range []int{0, 1, 127, 128, 64 << 10, 64<<10 + 1, 3 << 20, 0, 17, MaxRow} {
		row := make([]byte, size)
		if size < MaxRow {
			random.Read(row)
		}
		must(t, w.Append(row))
		sums = append(sums, row)
	}
	must(t, w.Commit(nil))
	n := 0
	must(t, j.Rows("a", func(row []byte) error {
		if !bytes.Equal(row, sums[n]) {
			t.Errorf("row %d differs", n)
		}
		n++
		return nil
	}))
	if n != len(sums) {
		t.Errorf("got %d rows, want %d", n, len(sums))
	}
	enough := errors.New("enough")
	if err := j.Rows("a", func([]byte) error { return enough }); err != enough { //nolint:errorlint // it is returned unchanged
		t.Errorf("got error %v, want that of the function", err)
	}
}

func TestInvalidInputIsRejected(t *testing.T) {
	j, _ := create(t)
	for _, c := range []struct {
		err  error
		want string
	}{
		{j.Split(""), "needs a key"},
		{j.Split(strings.Repeat("k", maxKey+1)), "more than 4096"},
		{j.Split("\xff"), "not UTF-8"},
		{j.Note("", 1), "needs a key"},
		{j.Note("n", func() {}), "unsupported type"},
		{j.Note("n", strings.Repeat("x", maxLine)), "more than 2097152"},
		{j.Failed("k", "r", func() {}), "unsupported type"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || !strings.HasPrefix(c.err.Error(), "hunt "+j.ID()+": ") {
			t.Errorf("got error %v, want one with %s", c.err, c.want)
		}
	}
	must(t, j.Failed("k", strings.Repeat("ü", maxReason)+"\xff", nil))
	if got := j.Task("k").Reason; len(got) > maxReason+len("…") || strings.Contains(got, "\uFFFD") || !strings.HasSuffix(got, "ü…") {
		t.Errorf("long reason: got %d bytes", len(got))
	}
	if _, err := Create(t.TempDir(), Header{}); err == nil {
		t.Error("Create without a start time succeeded")
	}
	if _, err := Create(t.TempDir(), Header{ID: "../x", Created: testHeader.Created}); err == nil {
		t.Error("Create with an id outside the folder succeeded")
	}
}

func TestConcurrentTasks(t *testing.T) {
	j, dir := create(t)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 5 {
				key := fmt.Sprintf("%d/%d", g, i)
				for _, err := range []error{j.Started(key, key, ""), writeRows(j, key, []string{key, "row"}, i), j.Note("n", key)} {
					if err != nil {
						t.Error(err)
					}
				}
				j.Each(func(string, Task) {})
				_, _ = readBack(j, "0/0")
			}
		})
	}
	all.Wait()
	j = reopen(t, j, dir)
	n := 0
	j.Each(func(key string, task Task) {
		n++
		if rows, err := readBack(j, key); err != nil || !slices.Equal(rows, []string{key, "row"}) || task.State != Done {
			t.Errorf("%s: got task %+v, rows %q (error %v)", key, task, rows, err)
		}
	})
	if n != 40 || len(j.Notes("n")) != 40 || j.Lost() != 0 {
		t.Errorf("got %d tasks, %d notes, %d lines lost, want 40, 40, 0", n, len(j.Notes("n")), j.Lost())
	}
}
