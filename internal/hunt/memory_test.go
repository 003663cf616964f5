package hunt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// liveAfter returns the memory that a function leaves in use, in bytes.
func liveAfter(do func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	do()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// TestFindingsAreStoredOnDisk checks that findings are stored on disk, except for what distinguishes event ids.
func TestFindingsAreStoredOnDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts in 60 000 events: left out with -short")
	}
	dir, events := t.TempDir(), 60_000
	file, err := os.Create(filepath.Join(dir, "logs.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		fmt.Fprintf(file, `{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"eventTime":"2026-03-10T%02d:%02d:%02dZ","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventID":"%08x-0000-4000-8000-000000000001"}`+"\n",
			i/3600%24, i/60%60, i%60, i)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	few, _ := huntAll(t, dir, 4, events)
	many, result := huntAll(t, dir, 12, events)
	if each := (many - few) / int64(8*events); each > 8 || many > 32<<20 {
		t.Errorf("got %d and %d bytes for %d and %d findings: %d for each additional one", few, many, 4*events, 12*events, each)
	}
	n, last := 0, finding.NoTime
	summary, err := result.Each(context.Background(), 0, nil, func(f *finding.Finding) error {
		if f.Time.Nanos < last.Nanos {
			t.Error("got findings out of order")
		}
		n, last = n+1, f.Time
		return nil
	})
	if err != nil || n != events*12 || summary.Events != events {
		t.Errorf("got %d findings of %d events (error %v)", n, summary.Events, err)
	}
	if err := result.Close(); err != nil {
		t.Error(err)
	}
}

// huntAll hunts with rules that each match every event, and returns the memory that the result uses.
func huntAll(t *testing.T, dir string, rules, events int) (int64, *Result) {
	t.Helper()
	for i := range rules {
		text := fmt.Sprintf("title: R%d\nid: 0a1b2c3d-0000-4000-8000-%012d\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s:\n    eventName: ConsoleLogin\n  condition: s\n", i, i)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.yml", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set, _, err := ruleset.Load(context.Background(), []ruleset.Folder{{Name: "rules", FS: os.DirFS(dir)}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var result *Result
	used := liveAfter(func() {
		result, err = Run(context.Background(), Options{Set: set, Source: &Files{Paths: []string{filepath.Join(dir, "logs.jsonl")}}, Threads: 2, TempDir: dir, EvidenceMemory: 1 << 20})
	})
	if err != nil || result.Findings() != rules*events {
		t.Fatal(err)
	}
	return used, result
}
