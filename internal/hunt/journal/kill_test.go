//go:build !windows

package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/testkit"
)

// childDir is the environment variable that makes the test binary work on the hunts in a folder.
const childDir = "EGRET_TEST_JOURNAL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// report is a line printed by the child: what it is about to do, or what is on disk. The serial identifies the run of
// a task.
type report struct {
	Begin, Done, Note, Split string
	Serial                   int
}

// child works on a hunt until it is killed, and prints reports.
func child(dir string) error {
	j, err := Open(dir, testHeader.ID)
	if errors.Is(err, fs.ErrNotExist) {
		j, err = Create(dir, testHeader)
	}
	if err != nil {
		return err
	}
	var one sync.Mutex
	say := func(r report) {
		text, _ := json.Marshal(r)
		one.Lock()
		defer one.Unlock()
		_, _ = os.Stdout.Write(append(text, '\n')) // a single write, so that the line is complete in the pipe
	}
	failed := make(chan error)
	for worker := range 3 {
		go func() {
			for n := 0; ; n++ {
				key := fmt.Sprintf("%d/day-%d", worker, rand.IntN(12))
				if err := childTask(j, say, key, n<<24|os.Getpid()); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

func childTask(j *Journal, say func(report), key string, serial int) error {
	say(report{Begin: key})
	if err := j.Started(key, fmt.Sprint(serial), ""); err != nil {
		return err
	}
	switch rand.IntN(12) {
	case 0:
		key = fmt.Sprintf("%s/part-%d", key, serial)
		if err := j.Split(key); err != nil {
			return err
		}
		say(report{Split: key})
		return nil
	case 1, 2:
		note := fmt.Sprintf("%s %d", key, serial)
		if err := j.Note("n", note); err != nil {
			return err
		}
		say(report{Note: note})
		return nil
	}
	if err := writeRows(j, key, childRows(key, serial), serial); err != nil {
		return err
	}
	say(report{Done: key, Serial: serial})
	return nil
}

// childRows returns the rows of a run of a task.
func childRows(key string, serial int) []string {
	rows := make([]string, serial%97)
	for i := range rows {
		rows[i] = fmt.Sprintf("%s %d row %d %s", key, serial, i, strings.Repeat("x", (serial+i)%400))
	}
	return rows
}

// TestKilledHuntContinues kills a worker at random moments, fifty times; each time the next one continues. What the
// worker reported as written is there, and every finished task has exactly the rows of one run.
func TestKilledHuntContinues(t *testing.T) {
	kills := testkit.Rounds(10, 25, 50)
	dir := t.TempDir()
	done, notes, split, asked := map[string]int{}, map[string]bool{}, map[string]bool{}, 0
	for kill := range kills {
		lines := startAndKill(t, dir, 1+rand.IntN(60))
		for _, r := range lines {
			switch {
			case r.Begin != "":
				delete(done, r.Begin)
			case r.Done != "":
				done[r.Done] = r.Serial
				asked++
			case r.Note != "":
				notes[r.Note] = true
			case r.Split != "":
				split[r.Split] = true
			}
		}
		j, err := Open(dir, testHeader.ID)
		if err != nil && len(lines) == 0 && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrUnreadable)) {
			_ = Remove(dir, testHeader.ID) // killed before the hunt began
			continue
		}
		must(t, err)
		here := map[string]bool{}
		for _, raw := range j.Notes("n") {
			var note string
			must(t, json.Unmarshal(raw, &note))
			here[note] = true
		}
		for note := range notes {
			if !here[note] {
				t.Errorf("kill %d: the note %q is lost", kill, note)
			}
		}
		for key := range split {
			if j.Task(key).State != Split {
				t.Errorf("kill %d: %s: got %+v, want split", kill, key, j.Task(key))
			}
		}
		for key, serial := range done {
			if task := j.Task(key); task.State != Done || string(task.Stats) != fmt.Sprint(serial) {
				t.Errorf("kill %d: %s: got %+v, want done by %d", kill, key, task, serial)
			}
		}
		files := 0
		j.Each(func(key string, task Task) {
			if task.State != Done {
				return
			}
			files++
			var serial int
			must(t, json.Unmarshal(task.Stats, &serial))
			rows, err := readBack(j, key)
			if want := childRows(key, serial); err != nil || strings.Join(rows, "\n") != strings.Join(want, "\n") || task.Rows != int64(len(want)) {
				t.Errorf("kill %d: %s: got %d rows (error %v), want %d", kill, key, len(rows), err, len(want))
			}
		})
		if left, err := os.ReadDir(filepath.Join(j.Path(), rowsName)); err != nil || len(left) != files || j.Lost() != 0 {
			t.Errorf("kill %d: got %d files for %d tasks (error %v), %d lines lost", kill, len(left), files, err, j.Lost())
		}
		must(t, j.Close())
		if t.Failed() {
			return
		}
	}
	t.Logf("%d commits, %d notes, %d splits", asked, len(notes), len(split))
	if !testing.Short() && (asked < kills || len(notes) == 0 || len(split) == 0) {
		t.Errorf("got %d commits, %d notes, %d splits, want more", asked, len(notes), len(split))
	}
}

// startAndKill lets a worker print life lines, kills it soon after, and returns what it printed.
func startAndKill(t *testing.T, dir string, life int) []report {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	said := bufio.NewScanner(out)
	var lines []report
	kill := func() { _ = cmd.Process.Kill() }
	if rand.IntN(8) == 0 { // perhaps before it prints anything
		time.AfterFunc(time.Duration(rand.IntN(20))*time.Millisecond, kill)
	}
	for n := 1; said.Scan(); n++ {
		if n == life {
			time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, kill)
		}
		var r report
		if json.Unmarshal(said.Bytes(), &r) == nil { // the last line may be cut
			lines = append(lines, r)
		}
	}
	_ = cmd.Wait()
	if stderr.Len() > 0 {
		t.Fatal(stderr.String())
	}
	return lines
}
