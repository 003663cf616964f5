package hunts

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/testkit/laketest"
)

// event returns an event of CloudTrail in a line.
func event(n int, name, agent string) string { return laketest.Event(n, name, agent, "null") + "\n" }

// store returns a store over a log, and its folder.
func store(t *testing.T, logs string) (*Store, string) {
	t.Helper()
	dir := laketest.Write(t, "", map[string]string{"rule.yml": laketest.Rule})
	s := New(filepath.Join(dir, "state"), laketest.Places(logs, filepath.Join(dir, "rule.yml")))
	s.grace = 50 * time.Millisecond
	t.Cleanup(s.Close)
	return s, dir
}

// written waits until all of a hunt is written and returns its record.
func written(t *testing.T, s *Store, id string) *Record {
	t.Helper()
	for range 6000 { // as long as a busy machine may take
		r, err := s.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		if r.State != Running && !r.Writing {
			return r
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the hunt does not end")
	return nil
}

func logFile(t *testing.T, text string) string {
	t.Helper()
	return filepath.Join(laketest.Write(t, "", map[string]string{"trail.jsonl": text}), "trail.jsonl")
}

func TestHuntIsKeptInEveryFormat(t *testing.T) {
	hostile := "<script>alert(1)</script>\u202e"
	s, _ := store(t, logFile(t, event(1, "StopLogging", hostile)+event(2, "DescribeTrails", "x")+event(3, "StopLogging", strings.Repeat("A", 1<<20))))
	for kind, want := range map[Kind]struct {
		spec     Spec
		formats  []string
		findings int
	}{
		Hunt: {Spec{}, report.Names(), 2}, Search: {Spec{Actions: []string{"Describe*"}}, report.NamesOf(report.EventFormats), 1},
		Summary: {Spec{}, report.NamesOf(report.TallyFormats), 0},
	} {
		spec := want.spec
		spec.Kind, spec.KeepRunning = kind, true
		id, err := s.Start(spec)
		if err != nil {
			t.Fatal(err)
		}
		r := written(t, s, id)
		if r.State != Done || r.Why != "" || r.Findings != want.findings || r.Records != 3 || !slices.Equal(r.Formats, want.formats) {
			t.Errorf("%s: %+v", kind, r)
		}
		for _, format := range r.Formats {
			f, packed, err := s.Result(id, format)
			if err != nil {
				t.Fatal(err)
			}
			var in io.Reader = f
			if packed {
				if in, err = gzip.NewReader(f); err != nil {
					t.Fatal(err)
				}
			}
			text, err := io.ReadAll(in)
			f.Close()
			if err != nil || len(text) == 0 {
				t.Errorf("%s as %s: %d bytes, %v", kind, format, len(text), err)
			}
		}
		rows, total, err := s.Rows(t.Context(), id, Filter{Text: "ADMIN", Limit: 1})
		if err != nil || total != want.findings || len(rows) != min(1, want.findings) {
			t.Errorf("%s: %d of %d rows, %v", kind, len(rows), total, err)
		}
		if kind != Hunt {
			continue
		}
		if r.Levels["high"] != 2 || rows[0].Who != "arn:aws:iam::111122223333:user/admin" || rows[0].Level != "high" {
			t.Errorf("levels %v, row %+v", r.Levels, rows[0])
		}
		text, err := s.Finding(t.Context(), id, 1)
		if err != nil || !json.Valid(text) || !strings.Contains(string(text), "00000000-0000-4000-8000-000000000003") {
			t.Errorf("finding 1: %.200s, %v", text, err)
		}
		if _, err := s.Finding(t.Context(), id, 2); !errors.Is(err, ErrUnknown) {
			t.Errorf("finding 2: %v", err)
		}
		if _, total, _ := s.Rows(t.Context(), id, Filter{Level: "low", Limit: 1}); total != 0 {
			t.Errorf("%d findings are low", total)
		}
	}
	list, err := s.List()
	if err != nil || len(list) != 3 {
		t.Fatalf("%d hunts are kept, %v", len(list), err)
	}
	for _, r := range list {
		if err := s.Delete(r.ID); err != nil {
			t.Error(err)
		}
	}
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("%d hunts are left, %v", len(list), err)
	}
}

// waiting returns a store whose log is a pipe without a writer, so that hunts do not end on their own.
func waiting(t *testing.T) *Store {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	s, _ := store(t, pipe)
	return s
}

func TestHuntEndsWhenNobodyWatches(t *testing.T) {
	s := waiting(t)
	id, err := s.Start(Spec{Kind: Hunt})
	if err != nil {
		t.Fatal(err)
	}
	ended, leave := s.Watch(id)
	_, second := s.Watch(id)
	second()
	select {
	case <-ended:
		t.Fatal("the hunt ended although someone watches")
	case <-time.After(300 * time.Millisecond):
	}
	if _, err := s.Start(Spec{Kind: Hunt}); !errors.Is(err, ErrBusy) {
		t.Errorf("a second hunt: %v", err)
	}
	if err := s.Delete(id); err == nil {
		t.Error("a hunt that runs was deleted")
	}
	leave()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the hunt goes on")
	}
	if r := written(t, s, id); r.State != Stopped || r.Why != "its page was closed" {
		t.Errorf("%s: %s", r.State, r.Why)
	}
}

