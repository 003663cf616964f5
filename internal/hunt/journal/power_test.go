package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

// witness records the effects of methods that returned without error, and the one call that has not returned.
type witness struct {
	round int
	tasks map[string]Task
	rows  map[string][]string
	notes []string
	// The call in progress: the state if it took effect after all.
	openKey  string
	openTask Task
	openRows []string
	openNote string
}

// sameTask compares what callers use.
func sameTask(a, b Task) bool {
	return a.State == b.State && a.Query == b.Query && a.Attempts == b.Attempts && a.Rows == b.Rows && a.Reason == b.Reason &&
		string(a.Stats) == string(b.Stats) && slices.EqualFunc(a.Costs, b.Costs, func(x, y json.RawMessage) bool { return string(x) == string(y) })
}

// work makes random calls for the tasks of a hunt until an error.
func (w *witness) work(j *Journal, random *rand.Rand, calls int) error {
	for i := range calls {
		key := fmt.Sprintf("slice-%d", random.IntN(6))
		old := w.tasks[key]
		if old.State == "" {
			old.State = New
		}
		next, rows := old, w.rows[key]
		cost := json.RawMessage(fmt.Sprintf(`{"cost":%d}`, random.IntN(1000)))
		w.openKey, w.openNote = key, ""
		var err error
		switch random.IntN(5) {
		case 0:
			id := fmt.Sprintf("query-%d-%d", w.round, i)
			next = Task{State: Started, Query: id, Attempts: old.Attempts + 1, Costs: old.Costs}
			w.openTask = next
			err = j.Started(key, id, "")
		case 1:
			next = Task{State: Failed, Query: old.Query, Attempts: old.Attempts, Reason: "throttled", Stats: cost, Costs: append(slices.Clone(old.Costs), cost)}
			w.openTask = next
			err = j.Failed(key, "throttled", cost)
		case 2:
			w.openKey, w.openNote = "", fmt.Sprintf(`"note %d %d"`, w.round, i)
			err = j.Note("spent", json.RawMessage(w.openNote))
		default:
			rows = nil
			for n := range random.IntN(4) {
				rows = append(rows, strings.Repeat(fmt.Sprintf("%s %d %d %d ", key, w.round, i, n), 1+random.IntN(3)))
			}
			next = Task{State: Done, Query: old.Query, Attempts: old.Attempts, Rows: int64(len(rows)), Stats: cost, Costs: append(slices.Clone(old.Costs), cost)}
			w.openTask, w.openRows = next, rows
			err = writeRows(j, key, rows, cost)
		}
		if err != nil {
			return err
		}
		if w.openNote != "" {
			w.notes = append(w.notes, w.openNote)
		} else {
			w.tasks[key], w.rows[key] = next, rows
		}
		w.openKey, w.openNote = "", ""
	}
	return nil
}

func writeRows(j *Journal, key string, rows []string, stats any) error {
	w, err := j.Write(key)
	if err != nil {
		return err
	}
	defer w.Abort()
	for _, row := range rows {
		if err := w.Append([]byte(row)); err != nil {
			return err
		}
	}
	return w.Commit(stats)
}

func readBack(j *Journal, key string) ([]string, error) {
	var rows []string
	err := j.Rows(key, func(row []byte) error {
		rows = append(rows, string(row))
		return nil
	})
	return rows, err
}

// check compares a reopened journal with the recorded effects. The call in progress may have taken effect or not.
func (w *witness) check(t *testing.T, j *Journal) {
	t.Helper()
	for i := range 6 {
		key := fmt.Sprintf("slice-%d", i)
		got, want, rows := j.Task(key), w.tasks[key], w.rows[key]
		if want.State == "" {
			want.State = New
		}
		if key == w.openKey && sameTask(got, w.openTask) {
			want, rows = w.openTask, w.openRows
			w.tasks[key], w.rows[key] = want, rows
		}
		if !sameTask(got, want) {
			t.Fatalf("%s: got %+v, want %+v", key, got, want)
		}
		if got.State != Done {
			continue
		}
		if back, err := readBack(j, key); err != nil || !slices.Equal(back, rows) {
			t.Fatalf("%s: got rows %q (error %v), want %q", key, back, err, rows)
		}
	}
	var notes []string
	for _, n := range j.Notes("spent") {
		notes = append(notes, string(n))
	}
	if w.openNote != "" && len(notes) == len(w.notes)+1 {
		w.notes = append(w.notes, w.openNote)
	}
	if !slices.Equal(notes, w.notes) {
		t.Fatalf("got notes %q, want %q", notes, w.notes)
	}
	w.openKey, w.openNote = "", ""
}

