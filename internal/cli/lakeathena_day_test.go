//go:build duckdb && cgo

package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/testkit"
)

// On a bad day three of ten calls are throttled, some fail, queries crash and results are cut off.
func TestAthenaHuntOnABadDay(t *testing.T) {
	l := newLake(t, nil)
	l.SetFaults(athenatest.Faults{Seed: 3, Throttled: 0.3, Failing: 0.05, Cut: 0.5, SlowDown: 0.2})
	r := l.huntDaily()
	if r.code != 1 {
		t.Fatalf("%d\n%s", r.code, r.stderr)
	}
	same(t, findings(t, r.stdout), undisturbed(t))
	l.notTwice()
	throttled := 0
	for _, c := range l.Calls() {
		if strings.HasPrefix(c.Error, "Thrott") || strings.HasPrefix(c.Error, "TooMany") {
			throttled++
		}
	}
	if throttled == 0 {
		t.Error("the day was not bad")
	}
}

// A query that crashes is tried again, and costs once more.
func TestAthenaHuntTriesAgain(t *testing.T) {
	l := newLake(t, nil)
	l.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: ">= '2026/03/12'", Times: 1, Failure: athenatest.Crashed()})
	l.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: ">= '2026/03/14'", Times: 1, Failure: athenatest.GlueThrottled()})
	r := l.huntDaily()
	if r.code != 1 {
		t.Fatalf("%d\n%s", r.code, r.stderr)
	}
	same(t, findings(t, r.stdout), undisturbed(t))
	if c := lastLedger(t).Lake; c.Retried != 2 || c.Queries != 8 || c.Left != 0 {
		t.Errorf("%+v", c)
	}
}

// A slice that fails for good is named, and the rest goes on.
func TestAthenaHuntNamesASliceThatFails(t *testing.T) {
	l := newLake(t, nil)
	l.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: ">= '2026/03/12'", Times: 1, Failure: &athenatest.Failure{
		Reason: "HIVE_BAD_DATA: Malformed JSON in s3://logs/AWSLogs/111122223333/x.json.gz", Category: 2, Type: 1000}})
	r := l.huntDaily()
	if r.code != 4 || len(findings(t, r.stdout)) != 24-4 {
		t.Fatalf("%d\n%s", r.code, r.stderr)
	}
	has(t, r.stderr, "1 left (1 failed)", "trail, 2026-03-12, rows of 3 rules: athena", "HIVE_BAD_DATA")
	done := resume(t, r.stderr)
	if done.code != 1 {
		t.Errorf("%d\n%s", done.code, done.stderr)
	}
	same(t, findings(t, done.stdout), undisturbed(t))
}

// A session that ends in the middle of a hunt ends it, with what was found; new credentials let it go on.
func TestAthenaHuntGoesOnAfterItsSessionEnded(t *testing.T) {
	l := newLake(t, nil)
	session := l.Session("arn:aws:sts::111122223333:assumed-role/hunt/egret", 3600e9)
	endpoint := l.Endpoint()
	endpoint.Credentials = session
	endpoint.SetEnv(t)
	l.AddRule(athenatest.Rule{Action: "athena:StartQueryExecution", Match: ">= '2026/03/12'", Skip: 0, Refusal: &athenatest.Refusal{
		Type: "ExpiredTokenException", Message: "The security token included in the request is expired"}})
	r := l.huntDaily("--in-flight", "1")
	if r.code != 4 {
		t.Fatalf("%d\n%s", r.code, r.stderr)
	}
	has(t, r.stderr, "error: athena: no valid credentials: StartQueryExecution: ExpiredTokenException", "help: ", "to resume: ")
	if c := lastLedger(t); !c.Partial || c.Lake.Done != 3 || c.Lake.Left != 3 {
		t.Errorf("%+v", c)
	}
	l.ClearRules()
	l.Expire()
	still := resume(t, r.stderr)
	if still.code != 4 {
		t.Errorf("%d\n%s", still.code, still.stderr)
	}
	l.SetEnv(t)
	done := resume(t, r.stderr)
	if done.code != 1 {
		t.Fatalf("%d\n%s", done.code, done.stderr)
	}
	same(t, findings(t, done.stdout), undisturbed(t))
	l.notTwice()
}

// manyRules returns rules of one action each, of which two are in the logs. Their names make the text as long as that of nine
// thousand rules with short names, which is beyond the limit of Athena.
func manyRules(n int) string {
	pad := strings.Repeat("N", 32*(9000-n)/n)
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString("---\n")
		}
		name := fmt.Sprintf("AnActionOfAService%sNumber%05d", pad, i)
		switch i {
		case 17:
			name = "CreateAccessKey"
		case n - 3:
			name = "ListBuckets"
		}
		fmt.Fprintf(&b, "title: Rule %d\nid: 0a1b2c3d-0000-4000-9000-%012d\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n"+
			"  selection: {eventSource: [iam.amazonaws.com, s3.amazonaws.com], eventName: %s}\n  condition: selection\n", i, i, name)
	}
	return b.String()
}

