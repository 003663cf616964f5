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

// TestReadThroughFaults: on a bad line every row comes, once, and in order.
func TestReadThroughFaults(t *testing.T) {
	f := newFake(t, false, numbersIn(200, 20)...)
	random := rand.New(rand.NewPCG(1, 2))
	faults := 0
	var mutex sync.Mutex // a call may come while the one before it is being cut off
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
		case n < 40: // the page ends in its middle
			w.Header().Set("Content-Length", "100000")
			io.WriteString(w, f.page(1)[:50])
		case n < 45: // so does it without a length
			w.(http.Flusher).Flush()
			io.WriteString(w, f.page(1)[:50])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case n < 50: // nothing comes
			panic(http.ErrAbortHandler)
		case n < 55 && r.Method == http.MethodGet: // a proxy cuts the page and says that it is whole
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
		t.Fatalf("%d rows came and %d were counted, expected 4000", len(numbers), stats.Rows)
	}
	for i, n := range numbers {
		if n != int64(i) {
			t.Fatalf("row %d is %v", i, n)
		}
	}
	if faults < 100 {
		t.Errorf("only %d faults happened", faults)
	}
	if stats.ScannedBytes != 201_000 || stats.Queued != 1500*time.Millisecond || stats.Ran != 2500*time.Millisecond || stats.BilledBytes != 0 {
		t.Errorf("found %+v", stats)
	}
}

// TestPausesGrow: pauses double up to a bound, with jitter, and tries are few.
func TestPausesGrow(t *testing.T) {
	f := newFake(t, false)
	f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	e, slept := open(t, Options{URL: f.URL})
	e.client.random = func() float64 { return 0.5 }
	_, _, err := read(t, e)
	if engine.KindOf(err) != engine.Transient {
		t.Errorf("%v, expected a passing fault", err)
	}
	if len(f.seen()) != 10 {
		t.Errorf("%d requests, expected 10", len(f.seen()))
	}
	// Three quarters of 100 ms, 200 ms, … up to 10 s.
	want := []int64{75, 150, 300, 600, 1200, 2400, 4800, 7500, 7500}
	for i := range want {
		if i >= len(*slept) || (*slept)[i].Milliseconds() != want[i] {
			t.Fatalf("pauses of %v, expected %v ms", *slept, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
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
			t.Errorf("%q: pauses of %v, expected %v", header, *slept, want)
		}
	}
}

// TestOtherHosts: whatever a server says, no other address is asked.
func TestOtherHosts(t *testing.T) {
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
			t.Errorf("%s: error %v after %d requests, expected one after the first", next, err, len(f.seen()))
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
		var said *engine.Error
		if !errors.As(err, &said) || said.Kind != engine.Misconfigured || !strings.Contains(said.Help, other.URL) || strings.Contains(said.Help, "secret") {
			t.Errorf("%d: %+v, expected a fault of the settings that names the host", code, said)
		}
	}
	if asked > 0 {
		t.Errorf("the other host was asked %d times", asked)
	}
}

// TestGiganticPage: an answer has a bound, packed or not.
func TestGiganticPage(t *testing.T) {
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
			t.Errorf("packed %v: %v, expected that the answer is too large", packed, err)
		}
		if !packed && written.Load() > 32<<20 {
			t.Errorf("%d bytes were taken", written.Load())
		}
	}
}

// TestBadAnswers: whatever a server answers gives an error, and no panic.
func TestBadAnswers(t *testing.T) {
	page := func(rest string) string { return fmt.Sprintf(`{"id":%q,"stats":{"state":"RUNNING"},%s}`, fakeID, rest) }
	two := `"columns":[{"name":"a","type":"varchar"},{"name":"b","type":"bigint"}]`
	for name, body := range map[string]string{
		"nothing":           "",
		"no JSON":           "hello",
		"null":              "null",
		"a list":            "[]",
		"a web page":        "<!DOCTYPE html><html>Sign in</html>",
		"no id":             `{"stats":{}}`,
		"a hostile id":      `{"id":"../../x","stats":{}}`,
		"a long id":         `{"id":"` + strings.Repeat("x", 10_000) + `","stats":{}}`,
		"another id":        `{"id":"20260206_000000_00001_other","stats":{}}`,
		"rows first":        page(`"data":[["x",1]]`),
		"too few cells":     page(two + `,"data":[["x"]]`),
		"too many cells":    page(two + `,"data":[["x",1,2]]`),
		"no cells":          page(two + `,"data":[[]]`),
		"rows of objects":   page(two + `,"data":[{"a":1}]`),
		"rows of texts":     page(two + `,"data":["x"]`),
		"no list of rows":   page(two + `,"data":"x"`),
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
		var said *engine.Error
		if !errors.As(err, &said) || said.Engine != "trino" || said.Query != fakeID || len(err.Error()) > 1000 {
			t.Errorf("%s: %v, expected an error of the engine that names the query", name, err)
		}
		// The same in the first answer.
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				io.WriteString(w, body)
			}
			return r.Method == http.MethodPost
		}
		if _, _, err = read(t, e); err == nil && name != "another id" {
			t.Errorf("%s: no error in the first answer", name)
		}
	}
}

// TestStatusCodes: what answers of HTTP mean.
func TestStatusCodes(t *testing.T) {
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
			t.Errorf("%d: %v, expected the kind %q", code, err, want)
		}
	}
	// A coordinator that came back knows nothing of what ran before.
	f := newFake(t, false, "[]")
	f.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			http.Error(w, "Query not found", http.StatusNotFound)
		}
		return r.Method == http.MethodGet
	}
	e, _ := open(t, Options{URL: f.URL})
	if _, _, err := read(t, e); engine.KindOf(err) != engine.Transient {
		t.Errorf("%v, expected a passing fault", err)
	}
}

// TestUnreachable: a closed port is a passing fault, soon said where it was never open; a name without host is a fault of
// the settings, unless the host was there before.
func TestUnreachable(t *testing.T) {
	f := newFake(t, false, "[]")
	e, slept := open(t, Options{URL: f.URL})
	f.Close()
	if _, _, err := read(t, e); engine.KindOf(err) != engine.Transient || len(*slept) != firstTries-1 {
		t.Errorf("%v after %d pauses", err, len(*slept))
	}
	unknown := fmt.Errorf("dial: %w", &net.DNSError{Err: "no such host", Name: "trino.example.com", IsNotFound: true})
	r := request{asks: "submitting a query"}
	if err := e.client.unreachable(r, unknown); engine.KindOf(err) != engine.Misconfigured || e.client.again(unknown) != -1 {
		t.Errorf("%v, expected a fault of the settings", err)
	}
	e.client.reached.Store(true)
	if err := e.client.unreachable(r, unknown); engine.KindOf(err) != engine.Transient || e.client.again(unknown) != 0 {
		t.Errorf("%v, expected a passing fault", err)
	}
}

// TestSlowServer: a request that is not answered is made anew, and is no end of the caller's context.
func TestSlowServer(t *testing.T) {
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
		t.Errorf("%v, %v; expected 3 rows", numbers, err)
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
		t.Errorf("%v, expected a passing fault", err)
	}
}
