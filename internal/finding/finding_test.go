package finding_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

func at(t *testing.T, text string) value.Time {
	t.Helper()
	parsed, ok := value.ParseTime([]byte(text))
	if !ok {
		t.Fatalf("%q is no time", text)
	}
	return parsed
}

func rootLogin(t *testing.T) finding.Finding {
	when := at(t, "2023-07-10T12:05:31.120Z")
	return finding.Finding{
		Time: when, First: when, Last: when, Schema: "cloudtrail", Count: 1, EventIDs: []string{"e-1"},
		Rule: &finding.Rule{
			ID: "8ad1600d-e9dc-4251-b0ee-a65268f29add", Title: "Root Login", Level: finding.High,
			Techniques: []string{"T1078.004"}, Tactics: []string{"initial-access"},
		},
		Subject: finding.Subject{Account: "111122223333", Principal: "root", Address: "192.0.2.7"},
		Event:   []byte(`{"eventName":"ConsoleLogin"}`),
	}
}

// The object that the issue of the first hunt lays down, key by key.
func TestJSONIsTheContract(t *testing.T) {
	f := rootLogin(t)
	want := `{"time":"2023-07-10T12:05:31.120Z","rule":{"id":"8ad1600d-e9dc-4251-b0ee-a65268f29add","title":"Root Login",` +
		`"level":"high","attack":["T1078.004"]},"schema":"cloudtrail","account":"111122223333","principal":"root",` +
		`"event_ids":["e-1"],"group":{},"count":1,"first":"2023-07-10T12:05:31.120Z","last":"2023-07-10T12:05:31.120Z",` +
		`"event":{"eventName":"ConsoleLogin"}}`
	if got := string(f.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEmptyFindingHasAllKeys(t *testing.T) {
	f := finding.Finding{Rule: &finding.Rule{}, Time: finding.NoTime, First: finding.NoTime, Last: finding.NoTime}
	want := `{"time":"","rule":{"id":"","title":"","level":"informational","attack":[]},"schema":"","account":"",` +
		`"principal":"","event_ids":[],"group":{},"count":0,"first":"","last":"","event":{}}`
	if got := string(f.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestGroupKeepsTheOrderOfTheRule(t *testing.T) {
	f := rootLogin(t)
	f.Group = []finding.Pair{{Name: "userIdentity.arn", Value: `a"b`}, {Name: "awsRegion", Value: "eu-west-1"}}
	var out struct {
		Group json.RawMessage `json:"group"`
	}
	if err := json.Unmarshal(f.AppendJSON(nil), &out); err != nil {
		t.Fatal(err)
	}
	if want := `{"userIdentity.arn":"a\"b","awsRegion":"eu-west-1"}`; string(out.Group) != want {
		t.Errorf("got %s, want %s", out.Group, want)
	}
}

// A terminal that shows a file of findings must not act on what an attacker wrote; the JSON value stays the same.
func TestJSONIsHarmlessOnATerminal(t *testing.T) {
	evil := "\u009b31m \u202e txt \x7f \u2066 é 漢"
	f := rootLogin(t)
	f.Principal = evil
	f.Event = []byte(`{"userAgent":"` + evil + `"}`)
	text := f.AppendJSON([]byte("before "))[len("before "):]
	for _, r := range string(text) {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2066 {
			t.Errorf("%U is literal in %s", r, text)
		}
	}
	var out struct {
		Principal string
		Event     struct{ UserAgent string }
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if out.Principal != evil || out.Event.UserAgent != evil {
		t.Errorf("got %q and %q, want %q", out.Principal, out.Event.UserAgent, evil)
	}
}

// Findings are ordered by time, then event id, then rule id (design, "order").
func TestOrder(t *testing.T) {
	make := func(time, event, rule string) *finding.Finding {
		return &finding.Finding{Time: at(t, time), EventIDs: []string{event}, Rule: &finding.Rule{ID: rule}}
	}
	want := []*finding.Finding{
		make("2023-07-10T12:00:00Z", "b", "2"),
		make("2023-07-10T12:00:01Z", "a", "3"),
		make("2023-07-10T12:00:01Z", "b", "1"),
		make("2023-07-10T12:00:01Z", "b", "2"),
	}
	got := []*finding.Finding{want[3], want[1], want[0], want[2]}
	slices.SortFunc(got, finding.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("wrong order: %v", got)
	}
}

func TestSummaryCountsEachWay(t *testing.T) {
	var s finding.Summarizer
	one, two, low := rootLogin(t), rootLogin(t), rootLogin(t)
	two.First, two.Last = at(t, "2023-07-10T11:00:00Z"), at(t, "2023-07-10T13:00:00Z")
	two.Address = "198.51.100.4"
	low.Rule = &finding.Rule{ID: "x", Title: "Listing", Level: finding.Low, Tactics: []string{"discovery"}}
	low.Principal, low.Address = "", ""
	for _, f := range []finding.Finding{one, two, low} {
		s.Add(&f)
	}
	got := s.Summary(2)
	if got.Findings != 3 || got.Events != 2 {
		t.Errorf("counted %d findings in %d events, want 3 in 2", got.Findings, got.Events)
	}
	if finding.TimeText(got.First.Time) != "2023-07-10T11:00:00Z" || finding.TimeText(got.Last.Time) != "2023-07-10T13:00:00Z" {
		t.Errorf("first %v, last %v", got.First, got.Last)
	}
	rows := func(list []finding.Row) (out []string) {
		for _, row := range list {
			text, err := json.Marshal(row.Findings)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, row.Name+" "+row.Level.String()+" "+string(text))
		}
		return out
	}
	for name, part := range map[string]struct{ got, want []string }{
		"rules":      {rows(got.Rules), []string{"Root Login high 2", "Listing low 1"}},
		"principals": {rows(got.Principals), []string{"root high 2"}},
		"accounts":   {rows(got.Accounts), []string{"111122223333 high 3"}},
		"addresses":  {rows(got.Addresses), []string{"192.0.2.7 high 1", "198.51.100.4 high 1"}},
		"tactics":    {rows(got.Tactics), []string{"initial-access high 2", "discovery low 1"}},
		"techniques": {rows(got.Techniques), []string{"T1078.004 high 2"}},
		"levels":     {rows(got.Levels), []string{"high high 2", "low low 1"}},
	} {
		if !slices.Equal(part.got, part.want) {
			t.Errorf("%s: got %q, want %q", name, part.got, part.want)
		}
	}
}

// The examples that a reason keeps must not depend on which worker came first.
func TestReasonsDoNotDependOnOrder(t *testing.T) {
	var names []string
	for i := range 3 * finding.MaxExamples {
		names = append(names, string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	collect := func(names []string) finding.Reasons {
		var one, two finding.Reasons
		for i, name := range names {
			if i%3 == 0 {
				one.Add("cut", name)
			} else {
				two.Add("cut", name)
			}
		}
		one.Merge(two)
		one.Sort()
		return one
	}
	forward := collect(names)
	slices.Reverse(names)
	backward := collect(names)
	if forward.Total != int64(len(names)) || forward.Reasons[0].Count != int64(len(names)) {
		t.Errorf("counted %d of %d", forward.Total, len(names))
	}
	if len(forward.Reasons[0].Examples) != finding.MaxExamples ||
		!slices.Equal(forward.Reasons[0].Examples, backward.Reasons[0].Examples) {
		t.Errorf("examples differ:\n%q\n%q", forward.Reasons[0].Examples, backward.Reasons[0].Examples)
	}
}
