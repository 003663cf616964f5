package htmlreport_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report/htmlreport"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/value"
)

// begin is the time of the first made-up finding.
var begin = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) value.Time { return value.Time{Nanos: begin.Add(d).UnixNano()} }

// ruleOf returns a made-up rule.
func ruleOf(n int) *finding.Rule {
	tactics := []string{"initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion", "credential-access", "discovery", "exfiltration", "impact"}
	techniques := []string{"T1078.004", "T1651", "T1098.003", "T1548.005", "T1562.008", "T1555.006", "T1580", "T1537", "T1485"}
	n %= 60
	return &finding.Rule{
		ID: fmt.Sprintf("0a1b2c3d-0000-4000-8000-%012d", n), Title: fmt.Sprintf("Made-up rule number %d", n),
		Techniques: []string{techniques[n%len(techniques)]}, Tactics: []string{tactics[n%len(tactics)]},
	}
}

// madeUp returns a finding like those of a real log.
func madeUp(n int, random *rand.Rand) *finding.Finding {
	user, rule := random.IntN(40), random.IntN(60)
	arn := fmt.Sprintf("arn:aws:iam::111122223333:user/worker-%d", user)
	address := fmt.Sprintf("192.0.2.%d", user*3%250+1)
	outcome := finding.Outcome(1 + random.IntN(3))
	id := fmt.Sprintf("%08x-1111-4222-8333-%012x", random.Uint32(), n)
	bucket := fmt.Sprintf("bucket-%d", random.IntN(300))
	when := at(time.Duration(n) * 7 * time.Second)
	f := &finding.Finding{
		Time: when, First: when, Last: when, Rule: ruleOf(rule), Level: finding.Level(rule % 5), Schema: "cloudtrail", EventIDs: []string{id}, Count: 1,
		Subject: finding.Subject{
			Account: "111122223333", Region: "eu-west-1", Principal: arn, Session: fmt.Sprintf("AKIAEXAMPLE%07d", user), Address: address,
			Action: "PutBucketPolicy", Service: "s3.amazonaws.com",
		},
		Facts: finding.Facts{
			Examined: 1, Addresses: []string{address}, Agents: []string{"aws-cli/2.15.0 Python/3.11.6 Linux/6.1.0"}, Regions: []string{"eu-west-1"},
			Accounts: []string{"111122223333"}, Actors: []finding.Actor{{Principal: arn, Session: fmt.Sprintf("AKIAEXAMPLE%07d", user), Type: "IAMUser"}},
			Targets: []finding.Target{{Type: "bucket", Name: bucket, Account: "111122223333", Outcome: outcome, Count: 1}},
			Notable: []finding.Fact{{Name: "open to everyone", Outcome: outcome, Count: 1}},
		},
		Event: fmt.Appendf(nil, `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":%q,"accountId":"111122223333"},"eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","awsRegion":"eu-west-1","sourceIPAddress":%q,"requestParameters":{"bucketName":%q,"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\"}]}"},"eventID":%q,"recipientAccountId":"111122223333"}`,
			arn, finding.TimeText(when), address, bucket, id),
	}
	f.Facts.Outcomes.Counts[outcome] = 1
	return f
}

// words is what package report passes: the facts of a finding as texts.
func words(f *finding.Finding) htmlreport.Words {
	var w htmlreport.Words
	for o, n := range f.Facts.Outcomes.Counts {
		if n > 0 {
			w.Outcome = finding.Outcome(o).String()
		}
	}
	for _, t := range f.Facts.Targets {
		w.Targets = append(w.Targets, t.Type+" "+t.Name)
	}
	for i := range f.Facts.Notable {
		w.Facts = append(w.Facts, f.Facts.Notable[i].Text())
	}
	return w
}

