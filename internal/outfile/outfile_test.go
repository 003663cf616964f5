package outfile

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// content returns the content of a file, "" if it does not exist.
func content(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

func TestFileAppearsOnceItIsWhole(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "out"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("out", link); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		end  func(f *File) error
		want string
	}{
		{(*File).Abandon, "old"},
		{func(f *File) error { return errors.Join(f.Settle(), f.Abandon()) }, "old"},
		{(*File).Close, "new"},
	} {
		f, err := Open(t.Context(), link, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, "new"); err != nil || content(path) != "old" || !f.IsFile() {
			t.Errorf("while writing: %q, %v", content(path), err)
		}
		if err := c.end(f); err != nil || content(path) != c.want {
			t.Errorf("got %q, %v; want %q", content(path), err, c.want)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode changed: %v, %v", info.Mode(), err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("temporary files stay: %v, %v", names, err)
	}
}

func TestTryLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := Try(filepath.Join(dir, "out")); err != nil {
		t.Error(err)
	}
	if err := Try(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: got %v", err)
	}
	if err := Try(filepath.Join(dir, "missing", "out")); err == nil {
		t.Error("a missing folder gives no error")
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("files stay: %v, %v", names, err)
	}
}

// brokenPipe is a stream whose reader is gone.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Err: syscall.EPIPE}
}

func TestReaderThatHasGoneIsNoFailure(t *testing.T) {
	f, err := Open(t.Context(), "-", brokenPipe{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, strings.Repeat("x", 1<<20)); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestWriteGivesUpWhenStopped(t *testing.T) {
	r, w := io.Pipe() // which nobody reads
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := Open(ctx, "", w)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = io.WriteString(f, strings.Repeat("x", 1<<20))
	if err = errors.Join(err, f.Close()); !errors.Is(err, ErrNoReader) {
		t.Errorf("got %v, want %v", err, ErrNoReader)
	}
}

func TestGuardKeepsInputs(t *testing.T) {
	dir := t.TempDir()
	input, other := filepath.Join(dir, "input"), filepath.Join(dir, "other")
	for _, path := range []string{input, other} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		output, input string
		refused       bool
	}{
		{input, input, true}, {input, dir, true}, {input, filepath.Join(dir, "in*"), true}, {input, other, false},
		{filepath.Join(dir, "new"), input, false}, {"-", input, false}, {"", dir, false},
	} {
		g, err := NewGuard([2]string{"-o", c.output})
		if err != nil {
			t.Fatal(err)
		}
		var conflict *ConflictError
		if err := g.Inputs(c.input); errors.As(err, &conflict) != c.refused || (err != nil) != c.refused {
			t.Errorf("output %s, input %s: got %v, want refused %v", c.output, c.input, err, c.refused)
		}
	}
	if _, err := NewGuard([2]string{"-o", other}, [2]string{"--ledger", filepath.Join(dir, ".", "other")}); err == nil {
		t.Error("two outputs to one file give no error")
	}
	g, err := NewGuard([2]string{"-o", input})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Files("", filepath.Join(dir, "missing"), other); err != nil {
		t.Error(err)
	}
	if err := g.Files(other, input); err == nil {
		t.Error("a rule file that would be replaced gives no error")
	}
}
