//go:build !windows

package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOutputsNeverReplaceInputs: whatever name leads to what is read, it stays as it was, and the exit code is 3.
func TestOutputsNeverReplaceInputs(t *testing.T) {
	for _, c := range []struct{ name, line, keep string }{
		{"a file", "egret hunt logs/a.jsonl --rules rules -o logs/a.jsonl", "logs/a.jsonl"},
		{"its ledger", "egret hunt logs/a.jsonl --rules rules --ledger logs/a.jsonl", "logs/a.jsonl"},
		{"another spelling", "egret hunt logs/a.jsonl --rules rules -o $PWD/rules/../logs//a.jsonl", "logs/a.jsonl"},
		{"a file in a folder", "egret hunt logs --rules rules -o logs/a.jsonl", "logs/a.jsonl"},
		{"a file of a glob", "egret hunt 'lo*/**/*.jsonl' --rules rules -o logs/a.jsonl", "logs/a.jsonl"},
		{"a link to a file", "ln -s logs/a.jsonl link; egret hunt logs --rules rules -o link", "logs/a.jsonl"},
		{"a hard link to a file", "ln logs/a.jsonl hard; egret hunt logs --rules rules -o hard", "hard"},
		{"a file that a link in the folder leads to", "cp logs/a.jsonl far; ln -s ../far logs/b.jsonl; egret hunt logs --rules rules -o far", "far"},
		{"a file by a linked folder", "ln -s logs lnk; egret hunt logs --rules rules -o lnk/a.jsonl", "logs/a.jsonl"},
		{"an archive", "tar cf logs.tar logs; cp logs.tar copy; egret hunt logs.tar --rules rules -o logs.tar; code=$?; cmp logs.tar copy && exit $code", "logs/a.jsonl"},
		{"stdin", "egret hunt - --rules rules -o logs/a.jsonl < logs/a.jsonl", "logs/a.jsonl"},
		{"stdin by its device", "egret hunt /dev/stdin --rules rules -o logs/a.jsonl < logs/a.jsonl", "logs/a.jsonl"},
		{"stdout that is appended", "egret hunt logs/a.jsonl --rules rules --format jsonl >> logs/a.jsonl", "logs/a.jsonl"},
		{"stdout within a folder", "egret hunt logs --rules rules --format jsonl >> logs/a.jsonl", "logs/a.jsonl"},
		{"a rule", "egret hunt logs --rules rules -o rules/r.yml", "rules/r.yml"},
		{"a rule by its link", "ln -s rules/r.yml rule; egret hunt logs --rules rules --ledger rule", "rules/r.yml"},
		{"the configuration", "egret hunt logs -o egret.yaml", "egret.yaml"},
		{"a named configuration", "cp egret.yaml other.yaml; egret hunt logs --config other.yaml -o other.yaml", "other.yaml"},
		{"one another", "egret hunt logs --rules rules -o out --ledger out", ""},
		{"one another by a link", "ln -s out link; egret hunt logs --rules rules -o out --ledger link", ""},
		{"one another by a folder", "mkdir d; ln -s d e; egret hunt logs --rules rules -o d/out --ledger e/out", ""},
		{"a rule that is converted", "egret convert -t athena rules/r.yml -o rules/r.yml", "rules/r.yml"},
		{"a rule in a folder that is converted", "egret convert -t athena rules -o rules/r.yml", "rules/r.yml"},
		{"what is inspected", "egret table ddl cloudtrail --inspect logs --bucket my-logs -o logs/a.jsonl", "logs/a.jsonl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			evidenceFolder(t)
			put(t, "egret.yaml", "rules: [rules]\n")
			keep := map[string]string{"logs/a.jsonl": rootLogin, "hard": rootLogin, "far": rootLogin, "rules/r.yml": rootLoginRule,
				"egret.yaml": "rules: [rules]\n", "other.yaml": "rules: [rules]\n"}
			out, err := exec.Command("bash", "-c", c.line).CombinedOutput()
			if code := exitOf(err); code != 3 {
				t.Errorf("exit code %d:\n%s", code, out)
			}
			if c.keep != "" {
				if text, err := os.ReadFile(c.keep); err != nil || string(text) != keep[c.keep] {
					t.Errorf("%s is now %q (%v)", c.keep, text, err)
				}
			}
			if _, err := os.Lstat("out"); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// TestLinksKeepTheirPlace: -o writes to what a link leads to, whether that is there already or not.
func TestLinksKeepTheirPlace(t *testing.T) {
	evidenceFolder(t)
	put(t, "target", "old")
	for link, target := range map[string]string{"link": "target", "chain": "link", "fresh": "sub/new"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("sub", 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "target", "chain": "target", "fresh": "sub/new"} {
		put(t, "target", "old")
		if r := inProcess("hunt", "logs", "--rules", "rules", "--format", "jsonl", "-o", link); r.code != 1 {
			t.Errorf("%+v", r)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more (%v)", link, err)
		}
		if text, err := os.ReadFile(target); err != nil || !strings.HasPrefix(string(text), `{"time"`) {
			t.Errorf("%s holds %q (%v)", target, text, err)
		}
	}
}

// TestOneExitCodeForOutputs: every command says the same of a place that cannot be written.
func TestOneExitCodeForOutputs(t *testing.T) {
	evidenceFolder(t)
	put(t, "file", "")
	for _, place := range []string{"nowhere/out", "logs", "file/out", "/dev/full"} {
		for _, args := range [][]string{
			{"hunt", "logs", "--rules", "rules", "--format", "jsonl", "-o"},
			{"hunt", "logs", "--rules", "rules", "--format", "json", "--ledger"},
			{"convert", "-t", "athena", "rules/r.yml", "-o"},
			{"table", "ddl", "cloudtrail", "--bucket", "my-logs", "--accounts", "111122223333", "--regions", "eu-west-1", "-o"},
		} {
			if place == "logs" && args[0] == "convert" {
				continue // that is a folder for its files
			}
			if r := inProcess(append(args, place)...); r.code != 4 || !strings.Contains(r.stderr, "cannot write") {
				t.Errorf("%v %s: %+v", args, place, r)
			}
		}
	}
}

// TestAFullDiskIsTold: not as a limit on findings.
func TestAFullDiskIsTold(t *testing.T) {
	evidenceFolder(t)
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	put(t, "logs/b.jsonl", strings.Repeat(strings.Replace(rootLogin, "0001\"", "0002\"", 1), 1))
	r := inProcess("hunt", "logs", "--rules", "rules", "--format", "jsonl", "-o", "/dev/full", "--ledger", "ledger.json")
	if r.code != 4 || strings.Contains(r.stderr, "max-findings") || !strings.Contains(r.stderr, "findings not all written: cannot write: ") ||
		!strings.Contains(r.stderr, "no space left") {
		t.Errorf("%+v", r)
	}
	if text, err := os.ReadFile("ledger.json"); err != nil || !strings.Contains(string(text), `"write_error": "cannot write: `) {
		t.Errorf("%s (%v)", text, err)
	}
}

// TestNoConfigurationFromEvidence: an egret.yaml within what is hunted is passed over, and the hunt says so.
func TestNoConfigurationFromEvidence(t *testing.T) {
	const off = "disabled: [0a1b2c3d-0000-4000-8000-000000000001]\n"
	for _, c := range []struct {
		name, line, config string
		read               bool
	}{
		{"in the folder", "cd logs && egret hunt . --rules ../rules", "logs/egret.yaml", false},
		{"in the folder by its path", "cd logs && egret hunt $PWD --rules ../rules", "logs/egret.yaml", false},
		{"in the folder by a link", "ln -s logs lnk; cd logs && egret hunt ../lnk --rules ../rules", "logs/egret.yaml", false},
		{"in the folder, working from a link", "ln -s logs lnk; cd lnk && egret hunt ../logs --rules $OLDPWD/rules", "logs/egret.yaml", false},
		{"above, but within", "mkdir logs/deep; cp logs/a.jsonl logs/deep; cd logs/deep && egret hunt .. --rules ../../rules", "logs/egret.yaml", false},
		{"a glob", "cd logs && egret hunt '*' --rules ../rules", "logs/egret.yaml", false},
		{"a shell's glob", "cd logs && egret hunt * --rules ../rules", "logs/egret.yaml", false},
		{"a deep glob", "cd logs && egret hunt '../logs/**/*.jsonl' --rules ../rules", "logs/egret.yaml", false},
		{"a link to it from outside", "ln -s logs/egret.yaml egret.yaml; egret hunt logs --rules rules", "logs/egret.yaml", false},
		{"the user's, within", "egret hunt .config logs --rules rules", ".config/egret/egret.yaml", false},
		{"beside the folder", "egret hunt logs --rules rules", "egret.yaml", true},
		{"above the folder", "cd logs && egret hunt . --rules ../rules", "egret.yaml", true},
		{"named", "cd logs && egret hunt . --rules ../rules --config egret.yaml", "logs/egret.yaml", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			evidenceFolder(t)
			put(t, c.config, off)
			out, err := exec.Command("bash", "-c", c.line+" --format jsonl -q --ledger ../ledger.json").Output()
			stderr := ""
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				stderr = string(exit.Stderr)
			}
			found, told := len(out) > 0, strings.Contains(stderr, filepath.Base(c.config)+" was not read")
			if found == c.read || !c.read && !told {
				t.Errorf("found %v, told %v:\n%s\n%s", found, told, out, stderr)
			}
		})
	}
}

// TestTheNextHuntRemovesWhatAKilledOneLeft: its folders for temporary files, and a half-written output.
func TestTheNextHuntRemovesWhatAKilledOneLeft(t *testing.T) {
	if !hasDuckDB {
		t.Skip("this build has no DuckDB")
	}
	dir := evidenceFolder(t)
	put(t, "tmp/egret-hunt-kept/note", "not egret's")
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	pipe(t, "fifo")
	cmd := exec.Command("egret", "hunt", "--engine", "duckdb", "--table", "logs/*.jsonl", "--layout", "cloudtrail/athena", "--rules", "rules", "--all-time", "-o", "fifo")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	left := func() []string {
		list, _ := filepath.Glob("tmp/egret-*-[0-9]*") // the pattern is well-formed
		return list
	}
	for deadline := time.Now().Add(30 * time.Second); len(left()) < 2 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
	}
	r := inProcess("hunt", "logs", "--rules", "rules") // while the other lives
	if n := len(left()); r.code != 1 || n != 2 {
		t.Errorf("%d folders while the hunt runs: %+v", n, r)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if n := len(left()); n != 2 {
		t.Errorf("%d folders after the kill", n)
	}
	if r := inProcess("hunt", "logs", "--rules", "rules"); r.code != 1 || len(left()) != 0 {
		t.Errorf("still there: %v, %+v", left(), r)
	}
	read(t, "tmp/egret-hunt-kept/note")
}