func TestHuntGoesOnIfItsUserWants(t *testing.T) {
	s := waiting(t)
	id, err := s.Start(Spec{Kind: Hunt, KeepRunning: true})
	if err != nil {
		t.Fatal(err)
	}
	ended, leave := s.Watch(id)
	leave()
	select {
	case <-ended:
		t.Fatal("the hunt ended")
	case <-time.After(300 * time.Millisecond):
	}
	if err := s.Stop(id); err != nil {
		t.Fatal(err)
	}
	if r := written(t, s, id); r.State != Stopped || r.Why != "stopped by its user" {
		t.Errorf("%s: %s", r.State, r.Why)
	}
}

// A page learns the final state from the record, a little before the watchers are told: a new hunt waits then and is not refused.
func TestANewHuntWaitsForOneThatHasFailed(t *testing.T) {
	s, _ := store(t, logFile(t, ""))
	failed := &run{store: s, cancel: func() {}, record: Record{State: Failed}, ended: make(chan struct{}), written: make(chan struct{})}
	s.running = failed
	waited := make(chan error)
	go func() { waited <- s.awaitWritten() }()
	select {
	case err := <-waited:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(failed.written)
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

func TestCloseStopsTheHunt(t *testing.T) {
	s := waiting(t)
	id, err := s.Start(Spec{Kind: Hunt, KeepRunning: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if r, err := s.Get(id); err != nil || r.State != Stopped || r.Why != "the server was stopped" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.Start(Spec{Kind: Hunt}); err == nil {
		t.Error("a hunt began in a closed store")
	}
}

func TestHuntOfAKilledServerIsStopped(t *testing.T) {
	s, dir := store(t, logFile(t, ""))
	id := "20260310-120000-0011aabb"
	if err := os.MkdirAll(filepath.Join(dir, "state", id), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.save(&Record{ID: id, State: Running, Formats: []string{}}); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Get(id); err != nil || r.State != Stopped || r.Why != "the server was killed" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestNoIDOrFormatIsAPath(t *testing.T) {
	s, dir := store(t, logFile(t, event(1, "StopLogging", "x")))
	id, err := s.Start(Spec{Kind: Hunt, KeepRunning: true})
	if err != nil {
		t.Fatal(err)
	}
	written(t, s, id)
	if err := os.WriteFile(filepath.Join(dir, "hunt.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", ".", "..", "../" + id, id + "/..", "/etc", id + "\x00", strings.ToUpper(id[:len(id)-8]) + "ABCDEF01"} {
		if _, err := s.Get(bad); !errors.Is(err, ErrUnknown) {
			t.Errorf("Get(%q): %v", bad, err)
		}
		if err := s.Delete(bad); !errors.Is(err, ErrUnknown) {
			t.Errorf("Delete(%q): %v", bad, err)
		}
		if _, _, err := s.Rows(context.Background(), bad, Filter{}); !errors.Is(err, ErrUnknown) {
			t.Errorf("Rows(%q): %v", bad, err)
		}
	}
	for _, bad := range []string{"", "../hunt", "rows", "HTML", "html/../../x"} {
		if _, _, err := s.Result(id, bad); !errors.Is(err, ErrUnknown) {
			t.Errorf("Result(%q): %v", bad, err)
		}
	}
}

func TestWrongSpecsAreRefused(t *testing.T) {
	s, dir := store(t, logFile(t, ""))
	for want, spec := range map[string]Spec{
		"there is no kind":      {},
		"there is no level":     {Kind: Hunt, MinLevel: "hihg"},
		"--from":                {Kind: Hunt, From: "last week"},
		"nothing to search for": {Kind: Search},
		"there is no order":     {Kind: Summary, Sort: "size"},
		"no lake was given":     {Kind: Hunt, InLake: true},
		"at most":               {Kind: Search, Texts: []string{strings.Repeat("x", 2000)}},
	} {
		if _, err := s.Start(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", spec, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a refused hunt left something: %v", err)
	}
}
