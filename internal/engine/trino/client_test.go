package trino

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestReadingSurvivesFaults checks that every row arrives once and in order over an unreliable connection.
func TestReadingSurvivesFaults(t *testing.T) {
	f := newFake(t, false, numbersIn(200, 20)...)
	random := rand.New(rand.NewPCG(1, 2))
	faults := 0
	var mutex sync.Mutex // a call may overlap the previous one, which is being cut off
	f.answer = func(w http.ResponseWriter, r *http.Request) bool {
		mutex.Lock()
		n := random.IntN(100)
		if n < 55 {
			faults++
		}
		mutex.Unlock()
		switch {
		case n < 30:
			w.WriteHeader([]int{http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusTooManyRequests}[n%4])
		case n < 40: // the page ends in the middle
			w.Header().Set("Content-Length", "100000")
			io.WriteString(w, f.page(1)[:50])
		case n < 45: // the same without a length
			w.(http.Flusher).Flush()
			io.WriteString(w, f.page(1)[:50])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case n < 50: // no answer
			panic(http.ErrAbortHandler)
		case n < 55 && r.Method == http.MethodGet: // a proxy truncates the page and reports that it is complete
			io.WriteString(w, f.page(1)[:50])
		default:
			return false
		}
		return true
	}
	e, _ := open(t, Options{URL: f.URL})
	e.client.reached.Store(true) // as in the middle of a hunt
	numbers, stats, err := read(t, e)
	if err != nil {
		t.Fatal(err)
	}
	if len(numbers) != 4000 || stats.Rows != 4000 {
		t.Fatalf("got %d rows, %d counted, want 4000", len(numbers), stats.Rows)
	}
	for i, n := range numbers {
		if n != int64(i) {
			t.Fatalf("row %d: got %v", i, n)
		}
	}
	if faults < 100 {
		t.Errorf("got only %d faults, want at least 100", faults)
	}
	if stats.ScannedBytes != 201_000 || stats.Queued != 1500*time.Millisecond || stats.Ran != 2500*time.Millisecond || stats.BilledBytes != 0 {
		t.Errorf("got %+v", stats)
	}
}

// TestPausesGrow checks that pauses double up to a limit, with jitter, and that the last error is marked as retried.
func TestPausesGrow(t *testing.T) {
	f := newFake(t, false)
	f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	e, slept := open(t, Options{URL: f.URL})
	e.client.random = func() float64 { return 0.5 }
	_, _, err := read(t, e)
	if engine.KindOf(err) != engine.Transient || !engine.Retried(err) {
		t.Errorf("got error %v, want a retried transient error", err)
	}
	if len(f.seen()) != tries || len(*slept) != tries-1 {
		t.Errorf("got %d requests and %d pauses, want %d requests", len(f.seen()), len(*slept), tries)
	}
	// Three quarters of 100 ms, 200 ms, … up to 10 s.
	want := []int64{75, 150, 300, 600, 1200, 2400, 4800, 7500, 7500}
	for i := range want {
		if i >= len(*slept) || (*slept)[i].Milliseconds() != want[i] {
			t.Fatalf("got pauses %v, want %v ms", *slept, want)
		}
	}
}

func TestRetryAfterSetsPause(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "100000": time.Minute, "Fri, 06 Feb 2026 01:02:33 GMT": 30 * time.Second,
		"": 100 * time.Millisecond, "-5": 100 * time.Millisecond, "soon": 100 * time.Millisecond, "Fri, 06 Feb 2026 01:02:00 GMT": 100 * time.Millisecond,
	} {
		f := newFake(t, false, numbersIn(1, 1)...)
		first := true
		f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			if !first {
				return false
			}
			first = false
			w.Header().Set("Retry-After", header)
			w.Header().Set("Date", "Fri, 06 Feb 2026 01:02:03 GMT")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		e, slept := open(t, Options{URL: f.URL})
		e.client.random = func() float64 { return 1 }
		if _, _, err := read(t, e); err != nil {
			t.Errorf("%q: %v", header, err)
		}
		if len(*slept) != 1 || (*slept)[0] != want {
			t.Errorf("%q: got pauses %v, want %v", header, *slept, want)
		}
	}
}

