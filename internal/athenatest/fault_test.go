package athenatest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
)

// TestFaultsHaveTheirShares counts the faults of 600 calls. The bounds are six standard deviations wide.
func TestFaultsHaveTheirShares(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	faults := athenatest.Faults{Seed: 7, Throttled: 0.3, Failing: 0.2}
	met := func() []string {
		s.SetFaults(faults)
		s.Forget()
		for range 600 {
			request(t, s, "GetWorkGroup", map[string]any{"WorkGroup": "primary"})
		}
		var errors []string
		for _, c := range s.Calls() {
			errors = append(errors, c.Error)
		}
		return errors
	}
	first, second := met(), met()
	if !slices.Equal(first, second) {
		t.Error("the same seed gave different faults")
	}
	count := map[string]int{}
	for _, e := range first {
		count[e]++
	}
	for name, bounds := range map[string][2]int{"ThrottlingException": {113, 247}, "InternalServerException": {8, 48}, "closed": {26, 86}, "": {262, 410}} {
		if n := count[name]; n < bounds[0] || n > bounds[1] {
			t.Errorf("got %d of 600 calls with %q, want %v", n, name, bounds)
		}
	}
}

func TestStartsAreThrottledInTwoWays(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	s.SetFaults(athenatest.Faults{Seed: 1, Throttled: 1})
	met := map[any]int{}
	for i := range 40 {
		a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "ClientRequestToken": pad(fmt.Sprint(i))})
		met[a.value("__type")]++
	}
	if met["TooManyRequestsException"] == 0 || met["com.amazon.coral.service#ThrottlingException"] == 0 || len(met) != 2 || len(s.Queries()) != 0 {
		t.Errorf("got %v, %d queries", met, len(s.Queries()))
	}
}

// TestALostAnswerLeavesItsQuery checks that a second start with the same token returns the query.
func TestALostAnswerLeavesItsQuery(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	s.AddRule(athenatest.Rule{Action: "athena:Start*", Times: 1, Late: true})
	s.AddRule(athenatest.Rule{Action: "athena:Start*", Match: "SELECT 1", Times: 1})
	for range 2 {
		if a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "ClientRequestToken": pad("a")}); a.status != 0 {
			t.Fatalf("got %d %s, want a closed connection", a.status, a.body)
		}
	}
	id := start(t, s, "SELECT 1", "a")
	if q := s.Queries(); len(q) != 1 || q[0].ID != id || len(q[0].Starts) != 2 {
		t.Errorf("got %+v", q)
	}
	if n := s.Count("athena:StartQueryExecution"); n != 3 {
		t.Errorf("got %d calls, want 3", n)
	}
}

// TestFailingCallsMayHaveBeenServed checks that one of three failing calls is served, though its answer is lost.
func TestFailingCallsMayHaveBeenServed(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	s.SetFaults(athenatest.Faults{Failing: 1})
	for i := range 9 {
		if a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "ClientRequestToken": pad(fmt.Sprint(i))}); a.status == 200 {
			t.Fatalf("got %s", a.body)
		}
	}
	if n := len(s.Queries()); n != 3 {
		t.Errorf("got %d queries, want 3", n)
	}
}

func TestRulesSkipAndEnd(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	s.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: "vpc", Skip: 1, Times: 2, Failure: athenatest.TooComplex()})
	var states []string
	for i, sql := range []string{"SELECT vpc", "SELECT other", "SELECT vpc", "SELECT vpc", "SELECT vpc"} {
		a := ended(t, s, start(t, s, sql, fmt.Sprint(i)))
		states = append(states, fmt.Sprint(a.value("QueryExecution.Status.State")))
	}
	if want := "SUCCEEDED SUCCEEDED FAILED FAILED SUCCEEDED"; strings.Join(states, " ") != want {
		t.Errorf("%v, want %s", states, want)
	}
	if q := s.Queries()[2]; !strings.HasPrefix(q.Reason, "QUERY_EXCEEDED_COMPILER_LIMIT: ") {
		t.Errorf("got %+v", q)
	}
}

func TestCrashedQueriesMayBeTriedAgain(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	s.SetFaults(athenatest.Faults{Crashed: 1})
	a := ended(t, s, start(t, s, "SELECT 1", "a"))
	if a.value("QueryExecution.Status.State") != "FAILED" || a.value("QueryExecution.Status.AthenaError.Retryable") != true ||
		a.value("QueryExecution.Status.AthenaError.ErrorCategory") != 1.0 {
		t.Errorf("got %s", a.body)
	}
}

