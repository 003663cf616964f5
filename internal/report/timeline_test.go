package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
)

const role = "arn:aws:iam::111122223333:role/deploy"

// burstOf returns a finding of a correlation over count events.
func burstOf(t *testing.T, title string, count int, first, last string) finding.Finding {
	t.Helper()
	f := one(t, &finding.Rule{ID: title, Title: title, OwnLevel: finding.High}, title+"-0", last)
	f.First, f.Count, f.EventIDs = at(t, first), count, nil
	for i := range count {
		f.EventIDs = append(f.EventIDs, fmt.Sprintf("%s-%d", title, i))
	}
	f.Group = []finding.Pair{{Name: "user", Value: "x"}}
	return f
}

func inOrder(t *testing.T, out string, words ...string) {
	t.Helper()
	last := -1
	for _, word := range words {
		at := strings.Index(out, word)
		if at <= last {
			t.Errorf("%q is missing or too early in:\n%s", word, out)
		}
		last = max(last, at)
	}
}

// A correlation stands where it begins, and says when it ends.
func TestTimelineIsInTheOrderOfBeginning(t *testing.T) {
	long := burstOf(t, "Attempt", 26, "2023-07-10T11:54:38Z", "2023-07-10T12:12:01Z")
	out := render(t, "timeline", report.Options{}, long,
		one(t, login, "e-1", "2023-07-10T12:11:28Z"), one(t, login, "e-2", "2023-07-10T12:40:00Z"))
	inOrder(t, out, "2023-07-10 11:54:38Z  high      Attempt", "count 26 until 12:12:01", "12:11:28Z  high      Root Login", "12:40:00Z")
}

// A correlation of one event says no count, and repeats of it in the same group share an entry.
func TestTimelineSaysNoCountOfOne(t *testing.T) {
	a := burstOf(t, "Command", 1, "2023-07-10T11:57:16Z", "2023-07-10T11:57:16Z")
	b := burstOf(t, "Command", 1, "2023-07-10T12:05:12Z", "2023-07-10T12:05:12Z")
	b.Rule = a.Rule
	out := render(t, "timeline", report.Options{}, a, b)
	if strings.Contains(out, "count") || strings.Count(out, "Command  ×2 until 12:05:12") != 1 {
		t.Errorf("got:\n%s", out)
	}
}

// Long lists of targets become a number with examples, by their names within the account, not by their ARNs.
func TestTimelineShortensTargets(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	for i := range 21 {
		name := fmt.Sprintf("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-%02d", i)
		f.Facts.Targets = append(f.Facts.Targets, finding.Target{Type: "secret", Name: name, Outcome: finding.Succeeded, Count: 1})
	}
	f.Facts.Targets = append(f.Facts.Targets,
		finding.Target{Type: "role", Name: "arn:aws:iam::444455556666:role/other", Outcome: finding.Succeeded, Count: 1},
		finding.Target{Type: "policy", Name: "arn:aws:iam::aws:policy/AdministratorAccess", Outcome: finding.Succeeded, Count: 1})
	f.Facts.Outcomes.Counts[finding.Succeeded] = 23
	f.Facts.Notable = []finding.Fact{
		{Name: "runs as role", Value: role, Outcome: finding.Succeeded}, {Name: "trusts account", Value: "444455556666 (outside)", Outcome: finding.Succeeded},
	}
	out := render(t, "timeline", report.Options{Width: 80}, f)
	lineWidths(t, out, 80)
	joined := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"21 secrets, such as db-00, db-01 role arn:aws:iam::444455556666:role/other policy AdministratorAccess",
		"runs as role deploy trusts account 444455556666 (outside)",
	} {
		if !strings.Contains(joined, want) {
			t.Errorf("want %q in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "db-02") {
		t.Errorf("got more than examples:\n%s", out)
	}
}

// A principal is named in full once. A name that belongs to two principals is not shortened for the second.
func TestTimelineNamesPrincipalsOnce(t *testing.T) {
	var list []finding.Finding
	for i, p := range []struct{ principal, account string }{
		{role, "111122223333"}, {role, "111122223333"}, {"arn:aws:iam::444455556666:role/deploy", "444455556666"}, {role, "111122223333"},
	} {
		f := one(t, &finding.Rule{ID: fmt.Sprint(i), Title: fmt.Sprint("R", i)}, fmt.Sprint("e-", i), "2023-07-10T12:00:00Z")
		f.Principal, f.Account = p.principal, p.account
		list = append(list, f)
	}
	out := render(t, "timeline", report.Options{}, list...)
	inOrder(t, out, "R0\n    "+role+"  from", "R1\n    role/deploy  from", "R2\n    arn:aws:iam::444455556666:role/deploy  from", "R3\n    role/deploy  from")
}

// Calls near findings are grouped by principal and action, with counts and outcomes; those that only read share an entry.
func TestTimelineGroupsContext(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:10:00Z")
	f.Principal = role
	for i := range 600 {
		c := finding.ContextEvent{
			ID: fmt.Sprint("c-", i), Time: at(t, fmt.Sprintf("2023-07-10T12:%02d:%02dZ", i/60, i%60)),
			Subject: finding.Subject{Principal: role, Account: f.Account, Action: []string{"ListUsers", "GetUser", "CreateUser"}[i%3], Address: "192.0.2.7"},
		}
		outcome := finding.Succeeded
		if i%2 == 1 {
			outcome, c.Error = finding.Refused, "AccessDenied"
			c.Facts.Outcomes.Errors = []finding.ErrorCount{{Code: "AccessDenied", Outcome: outcome, Count: 1}}
		}
		c.Facts.Outcomes.Counts[outcome] = 1
		if i%3 == 2 {
			c.Facts.Targets = []finding.Target{{Type: "user", Name: fmt.Sprint("u", i), Outcome: outcome, Count: 1}}
		}
		f.Context = append(f.Context, c)
	}
	out := render(t, "timeline", report.Options{Width: 80, Context: 20 * 60e9}, f)
	lineWidths(t, out, 80)
	if n := strings.Count(out, "·"); n != 2 {
		t.Errorf("got %d entries for calls that read and calls that create:\n%s", n, out)
	}
	joined := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"2023-07-10 12:00:00Z · ListUsers ×200 (100 refused), GetUser ×200 (100 refused) by " + role + " from 192.0.2.7 until 12:09:58 " +
			"2023-07-10 12:00:02Z · CreateUser ×200 until 12:09:59 100 succeeded, 100 refused (AccessDenied) user u2 and 199 more 2023-07-10 12:10:00Z",
	} {
		if !strings.Contains(joined, want) {
			t.Errorf("want %q in:\n%s", want, joined)
		}
	}
}

