//go:build linux || darwin

package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// runPager is a pager for tests: it takes the terminal over, shows its input, and gives the terminal back at a key.
func runPager() {
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	before, err := term.MakeRaw(int(terminal.Fd()))
	if err != nil {
		panic(err)
	}
	fmt.Fprint(terminal, "<page>")
	text, _ := io.ReadAll(os.Stdin)
	fmt.Fprintf(terminal, "<%d bytes>", len(text))
	_, _ = terminal.Read(make([]byte, 1))
	fmt.Fprint(terminal, "</page>")
	if err := term.Restore(int(terminal.Fd()), before); err != nil {
		panic(err)
	}
}

// terminal is a shell command that runs in a terminal of its own.
type terminal struct {
	*testing.T
	pty *os.File
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

func startInTerminal(t *testing.T, rows, columns uint16, env []string, script string) *terminal {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=", "XDG_CONFIG_HOME="+t.TempDir())
	cmd.Env = append(cmd.Env, env...)
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: rows, Cols: columns})
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	term := &terminal{T: t, pty: file, cmd: cmd}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := file.Read(buf)
			term.mu.Lock()
			term.out.Write(buf[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		file.Close()
	})
	return term
}

// screen is everything that was written to the terminal so far.
func (t *terminal) screen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.String()
}

// wait waits until the terminal shows a text.
func (t *terminal) wait(text string) {
	t.Helper()
	for start := time.Now(); !strings.Contains(t.screen(), text); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("the terminal does not show %q:\n%q", text, t.screen())
		}
	}
}

// end waits for the end of the command and returns all that it wrote.
func (t *terminal) end() string {
	t.Helper()
	done := make(chan struct{})
	go func() {
		_ = t.cmd.Wait() // exit codes are those of the shell's last command
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatalf("the command does not end:\n%q", t.screen())
	}
	time.Sleep(50 * time.Millisecond)
	return t.screen()
}