// TestOtherHostsAreNotCalled checks that the client calls no other address, whatever a server answers.
func TestOtherHostsAreNotCalled(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(other.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range []string{
		other.URL + "/v1/statement/x", "http://localhost:" + port + "/v1/x", "//" + strings.TrimPrefix(other.URL, "http://") + "/v1/x",
		"https://192.0.2.1/v1/x", "file:///v1/x", "/v1/statement/x", "../v1", "http://", "::", "http://user:word@HOST/v1/x", "http://HOST/x", "http://HOST/v1/../x", "https://HOST/v1/x",
	} {
		f := newFake(t, false)
		next = strings.ReplaceAll(next, "HOST", strings.TrimPrefix(f.URL, "http://"))
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				fmt.Fprintf(w, `{"id":%q,"nextUri":%q,"stats":{}}`, fakeID, next)
			}
			return r.Method == http.MethodPost
		}
		e, _ := open(t, Options{URL: f.URL, User: "hunter", Password: "hunter2-secret", Timeout: time.Second})
		_, _, err := read(t, e)
		if err == nil || len(f.seen()) != 1 {
			t.Errorf("%s: got error %v after %d requests, want an error after the first", next, err, len(f.seen()))
		}
		if strings.Contains(fmt.Sprint(err), "word") {
			t.Errorf("%s: %v", next, err)
		}
	}
	for _, code := range []int{301, 302, 303, 307, 308} {
		f := newFake(t, false)
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, other.URL+"/v1/statement?secret=1", code)
			return true
		}
		e, _ := open(t, Options{URL: f.URL, User: "hunter", Password: "hunter2-secret"})
		_, _, err := read(t, e)
		var messages *engine.Error
		if !errors.As(err, &messages) || messages.Kind != engine.Misconfigured || !strings.Contains(messages.Help, other.URL) || strings.Contains(messages.Help, "secret") {
			t.Errorf("%d: got %+v, want a misconfiguration that names the host", code, messages)
		}
	}
	if asked > 0 {
		t.Errorf("got %d requests to the other host, want none", asked)
	}
}

// TestAnswerSizeIsLimited checks the limit of an answer, compressed or not.
func TestAnswerSizeIsLimited(t *testing.T) {
	for _, packed := range []bool{false, true} {
		f := newFake(t, false)
		var written atomic.Int64
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			var to io.Writer = w
			if packed {
				w.Header().Set("Content-Encoding", "gzip")
				zip := gzip.NewWriter(w)
				defer zip.Close()
				to = zip
			}
			for written.Load() < 64<<20 {
				n, err := io.WriteString(to, strings.Repeat(" ", 1<<16))
				written.Add(int64(n))
				if err != nil {
					break
				}
			}
			return true
		}
		e, _ := open(t, Options{URL: f.URL})
		e.client.largest = 1 << 20
		_, _, err := read(t, e)
		if err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
			t.Errorf("compressed %v: got error %v, want the answer too large", packed, err)
		}
		if !packed && written.Load() > 32<<20 {
			t.Errorf("got %d bytes accepted, want at most 32 MiB", written.Load())
		}
	}
}

// TestInvalidAnswersAreErrors checks that any invalid answer yields an error, and no panic.
func TestInvalidAnswersAreErrors(t *testing.T) {
	page := func(rest string) string { return fmt.Sprintf(`{"id":%q,"stats":{"state":"RUNNING"},%s}`, fakeID, rest) }
	two := `"columns":[{"name":"a","type":"varchar"},{"name":"b","type":"bigint"}]`
	for name, body := range map[string]string{
		"nothing":           "",
		"no JSON":           "hello",
		"null":              "null",
		"a list":            "[]",
		"a web page":        "<!DOCTYPE html><html>Sign in</html>",
		"no id":             `{"stats":{}}`,
		"an invalid id":     `{"id":"../../x","stats":{}}`,
		"a long id":         `{"id":"` + strings.Repeat("x", 10_000) + `","stats":{}}`,
		"another id":        `{"id":"20260206_000000_00001_other","stats":{}}`,
		"rows first":        page(`"data":[["x",1]]`),
		"too few cells":     page(two + `,"data":[["x"]]`),
		"too many cells":    page(two + `,"data":[["x",1,2]]`),
		"no cells":          page(two + `,"data":[[]]`),
		"rows of objects":   page(two + `,"data":[{"a":1}]`),
		"rows of texts":     page(two + `,"data":["x"]`),
		"rows not a list":   page(two + `,"data":"x"`),
		"spooled":           page(two + `,"data":{"encoding":"json","segments":[{"uri":"http://192.0.2.1/x"}]}`),
		"text for a number": page(two + `,"data":[["x","y"]]`),
		"a huge number":     page(two + `,"data":[["x",99999999999999999999]]`),
		"half a number":     page(two + `,"data":[["x",1.5]]`),
		"deep":              page(two + `,"data":[[` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `,1]]`),
		"columns as text":   page(`"columns":"x"`),
		"cut":               page(two + `,"data":[["x",1]]`)[:80],
	} {
		f := newFake(t, false, "[]")
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				io.WriteString(w, body)
			}
			return r.Method == http.MethodGet
		}
		e, _ := open(t, Options{URL: f.URL})
		_, _, err := read(t, e)
		var messages *engine.Error
		if !errors.As(err, &messages) || messages.Engine != "trino" || messages.Query != fakeID || len(err.Error()) > 1000 {
			t.Errorf("%s: got error %v, want an *engine.Error that names the query", name, err)
		}
		// The same for the first answer.
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				io.WriteString(w, body)
			}
			return r.Method == http.MethodPost
		}
		if _, _, err = read(t, e); err == nil && name != "another id" {
			t.Errorf("%s: got no error for the first answer", name)
		}
	}
}

