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
		t.Fatalf("%q is not a time", text)
	}
	return parsed
}

func rootLogin(t *testing.T) finding.Finding {
	when := at(t, "2023-07-10T12:05:31.120Z")
	return finding.Finding{
		Level: finding.High, Time: when, First: when, Last: when, Schema: "cloudtrail", Count: 1, EventIDs: []string{"e-1"},
		Rule: &finding.Rule{
			ID: "8ad1600d-e9dc-4251-b0ee-a65268f29add", Title: "Root Login", OwnLevel: finding.High,
			Techniques: []string{"T1078.004"}, Tactics: []string{"initial-access"},
			Threat: finding.Threat{ID: "first-use", Title: "First use"},
		},
		Subject: finding.Subject{Account: "111122223333", Principal: "root", Address: "192.0.2.7"},
		Event:   []byte(`{"eventName":"ConsoleLogin"}`),
	}
}

// TestJSONIsTheContract compares the JSON with the documented contract, key by key.
func TestJSONIsTheContract(t *testing.T) {
	f := rootLogin(t)
	f.Level = finding.Medium
	f.Also = []finding.Also{{Rule: &finding.Rule{ID: "r-2", Title: "Sign-in", Techniques: []string{"T1078"}}, Level: finding.Low, Count: 2}}
	f.Facts = finding.Facts{
		Examined: 3,
		Outcomes: finding.Outcomes{
			Counts: [4]int{finding.Succeeded: 2, finding.Failed: 1},
			Errors: []finding.ErrorCount{{Code: "NoSuchBucket", Outcome: finding.Failed, Count: 1}},
		},
		Actors:    []finding.Actor{{Principal: "root", Session: "ASIA1", Type: "Root"}},
		Addresses: []string{"192.0.2.7", "198.51.100.9"}, Agents: []string{"aws-cli"}, Regions: []string{"eu-west-1"},
		Accounts: []string{"111122223333"}, Actions: []string{"ConsoleLogin", "ListUsers"},
		Targets: []finding.Target{{Type: "bucket", Name: "b", Account: "111122223333", Outcome: finding.Succeeded, Count: 2}},
		Notable: []finding.Fact{{Name: "open to everyone", Outcome: finding.Succeeded, Count: 1}},
		Origins: []finding.Origin{{
			Address: "192.0.2.7", Country: "IE", CountryName: "Ireland", City: "Dublin", ASN: 64500, Organization: "Example", Known: "office", New: "network",
		}},
		KnownAgents: []finding.KnownAgent{{Agent: "aws-cli", Label: "build"}},
		FirstSeen:   []finding.FirstSeen{{Kind: "address", Value: "192.0.2.7", Principal: "root", Time: f.Time, Since: f.Time}},
	}
	want := `{"time":"2023-07-10T12:05:31.120Z","level":"medium","rule":{"id":"8ad1600d-e9dc-4251-b0ee-a65268f29add","title":"Root Login",` +
		`"level":"medium","own_level":"high","attack":["T1078.004"]},"schema":"cloudtrail","account":"111122223333","principal":"root",` +
		`"event_ids":["e-1"],"group":{},"count":1,"first":"2023-07-10T12:05:31.120Z","last":"2023-07-10T12:05:31.120Z",` +
		`"examined":3,"outcome":{"succeeded":2,"refused":0,"failed":1,"unknown":0,` +
		`"errors":[{"code":"NoSuchBucket","outcome":"failed","count":1}]},` +
		`"actors":[{"principal":"root","session":"ASIA1","type":"Root"}],"addresses":["192.0.2.7","198.51.100.9"],` +
		`"agents":["aws-cli"],"regions":["eu-west-1"],"accounts":["111122223333"],"actions":["ConsoleLogin","ListUsers"],` +
		`"targets":[{"type":"bucket","name":"b","account":"111122223333","outcome":"succeeded","count":2}],` +
		`"facts":[{"name":"open to everyone","value":"","outcome":"succeeded","count":1}],` +
		`"origins":[{"address":"192.0.2.7","country":"IE","country_name":"Ireland","city":"Dublin","asn":64500,"organization":"Example","known":"office","new":"network"}],` +
		`"known_agents":[{"agent":"aws-cli","known":"build"}],` +
		`"first_seen":[{"kind":"address","value":"192.0.2.7","principal":"root","time":"2023-07-10T12:05:31.120Z","principal_since":"2023-07-10T12:05:31.120Z"}],"more":{},` +
		`"also":[{"id":"r-2","title":"Sign-in","level":"low","attack":["T1078"],"count":2}],"threat":{"id":"first-use","title":"First use"},` +
		`"event":{"eventName":"ConsoleLogin"}}`
	if got := string(f.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEmptyFindingHasAllKeys(t *testing.T) {
	f := finding.Finding{Rule: &finding.Rule{}, Time: finding.NoTime, First: finding.NoTime, Last: finding.NoTime}
	want := `{"time":"","level":"informational","rule":{"id":"","title":"","level":"informational","own_level":"informational","attack":[]},"schema":"","account":"",` +
		`"principal":"","event_ids":[],"group":{},"count":0,"first":"","last":"",` +
		`"examined":0,"outcome":{"succeeded":0,"refused":0,"failed":0,"unknown":0,"errors":[]},"actors":[],"addresses":[],` +
		`"agents":[],"regions":[],"accounts":[],"actions":[],"targets":[],"facts":[],"origins":[],"known_agents":[],"first_seen":[],"more":{},"also":[],"threat":{},"event":{}}`
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

// Terminal control characters in a file of findings must be escaped; the JSON value stays the same.
func TestJSONIsHarmlessOnATerminal(t *testing.T) {
	evil := "\u009b31m \u202e txt \x7f \u2066 é 漢"
	f := rootLogin(t)
	f.Principal = evil
	f.Event = []byte(`{"userAgent":"` + evil + `"}`)
	text := f.AppendJSON([]byte("before "))[len("before "):]
	for _, r := range string(text) {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2066 {
			t.Errorf("got unescaped %U in %s", r, text)
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

// Findings are ordered by the time of their first event, not by their end, then by event id, then by rule id.
func TestOrder(t *testing.T) {
	end := at(t, "2023-07-10T13:00:00Z")
	make := func(time, event, rule string) *finding.Finding {
		return &finding.Finding{Time: end, First: at(t, time), Last: end, EventIDs: []string{event}, Rule: &finding.Rule{ID: rule}}
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
		t.Errorf("got order %v", got)
	}
}

func TestSummaryCountsEachWay(t *testing.T) {
	var s finding.Summarizer
	one, two, low := rootLogin(t), rootLogin(t), rootLogin(t)
	two.First, two.Last = at(t, "2023-07-10T11:00:00Z"), at(t, "2023-07-10T13:00:00Z")
	two.Address = "198.51.100.4"
	low.Rule = &finding.Rule{ID: "x", Title: "Listing", Tactics: []string{"discovery"}}
	low.Principal, low.Address, low.Level = "", "", finding.Low
	for _, f := range []finding.Finding{one, two, low} {
		s.Add(&f)
	}
	got := s.Summary(2)
	if got.Findings != 3 || got.Events != 2 {
		t.Errorf("got %d findings in %d events, want 3 in 2", got.Findings, got.Events)
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

// The examples of a reason must not depend on the order in which workers add them.
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
		t.Errorf("got a total of %d, want %d", forward.Total, len(names))
	}
	if len(forward.Reasons[0].Examples) != finding.MaxExamples ||
		!slices.Equal(forward.Reasons[0].Examples, backward.Reasons[0].Examples) {
		t.Errorf("examples differ:\n%q\n%q", forward.Reasons[0].Examples, backward.Reasons[0].Examples)
	}
}
