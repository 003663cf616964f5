package event

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// TestStoppedRunNamesEveryFile stops a run at its first event. Each file must still be listed, and the read and unread
// files must add up to all of them.
func TestStoppedRunNamesEveryFile(t *testing.T) {
	folders, each := 20, 100
	if testing.Short() {
		each = 30
	}
	root := t.TempDir()
	for i := range folders {
		for j := range each {
			writeAt(t, filepath.Join(root, fmt.Sprintf("day%02d", i), fmt.Sprintf("%03d.json", j)), []byte(records(fmt.Sprint(i, "-", j))))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reader := NewReader(Options{})
	err := reader.Run(ctx, []string{root}, 2, func(_ int, b *Batch) error {
		for b.Next() != nil {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	count := map[Status]int{}
	for _, f := range reader.Files() {
		count[f.Status]++
	}
	if len(reader.Files()) != folders*each || count[Unread] == 0 {
		t.Errorf("got %d files, want %d: %v", len(reader.Files()), folders*each, count)
	}
}

// TestProgressTotalIsKnownEarly checks that listing does not wait for reading: otherwise the percentage would fall
// while the total grows.
func TestProgressTotalIsKnownEarly(t *testing.T) {
	const files = 1000 // more than the workers' queue holds
	root := t.TempDir()
	for i := range files {
		writeAt(t, filepath.Join(root, fmt.Sprintf("%04d.json", i)), []byte(records(fmt.Sprint(i))))
	}
	reader := NewReader(Options{})
	first := true
	err := reader.Run(context.Background(), []string{root}, 1, func(_ int, b *Batch) error {
		if first {
			first = false
			for start := time.Now(); !reader.Progress().AllFound; time.Sleep(time.Millisecond) {
				if time.Since(start) > 10*time.Second {
					t.Error("listing waited for reading")
					break
				}
			}
			if p := reader.Progress(); p.Files != files {
				t.Errorf("got %d files, want %d", p.Files, files)
			}
		}
		for b.Next() != nil {
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
