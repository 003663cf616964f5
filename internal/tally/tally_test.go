package tally_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/tally"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// observer is an observer of a hunt.
type observer interface {
	Event(s *schema.Schema, when value.Time, fields match.Fields)
}

// feed passes events to observers, each to one of them at random.
func feed[T observer](t testing.TB, rnd *rand.Rand, events []string, fields func(*schema.Schema) []schema.Paths, observers []T) {
	t.Helper()
	s := schema.ByName("cloudtrail")
	compiled := (&ruleset.Set{}).CompileWith(s, fields(s))
	matcher := compiled.Program.NewMatcher()
	var parser value.Parser
	var walker value.Walker
	for _, i := range rnd.Perm(len(events)) {
		doc, err := parser.Parse([]byte(events[i]))
		if err != nil {
			t.Fatal(err)
		}
		matcher.Begin(doc)
		walker.Reset()
		when, ok := s.EventTime(&walker, doc)
		if !ok {
			when = finding.NoTime
		}
		observers[rnd.IntN(len(observers))].Event(s, when, matcher.Fields(compiled.Further))
	}
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func summarize(t testing.TB, seed uint64, workers int, events []string) *tally.Summary {
	t.Helper()
	var list []*tally.Summarizer
	for range workers {
		list = append(list, tally.NewSummarizer())
	}
	feed(t, rand.New(rand.NewPCG(seed, 1)), events, tally.SummaryFields, list)
	s := tally.Merge(list)
	if err := s.Sort("events"); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSummaryTellsWhatPrincipalsDid(t *testing.T) {
	user := `"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ci","accessKeyId":"AKIAIOSFODNN7EXAMPLE"}`
	events := []string{
		`{"eventTime":"2026-03-10T11:00:02Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser",` + user + `,"sourceIPAddress":"192.0.2.7","userAgent":"a","awsRegion":"us-east-1","requestParameters":{"userName":"svc"},"responseElements":{"user":{"arn":"arn:aws:iam::111122223333:user/svc"}}}`,
		`{"eventTime":"2026-03-10T11:00:01Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets",` + user + `,"sourceIPAddress":"192.0.2.7","userAgent":"b","awsRegion":"us-east-1","errorCode":"AccessDenied"}`,
		`{"eventTime":"2026-03-10T11:00:03Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets",` + user + `,"sourceIPAddress":"192.0.2.8","userAgent":"a","awsRegion":"eu-west-1","errorCode":"NoSuchBucket"}`,
		`{"eventTime":"2026-03-10T11:00:04Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole",` + user + `,"requestParameters":{"roleArn":"r"},"responseElements":{"credentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE"}}}`,
		`{"eventTime":"2026-03-10T11:00:05Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole",` + user + `,"requestParameters":{"roleArn":"r"},"errorCode":"AccessDenied"}`,
		`{"eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{}}`,
	}
	s := summarize(t, 1, 2, events)
	if len(s.Principals) != 1 || s.Nobody != 1 || s.Others != 0 {
		t.Fatalf("got %s", marshal(t, s))
	}
	p := s.Principals[0]
	got := fmt.Sprint(p.Name, " ", finding.TimeText(p.First.Time), " ", finding.TimeText(p.Last.Time), " ", p.Events, p.Outcome, p.Types, p.Services, p.Calls, p.Once,
		p.Addresses, p.Regions, p.Keys, p.Errors, p.Sessions, p.Made, p.More)
	want := "arn:aws:iam::111122223333:user/ci 2026-03-10T11:00:01Z 2026-03-10T11:00:05Z 5 {2 2 1 0} [{IAMUser 5}] " +
		"[{s3.amazonaws.com 2} {sts.amazonaws.com 2} {iam.amazonaws.com 1}] 3 [iam:CreateUser] " +
		"[{192.0.2.7 2 [{a 1} {b 1}]    0  } {192.0.2.8 1 [{a 1}]    0  }] [{us-east-1 2} {eu-west-1 1}] [{AKIAIOSFODNN7EXAMPLE 5}] " +
		"[{AccessDenied 2} {NoSuchBucket 1}] [{session r ASIAIOSFODNN7EXAMPLE 1}] [{user arn:aws:iam::111122223333:user/svc  1}] map[]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// randomEvents returns events with few and with many different values.
func randomEvents(n int) []string {
	rnd := rand.New(rand.NewPCG(7, 7))
	events := make([]string, n)
	for i := range events {
		events[i] = fmt.Sprintf(`{"eventTime":"2026-03-%02dT11:00:00Z","eventSource":"s%d.amazonaws.com","eventName":"Call%d","userIdentity":{"arn":"arn:%d"},"sourceIPAddress":"192.0.2.%d","userAgent":"agent %d","requestParameters":{"list":["a%d","b%d"]}}`,
			1+rnd.IntN(28), rnd.IntN(500), rnd.IntN(5000), rnd.IntN(3), rnd.IntN(1000), rnd.IntN(50), rnd.IntN(3), rnd.IntN(3))
	}
	return events
}

// What is left out beyond a limit, and all counts, are the same in every order and for every number of workers; counts of what is kept
// are those of a simple count.
func TestSummaryDoesNotDependOnOrder(t *testing.T) {
	events := randomEvents(testkit.Rounds(12_000, 20_000, 20_000))
	first := summarize(t, 1, 1, events)
	simple := map[string]int64{} // by principal and address
	for _, e := range events {
		var v struct {
			UserIdentity    struct{ Arn string }
			SourceIPAddress string
		}
		if err := json.Unmarshal([]byte(e), &v); err != nil {
			t.Fatal(err)
		}
		simple[v.UserIdentity.Arn+" "+v.SourceIPAddress]++
	}
	for _, p := range first.Principals {
		if p.More["addresses"] == 0 || p.More["calls"] == 0 {
			t.Errorf("%s: nothing was left out: %v", p.Name, p.More)
		}
		sum := p.More["addresses"]
		for _, a := range p.Addresses {
			if a.Count != simple[p.Name+" "+a.Address] {
				t.Errorf("%s from %s: got %d, want %d", p.Name, a.Address, a.Count, simple[p.Name+" "+a.Address])
			}
			sum += a.Count
		}
		if sum != p.Events {
			t.Errorf("%s: addresses and those left out add up to %d, want %d", p.Name, sum, p.Events)
		}
	}
	for workers := 1; workers <= 4; workers++ {
		if got := summarize(t, uint64(workers)+10, workers, events); marshal(t, got) != marshal(t, first) {
			t.Errorf("with %d workers and another order the summary differs", workers)
		}
	}
}

func count(t testing.TB, seed uint64, workers int, over time.Duration, events []string, names ...string) *tally.Metrics {
	t.Helper()
	var list []*tally.Counter
	for range workers {
		list = append(list, tally.NewCounter(len(names), over))
	}
	fields := &tally.Fields{Names: names}
	feed(t, rand.New(rand.NewPCG(seed, 1)), events, fields.Of, list)
	return tally.MergeCounters(list, names, over)
}

func TestMetricsCountValuesAndPeriods(t *testing.T) {
	events := []string{
		`{"eventTime":"2026-03-10T11:59:59Z","eventName":"A","requestParameters":{"x":["1","2"]}}`,
		`{"eventTime":"2026-03-10T12:00:00Z","eventName":"A","requestParameters":{"x":"1"}}`,
		`{"eventTime":"2026-03-10T12:59:59Z","eventName":"B"}`,
		`{"eventName":"A","requestParameters":{"x":""}}`,
		`{"eventTime":"1969-12-31T23:30:00Z","eventName":"old"}`,
	}
	m := count(t, 1, 2, time.Hour, events, "eventName", "requestParameters.x")
	var got []string
	for _, row := range m.Rows {
		line := fmt.Sprint(row.Count)
		for _, v := range row.Values {
			if v == nil {
				line += " nil"
			} else {
				line += fmt.Sprintf(" %q", *v)
			}
		}
		for _, p := range row.Periods {
			line += " " + finding.TimeText(p.From.Time) + "=" + fmt.Sprint(p.Count)
		}
		got = append(got, line)
	}
	want := []string{
		`2 "A" "1" 2026-03-10T11:00:00Z=1 2026-03-10T12:00:00Z=1`, `1 "A" "" =1`, `1 "A" "2" 2026-03-10T11:00:00Z=1`,
		`1 "B" nil 2026-03-10T12:00:00Z=1`, `1 "old" nil 1969-12-31T23:00:00Z=1`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if m.Events != 5 || m.Timeless != 1 || len(m.Periods) != 4 || m.Periods[3].Count != 2 {
		t.Errorf("got %s", marshal(t, m))
	}
}

func TestMetricsDoNotDependOnOrder(t *testing.T) {
	events := randomEvents(5000)
	first := marshal(t, count(t, 1, 1, 24*time.Hour, events, "eventName", "requestParameters.list", "address"))
	for workers := 1; workers <= 4; workers++ {
		if got := marshal(t, count(t, uint64(workers)+10, workers, 24*time.Hour, events, "eventName", "requestParameters.list", "address")); got != first {
			t.Errorf("with %d workers and another order the counts differ", workers)
		}
	}
}

// An event with many values counts for a limited number of combinations, and long values stay apart by their beginning.
func TestMetricsAreBounded(t *testing.T) {
	many := `{"eventName":["` + strings.Join(strings.Fields(strings.Repeat("x ", 100)), `","`) + `"],"awsRegion":["` + strings.Join(strings.Fields(strings.Repeat("y ", 100)), `","`) + `"]}`
	m := count(t, 1, 1, 0, []string{many}, "eventName", "awsRegion")
	if m.Clipped != 1 || len(m.Rows) != 1 || m.Rows[0].Count != 1000 {
		t.Errorf("got %s", marshal(t, m))
	}
	long := strings.Repeat("ä", 1<<19)
	m = count(t, 1, 1, 0, []string{`{"eventName":"` + long + `"}`, `{"eventName":"b` + long + `"}`}, "eventName")
	if len(m.Rows) != 2 || len(*m.Rows[0].Values[0]) > 600 || !strings.HasSuffix(*m.Rows[0].Values[0], "ä…") {
		t.Errorf("got %.300s", marshal(t, m))
	}
}

func TestFieldsSuggest(t *testing.T) {
	for name, want := range map[string]string{
		"eventname": "eventName", "sourceIPAdress": "sourceIPAddress", "princpal": "principal", "": "single commas",
	} {
		help, err := (&tally.Fields{Names: []string{name}}).Check(schema.All())
		if err == nil || !strings.Contains(help, want) {
			t.Errorf("%s: got %q, %v", name, help, err)
		}
	}
	for _, names := range [][]string{{"eventName", "eventName"}, {strings.Repeat("a", 1<<20)}, {"a", "b", "c", "d", "e", "f", "g", "h", "i"}} {
		if _, err := (&tally.Fields{Names: names}).Check(schema.All()); err == nil || len(err.Error()) > 200 {
			t.Errorf("%.20s: got %v, want a short error", names, err)
		}
	}
	fields := &tally.Fields{Names: []string{"NoSuch"}}
	if _, err := fields.Check(schema.All()); err != nil {
		t.Errorf("a field that Windows events may have is refused: %v", err)
	}
	if _, err := fields.CheckSeen(map[string]int64{"cloudtrail": 3}); err == nil {
		t.Error("a field that no log source that was read has is not refused")
	}
	if _, err := fields.CheckSeen(map[string]int64{"cloudtrail": 3, "windows": 1}); err != nil {
		t.Errorf("got %v", err)
	}
}

// An event whose values were all seen before causes no allocation.
func TestNoAllocations(t *testing.T) {
	s := schema.ByName("cloudtrail")
	doc, err := new(value.Parser).Parse([]byte(randomEvents(1)[0]))
	if err != nil {
		t.Fatal(err)
	}
	fields := &tally.Fields{Names: []string{"eventName", "requestParameters.list"}}
	for name, o := range map[string]struct {
		observer
		paths []schema.Paths
	}{"summary": {tally.NewSummarizer(), tally.SummaryFields(s)}, "metrics": {tally.NewCounter(2, time.Hour), fields.Of(s)}} {
		compiled := (&ruleset.Set{}).CompileWith(s, o.paths)
		matcher := compiled.Program.NewMatcher()
		when := value.Time{Nanos: 1}
		n := testing.AllocsPerRun(100, func() {
			matcher.Begin(doc)
			o.Event(s, when, matcher.Fields(compiled.Further))
		})
		if n > 0 {
			t.Errorf("%s: %v allocations for an event, want none", name, n)
		}
	}
}
