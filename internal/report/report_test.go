package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/value"
)

func at(t *testing.T, text string) value.Time {
	t.Helper()
	parsed, ok := value.ParseTime([]byte(text))
	if !ok {
		t.Fatalf("%q is not a time", text)
	}
	return parsed
}

var login = &finding.Rule{ID: "r-1", Title: "Root Login", OwnLevel: finding.High, Techniques: []string{"T1078.004"}}

func one(t *testing.T, rule *finding.Rule, id, when string) finding.Finding {
	moment := at(t, when)
	return finding.Finding{
		Time: moment, First: moment, Last: moment, Rule: rule, Level: rule.OwnLevel, Schema: "cloudtrail", Count: 1, EventIDs: []string{id},
		Subject: finding.Subject{
			Account: "111122223333", Region: "eu-west-1", Principal: "alice", Address: "192.0.2.7", Action: "ConsoleLogin",
		},
		Event: []byte(`{"eventName":"ConsoleLogin"}`),
	}
}

func render(t *testing.T, format string, options report.Options, findings ...finding.Finding) string {
	t.Helper()
	f, ok := report.Lookup(format)
	if !ok {
		t.Fatalf("unknown format %s", format)
	}
	var out bytes.Buffer
	w := f.New(&out, options)
	var s finding.Summarizer
	for i := range findings {
		s.Add(&findings[i])
		if err := w.Finding(&findings[i]); err != nil {
			t.Fatal(err)
		}
	}
	summary := s.Summary(len(findings))
	if err := w.Close(&summary, &finding.Ledger{Version: "test"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// evil is what an attacker can put into a log: colours, cursor moves, titles, line breaks, reversed text, formulas.
const evil = "\x1b]0;owned\x07\x1b[2J\r\nfake\u009b31m\u202eevil\u2028\xff"

func TestNoFormatLetsControlCharactersThrough(t *testing.T) {
	for _, format := range report.Formats {
		t.Run(format.Name, func(t *testing.T) {
			rule := &finding.Rule{ID: evil, Title: evil, OwnLevel: finding.Critical, Techniques: []string{evil}, Tactics: []string{evil}}
			f := one(t, rule, evil, "2023-07-10T12:00:00Z")
			f.Subject = finding.Subject{
				Account: evil, Region: evil, Principal: evil, Session: evil, Address: evil, Host: evil, Action: evil,
				Service: evil, Error: evil, Details: []finding.Pair{{Name: evil, Value: evil}},
			}
			f.Group = []finding.Pair{{Name: evil, Value: evil}}
			f.Context = []finding.ContextEvent{{ID: evil, Time: f.Time, Subject: f.Subject, Event: []byte(`{}`)}}
			for _, r := range render(t, format.Name, report.Options{}, f) {
				if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2028 || r == 0xfffd && format.ForPeople {
					t.Fatalf("got unescaped %U", r)
				}
			}
		})
	}
}

func TestSummaryAndLedgerLetNoControlCharactersThrough(t *testing.T) {
	f := one(t, &finding.Rule{ID: evil, Title: evil, Tactics: []string{evil}}, evil, "2023-07-10T12:00:00Z")
	f.Principal, f.Address, f.Account = evil, evil, evil
	var s finding.Summarizer
	s.Add(&f)
	summary := s.Summary(1)
	var ledger finding.Ledger
	ledger.Files.Failed.Add(evil, evil)
	ledger.Rules.Skipped.Add(evil, evil)
	ledger.Records.Failed.Add(evil, evil)
	ledger.Records.Schemas = map[string]int64{evil: 1}
	ledger.Gaps = []finding.Gap{{Kind: "hours", Account: evil, Region: evil}}
	ledger.Notes = []string{evil}
	ledger.Stopped, ledger.Partial = evil, true
	var out bytes.Buffer
	for _, err := range []error{
		report.WriteSummary(&out, &summary, &ledger, report.Options{}), report.WriteLedgerText(&out, &ledger, report.Options{}),
		report.WriteLedger(&out, &ledger),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range out.String() {
		if r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2028 {
			t.Fatalf("got unescaped %U", r)
		}
	}
}

// Cells that begin with = + - @, tab or carriage return are formulas, or become one.
func TestCSVGuardsFormulas(t *testing.T) {
	for _, cell := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＠x"} {
		f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
		f.Principal = cell
		rows, err := csv.NewReader(strings.NewReader(render(t, "csv", report.Options{}, f))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		column := strings.Index(strings.Join(rows[0], " ")+" ", "principal ")
		column = strings.Count(strings.Join(rows[0], " ")[:column], " ")
		if got := rows[1][column]; !strings.HasPrefix(got, "'") {
			t.Errorf("%q: got %q", cell, got)
		}
	}
}

// Where the semicolon separates cells, some readers split at semicolons inside quotes too.
func TestCSVGuardsTextAfterSemicolons(t *testing.T) {
	for cell, want := range map[string]string{
		"a;=1+1": "a;'=1+1", `a; "@x`: `a;' "@x`, "a;b;-2": "a;b;'-2", "=1;=2": "'=1;'=2", "a;b": "a;b", "a - b; c = d": "a - b; c = d", "": "",
	} {
		if got := report.Guard(cell); got != want {
			t.Errorf("%q: got %q, want %q", cell, got, want)
		}
	}
}

func TestCSVKeepsPlainCells(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	f.Principal = `arn:aws:iam::111122223333:user/o"brien, jr`
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", report.Options{}, f, f))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || len(rows[0]) != len(rows[1]) {
		t.Fatalf("got %d rows of %d and %d cells", len(rows), len(rows[0]), len(rows[1]))
	}
	if got := rows[1][8]; rows[0][8] != "principal" || got != f.Principal {
		t.Errorf("%s: got %q, want %q", rows[0][8], got, f.Principal)
	}
}

// Only timeline and table group repeated findings.
func TestRepeatsAreGroupedOnlyForPeople(t *testing.T) {
	var findings []finding.Finding
	other := &finding.Rule{ID: "r-2", Title: "Listing", OwnLevel: finding.Low}
	for i := range 10 {
		findings = append(findings, one(t, login, fmt.Sprint("e-", i), fmt.Sprintf("2023-07-10T12:00:%02dZ", 2*i)),
			one(t, other, fmt.Sprint("e-", i), fmt.Sprintf("2023-07-10T12:00:%02dZ", 2*i)))
	}
	for format, want := range map[string]int{"timeline": 1, "table": 1, "csv": 10, "jsonl": 10, "json": 10, "timesketch": 10} {
		out := render(t, format, report.Options{}, findings...)
		out, _, _ = strings.Cut(out, `"summary":`)
		if got := strings.Count(strings.ReplaceAll(out, "Root Login:", ""), "Root Login"); got != want { // messages repeat it
			t.Errorf("%s: got %d entries, want %d\n%s", format, got, want, out)
		}
	}
	if out := render(t, "timeline", report.Options{}, findings...); !strings.Contains(out, "×10 until 12:00:18") {
		t.Errorf("got no count of repeats:\n%s", out)
	}
}

func TestTimelineStartsAnewAfterAPause(t *testing.T) {
	out := render(t, "timeline", report.Options{},
		one(t, login, "e-1", "2023-07-10T12:00:00Z"), one(t, login, "e-2", "2023-07-10T12:14:00Z"),
		one(t, login, "e-3", "2023-07-10T13:00:00Z"))
	if got := strings.Count(out, "Root Login"); got != 2 {
		t.Errorf("got %d entries, want 2:\n%s", got, out)
	}
}

func TestTimelineKeepsGroupsApart(t *testing.T) {
	a, b := one(t, login, "e-1", "2023-07-10T12:00:00Z"), one(t, login, "e-2", "2023-07-10T12:01:00Z")
	a.Group, b.Group = []finding.Pair{{Name: "user", Value: "carol"}}, []finding.Pair{{Name: "user", Value: "bob"}}
	out := render(t, "timeline", report.Options{}, a, b)
	if !strings.Contains(out, "user=carol") || !strings.Contains(out, "user=bob") {
		t.Errorf("a group is missing:\n%s", out)
	}
}

func TestTimelineTakesFindingsWithoutTime(t *testing.T) {
	a, b := one(t, login, "e-1", "2023-07-10T12:00:00Z"), one(t, login, "e-2", "2023-07-10T12:01:00Z")
	a.Time, a.First, a.Last = finding.NoTime, finding.NoTime, finding.NoTime
	if out := render(t, "timeline", report.Options{}, a, b); strings.Count(out, "Root Login") != 2 || !strings.Contains(out, "(no time)") {
		t.Errorf("got:\n%s", out)
	}
}

// --tz affects the times for people; jsonl is always UTC.
func TestTimeZone(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	f := one(t, login, "e-1", "2023-07-10T23:30:00.5Z")
	for format, want := range map[string]string{
		"timeline": "2023-07-11 01:30:00+02:00", "table": "2023-07-11 01:30:00+02:00",
		"csv": "2023-07-11T01:30:00.5+02:00", "jsonl": "2023-07-10T23:30:00.5Z", "json": "2023-07-10T23:30:00.5Z",
	} {
		if out := render(t, format, report.Options{Location: zone}, f); !strings.Contains(out, want) {
			t.Errorf("%s: want %s in\n%s", format, want, out)
		}
	}
}

func TestColorsOnlyWhenAsked(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	for _, format := range report.Formats {
		if strings.Contains(render(t, format.Name, report.Options{}, f), "\x1b") {
			t.Errorf("%s: got colours without Color", format.Name)
		}
		if got := strings.Contains(render(t, format.Name, report.Options{Color: true}, f), "\x1b"); got != (format.ForPeople && !format.ForFile && format.Name != "markdown") {
			t.Errorf("%s: got colours with Color: %v", format.Name, got)
		}
	}
}

func TestEmptyReports(t *testing.T) {
	for format, want := range map[string]string{"timeline": "", "table": "", "jsonl": ""} {
		if out := render(t, format, report.Options{}); out != want {
			t.Errorf("%s: %q, want %q", format, out, want)
		}
	}
	if out := render(t, "csv", report.Options{}); !strings.HasPrefix(out, "time,level,") || strings.Count(out, "\n") != 1 {
		t.Errorf("csv: %q", out)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(render(t, "json", report.Options{})), &object); err != nil {
		t.Fatal(err)
	}
	if string(bytes.Join(bytes.Fields(object["findings"]), nil)) != "[]" || object["summary"] == nil || object["ledger"] == nil {
		t.Errorf("json: %s", object)
	}
}

func TestJSONHoldsFindingsSummaryLedger(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	var object struct {
		Findings []map[string]any
		Summary  struct{ Findings int }
		Ledger   struct{ Version string }
	}
	if err := json.Unmarshal([]byte(render(t, "json", report.Options{}, f, f)), &object); err != nil {
		t.Fatal(err)
	}
	if len(object.Findings) != 2 || object.Summary.Findings != 2 || object.Ledger.Version != "test" {
		t.Errorf("got %+v", object)
	}
}

func TestTableFitsTheTerminal(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	f.Principal = "arn:aws:sts::111122223333:assumed-role/" + strings.Repeat("long", 40)
	for _, line := range strings.Split(render(t, "table", report.Options{Width: 130}, f), "\n") {
		if width := len([]rune(line)); width > 130 {
			t.Errorf("got %d columns: %s", width, line)
		}
	}
}

// Events near findings appear between the entries in order of time, each once, and not if they are evidence.
func TestTimelineShowsContextOnce(t *testing.T) {
	around := func(id, when, action string) finding.ContextEvent {
		return finding.ContextEvent{ID: id, Time: at(t, when), Subject: finding.Subject{Action: action}, Event: []byte(`{}`)}
	}
	a, b := one(t, login, "e-1", "2023-07-10T12:00:00Z"), one(t, login, "e-2", "2023-07-10T12:40:00Z")
	before, between := around("c-1", "2023-07-10T11:59:00Z", "Before"), around("c-2", "2023-07-10T12:20:00Z", "Between")
	evidence := around("e-2", "2023-07-10T12:40:00Z", "Evidence")
	evidence.IsEvidence = true
	a.Context = []finding.ContextEvent{before, between}
	b.Context = []finding.ContextEvent{between, around("c-3", "2023-07-10T12:41:00Z", "After")}
	a.Context = append(a.Context, evidence)
	out := render(t, "timeline", report.Options{}, a, b)
	last := -1
	for _, word := range []string{"Before", "12:00:00Z", "Between", "12:40:00Z", "After"} {
		at := strings.Index(out, word)
		if at < last || strings.Count(out, word) != 1 {
			t.Errorf("%s is missing, repeated or out of order:\n%s", word, out)
		}
		last = at
	}
	if strings.Contains(out, "Evidence") {
		t.Errorf("got evidence as a nearby event:\n%s", out)
	}
}

func lineWidths(t *testing.T, text string, limit int) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if got := len([]rune(line)); got > limit {
			t.Errorf("got %d columns, want at most %d: %s", got, limit, line)
		}
	}
}

// On a narrow terminal an entry is wrapped between its parts, and continuation lines are indented.
func TestTimelineFitsTheTerminal(t *testing.T) {
	rule := &finding.Rule{ID: "r-1", Title: "Policy, encryption or access block of a bucket deleted or weakened", Techniques: []string{"T1562.001"}}
	f := one(t, rule, "012015e3-befc-4c13-8000-00000000e64e", "2023-07-10T12:00:00Z")
	f.Principal = "arn:aws:iam::111122223333:role/cross-account-deploy"
	f.Details = []finding.Pair{{Name: "policy", Value: "arn:aws:iam::aws:policy/AdministratorAccess"}}
	f.Group = []finding.Pair{{Name: "userAgent", Value: strings.Repeat("agent/1.0 ", 30)}}
	f.Count = 3
	out := render(t, "timeline", report.Options{Width: 80}, f)
	lineWidths(t, out, 80)
	if !strings.Contains(out, "\n      in 111122223333 eu-west-1\n") {
		t.Errorf("the path is not on a separate line:\n%s", out)
	}
	joined := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{rule.Title, f.Principal, "policy=" + f.Details[0].Value, f.EventIDs[0]} {
		if !strings.Contains(joined, want) {
			t.Errorf("want %q in:\n%s", want, out)
		}
	}
	// Colours take no width.
	colored := render(t, "timeline", report.Options{Width: 80, Color: true}, f)
	if got, want := strings.Count(colored, "\n"), strings.Count(out, "\n"); got != want {
		t.Errorf("got %d lines with colours, %d without", got, want)
	}
}

// A narrow table drops columns to keep the names readable.
func TestNarrowTableLeavesOutColumns(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	f.Principal = "arn:aws:iam::111122223333:user/" + strings.Repeat("x", 40) + "-the-end"
	out := render(t, "table", report.Options{Width: 80}, f)
	lineWidths(t, out, 80)
	if strings.Contains(out, "LAST") || strings.Contains(out, "ACCOUNT") || !strings.Contains(out, "-the-end") {
		t.Errorf("got:\n%s", out)
	}
	if out := render(t, "table", report.Options{}, f); !strings.Contains(out, "LAST") || !strings.Contains(out, f.Principal) {
		t.Errorf("without a width: got\n%s", out)
	}
}

// The ledger counts and names skipped files and rules; for rules that the user excluded it has only the number.
func TestLedgerNamesWhatWasSkipped(t *testing.T) {
	var ledger finding.Ledger
	ledger.Files.Skipped.Add("text of unknown form", "notes.md")
	ledger.Files.Skipped.AddN("empty", 9, "a", "b", "c", "d")
	ledger.Rules.Skipped.Add("unknown-log-source", "okta.yml")
	ledger.Rules.Skipped.Add("duplicate-id", "twice.yml")
	for _, reason := range []string{"below-level", "not-included", "excluded", "disabled", "status-deprecated", "status-unsupported"} {
		ledger.Rules.Skipped.Add(reason, "chosen.yml")
	}
	ledger.Records.Skipped.AddN("CloudTrail Insight", 7, "insight.json")
	var out bytes.Buffer
	if err := report.WriteLedgerText(&out, &ledger, report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1 text of unknown form (notes.md)", "9 empty (a, b, c and 6 more)", "1 unknown-log-source (okta.yml)",
		"1 duplicate-id (twice.yml)",
		"7 CloudTrail Insight, in insight.json",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "chosen.yml") {
		t.Errorf("got the name of a rule that the user excluded:\n%s", out.String())
	}
}

// Lists of the ledger are cut, and the number of the others follows.
func TestLedgerCountsTheRestOfItsLists(t *testing.T) {
	var ledger finding.Ledger
	for range 8 { // five gaps are listed
		ledger.Gaps = append(ledger.Gaps, finding.Gap{Kind: "hours", Basis: "files"})
	}
	ledger.Records.Duplicate, ledger.Records.In, ledger.Records.Evaluated, ledger.Records.AtLeast = 2, 9, 7, true
	ledger.Records.WithoutTime = 6
	for i := range 6 { // five correlations are listed
		ledger.Records.Unseen = append(ledger.Records.Unseen, finding.Unseen{Title: string(rune('A' + i)), Records: 1})
	}
	ledger.Records.Paths = map[string]int64{"a": 6, "b": 5, "c": 4, "d": 3, "e": 2, "f": 1}
	ledger.Records.Failed.AddN("not JSON", 9, "a:1", "b:1", "c:1")
	var out bytes.Buffer
	if err := report.WriteLedgerText(&out, &ledger, report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"at least 2 duplicate", "and in 1 more paths", "and 1 more correlations", "and 6 more: not JSON", "and 3 more\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}

// In a stopped hunt, unread files look like gaps, and the ledger says so.
func TestPartialLedgerDoubtsItsGaps(t *testing.T) {
	const doubt = "the rest may fill them"
	ledger := finding.Ledger{Gaps: []finding.Gap{{Kind: "hours", Basis: "files"}}}
	for _, partial := range []bool{false, true} {
		ledger.Partial = partial
		var out bytes.Buffer
		if err := report.WriteLedgerText(&out, &ledger, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), doubt); got != partial {
			t.Errorf("partial %v, doubt %v:\n%s", partial, got, out.String())
		}
	}
}
