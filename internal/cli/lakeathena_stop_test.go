//go:build duckdb && cgo

package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
)

func TestAthenaHuntWantsATimeRange(t *testing.T) {
	l := newLake(t, nil)
	for _, args := range [][]string{{}, {"--to", "2026-03-16"}} {
		r := inProcess(append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml"}, args...)...)
		if r.code != 3 || r.stdout != "" || len(l.Queries()) > 0 || len(l.Calls()) > 0 {
			t.Error(r, l.Queries(), l.Calls())
		}
		has(t, r.stderr, "error: a hunt in a lake needs a time range\n", "help: use --last 24h or --from and --to; --all-time reads everything\n")
	}
	// A range that ends now is one.
	if r := inProcess("hunt", "--lake", "prod", "--rules", "rules.yml", "--from", "2026-03-10", "--dry-run"); r.code != 0 || len(l.asked()) > 0 {
		t.Error(r, l.asked())
	}
	if r := inProcess("hunt", "--lake", "prod", "--rules", "rules.yml", "--all-time", "--format", "jsonl"); r.code != 1 || len(findings(t, r.stdout)) != 24 {
		t.Error(r)
	}
}

// A range that keeps nothing from being read stops the hunt before it costs anything: the table is not partitioned as its
// schema says.
func TestAthenaHuntStopsWhereNothingIsPruned(t *testing.T) {
	for name, keys := range map[string][]athenatest.Column{"no partitions": nil, "others": {{Name: "region", Type: "string"}, {Name: "year", Type: "string"}}} {
		t.Run(name, func(t *testing.T) {
			l := newLake(t, func(o *athenatest.Options) {
				o.Backend, o.Tables[0].PartitionKeys = athenatest.Explained(o.Backend, explained()), keys
			})
			r := l.hunt()
			if r.code != 3 || r.stdout != "" || len(l.asked()) > 0 {
				t.Errorf("%+v %v", r, l.asked())
			}
			has(t, r.stderr, "error: table trail has no partitions by time that the engine could prune, so every query would read the whole table (about 21.0 MB)\n", "egret table check", "--all-time")
			if r := l.hunt("--all-time"); r.code != 1 {
				t.Error(r)
			}
		})
	}
}

// goOn is the command that a hunt prints to be resumed.
var goOn = regexp.MustCompile(`(?m)^to resume: egret (hunt --resume [0-9a-z-]+)$`)

// resume goes on with a hunt in the words that it printed.
func resume(t *testing.T, stderr string, more ...string) run {
	t.Helper()
	m := goOn.FindStringSubmatch(stderr)
	if m == nil {
		t.Fatalf("no way to go on in\n%s", stderr)
	}
	return inProcess(append(strings.Fields(m[1]), more...)...)
}

// notTwice checks that no statement was run twice.
func (l *duckLake) notTwice() {
	l.t.Helper()
	for sql, n := range l.asked() {
		if n != 1 {
			l.t.Errorf("started %d times: %.300s", n, sql)
		}
	}
}

func TestAthenaHuntStopsAtItsBudgetAndGoesOn(t *testing.T) {
	l := newLake(t, nil)
	want := undisturbed(t)
	r := l.huntDaily("--budget", "50MB", "--in-flight", "1")
	// 20 MiB a query: two fit, and the third is under way when the budget ends.
	if r.code != 5 || len(l.asked()) != 3 {
		t.Fatalf("%d queries, %+v", len(l.asked()), r)
	}
	has(t, r.stderr, "budget 50.0 MB, used up", "6 = 3 evaluated + 3 left (3 over the budget)")
	c := lastLedger(t)
	if !c.Partial || c.Stopped != "the budget is used up" || !c.Lake.BudgetUsed || c.Lake.Left != 3 || c.Lake.BilledBytes != 3*perQuery {
		t.Errorf("%+v", c)
	}
	// Newest first.
	for _, line := range findings(t, r.stdout) {
		if strings.HasPrefix(line, `{"time":"2026-03-10`) || strings.HasPrefix(line, `{"time":"2026-03-12`) {
			t.Errorf("older than what was read: %s", line)
		}
	}
	has(t, r.stderr, "help: the budget applies to all runs together; set a larger one with --budget")
	// The budget is kept, so that nothing more is asked.
	again := resume(t, r.stderr)
	if again.code != 5 || len(l.asked()) != 3 {
		t.Errorf("%d queries, %+v", len(l.asked()), again)
	}
	same(t, findings(t, again.stdout), findings(t, r.stdout))
	done := resume(t, again.stderr, "--budget", "1GB")
	if done.code != 1 || strings.Contains(done.stderr, "to resume") {
		t.Errorf("%+v", done)
	}
	same(t, findings(t, done.stdout), want)
	l.notTwice()
	if c := lastLedger(t); c.Partial || c.Lake.Resumed != 3 || c.Lake.Done != 6 || c.Lake.BilledBytes != 6*perQuery {
		t.Errorf("%+v", c)
	}
	// What came to its end is not resumed.
	if r := resume(t, again.stderr); r.code != 3 {
		t.Error(r)
	} else {
		has(t, r.stderr, "is finished")
	}
}

// otherSpelling is a condition on the partition column with dashes in its days.
var otherSpelling = regexp.MustCompile(`\btimestamp .*'2026-03-`)

// How partitions are spelled is asked once: a hunt that goes on asks for the same partitions, whatever was added since, and also
// where they cannot be listed any more.
func TestAthenaHuntGoesOnWithTheSamePartitions(t *testing.T) {
	one := []string{"timestamp=2026%2F03%2F10", "timestamp=2026%2F03%2F15"}
	two := append(slices.Clone(one), "timestamp=2026-03-09")
	for name, c := range map[string]struct {
		first  []string
		change func(l *duckLake, table athenatest.Table)
	}{
		"spelled in two ways by now": {one, func(l *duckLake, table athenatest.Table) {
			table.Partitions = two
			l.AddTable(table)
		}},
		"in two ways, not listed any more": {two, func(l *duckLake, _ athenatest.Table) {
			l.AddRule(athenatest.Rule{Action: "athena:StartQueryExecution", Match: "SHOW PARTITIONS", Refusal: &athenatest.Refusal{
				Status: 400, Type: "AccessDeniedException", Message: "not authorized to perform: glue:GetPartitions"}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var table athenatest.Table
			l := newLake(t, func(o *athenatest.Options) {
				o.Tables[0].Partitions = c.first
				table = o.Tables[0]
			})
			r := l.huntDaily("--budget", "50MB", "--in-flight", "1")
			if r.code != 5 || len(l.asked()) != 3 {
				t.Fatalf("%d queries, %+v", len(l.asked()), r)
			}
			c.change(l, table)
			done := resume(t, r.stderr, "--budget", "1GB")
			if done.code != 1 {
				t.Fatalf("%d\n%s", done.code, done.stderr)
			}
			same(t, findings(t, done.stdout), undisturbed(t))
			l.notTwice()
			for sql, n := range l.Started() {
				if strings.HasPrefix(sql, "SHOW PARTITIONS ") && n != 1 {
					t.Errorf("partitions were listed %d times", n)
				}
			}
			for sql := range l.asked() {
				if both := otherSpelling.MatchString(sql); both != (len(c.first) == len(two)) {
					t.Errorf("both spellings: %v, in %s", both, sql)
				}
			}
			if got := lastLedger(t).Lake; got.Resumed != 3 || got.Done != days || got.BilledBytes != days*perQuery {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestAthenaHuntInMoney(t *testing.T) {
	l := newLake(t, nil)
	// At $5 a TB, 20 MiB are about $0.0001.
	r := l.huntDaily("--budget", "0.0002USD", "--in-flight", "1")
	if r.code != 5 || len(l.asked()) != 2 {
		t.Errorf("%d queries, %+v", len(l.asked()), r)
	}
	r = inProcess("hunt", "--lake", "prod", "--rules", "rules.yml", "--last", "24h", "--budget", "much")
	if r.code != 3 {
		t.Error(r)
	}
	has(t, r.stderr, "--budget", "as in --budget 200GB or --budget 5USD")
}

// Ctrl-C ends queries on the server and leaves what was found.
func TestAthenaHuntStopsItsQueriesAtASignal(t *testing.T) {
	release := make(chan struct{})
	l := newLake(t, func(o *athenatest.Options) { o.Backend = waitsFor(o.Backend, release, "2026/03/12") })
	cmd := exec.Command("egret", append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml", "--format", "jsonl", "--in-flight", "1", "--chunk", "1d", "--ledger", "ledger.json"}, window...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Three days are done when the fourth has begun.
	for deadline := time.Now().Add(time.Minute); len(l.asked()) < 4; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			t.Fatal("no fourth query")
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 5 {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	states := map[string]int{}
	for _, q := range l.Queries() {
		if !metadataOnly(q.SQL) {
			states[q.State]++
		}
	}
	if fmt.Sprint(states) != "map[CANCELLED:1 SUCCEEDED:3]" {
		t.Error(states)
	}
	if n := len(findings(t, stdout.String())); n != 3*4 {
		t.Errorf("%d findings\n%s", n, &stdout)
	}
	has(t, stderr.String(), "stopping: what was found so far follows", "1 stopped")
	close(release)
	done := resume(t, stderr.String())
	if done.code != 1 {
		t.Error(done.code, done.stderr)
	}
	same(t, findings(t, done.stdout), undisturbed(t))
	// The query that was stopped gave nothing; the others are not run again.
	for sql, n := range l.asked() {
		if want := 1; n != want && !(n == 2 && strings.Contains(sql, "2026/03/12")) {
			t.Errorf("started %d times: %.300s", n, sql)
		}
	}
}

// In a workgroup of its own egret ends queries on the server too that would read more than the budget leaves.
func TestAthenaHuntCutsQueriesAtItsBudget(t *testing.T) {
	l := newLake(t, nil, "cutoff: true")
	r := l.huntDaily("--budget", "30MB", "--in-flight", "1")
	// 20 MiB of one day are read; what is left of 30 MB is less than the least cut-off, which ends the next.
	if r.code != 5 || len(l.asked()) != 2 {
		t.Fatalf("%d queries, %d\n%s", len(l.asked()), r.code, r.stderr)
	}
	c := lastLedger(t)
	if !c.Partial || !c.Lake.BudgetUsed || c.Lake.Done != 1 || c.Lake.Left != 5 || c.Lake.BilledBytes > 30e6+perQuery {
		t.Errorf("%+v", c)
	}
	has(t, r.stderr, "budget 30.0 MB, used up", "Bytes scanned limit was exceeded")
	if g, _ := l.WorkGroup("primary"); g.BytesCutoff != 10_000_000 {
		t.Errorf("cut-off %d", g.BytesCutoff)
	}
	done := resume(t, r.stderr, "--budget", "1GB")
	if done.code != 1 {
		t.Errorf("%d\n%s", done.code, done.stderr)
	}
	same(t, findings(t, done.stdout), undisturbed(t))
}

// A cut-off of somebody else's ends the hunt, since each further query would be paid up to it for nothing.
func TestAthenaHuntNamesTheCutOffOfItsWorkgroup(t *testing.T) {
	l := newLake(t, inGroup(athenatest.WorkGroup{OutputLocation: "s3://athena-results/", BytesCutoff: 10_000_000}))
	r := l.huntDaily("--in-flight", "1")
	if r.code != 5 || len(l.asked()) != 1 {
		t.Errorf("%d queries, %d\n%s", len(l.asked()), r.code, r.stderr)
	}
	has(t, r.stderr, "workgroup primary: over a limit", "Bytes scanned limit was exceeded", "a higher cut-off", "to resume: ")
}