// TestObjectsAreCut checks that a cut body is the object's beginning, and that the rest can be requested.
func TestObjectsAreCut(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one, Buckets: []string{"b"}})
	whole := strings.Repeat("0123456789", 20_000)
	if err := s.PutObject("b", "dir/big.csv", []byte(whole)); err != nil {
		t.Fatal(err)
	}
	s.AddRule(athenatest.Rule{Action: "s3:GetObject", Match: "b/dir/big.csv", Cut: 70_001, Times: 1})
	a := read(t, s, "/b/dir/big.csv", nil)
	if len(a.body) != 70_001 || string(a.body) != whole[:70_001] || a.header.Get("Content-Length") != "200000" {
		t.Fatalf("got %d bytes of %s", len(a.body), a.header.Get("Content-Length"))
	}
	rest := read(t, s, "/b/dir/big.csv", map[string]string{"Range": "bytes=70001-", "If-Match": a.header.Get("ETag")})
	if rest.status != 206 || string(rest.body) != whole[70_001:] {
		t.Errorf("got %d, %d bytes", rest.status, len(rest.body))
	}
	if err := s.PutObject("b", "dir/big.csv", []byte("another")); err != nil {
		t.Fatal(err)
	}
	changed := read(t, s, "/b/dir/big.csv", map[string]string{"Range": "bytes=70001-", "If-Match": a.header.Get("ETag")})
	if changed.status != 412 || !strings.Contains(string(changed.body), "<Code>PreconditionFailed</Code>") {
		t.Errorf("got %d %s", changed.status, changed.body)
	}
	s.SetFaults(athenatest.Faults{Seed: 1, Cut: 1})
	if half := read(t, s, "/b/dir/big.csv", nil); string(half.body) != "ano" {
		t.Errorf("got %q", half.body)
	}
	s.SetFaults(athenatest.Faults{Seed: 1, SlowDown: 1})
	if slow := read(t, s, "/b/dir/big.csv", nil); slow.status != 503 || !strings.Contains(string(slow.body), "<Code>SlowDown</Code>") {
		t.Errorf("got %d %s", slow.status, slow.body)
	}
	var errors []string
	for _, c := range s.Calls() {
		errors = append(errors, c.Error)
	}
	if got := strings.Join(errors, ","); got != "cut,,PreconditionFailed,cut,SlowDown" {
		t.Errorf("recorded %s", got)
	}
}

func TestBucketsHaveRegions(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one, Buckets: []string{"here", "there"}, BucketRegions: map[string]string{"there": "us-west-2"}})
	if a := read(t, s, "/there/x", nil); a.status != 301 || a.header.Get("X-Amz-Bucket-Region") != "us-west-2" || !strings.Contains(string(a.body), "<Code>PermanentRedirect</Code>") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := read(t, s, "/there?location=", nil); !strings.Contains(string(a.body), ">us-west-2<") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "ClientRequestToken": pad("a"),
		"ResultConfiguration": map[string]any{"OutputLocation": "s3://there/"}})
	if a.value("Message") != "Unable to verify/create output bucket there" {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// TestClocksAndSessions checks that clocks may differ by at most five minutes, and that sessions expire.
func TestClocksAndSessions(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	group := map[string]any{"WorkGroup": "primary"}
	for _, c := range []struct {
		skew    time.Duration
		message string
	}{{-4 * time.Minute, ""}, {4 * time.Minute, ""}, {-6 * time.Minute, "Signature expired: "}, {6 * time.Minute, "Signature not yet current: "}} {
		a := requestAt(t, s, time.Now().Add(c.skew), s.Credentials(), "GetWorkGroup", group)
		message, _ := a.value("message").(string)
		if (a.status == 200) != (c.message == "") || !strings.HasPrefix(message, c.message) {
			t.Errorf("%s: got %d %s", c.skew, a.status, a.body)
		}
	}
	session := s.Session("arn:aws:sts::111122223333:assumed-role/hunt/x", time.Hour)
	if a := requestAt(t, s, time.Now(), session, "GetWorkGroup", group); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	s.Expire()
	if a := requestAt(t, s, time.Now(), session, "GetWorkGroup", group); a.value("__type") != "com.amazon.coral.service#ExpiredTokenException" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := request(t, s, "GetWorkGroup", group); a.status != 200 {
		t.Errorf("permanent credentials have expired too: %d %s", a.status, a.body)
	}
}

// TestSignatureCoversBodyActionAndPath checks that a signature is valid for one body, one action and one path.
func TestSignatureCoversBodyActionAndPath(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one, Buckets: []string{"b"}})
	for name, key := range map[string]string{"plain": "a.csv", "odd": "dir with space/ü+&=%.csv"} {
		if err := s.PutObject("b", key, []byte(name)); err != nil {
			t.Fatal(err)
		}
		path := "/b/" + strings.NewReplacer("%", "%25", " ", "%20", "+", "%2B", "&", "%26", "=", "%3D", "ü", "%C3%BC").Replace(key)
		if a := read(t, s, path, nil); string(a.body) != name {
			t.Errorf("%s: got %d %s", key, a.status, a.body)
		}
	}
	if a := tampered(t, s); a.status != 403 || a.value("__type") != "com.amazon.coral.service#InvalidSignatureException" {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