// TestPowerCutKeepsConfirmedCalls cuts the power at random operations of a hunt, several times in a row. A random part
// of what was not synced is lost.
func TestPowerCutKeepsConfirmedCalls(t *testing.T) {
	hunts := testkit.Rounds(30, 150, 400)
	for seed := range hunts {
		random := rand.New(rand.NewPCG(1, uint64(seed)))
		j, m := onModel(t)
		w := &witness{tasks: map[string]Task{}, rows: map[string][]string{}}
		for w.round = 0; w.round < 4; w.round++ {
			m.cut = m.steps + 1 + random.IntN(60)
			err := w.work(j, random, 12)
			if err != nil && !errors.Is(err, errPower) {
				t.Fatalf("hunt %d: %v", seed, err)
			}
			// The power may fail again while the next process reads the log.
			for {
				m = m.after(random)
				if random.IntN(4) == 0 {
					m.cut = 1 + random.IntN(6)
				}
				j = newJournal(m)
				if err = j.load(testHeader.ID); !errors.Is(err, errPower) {
					break
				}
			}
			if err != nil {
				t.Fatalf("hunt %d: %v", seed, err)
			}
			m.cut = 0
			w.check(t, j)
			if lost := j.Lost(); lost > int64(w.round+1) {
				t.Fatalf("hunt %d: got %d lines lost in %d power cuts, want at most one for each", seed, lost, w.round+1)
			}
			if t.Failed() {
				t.Fatalf("hunt %d, round %d", seed, w.round)
			}
		}
	}
}

// TestPowerCutDuringCreate cuts the power while a hunt begins: the hunt either exists completely or cannot be opened.
func TestPowerCutDuringCreate(t *testing.T) {
	for seed := range 300 {
		random := rand.New(rand.NewPCG(2, uint64(seed)))
		m := newModel()
		m.cut = 1 + random.IntN(10)
		began := newJournal(m).begin(testHeader) == nil
		m = m.after(random)
		j := newJournal(m)
		err := j.load(testHeader.ID)
		if began && err != nil || err != nil && !errors.Is(err, ErrUnreadable) {
			t.Fatalf("hunt %d: got error %v (begun: %v)", seed, err, began)
		}
		if err == nil && j.Header().Fingerprint != testHeader.Fingerprint {
			t.Fatalf("hunt %d: got header %+v, want %+v", seed, j.Header(), testHeader)
		}
	}
}

// TestCommitOrder checks the order of operations that the package comment states.
func TestCommitOrder(t *testing.T) {
	j, m := onModel(t)
	m.trace = nil
	if err := writeRows(j, "a", []string{"row"}, nil); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(m.trace, func(s string) bool { return s == "write rows/00000000.tmp" })
	want := []string{"create rows/00000000.tmp", "fsync rows/00000000.tmp", "rename rows/00000000.zst", "sync rows", "write journal", "fsync journal"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFullDiskLeavesJournalUsable fills the disk at any byte: a failed call has no effect, and the journal can be used
// again once there is space.
func TestFullDiskLeavesJournalUsable(t *testing.T) {
	for space := range int64(900) {
		j, m := onModel(t)
		if err := writeRows(j, "a", []string{"first"}, nil); err != nil {
			t.Fatal(err)
		}
		m.small, m.space = true, space
		var full []error
		full = append(full, j.Started("b", "query", ""), writeRows(j, "a", []string{"second", "third"}, nil), j.Note("n", 1))
		m.small = false
		for _, err := range full {
			if err != nil && (!errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space, then continue with --resume")) {
				t.Fatalf("with %d bytes: got error %v", space, err)
			}
		}
		if full[0] == nil && full[1] == nil && full[2] == nil {
			break
		}
		if err := j.Note("after", space); err != nil {
			t.Fatalf("with %d bytes, then unlimited space: got error %v", space, err)
		}
		again := newJournal(m)
		if err := again.load(testHeader.ID); err != nil {
			t.Fatal(err)
		}
		want := []string{"first"}
		if full[1] == nil {
			want = []string{"second", "third"}
		}
		rows, err := readBack(again, "a")
		if err != nil || !slices.Equal(rows, want) || (again.Task("b").State == Started) != (full[0] == nil) ||
			(again.Notes("n") != nil) != (full[2] == nil) || len(again.Notes("after")) != 1 || again.Lost() != 0 {
			t.Fatalf("with %d bytes: got errors %v, rows %q (%v), task %+v, notes %s", space, full, rows, err, again.Task("b"), again.Notes("n"))
		}
		if space == 899 {
			t.Error("the disk was never large enough")
		}
	}
}
