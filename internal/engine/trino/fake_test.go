package trino

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

const fakeID = "20260206_010203_00042_abcde"

// fake is a server for one query: a page without rows, the given pages, and a page without rows.
type fake struct {
	*httptest.Server

	// columns and pages are JSON.
	columns string
	pages   []string
	// answer, if it returns true, has answered the request.
	answer func(w http.ResponseWriter, r *http.Request) bool

	mutex    sync.Mutex
	requests []*http.Request
	bodies   []string
	deleted  bool
}

// newFake starts a server with one column "n" of numbers; tls selects TLS.
func newFake(t *testing.T, tls bool, pages ...string) *fake {
	t.Helper()
	f := &fake{columns: `[{"name":"n","type":"bigint"}]`, pages: pages}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	if tls {
		f.StartTLS()
	} else {
		f.Start()
	}
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mutex.Lock()
	f.requests, f.bodies = append(f.requests, r), append(f.bodies, string(body))
	f.mutex.Unlock()
	if f.answer != nil && f.answer(w, r) {
		return
	}
	switch {
	case r.Method == http.MethodDelete:
		f.mutex.Lock()
		f.deleted = true
		f.mutex.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/v1/info":
		io.WriteString(w, `{"nodeVersion":{"version":"476"},"starting":false}`)
	case r.Method == http.MethodPost && r.URL.Path == "/v1/statement":
		io.WriteString(w, f.page(0))
	default:
		n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/v1/statement/executing/"+fakeID+"/slug/"))
		if err != nil || n < 1 || n > len(f.pages)+1 {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, f.page(n))
	}
}

// page returns the n-th answer.
func (f *fake) page(n int) string {
	page := map[string]any{"id": fakeID, "stats": map[string]any{
		"state": "RUNNING", "queuedTimeMillis": 1500, "elapsedTimeMillis": 4000, "physicalInputBytes": 1000 * n, "processedBytes": 7,
	}}
	if n == 0 {
		page["stats"].(map[string]any)["state"] = "WAITING_FOR_RESOURCES"
	}
	if n > 0 {
		page["columns"] = json.RawMessage(f.columns)
	}
	if n > 0 && n <= len(f.pages) {
		page["data"] = json.RawMessage(f.pages[n-1])
	}
	if n <= len(f.pages) {
		page["nextUri"] = fmt.Sprintf("%s/v1/statement/executing/%s/slug/%d", f.URL, fakeID, n+1)
	}
	text, err := json.Marshal(page)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// seen returns the requests so far.
func (f *fake) seen() []*http.Request {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return append([]*http.Request(nil), f.requests...)
}

// open connects to an address without ever sleeping. slept are the pauses it would have made.
func open(t *testing.T, opt Options) (e *Engine, slept *[]time.Duration) {
	t.Helper()
	if opt.User == "" && opt.Token == "" {
		opt.User = "hunter"
	}
	e, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	slept = new([]time.Duration)
	var mutex sync.Mutex
	e.client.wait = func(ctx context.Context, d time.Duration) error {
		mutex.Lock()
		defer mutex.Unlock()
		*slept = append(*slept, d)
		return ctx.Err()
	}
	return e, slept
}

// read starts a statement and returns its numbers.
func read(t *testing.T, e *Engine) (numbers []any, stats engine.Stats, err error) {
	t.Helper()
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT n FROM t"})
	if err != nil {
		return nil, stats, err
	}
	stats, err = q.Read(t.Context(), engine.Result{Row: func(row []any) error {
		numbers = append(numbers, row[0])
		return nil
	}})
	return numbers, stats, err
}

// numbersIn returns pages of consecutively numbered rows.
func numbersIn(pages, rows int) []string {
	var list []string
	for p := range pages {
		var cells []string
		for r := range rows {
			cells = append(cells, fmt.Sprintf("[%d]", p*rows+r))
		}
		list = append(list, "["+strings.Join(cells, ",")+"]")
	}
	return list
}