// TestKindsOfStatusCodes checks the kinds of errors for HTTP status codes.
func TestKindsOfStatusCodes(t *testing.T) {
	for code, want := range map[int]engine.Kind{
		http.StatusUnauthorized: engine.Expired, http.StatusForbidden: engine.Denied, http.StatusNotFound: engine.Misconfigured,
		http.StatusInternalServerError: engine.Transient, http.StatusBadRequest: engine.Other, http.StatusRequestEntityTooLarge: engine.TooComplex,
		http.StatusRequestHeaderFieldsTooLarge: engine.TooComplex, http.StatusServiceUnavailable: engine.Transient,
	} {
		f := newFake(t, false, "[]")
		f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			http.Error(w, "the words of the server\x1b[2J", code)
			return true
		}
		e, _ := open(t, Options{URL: f.URL})
		_, _, err := read(t, e)
		if engine.KindOf(err) != want || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%d: got error %v, want kind %q", code, err, want)
		}
	}
	// A restarted coordinator does not know earlier queries.
	f := newFake(t, false, "[]")
	f.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			http.Error(w, "Query not found", http.StatusNotFound)
		}
		return r.Method == http.MethodGet
	}
	e, _ := open(t, Options{URL: f.URL})
	if _, _, err := read(t, e); engine.KindOf(err) != engine.Transient || engine.Retried(err) {
		t.Errorf("got error %v, want a transient error that was not retried", err)
	}
}

// TestUnreachableServer checks that a closed port is a transient error, reported soon if it was never open, and that
// an unknown host is a misconfiguration unless it was reached before.
func TestUnreachableServer(t *testing.T) {
	f := newFake(t, false, "[]")
	e, slept := open(t, Options{URL: f.URL})
	f.Close()
	if _, _, err := read(t, e); engine.KindOf(err) != engine.Transient || !engine.Retried(err) || len(*slept) != firstTries-1 {
		t.Errorf("got error %v after %d pauses", err, len(*slept))
	}
	unknown := fmt.Errorf("dial: %w", &net.DNSError{Err: "no such host", Name: "trino.example.com", IsNotFound: true})
	r := request{asks: "submitting a query"}
	if err := e.client.unreachable(r, unknown); engine.KindOf(err) != engine.Misconfigured || e.client.again(unknown) != -1 {
		t.Errorf("got error %v, want a misconfiguration", err)
	}
	e.client.reached.Store(true)
	if err := e.client.unreachable(r, unknown); engine.KindOf(err) != engine.Transient || e.client.again(unknown) != 0 {
		t.Errorf("got error %v, want a transient error", err)
	}
}

// TestSlowServerIsRetried checks that a request without an answer is repeated, and does not end the caller's context.
func TestSlowServerIsRetried(t *testing.T) {
	f := newFake(t, false, numbersIn(1, 3)...)
	release := make(chan struct{})
	defer close(release)
	first := true
	f.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !first {
			return false
		}
		first = false
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}
	e, _ := open(t, Options{URL: f.URL, Timeout: 300 * time.Millisecond})
	if numbers, _, err := read(t, e); err != nil || len(numbers) != 3 {
		t.Errorf("got %v (error %v), want 3 rows", numbers, err)
	}
	f.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}
	e.client.timeout = 10 * time.Millisecond
	_, _, err := read(t, e)
	if engine.KindOf(err) != engine.Transient || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want a transient error", err)
	}
}
