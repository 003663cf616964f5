package hunt_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
)

// TestEachStopsItsGoroutines checks that no goroutine reads the evidence after Each has returned early, as on a full
// disk, because Close removes it. The race detector checks the same.
func TestEachStopsItsGoroutines(t *testing.T) {
	lines := make([]string, 5000)
	for i := range lines {
		lines[i] = event(fmt.Sprintf("e%04d", i), "2026-03-10T11:00:00Z", "CreateAccessKey", strings.Repeat("alice", 100))
	}
	path, set := write(t, "logs.jsonl", lines...), rules(t, base)
	for range 10 {
		result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{path}}, Threads: 8})
		if err != nil {
			t.Fatal(err)
		}
		full := errors.New("no space left on device")
		if _, err := result.Each(t.Context(), 0, nil, func(*finding.Finding) error { return full }); !errors.Is(err, full) {
			t.Fatalf("got error %v, want that of the caller", err)
		}
		stacks := make([]byte, 1<<20)
		if stacks = stacks[:runtime.Stack(stacks, true)]; strings.Contains(string(stacks), "hunt.newAssembly") {
			t.Fatal("got goroutines that still build findings")
		}
		if err := result.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// severalBursts writes events of principals who each create many keys, so that there are detections, bursts and nearby
// events.
func severalBursts(t *testing.T) string {
	t.Helper()
	var lines []string
	for i := range 400 {
		at := time.Date(2026, 3, 10, 11, 0, i, 0, time.UTC).Format(time.RFC3339)
		name := []string{"CreateAccessKey", "ListUsers"}[i%2]
		lines = append(lines, event(fmt.Sprintf("e%03d", i), at, name, fmt.Sprintf("user%d", i/2%3)))
	}
	return write(t, "logs.jsonl", lines...)
}

// read returns the findings of a result as text, with the summary at the end.
func read(ctx context.Context, result *hunt.Result) ([]string, error) {
	var list []string
	var counts finding.FindCounts
	summary, err := result.Each(ctx, 0, &counts, func(f *finding.Finding) error {
		list = append(list, string(f.AppendJSON(nil)))
		return nil
	})
	return append(list, fmt.Sprintf("%+v %+v", summary, counts)), err
}

// TestResultCanBeReadAgain checks that each reading returns the same findings and summary: repeatedly, after one that
// was abandoned, and concurrently.
func TestResultCanBeReadAgain(t *testing.T) {
	set := rules(t, base, strings.Replace(burst, "correlation:", "correlation:\n  generate: true", 1))
	result, err := hunt.Run(t.Context(), hunt.Options{
		Set: set, Source: &hunt.Files{Paths: []string{severalBursts(t)}}, Threads: 3, Context: time.Minute, EvidenceMemory: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	enough := errors.New("enough")
	if _, err := result.Each(t.Context(), 0, nil, func(*finding.Finding) error { return enough }); !errors.Is(err, enough) {
		t.Fatal(err)
	}
	want, err := read(t.Context(), result)
	if err != nil || len(want) < 100 || len(want) != result.Findings()+1 {
		t.Fatalf("got %d findings (error %v)", len(want)-1, err)
	}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			if got, err := read(t.Context(), result); err != nil || !slices.Equal(got, want) {
				t.Errorf("second reading: got %d findings (error %v), want %d", len(got)-1, err, len(want)-1)
			}
		})
	}
	readers.Wait()
}

// TestReadingEndsWithItsContext also checks that the result can still be read afterwards.
func TestReadingEndsWithItsContext(t *testing.T) {
	result, err := hunt.Run(t.Context(), hunt.Options{Set: rules(t, base), Source: &hunt.Files{Paths: []string{severalBursts(t)}}, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := result.Each(ctx, 0, nil, func(*finding.Finding) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if got, err := read(t.Context(), result); err != nil || len(got) != result.Findings()+1 {
		t.Errorf("second reading: got %d findings (error %v)", len(got)-1, err)
	}
}

// TestConcurrentHuntsAreIndependent checks that hunts in one process are independent, even with the same set and
// source.
func TestConcurrentHuntsAreIndependent(t *testing.T) {
	options := hunt.Options{Set: rules(t, base, burst), Source: &hunt.Files{Paths: []string{severalBursts(t)}}, Threads: 2, Context: time.Minute}
	want := run(t, options)
	var hunts sync.WaitGroup
	for range 3 {
		hunts.Go(func() {
			result, err := hunt.Run(t.Context(), options)
			if err != nil {
				t.Error(err)
				return
			}
			defer result.Close()
			got, err := read(t.Context(), result)
			if err != nil || !slices.Equal(got[:len(got)-1], want.lines) || result.Ledger.Records.Evaluated != want.ledger.Records.Evaluated {
				t.Errorf("got %d findings (error %v), %+v, want %d", len(got)-1, err, result.Ledger.Records, len(want.lines))
			}
		})
	}
	hunts.Wait()
}
