//go:build unix

package rulestore

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestKillAtEachStep kills a process that installs at each step. One complete version must be installed then, and the next
// installation works and leaves nothing behind.
func TestKillAtEachStep(t *testing.T) {
	if at := os.Getenv("EGRET_TEST_KILL"); at != "" {
		r := request(os.Getenv("EGRET_TEST_ARCHIVE"))
		r.Step = func(name string) error {
			if name == at {
				if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
					return err
				}
				select {}
			}
			return nil
		}
		_, err := (&Store{os.Getenv("EGRET_TEST_STORE")}).Install(context.Background(), r)
		t.Fatalf("still alive: %v", err)
	}
	old, next := zipFile(t, rules("Old")...), zipFile(t, rules("New")...)
	for _, at := range steps {
		s := In(t.TempDir())
		if _, err := s.Install(t.Context(), request(old)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillAtEachStep$")
		cmd.Env = append(os.Environ(), "EGRET_TEST_KILL="+at, "EGRET_TEST_ARCHIVE="+next, "EGRET_TEST_STORE="+s.Dir)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%s: got %v, want a killed process\n%s", at, err, out)
		}
		want := "Old"
		if at == "clean" {
			want = "New"
		}
		if got := usable(t, s); got != want {
			t.Errorf("killed at %s: the rules are %s, want %s", at, got, want)
		}
		if _, err := s.Install(t.Context(), request(next)); err != nil || usable(t, s) != "New" {
			t.Errorf("after a kill at %s: %v", at, err)
		}
		entries, err := os.ReadDir(filepath.Join(s.Dir, "ours", "main"))
		if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), newPrefix) }) {
			t.Errorf("killed at %s: left %v, %v", at, entries, err)
		}
	}
}
