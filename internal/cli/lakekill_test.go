//go:build duckdb && cgo && !windows

package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// slicesOfHunt is how many days the hunt has.
const slicesOfHunt = 30

// wholeMonth are the flags for them.
var wholeMonth = []string{"--rules", "rules.yml", "--from", "2026-03-10", "--to", "2026-04-09"}

// longTrail is the trail again and again, until it covers thirty days.
func longTrail() []string {
	var lines []string
	for from := 0; from < slicesOfHunt; from += days {
		var other []string
		for day := range days {
			date := firstDay.AddDate(0, 0, day)
			other = append(other, date.Format(time.DateOnly), date.AddDate(0, 0, from).Format(time.DateOnly))
		}
		change := strings.NewReplacer(append(other, "11111111-", fmt.Sprintf("111111%02d-", from))...)
		for _, line := range trail() {
			lines = append(lines, change.Replace(line))
		}
	}
	return lines
}

// killLake is an endpoint with that trail in a table, and what a process needs to hunt there.
type killLake struct {
	server *athenatest.Server
	dir    string // with egret.yaml, the logs as a file, and the state of hunts
}

func newKillLake(t *testing.T) *killLake {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	l := &killLake{dir: t.TempDir()}
	var rows [][]any
	for _, line := range longTrail() {
		doc, err := new(value.Parser).Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, sqltest.Row(p, doc))
	}
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	table := athenatest.Table{Database: "security", Name: "trail", PartitionKeys: []athenatest.Column{{Name: "timestamp", Type: "string"}}}
	for _, c := range p.Columns {
		table.Columns = append(table.Columns, athenatest.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
	}
	l.server = athenatest.Start(t, athenatest.Options{
		Backend: athenatest.Explained(athenatest.SQL(db), explained("timestamp")), Tables: []athenatest.Table{table}, Scanned: func(string) int64 { return perQuery },
		QueuedPolls: 1, RunningPolls: 2,
	})
	for name, text := range map[string]string{
		"rules.yml":  trailRules,
		"logs.jsonl": strings.Join(longTrail(), "\n") + "\n",
		"egret.yaml": "lakes:\n  prod: {engine: athena, region: " + l.server.Region() + ", database: security, tables: {cloudtrail: {table: trail, layout: athena}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// egret is a process that is to hunt.
func (l *killLake) egret(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.Command("egret", append([]string{"hunt", "--format", "jsonl", "--ledger", "ledger.json"}, args...)...)
	cmd.Dir = l.dir
	cmd.Env = append(os.Environ(), l.server.Env()...)
	cmd.Env = append(cmd.Env, "EGRET_TEST_DIALECT=duckdb", "HOME="+l.dir, "XDG_CONFIG_HOME="+l.dir, "AWS_PROFILE=")
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// inLake are the flags of a new hunt.
func inLake(state string) []string {
	return append([]string{"--lake", "prod", "--chunk", "1d", "--state", state}, wholeMonth...)
}

// findings are those of a hunt that came to its end, sorted; and what its ledger says of the lake.
func (l *killLake) findings(t *testing.T, err error, stdout, stderr *bytes.Buffer) ([]string, *finding.LakeCounts) {
	t.Helper()
	var exit *exec.ExitError
	if !asExit(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("expected exit code 1 for findings, got %v\n%s", err, stderr)
	}
	text, err := os.ReadFile(filepath.Join(l.dir, "ledger.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ledger struct {
		Lake *finding.LakeCounts `json:"lake"`
	}
	if err := json.Unmarshal(text, &ledger); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(stdout.String(), "\n"), "\n")
	slices.Sort(lines)
	return lines, ledger.Lake
}

// done are the queries of the tasks that a hunt has finished, by their ids. It looks at a copy: the next process is to meet
// what the kill left.
func done(t *testing.T, state, id string) []string {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, id), os.DirFS(filepath.Join(state, id))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(copied, id), 0o700); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(copied, id)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if j.Lost() != 0 {
		t.Errorf("%d lines of the journal are lost", j.Lost())
	}
	var queries []string
	j.Each(func(_ string, task journal.Task) {
		if task.State == journal.Done {
			queries = append(queries, task.Query)
		}
	})
	return queries
}

// paid are the statements that were started and read data, with how often.
func (l *killLake) paid() map[string]int {
	started := l.server.Started()
	maps.DeleteFunc(started, func(sql string, _ int) bool { return metadataOnly(sql) })
	return started
}

// killAfter kills a process when the endpoint has seen so many further calls, or a little later; false if the process came
// to its end before.
func (l *killLake) killAfter(cmd *exec.Cmd, calls int, later time.Duration) (error, bool) {
	before := len(l.server.Calls())
	if err := cmd.Start(); err != nil {
		return err, false
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for len(l.server.Calls()) < before+calls {
		select {
		case err := <-ended:
			return err, false
		case <-time.After(200 * time.Microsecond):
		}
	}
	time.Sleep(later)
	_ = cmd.Process.Kill()
	err := <-ended
	return err, err != nil && err.Error() == "signal: killed"
}

// A hunt of thirty slices is killed at random moments and goes on, up to twenty times in all: it finds what a hunt finds that
// nobody kills, pays no query twice, and asks nothing about slices that it had finished.
func TestLakeHuntSurvivesKills(t *testing.T) {
	kills := testkit.Rounds(3, 8, 20)
	l := newKillLake(t)
	cmd, stdout, stderr := l.egret(t, inLake(filepath.Join(l.dir, "undisturbed"))...)
	want, undisturbed := l.findings(t, cmd.Run(), stdout, stderr)
	queries, calls := len(l.paid()), len(l.server.Calls())
	if len(want) != (2+1+1)*slicesOfHunt || undisturbed.Chunks < slicesOfHunt || queries < slicesOfHunt {
		t.Fatalf("%d findings in %d slices by %d queries: too little to see anything", len(want), undisturbed.Chunks, queries)
	}
	// The same as natively, but for the events, of which a lake gives the columns that were read.
	cmd, stdout, stderr = l.egret(t, append([]string{"logs.jsonl"}, wholeMonth...)...)
	native, _ := l.findings(t, cmd.Run(), stdout, stderr)
	same(t, findings(t, strings.Join(want, "")), findings(t, strings.Join(native, "")))
	t.Logf("%d findings in %d slices, %d queries, %d calls", len(want), undisturbed.Chunks, queries, calls)

	for killed, hunts := 0, 0; killed < kills; hunts++ {
		state := filepath.Join(l.dir, fmt.Sprintf("state-%d", hunts))
		args := inLake(state)
		startedBefore := l.paid()
		var finished []string // queries of finished slices
		for run := 0; ; run++ {
			life := 1 + rand.IntN(calls/5)
			if killed == kills {
				life = 1 << 30
			}
			before := len(l.server.Calls())
			cmd, stdout, stderr := l.egret(t, args...)
			err, dead := l.killAfter(cmd, life, time.Duration(rand.IntN(3000))*time.Microsecond)
			for _, call := range l.server.Calls()[before:] {
				for _, query := range finished {
					if strings.Contains(call.About, query) {
						t.Errorf("hunt %d, run %d: %s about the query %s of a slice that was finished", hunts, run, call.Action, query)
					}
				}
			}
			if !dead {
				got, ledger := l.findings(t, err, stdout, stderr)
				if !slices.Equal(got, want) {
					t.Errorf("hunt %d: %d findings after %d runs, want %d", hunts, len(got), run+1, len(want))
				}
				if ledger.Chunks != undisturbed.Chunks || ledger.Done != ledger.Chunks || ledger.BilledBytes != undisturbed.BilledBytes || ledger.Resumed < len(finished) {
					t.Errorf("hunt %d: %+v, want %d bytes for %d slices, %d of them from earlier runs", hunts, ledger, undisturbed.BilledBytes, undisturbed.Chunks, len(finished))
				}
				t.Logf("hunt %d: %d runs, %d slices from earlier ones, %d queries found again", hunts, run+1, ledger.Resumed, ledger.Attached)
				break
			}
			killed++
			entry, err := journal.Latest(state)
			if err != nil {
				t.Fatal(err)
			}
			if entry == nil { // killed before it began
				continue
			}
			if entry.Running {
				t.Fatalf("hunt %d, run %d: it lives", hunts, run)
			}
			args = []string{"--resume", "latest", "--state", state}
			finished = done(t, state, entry.ID)
		}
		for sql, n := range l.paid() {
			if n != startedBefore[sql]+1 {
				t.Errorf("hunt %d: %d queries of %.200s", hunts, n-startedBefore[sql], sql)
			}
		}
		entries, err := journal.List(state)
		// A run that was killed between making its folder and writing its journal leaves a folder that no command resumes.
		entries = slices.DeleteFunc(entries, func(e journal.Entry) bool { return errors.Is(e.Err, fs.ErrNotExist) })
		if err != nil || len(entries) != 1 || !entries[0].Finished {
			t.Errorf("hunt %d: journals %+v, %v", hunts, entries, err)
		}
		if t.Failed() {
			return
		}
	}
}

// asExit tells whether a process ended with an exit code.
func asExit(err error, exit **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError) //nolint:errorlint // Wait does not wrap it
	*exit = e
	return ok
}