// Thousands of rules do not fit into one statement, but into few.
func TestAthenaHuntWithManyRules(t *testing.T) {
	l := newLake(t, nil)
	many := testkit.Rounds(1500, 1500, 9000)
	l.write("rules.yml", manyRules(many))
	r := l.huntDaily()
	if r.code != 1 {
		t.Fatalf("%d\n%s", r.code, r.stderr)
	}
	list := inProcess("hunt", "logs.jsonl", "--rules", "rules.yml", "--format", "jsonl")
	same(t, findings(t, r.stdout), findings(t, list.stdout))
	longest := 0
	for sql := range l.asked() {
		longest = max(longest, len(sql))
	}
	if n := len(l.asked()); n < 2*days || n > 4*days || longest > 262_144 {
		t.Errorf("%d statements for %d days, the longest of %d bytes", n, days, longest)
	}
	l.notTwice()
}

// What the engine finds too complex is split until it is not.
func TestAthenaHuntSplitsWhatIsTooComplex(t *testing.T) {
	l := newLake(t, nil)
	l.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: "'consolelogin', 'createaccesskey'", Failure: athenatest.TooComplex()})
	r := l.huntDaily()
	if r.code != 1 {
		t.Fatalf("%d\n%s", r.code, r.stderr)
	}
	same(t, findings(t, r.stdout), undisturbed(t))
	if c := lastLedger(t).Lake; c.Split == 0 || c.Left != 0 {
		t.Errorf("%+v", c)
	}
	has(t, r.stderr, " split")
}

// What happens around findings is part of the hunt: its cost counts, and without it the hunt has not come to its end.
func TestAthenaHuntGoesOnForItsContext(t *testing.T) {
	l := newLake(t, nil)
	files := inProcess(append([]string{"hunt", "logs.jsonl", "--rules", "rules.yml", "--format", "csv"}, window...)...)
	around := inProcess(append([]string{"hunt", "logs.jsonl", "--rules", "rules.yml", "--context", "5m"}, window...)...)
	l.AddRule(athenatest.Rule{Action: "athena:StartQueryExecution", Match: "'arn:aws:iam::111122223333:root'", Refusal: &athenatest.Refusal{
		Type: "ExpiredTokenException", Message: "The security token included in the request is expired"}})
	r := l.huntDaily("--context", "5m", "--format", "csv")
	same(t, strings.Split(r.stdout, "\n"), strings.Split(files.stdout, "\n"))
	if r.code != 4 {
		t.Fatalf("%d\n%s", r.code, r.stderr)
	}
	has(t, r.stderr, "error: athena: no valid credentials", "to resume: ")
	if c := lastLedger(t); !c.Partial || c.Lake.Left == 0 || c.Lake.Done != days {
		t.Errorf("%+v", c)
	}
	l.ClearRules()
	done := resume(t, r.stderr, "--format", "timeline")
	if done.code != 1 || done.stdout != around.stdout || strings.Contains(done.stderr, "to resume") {
		t.Errorf("%d\n%s\nwant\n%s\n%s", done.code, done.stdout, around.stdout, done.stderr)
	}
	l.notTwice()
	if c := lastLedger(t).Lake; c.Resumed != days || c.BilledBytes != int64(len(l.asked()))*perQuery {
		t.Errorf("%d queries: %+v", len(l.asked()), c)
	}
}

// Athena's own limit is known beforehand: a plan in its dialect needs no refusal to be cut.
func TestAthenaPlanOfManyRules(t *testing.T) {
	l := newLake(t, nil)
	t.Setenv("EGRET_TEST_DIALECT", "")
	many := testkit.Rounds(1500, 1500, 9000)
	l.write("rules.yml", manyRules(many))
	r := inProcess(append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml", "--dry-run", "--format", "json", "--chunk", "1d"}, window...)...)
	var plan struct {
		Statements []struct {
			SQL   string
			Rules int
		}
		Queries int
	}
	if err := json.Unmarshal([]byte(r.stdout), &plan); r.code != 0 || err != nil {
		t.Fatalf("%v, %d\n%s", err, r.code, r.stderr)
	}
	rules := 0
	for _, s := range plan.Statements {
		if rules += s.Rules; len(s.SQL) > 262_144 {
			t.Errorf("a statement of %d bytes", len(s.SQL))
		}
	}
	if n := len(plan.Statements); n < 2 || n > 3 || rules != many || plan.Queries != n*days || len(l.asked()) != 0 {
		t.Errorf("%d statements with %d rules, %d queries, and %d were run", n, rules, plan.Queries, len(l.asked()))
	}
}