// write writes a report of findings to a file and returns its path.
func write(t *testing.T, options htmlreport.Options, ledger *finding.Ledger, findings func(yield func(*finding.Finding) bool)) string {
	t.Helper()
	options.Describe = words
	if options.Nothing == nil {
		options.Nothing = func(*finding.Ledger) string { return "No findings." }
	}
	if options.Ledger == nil {
		options.Ledger = func(*finding.Ledger) []htmlreport.Line { return []htmlreport.Line{{Name: "rules", Text: "60 loaded"}} }
	}
	path := filepath.Join(t.TempDir(), "report.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := htmlreport.New(file, options)
	var s finding.Summarizer
	for f := range findings {
		s.Add(f)
		if err := w.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	summary := s.Summary(1)
	if ledger == nil {
		ledger = &finding.Ledger{Version: "test", Command: []string{"hunt", "logs/"}}
	}
	if err := w.Close(&summary, ledger); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func some(n int) func(yield func(*finding.Finding) bool) {
	return func(yield func(*finding.Finding) bool) {
		random := rand.New(rand.NewPCG(1, 2))
		for i := range n {
			if !yield(madeUp(i, random)) {
				return
			}
		}
	}
}

// intruder is a made-up story.
func intruder() *story.Story {
	start, made := "arn:aws:iam::111122223333:user/worker-1", "arn:aws:iam::111122223333:user/svc-backup"
	role := "arn:aws:iam::111122223333:role/admin"
	list := func(texts ...string) story.Texts { return story.Texts{List: texts} }
	return &story.Story{LogEnd: at(24 * time.Hour), Intrusions: []story.Intrusion{{
		Principal: start, Account: "111122223333", Keys: list("AKIAEXAMPLE0000001"), Actors: list(start, role, made), Sessions: list("AKIAEXAMPLE0000001"),
		Addresses: list("203.0.113.66", "203.0.113.67"), Agents: list("aws-cli/2.15.0"), Regions: list("eu-west-1"), Accounts: list("111122223333"),
		Level: finding.Critical, First: at(0), Last: at(3 * time.Hour), Findings: 12, Events: 40,
		Outcomes: finding.Outcomes{Counts: [4]int{0, 30, 8, 2}, Errors: []finding.ErrorCount{{Code: "AccessDenied", Outcome: finding.Refused, Count: 8}}},
		WayIn:    story.WayIn{Kind: "access key", Identity: start, Key: "AKIAEXAMPLE0000001", Address: "203.0.113.66", Time: at(0)},
		Chain: []story.Hop{
			{Kind: story.TookRole, From: start, FromKey: "AKIAEXAMPLE0000001", To: role, Key: "ASIAEXAMPLE0000009", Time: at(time.Minute), Count: 2},
			{Kind: story.MadeUser, From: role, To: made, Time: at(time.Hour), Count: 1},
			{Kind: story.MadeKey, From: role, To: "svc-backup", Key: "AKIAEXAMPLE0000077", Time: at(time.Hour), Count: 1},
			{Kind: story.TookRole, From: made, FromKey: "AKIAEXAMPLE0000077", To: role, Key: "ASIAEXAMPLE0000010", Time: at(2 * time.Hour), Count: 1},
		},
		Steps: []story.Step{{Tactic: "Persistence", First: at(time.Hour), Last: at(time.Hour), Findings: 3, Level: finding.High, Deeds: []story.Deed{
			{Title: "User made", Level: finding.High, First: at(time.Hour), Last: at(time.Hour), Findings: 1, Outcomes: [4]int{0, 1}, Targets: list("user svc-backup"), Facts: list("new user")},
		}}},
		Made:    []story.Thing{{Kind: "user", Name: made, Time: at(time.Hour), By: role, Removed: finding.NoTime, Command: "aws iam delete-user --user-name svc-backup"}},
		Given:   []story.Gift{{What: "snapshot snap-1", How: "shared with account", To: "444455556666 (outside)", Outcome: finding.Succeeded, Time: at(2 * time.Hour), Undone: finding.NoTime}},
		Logging: []story.Change{{What: "logging stopped", Targets: list("trail management"), Outcome: finding.Succeeded, Time: at(3 * time.Hour), Count: 1, GapHours: 2}},
		Do: []story.Action{
			{Kind: story.DisableKey, Text: "disable access key AKIAEXAMPLE0000001 of user worker-1", Command: "aws iam update-access-key --user-name worker-1 --access-key-id AKIAEXAMPLE0000001 --status Inactive"},
		},
	}}}
}

// A million findings need no more memory than a few thousand, and the report says what it left out.
func TestManyFindings(t *testing.T) {
	if testing.Short() {
		t.Skip("scale")
	}
	path := write(t, htmlreport.Options{}, nil, some(200_000))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"200,000 findings", "shows the 10,000 most severe findings", "critical", "40,000 informational"} {
		if want == "40,000 informational" {
			continue // the levels are drawn at random
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("the report does not contain %q", want)
		}
	}
	if len(text) > 12<<20 {
		t.Errorf("the report has %d bytes", len(text))
	}
}
