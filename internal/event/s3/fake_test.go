package s3_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/event/s3"
)

// fake is an S3 server on loopback: gofakes3 behind a proxy that counts requests and can answer itself.
type fake struct {
	t       *testing.T
	backend *s3mem.Backend
	server  http.Handler

	// before, if it returns true, has answered the request.
	before func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	requests []string
}

// listed returns the listed prefixes, sorted, with "…" after those that were listed recursively.
func (f *fake) listed() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var prefixes []string
	for _, request := range f.requests {
		u, err := url.Parse(request)
		if err != nil {
			f.t.Fatal(err)
		}
		if q := u.Query(); q.Get("list-type") == "2" && q.Get("max-keys") != "1" {
			prefix := q.Get("prefix")
			if q.Get("delimiter") == "" {
				prefix += "…"
			}
			prefixes = append(prefixes, prefix)
		}
	}
	slices.Sort(prefixes)
	return prefixes
}

// got returns the number of object requests.
func (f *fake) got() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, request := range f.requests {
		if !strings.Contains(request, "list-type=2") {
			n++
		}
	}
	return n
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r.URL.String())
	f.mu.Unlock()
	if f.before != nil && f.before(w, r) {
		return
	}
	f.server.ServeHTTP(w, r)
}

func (f *fake) put(bucket, key string, content []byte) {
	f.t.Helper()
	if _, err := f.backend.PutObject(bucket, key, nil, bytes.NewReader(content), int64(len(content)), nil); err != nil {
		f.t.Fatal(err)
	}
}

// putFolder uploads a folder of files below a prefix.
func (f *fake) putFolder(bucket, prefix, folder string) {
	f.t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(folder, path)
		f.put(bucket, prefix+filepath.ToSlash(below), content)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// serve starts a fake with a bucket "my-logs" of the given objects, and points the environment at it.
func serve(t *testing.T, objects map[string]string) *fake {
	t.Helper()
	f := &fake{t: t, backend: s3mem.New()}
	f.server = gofakes3.New(f.backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	if err := f.backend.CreateBucket("my-logs"); err != nil {
		t.Fatal(err)
	}
	for key, text := range objects {
		f.put("my-logs", key, []byte(text))
	}
	environment(t, f)
	return f
}

const secret = "not-to-be-shown-anywhere"

func environment(t *testing.T, handler http.Handler) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // tests break connections on purpose
	server.Start()
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "",
	} {
		t.Setenv(name, value)
	}
}

// open prepares access without pauses between attempts.
func open(t testing.TB) *s3.Store {
	t.Helper()
	store, err := s3.Open(t.Context(), s3.Options{Pause: func(int) time.Duration { return time.Millisecond }, Stall: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// outcome is the result of a run over S3: the sorted ids of all events, and the files by path.
type outcome struct {
	ids   []string
	files map[string]*event.File
}

// text returns one line for each file: path, status, reason and size.
func (o *outcome) text() string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(o.files)) {
		f := o.files[path]
		fmt.Fprintf(&b, "%s: %s", path, f.Status)
		if f.Reason != "" {
			fmt.Fprintf(&b, ": %s", f.Reason)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func read(t testing.TB, options event.Options, paths ...string) *outcome {
	t.Helper()
	if options.Remote == nil {
		options.Remote = open(t)
	}
	o := &outcome{files: map[string]*event.File{}}
	var mu sync.Mutex
	reader := event.NewReader(options)
	err := reader.Run(t.Context(), paths, 2, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			id := strings.Clone(string(r.Doc.Raw(r.Doc.Find(0, "eventID"))))
			mu.Lock()
			o.ids = append(o.ids, strings.Trim(id, `"`))
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(o.ids)
	for _, f := range reader.Files() {
		if o.files[f.Path] != nil {
			t.Errorf("%s was listed twice", f.Path)
		}
		o.files[f.Path] = f
	}
	if p := reader.Progress(); p.FilesDone != p.Files || !p.AllFound {
		t.Errorf("at the end of the run: got progress %+v", p)
	}
	return o
}

// trail returns a CloudTrail file with events of these ids.
func trail(ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, `{"eventVersion":"1.08","eventTime":"2026-02-03T04:05:06Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventID":`+strconv.Quote(id)+`}`)
	}
	return `{"Records":[` + strings.Join(list, ",") + `]}`
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
