package event_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/testkit"
)

// manyFiles creates a folder of small files.
func manyFiles(t *testing.T, count int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range count {
		folder := filepath.Join(dir, fmt.Sprint(i%7))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-10T11:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","eventID":"%08x-0000-4000-8000-000000000001"}`+"\n", i)
		if i%50 == 0 {
			text = "no JSON"
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%06d.json", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestDoneReportsTheSameAsFiles checks that Done gets every file exactly once, however the run ends.
func TestDoneReportsTheSameAsFiles(t *testing.T) {
	dir := manyFiles(t, testkit.Rounds(600, 800, 2000))
	take := func(b *event.Batch) {
		for r := b.Next(); r != nil; r = b.Next() {
		}
	}
	listed := event.NewReader(event.Options{})
	if err := listed.Run(context.Background(), []string{dir}, 2, func(_ int, b *event.Batch) error { take(b); return nil }); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range listed.Files() {
		want[f.Path] = fmt.Sprint(f.Status, f.Reason, f.Records, f.SHA256, f.Format)
	}
	for _, stopAt := range []int{0, 1, 500} {
		ctx, cancel := context.WithCancel(context.Background())
		got, seen := map[string]*event.File{}, 0
		reader := event.NewReader(event.Options{Done: func(f *event.File) {
			if got[f.Path] != nil {
				t.Errorf("%s was reported twice", f.Path)
			}
			if got[f.Path] = f; len(got) == stopAt {
				cancel()
			}
		}})
		_ = reader.Run(ctx, []string{dir}, 2, func(_ int, b *event.Batch) error { take(b); return nil }) // the stop is its error
		cancel()
		for path, f := range got {
			if text := fmt.Sprint(f.Status, f.Reason, f.Records, f.SHA256, f.Format); stopAt == 0 && text != want[path] {
				t.Errorf("%s: %s, want %s", path, text, want[path])
			}
			if f.Status != event.Unread {
				seen++
			}
		}
		if len(got) != len(want) || stopAt == 0 && seen != len(want) || len(reader.Files()) != 0 {
			t.Errorf("stop at %d: got %d files, %d of them read, want %d", stopAt, len(got), seen, len(want))
		}
	}
}

// liveHeap returns the size of the live heap in bytes. Other goroutines keep running, so a single measurement would
// include their garbage.
func liveHeap() uint64 {
	least := uint64(math.MaxUint64)
	for range 5 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		least = min(least, m.HeapAlloc)
	}
	return least
}

// TestFilesTakeLittleMemory checks that a file takes only a few bytes while it waits and afterwards.
func TestFilesTakeLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 4000 files: left out with -short")
	}
	use := func(count int) int64 {
		dir := manyFiles(t, count)
		var peak uint64
		done := 0
		reader := event.NewReader(event.Options{Done: func(*event.File) {
			if done++; done%(count/4) == 1 {
				peak = max(peak, liveHeap())
			}
		}})
		if err := reader.Run(context.Background(), []string{dir}, 1, func(_ int, b *event.Batch) error {
			for r := b.Next(); r != nil; r = b.Next() {
			}
			return nil
		}); err != nil || done != count {
			t.Fatal(done, err)
		}
		return int64(peak)
	}
	const less, more = 500, 3500 // with fewer, other memory counts as growth
	few, many := use(less), use(more)
	if each := (many - few) / (more - less); each > 200 {
		t.Errorf("got %d bytes for each additional file", each)
	}
}