// writeHunt writes two log files and a rule that matches the first event, and returns the folder.
func writeHunt(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	event := func(id, name string) string {
		return `{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"},` +
			`"eventTime":"2026-03-10T11:47:12Z","eventSource":"signin.amazonaws.com","eventName":"` + name + `","awsRegion":"us-east-1",` +
			`"sourceIPAddress":"192.0.2.7","eventID":"` + id + `","recipientAccountId":"111122223333"}` + "\n"
	}
	for name, text := range map[string]string{
		"logs/1.jsonl": event("11111111-0000-4000-8000-000000000001", "ConsoleLogin"),
		"logs/2.jsonl": event("11111111-0000-4000-8000-000000000002", "ListBuckets"),
		"rule.yml": "title: Sign-in as root\nid: 0a1b2c3d-0000-4000-8000-000000000001\nlevel: high\n" +
			"logsource: {product: aws, service: cloudtrail}\ndetection:\n  selection: {eventName: ConsoleLogin}\n  condition: selection\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPagerOwnsTheScreen: while a pager shows the findings, neither the bar nor the ledger is drawn over its page. The
// ledger comes when the user leaves it.
func TestPagerOwnsTheScreen(t *testing.T) {
	t.Parallel()
	dir := writeHunt(t)
	term := startInTerminal(t, 24, 80, nil, fmt.Sprintf(
		"cd %s; { sleep 0.5; cat logs/1.jsonl; sleep 0.7; cat logs/2.jsonl; } | egret hunt - --color never --rules rule.yml --include nothing,T9999 --include 0a1b2c3d-0000-4000-8000-000000000001 | egret-pager", dir))
	term.wait(" bytes>") // egret has closed its output
	time.Sleep(300 * time.Millisecond)
	before := term.screen()
	_, page, _ := strings.Cut(before, "<page>")
	if page = strings.TrimSpace(page); !strings.HasPrefix(page, "<") || strings.Count(page, "<") != 1 || !strings.HasSuffix(page, " bytes>") {
		t.Errorf("something was drawn over the page: %q", page)
	}
	if _, err := term.pty.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	_, after, left := strings.Cut(term.end(), "</page>")
	if !left || !strings.Contains(after, "ledger") || !strings.Contains(after, "findings 1") {
		t.Errorf("the ledger does not follow the pager: %q", after)
	}
}

// TestBarBesideAFilter: with stdout in a pipe to a program that leaves the screen alone, progress is shown, and the bar
// is gone in the end.
func TestBarBesideAFilter(t *testing.T) {
	t.Parallel()
	dir := writeHunt(t)
	term := startInTerminal(t, 24, 60, nil, fmt.Sprintf(
		"cd %s; { cat logs/1.jsonl; sleep 1; cat logs/2.jsonl; } | egret hunt - --rules rule.yml --format jsonl | wc -l", dir))
	out := term.end()
	if !strings.Contains(out, "of 1 files") {
		t.Errorf("no progress: %q", out)
	}
	for frame := range strings.SplitSeq(out, "\r") {
		if line, _, ok := strings.Cut(frame, "\x1b[K"); ok && len([]rune(line)) > 59 {
			t.Errorf("a bar of %d columns on a terminal of 60: %q", len([]rune(line)), line)
		}
	}
	if last := strings.LastIndex(out, "of 1 files"); !strings.Contains(out[last:], "\r\x1b[K") || !strings.Contains(out[last:], "ledger") {
		t.Errorf("the bar stays: %q", out[last:])
	}
}

// TestInterruptInTerminal: Ctrl-C ends a hunt with what was found and a ledger that accounts for every file.
func TestInterruptInTerminal(t *testing.T) {
	dir := writeHunt(t)
	fifo := filepath.Join(dir, "wait")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	for i := range 600 { // more than the reader's queue holds
		if err := os.WriteFile(filepath.Join(dir, "logs", fmt.Sprintf("n%03d.jsonl", i)), []byte(`{"eventVersion":"1.08"}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	term := startInTerminal(t, 24, 80, nil, fmt.Sprintf("cd %s; exec 3<>wait; egret hunt --threads 1 --rules rule.yml wait logs --ledger ledger.json", dir))
	term.wait("0 of 603 files") // the number grows until all are found
	if _, err := term.pty.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	out := term.end()
	for _, want := range []string{"stopping", "ledger, partial: stopped by a signal", "603 found: 0 read", "not reached"} {
		if !strings.Contains(out, want) {
			t.Errorf("the terminal does not show %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "No findings.") {
		t.Errorf("nothing was read, and it says:\n%s", out)
	}
}

// TestColor: colours are for terminals, unless NO_COLOR or --color says otherwise; --color wins.
func TestColor(t *testing.T) {
	t.Parallel()
	dir := writeHunt(t)
	if err := os.WriteFile(filepath.Join(dir, "bad.yml"), []byte("title: x\ndetection: {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const hunt = "egret hunt logs --rules rule.yml"
	for _, tt := range []struct {
		name, env, script string
		want              bool
	}{
		{"terminal", "NO_COLOR=", hunt, true},
		{"NO_COLOR", "NO_COLOR=1", hunt, false},
		{"dumb", "TERM=dumb", hunt, false},
		{"never", "NO_COLOR=", hunt + " --color never", false},
		{"no-color", "NO_COLOR=", hunt + " --no-color", false},
		{"always over NO_COLOR", "NO_COLOR=1", hunt + " --color always", true},
		{"pipe", "NO_COLOR=", hunt + " 2>&1 | cat", false},
		{"pipe, always", "NO_COLOR=", hunt + " --color=always 2>&1 | cat", true},
		{"list, always", "NO_COLOR=", "egret list rules --rules bad.yml --color=always 2>&1 | cat", true},
		{"list, before the command", "NO_COLOR=", "egret --color=always list rules --rules bad.yml 2>&1 | cat", true},
		{"explain, always", "NO_COLOR=", "egret explain rule.yml --color=always | cat", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := startInTerminal(t, 24, 80, []string{tt.env}, "cd "+dir+"; "+tt.script).end()
			if got := strings.Contains(out, "\x1b[1m") || strings.Contains(out, "\x1b[1;"); got != tt.want {
				t.Errorf("colours: %v, want %v:\n%q", got, tt.want, out)
			}
		})
	}
}

// TestHelpFitsTheTerminal: help is as wide as the terminal that it goes to.
func TestHelpFitsTheTerminal(t *testing.T) {
	for _, columns := range []uint16{60, 100} {
		out := startInTerminal(t, 24, columns, nil, "egret hunt --help").end()
		widest := 0
		for line := range strings.Lines(out) {
			widest = max(widest, len([]rune(strings.TrimRight(line, "\r\n"))))
		}
		if widest > int(columns) || widest < int(columns)-5 {
			t.Errorf("%d columns on a terminal of %d", widest, columns)
		}
	}
}

// TestReportIsNotForTerminals: a page of HTML on a terminal helps nobody, so the command says where it should go.
func TestReportIsNotForTerminals(t *testing.T) {
	dir := writeHunt(t)
	term := startInTerminal(t, 24, 100, nil, fmt.Sprintf("cd %s; egret hunt logs --rules rule.yml --format html; echo code $?", dir))
	screen := term.end()
	for _, want := range []string{"--format html is not for a terminal", "-o report.html", "code 3"} {
		if !strings.Contains(screen, want) {
			t.Errorf("the terminal does not show %q:\n%s", want, screen)
		}
	}
	if strings.Contains(screen, "<html") {
		t.Errorf("the report is on the terminal:\n%s", screen)
	}
}

// TestAnswerIsLeftOnTheScreen: on a terminal the story comes first, and its answer is what is left on the screen after the hunt.
func TestAnswerIsLeftOnTheScreen(t *testing.T) {
	dir := writeHunt(t)
	hunt := fmt.Sprintf("cd %s; egret hunt logs --rules rule.yml --color never", dir)
	out := strings.ReplaceAll(startInTerminal(t, 24, 80, nil, hunt).end(), "\r", "")
	const answer = "INTRUSION 1 of 1"
	if strings.Count(out, answer) != 2 {
		t.Fatalf("the answer is not there twice:\n%s", out)
	}
	screen := strings.Split(strings.TrimRight(out, "\n"), "\n")
	screen = screen[max(0, len(screen)-23):]
	if left := strings.Join(screen, "\n"); !strings.Contains(left, answer) || !strings.Contains(left, "do now") {
		t.Errorf("what is left on the screen:\n%s", left)
	}
	for _, without := range []string{" --format timeline", " | cat", " -q --format timeline"} {
		if out := startInTerminal(t, 24, 80, nil, hunt+without).end(); strings.Contains(out, answer) {
			t.Errorf("%s: a story:\n%s", without, out)
		}
	}
	if out := startInTerminal(t, 24, 80, nil, hunt+" -q").end(); strings.Count(out, answer) != 1 {
		t.Errorf("-q: the answer is not there once:\n%s", out)
	}
}