// Calls that read do not move over a finding, nor to another principal.
func TestReadsStayBetweenFindings(t *testing.T) {
	near := func(id, when, action, principal string) finding.ContextEvent {
		return finding.ContextEvent{ID: id, Time: at(t, when), Subject: finding.Subject{Principal: principal, Action: action}}
	}
	a, b := one(t, login, "e-1", "2023-07-10T12:00:00Z"), one(t, login, "e-2", "2023-07-10T12:30:00Z")
	a.Context = []finding.ContextEvent{near("c-1", "2023-07-10T11:59:00Z", "ListA", "alice"), near("c-2", "2023-07-10T12:01:00Z", "ListB", "alice")}
	b.Principal = "bob"
	b.Context = []finding.ContextEvent{near("c-3", "2023-07-10T12:02:00Z", "ListC", "bob"), near("c-4", "2023-07-10T12:31:00Z", "ListD", "bob")}
	inOrder(t, render(t, "timeline", report.Options{Context: 60 * 60e9}, a, b), "ListA", "12:00:00Z", "ListB", "ListC", "12:30:00Z", "ListD")
	for action, want := range map[string]bool{
		"GetUser": true, "ListBuckets": true, "BatchGetItem": true, "Getaway": false, "CreateUser": false, "AssumeRole": false, "": false, "Describe": true,
	} {
		f := one(t, login, "e-9", "2023-07-10T12:00:00Z")
		f.Context = []finding.ContextEvent{near("c-1", "2023-07-10T12:01:00Z", action, "alice"), near("c-2", "2023-07-10T12:02:00Z", "ListZ", "alice")}
		if got := strings.Count(render(t, "timeline", report.Options{}, f), "·") == 1; got != want {
			t.Errorf("%s shares an entry with a call that reads: %v, want %v", action, got, want)
		}
	}
}

// Entries wait for events of later findings that belong before them, as far as --context reaches.
func TestContextOfLaterFindingsStandsInOrder(t *testing.T) {
	a, b := one(t, login, "e-1", "2023-07-10T12:00:00Z"), one(t, login, "e-2", "2023-07-10T13:00:00Z")
	b.Context = []finding.ContextEvent{{ID: "c-1", Time: at(t, "2023-07-10T11:50:00Z"), Subject: finding.Subject{Action: "Early"}}}
	inOrder(t, render(t, "timeline", report.Options{Context: 70 * 60e9}, a, b), "Early", "12:00:00Z", "13:00:00Z")
}
