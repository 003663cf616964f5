package testcli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Tests run at the start and after each change: a changed, a new and a removed file. An error ends nothing.
func TestWatchRunsAfterEachChange(t *testing.T) {
	dir := t.TempDir()
	rule, more := filepath.Join(dir, "rule.yml"), filepath.Join(dir, "sub", "more.yml")
	steps := []func() error{
		func() error { return os.WriteFile(rule, []byte("a: 1"), 0o644) },
		func() error { return errors.Join(os.Mkdir(filepath.Dir(more), 0o755), os.WriteFile(more, nil, 0o644)) },
		func() error { return os.Remove(rule) },
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := os.WriteFile(rule, []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	runs, faults := 0, 0
	watch(ctx, []string{dir}, &out, time.Millisecond, func() error {
		if runs++; runs > len(steps) {
			cancel()
			return nil
		}
		if err := steps[runs-1](); err != nil {
			t.Fatal(err)
		}
		return errors.New("a test failed to load")
	}, func(error) { faults++ })
	if runs != len(steps)+1 || faults != len(steps) {
		t.Errorf("got %d runs and %d errors, want %d and %d", runs, faults, len(steps)+1, len(steps))
	}
	for _, name := range []string{"rule.yml changed.", "more.yml changed."} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("got %q, want %s", out.String(), name)
		}
	}
}
