//go:build !windows

package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const rootLogin = `{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"},"eventTime":"2026-03-10T11:47:12Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","eventID":"11111111-0000-4000-8000-000000000001","recipientAccountId":"111122223333"}
`

const rootLoginRule = `title: Root console login
id: 0a1b2c3d-0000-4000-8000-000000000001
level: high
logsource:
  product: aws
  service: cloudtrail
detection:
  selection:
    eventName: ConsoleLogin
  condition: selection
`

// evidenceFolder is a working folder with logs/a.jsonl and rules/r.yml, and no configuration above it.
func evidenceFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, ".config"))
	t.Setenv("HOME", dir)
	t.Setenv("TMPDIR", dir)
	put(t, "logs/a.jsonl", rootLogin)
	put(t, "rules/r.yml", rootLoginRule)
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func pipe(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// process runs egret as a process of its own, which gets a signal after a while (none: 0), and kills it where it does not
// end in time.
func process(t *testing.T, signalAfter time.Duration, args ...string) (run, time.Duration) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("egret", args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if signalAfter > 0 {
		time.Sleep(signalAfter)
		start = time.Now()
		_ = cmd.Process.Signal(syscall.SIGTERM)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		<-done
		t.Errorf("egret %s did not end", strings.Join(args, " "))
	}
	return run{cmd.ProcessState.ExitCode(), out.String(), errs.String()}, time.Since(start)
}

// TestFoldersHoldNothingToWaitFor: a pipe, a device or a link to one in a folder of logs or rules is named and left out.
func TestFoldersHoldNothingToWaitFor(t *testing.T) {
	evidenceFolder(t)
	pipe(t, "logs/pipe.json")
	pipe(t, "rules/pipe.yml")
	for link, target := range map[string]string{
		"logs/zero.json": "/dev/zero", "logs/linked.json": "pipe.json", "rules/zero.yml": "/dev/zero", "rules/linked.yml": "pipe.yml",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"hunt", "logs", "--rules", "rules", "--format", "jsonl"},
		{"hunt", "logs/*", "--rules", "rules", "--format", "jsonl"},
		{"hunt", "log*", "--rules", "rules", "--format", "jsonl"},
		{"hunt", "**/*.json*", "--rules", "rules", "--format", "jsonl"},
	} {
		r, _ := process(t, 0, args...)
		if r.code != 1 || strings.Count(r.stdout, "\n") != 1 {
			t.Errorf("%v: %+v", args, r)
		}
		for _, name := range []string{"logs/pipe.json", "logs/linked.json", "logs/zero.json", "rules/pipe.yml", "rules/linked.yml", "rules/zero.yml"} {
			if _, ledger, _ := strings.Cut(r.stderr, "ledger"); !strings.Contains(ledger, name) {
				t.Errorf("%v: no line for %s:\n%s", args, name, r.stderr)
			}
		}
	}
}

// TestNamedPipesAreRead: what stands on the command line may be a pipe, also where the input is read twice.
func TestNamedPipesAreRead(t *testing.T) {
	evidenceFolder(t)
	for _, line := range []string{
		"egret hunt <(cat logs/a.jsonl) --rules rules --format jsonl",
		"egret hunt <(cat logs/a.jsonl) --rules <(cat rules/r.yml) --format jsonl",
		"egret hunt /dev/stdin --rules rules --format jsonl < logs/a.jsonl",
		"cat logs/a.jsonl | egret hunt /dev/stdin --rules rules --format jsonl",
		"cat logs/a.jsonl | egret hunt - --rules rules --format jsonl",
	} {
		out, err := exec.Command("bash", "-c", line).Output()
		if code := exitOf(err); code != 1 || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%s: exit code %d\n%s", line, code, out)
		}
	}
	// Another event of the same principal, which no rule matches, is in the second pass alone.
	put(t, "logs/a.jsonl", rootLogin+strings.NewReplacer("ConsoleLogin", "ListBuckets", "0001\"", "0002\"").Replace(rootLogin))
	for _, line := range []string{
		"egret hunt <(cat logs/a.jsonl) --rules rules --format jsonl --context 5m",
		"cat logs/a.jsonl | egret hunt - --rules rules --format jsonl --context 5m",
	} {
		out, err := exec.Command("bash", "-c", line).Output()
		if code := exitOf(err); code != 1 || !strings.Contains(string(out), `"context":[{`) {
			t.Errorf("%s: exit code %d\n%s", line, code, out)
		}
	}
}

func exitOf(err error) int {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// TestTheFirstSignalEndsAnyWait: a pipe that nobody writes to, among logs, rules, configurations and outputs.
func TestTheFirstSignalEndsAnyWait(t *testing.T) { //nolint:tparallel // it changes the working directory
	evidenceFolder(t)
	for name, c := range map[string]struct {
		args  []string
		code  int
		found bool
	}{
		"log":           {[]string{"hunt", "logs", "fifo", "--rules", "rules", "--format", "jsonl"}, 5, true},
		"log, context":  {[]string{"hunt", "logs", "fifo", "--rules", "rules", "--format", "jsonl", "--context", "5m"}, 5, false},
		"rules":         {[]string{"hunt", "logs", "--rules", "fifo"}, 5, false},
		"configuration": {[]string{"hunt", "logs", "--config", "fifo"}, 5, false},
		"output":        {[]string{"hunt", "logs", "--rules", "rules", "-o", "fifo"}, 5, false},
		"ledger":        {[]string{"hunt", "logs", "--rules", "rules", "--format", "jsonl", "--ledger", "fifo"}, 5, true},
		"convert":       {[]string{"convert", "-t", "athena", "fifo"}, 5, false},
		"convert to":    {[]string{"convert", "-t", "athena", "rules", "-o", "fifo"}, 5, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fifo := "fifo " + name // the tests must not open one another's
			pipe(t, fifo)
			args := slices.Clone(c.args)
			args[slices.Index(args, "fifo")] = fifo
			r, took := process(t, 1500*time.Millisecond, args...)
			if r.code != c.code || took > 3*time.Second { // on a loaded machine
				t.Errorf("exit code %d after %v: %+v", r.code, took, r)
			}
			if c.found != (strings.Count(r.stdout, "\n") == 1) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestLinkedRuleFoldersAreRead: each once, whatever leads to it.
func TestLinkedRuleFoldersAreRead(t *testing.T) {
	evidenceFolder(t)
	put(t, "shared/deep/s.yml", strings.Replace(rootLoginRule, "0001", "0002", 1))
	for link, target := range map[string]string{
		"rules/shared": "../shared", "rules/again": "../shared/deep", "rules/loop": ".", "shared/deep/up": "../../rules", "rules/gone": "nowhere",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	r := inProcess("hunt", "logs", "--rules", "rules", "--format", "jsonl")
	if r.code != 1 || strings.Count(r.stdout, "\n") != 2 || !strings.Contains(r.stderr, "rules    2 loaded") {
		t.Errorf("%+v", r)
	}
	if _, ledger, _ := strings.Cut(r.stderr, "ledger"); !strings.Contains(ledger, "rules/gone") {
		t.Errorf("no line for the link that leads nowhere:\n%s", r.stderr)
	}
}
