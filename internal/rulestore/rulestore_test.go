package rulestore

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"aead.dev/minisign"
)

const rule = `title: One
id: 0a1b2c3d-0000-4000-8000-00000000000%d
level: low
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: %s}, condition: selection}
`

// an entry is a member of a test archive.
type entry struct {
	name, text string
	mode       os.FileMode
}

func rules(name string) []entry {
	return []entry{{name: "rules/one.yml", text: fmt.Sprintf(rule, 1, name)}, {name: "rules/two.yml", text: fmt.Sprintf(rule, 2, name)}}
}

func zipFile(t testing.TB, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		member, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := member.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "a.zip", b.String())
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func request(path string) Request {
	return Request{Source: "ours", Name: "main", Path: path, Now: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}
}

// usable checks that one complete version is installed, and returns which: the event name of its rules.
func usable(t *testing.T, s *Store) string {
	t.Helper()
	p, err := s.Find("ours/main", nil)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Intact(p); err != nil || !ok {
		t.Fatalf("version %s is not intact: %v", p.Version, err)
	}
	text, err := os.ReadFile(filepath.Join(s.Path(p), "rules", "one.yml"))
	if err != nil {
		t.Fatal(err)
	}
	_, name, _ := strings.Cut(string(text), "eventName: ")
	name, _, _ = strings.Cut(name, "}")
	return name
}

func TestInstallUpdateAndRollBack(t *testing.T) {
	s := In(t.TempDir())
	if _, err := s.Find("ours/main", nil); !errors.Is(err, ErrNone) {
		t.Errorf("nothing is installed: got %v", err)
	}
	first, err := s.Install(t.Context(), request(zipFile(t, append(rules("Old"), entry{name: "version.txt", text: "Release: Core\nVersion: r2026-01-02\n"})...)))
	if err != nil || first.Version != "r2026-01-02" || first.Rules != 2 || first.Before != nil {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := s.Install(t.Context(), request(zipFile(t, append(rules("Old"), entry{name: "version.txt", text: "Release: Core\nVersion: r2026-01-02\n"})...)))
	if err != nil || !again.Unchanged {
		t.Errorf("the same again: got %+v, %v", again, err)
	}
	second, err := s.Install(t.Context(), request(zipFile(t, rules("New")...)))
	if err != nil || second.Before == nil || second.Before.Version != "r2026-01-02" || usable(t, s) != "New" {
		t.Errorf("got %+v, %v", second, err)
	}
	if _, err := s.Install(t.Context(), request(zipFile(t, rules("Newer")...))); err != nil {
		t.Fatal(err)
	}
	if _, before, err := s.Rollback("ours", "main"); err != nil || before.Folder == second.Folder || usable(t, s) != "New" {
		t.Errorf("rolled back: got %+v, %v", before, err)
	}
	if p, err := s.Find("ours@previous", nil); err != nil || p.Folder == second.Folder {
		t.Errorf("the version before: got %+v, %v", p, err)
	}
	entries, err := os.ReadDir(filepath.Join(s.Dir, "ours", "main"))
	if err != nil || len(entries) != 4 { // two versions, the state and the lock
		t.Errorf("got %v, %v", entries, err)
	}
	// Changed files are noticed, and the same archive then mends them.
	if err := os.WriteFile(filepath.Join(s.Path(second.Package), "rules", "two.yml"), []byte("title: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Intact(second.Package); ok || err != nil {
		t.Errorf("a changed file: got %v, %v", ok, err)
	}
	mended, err := s.Install(t.Context(), request(zipFile(t, rules("New")...)))
	if err != nil || mended.Unchanged || usable(t, s) != "New" {
		t.Errorf("mending: got %+v, %v", mended, err)
	}
	if err := s.Remove("ours", "main"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Packages(); err != nil || len(list) != 0 {
		t.Errorf("removed: got %v, %v", list, err)
	}
}

func TestAFolderIsCopied(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"rules/one.yml": fmt.Sprintf(rule, 1, "Old"), ".git/config.yml": "x", "README.md": "y"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := In(t.TempDir())
	r, err := s.Install(t.Context(), request(dir))
	if err != nil || r.Rules != 1 || usable(t, s) != "Old" {
		t.Fatalf("got %+v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(s.Path(r.Package), ".git")); err == nil {
		t.Error("hidden files were copied")
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "rules", "link.yml")); err != nil {
		t.Skip(err)
	}
	if _, err := s.Install(t.Context(), request(dir)); err == nil || !strings.Contains(err.Error(), "rules/link.yml") {
		t.Errorf("a link: got %v", err)
	}
}

// TestHostileArchivesKeepTheOldRules tries archives that attack. Each must be refused with its reason, and the old rules stay.
func TestHostileArchivesKeepTheOldRules(t *testing.T) {
	s := In(t.TempDir())
	if _, err := s.Install(t.Context(), request(zipFile(t, rules("Old")...))); err != nil {
		t.Fatal(err)
	}
	with := func(e entry) string { return zipFile(t, append(rules("New"), e)...) }
	good := zipFile(t, rules("New")...)
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	many := make([]entry, maxFiles+1)
	for i := range many {
		many[i].name = "r/" + strconv.Itoa(i)
	}
	for name, c := range map[string]struct {
		path, sum, want string
	}{
		"upward":         {with(entry{name: "../../evil.yml"}), "", "leaves the folder"},
		"absolute":       {with(entry{name: "/etc/evil.yml"}), "", "absolute path"},
		"backslash":      {with(entry{name: `..\evil.yml`}), "", "backslash"},
		"link":           {with(entry{name: "l.yml", text: "/etc/passwd", mode: os.ModeSymlink | 0o777}), "", "a link"},
		"device":         {with(entry{name: "d.yml", mode: os.ModeDevice | 0o666}), "", "neither a file nor a folder"},
		"letter case":    {with(entry{name: "Rules/ONE.yml", text: "x"}), "", "ignore letter case"},
		"accents":        {zipFile(t, append(rules("New"), entry{name: "\u00e9.yml"}, entry{name: "e\u0301.yml"})...), "", "ignore letter case"},
		"twice":          {with(entry{name: "rules/one.yml", text: "x"}), "", "another entry has this path"},
		"bomb":           {with(entry{name: "b.yml", text: strings.Repeat("a", 17<<20)}), "", "larger than"},
		"ratio":          {"", "", ""},
		"many":           {zipFile(t, many...), "", "more than 50000 entries"},
		"cut":            {write(t, "cut.zip", string(text[:len(text)-30])), "", "damaged or cut off"},
		"no archive":     {write(t, "a.zip", "<html>not found</html>"), "", "neither a zip nor a tar.gz"},
		"empty":          {zipFile(t), "", "has no rules"},
		"no rules":       {zipFile(t, entry{name: "a.yml", text: "a: b\n"}), "", "has no rule that can be read"},
		"wrong checksum": {good, strings.Repeat("0", 64), "expected 0000"},
		"tar link":       {tarFile(t), "", "a link"},
	} {
		if name == "ratio" { // two of these exceed the limit for small archives, one does not
			c.path = zipFile(t, append(rules("New"), entry{name: "b.yml", text: strings.Repeat("a", 9<<20)}, entry{name: "c.yml", text: strings.Repeat("a", 9<<20)})...)
			c.want = "unpacks to more than 16 MB"
		}
		r := request(c.path)
		r.SHA256 = c.sum
		if _, err := s.Install(t.Context(), r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if got := usable(t, s); got != "Old" {
			t.Errorf("%s: the rules are %s", name, got)
		}
		if entries, err := os.ReadDir(filepath.Join(s.Dir, "ours", "main")); err != nil || len(entries) != 3 {
			t.Errorf("%s left %v, %v", name, entries, err)
		}
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "evil.yml")); err == nil {
		t.Error("a file was written outside")
	}
}

func tarFile(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "l.yml", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return write(t, "a.tar.gz", b.String())
}

func TestSignatures(t *testing.T) {
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := zipFile(t, rules("Old")...)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signature := string(minisign.Sign(private, text))
	key, err := public.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, key, signature, want string }{
		"good":               {path, string(key), signature, ""},
		"another key":        {path, other.String(), signature, "expected"},
		"another archive":    {zipFile(t, rules("New")...), string(key), signature, "not valid for this archive"},
		"no signature":       {path, string(key), "", "there is no signature"},
		"a broken one":       {path, string(key), "x", "cannot be read"},
		"a broken key":       {path, "RWx", signature, "key cannot be read"},
		"a folder, unsigned": {filepath.Dir(path), string(key), signature, "a folder has no signature"},
	} {
		r := request(c.path)
		r.Key, r.Signature = c.key, c.signature
		result, err := In(t.TempDir()).Install(t.Context(), r)
		if c.want == "" && (err != nil || result.SignedBy == "") || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %+v, %v; want %q", name, result, err, c.want)
		}
	}
}

// steps are those of an installation, in order.
var steps = []string{"create", "unpack", "sync", "rename", "state", "clean"}

// TestFullDiskKeepsTheOldRules lets the disk be full at each step.
func TestFullDiskKeepsTheOldRules(t *testing.T) {
	for _, at := range steps {
		s := In(t.TempDir())
		if _, err := s.Install(t.Context(), request(zipFile(t, rules("Old")...))); err != nil {
			t.Fatal(err)
		}
		r := request(zipFile(t, rules("New")...))
		r.Step = func(name string) error {
			if name == at {
				return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
			}
			return nil
		}
		_, err := s.Install(t.Context(), r)
		var full *FullError
		if !errors.As(err, &full) || !strings.Contains(err.Error(), "no space is left") {
			t.Errorf("%s: got %v", at, err)
		}
		want := "Old"
		if at == "clean" { // the new version is installed by then
			want = "New"
		}
		if got := usable(t, s); got != want {
			t.Errorf("%s: the rules are %s, want %s", at, got, want)
		}
	}
}

func TestLocksDecideTheVersion(t *testing.T) {
	s := In(t.TempDir())
	old, err := s.Install(t.Context(), request(zipFile(t, rules("Old")...)))
	if err != nil {
		t.Fatal(err)
	}
	lock := &Lock{Path: filepath.Join(t.TempDir(), LockName)}
	lock.Set(old.Package)
	if err := lock.Write(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Install(t.Context(), request(zipFile(t, rules("New")...))); err != nil {
		t.Fatal(err)
	}
	read, err := ReadLock(lock.Path)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.Find("ours/main", read); err != nil || p.Content != old.Content { // the version before is still there
		t.Errorf("got %+v, %v", p, err)
	}
	if _, err := s.Install(t.Context(), request(zipFile(t, rules("Newer")...))); err != nil {
		t.Fatal(err)
	}
	var refused *LockError
	if _, err := s.Find("ours/main", read); !errors.As(err, &refused) {
		t.Errorf("a version that is gone: got %v", err)
	}
	r := request(zipFile(t, rules("Else")...))
	r.Content = old.Content
	if _, err := s.Install(t.Context(), r); err == nil || !strings.Contains(err.Error(), "expected sha256:") {
		t.Errorf("other content than the lock has: got %v", err)
	}
	for _, text := range []string{"packages: x", "other: 1", "packages: [{source: A, package: b}]", "packages: [{source: a, package: b, sha256: zz}]", "{"} {
		if _, err := ParseLock("l", []byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// FuzzParseLock checks that what is read can be written and read again.
func FuzzParseLock(f *testing.F) {
	lock := &Lock{}
	lock.Set(&Package{Source: "a", Name: "b", Version: "1", SHA256: strings.Repeat("0", 64), Content: "sha256:" + strings.Repeat("1", 64)})
	text, err := lock.Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLock("l", []byte(text))
		if err != nil {
			return
		}
		out, err := l.Text()
		if err != nil {
			return
		}
		again, err := ParseLock("l", out)
		if err != nil || !slices.Equal(again.Packages, l.Packages) {
			t.Errorf("%q became %q, %v", text, out, err)
		}
	})
}

// FuzzInstall checks that no archive gets out of its folder or takes the old rules away.
func FuzzInstall(f *testing.F) {
	for _, path := range []string{zipFile(f, rules("New")...), zipFile(f, entry{name: "../x.yml"}), zipFile(f, entry{name: "Rules/One.yml"}, entry{name: "rules/one.yml"})} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root := t.TempDir()
		s := In(filepath.Join(root, "data"))
		if _, err := s.Install(t.Context(), request(zipFile(t, rules("Old")...))); err != nil {
			t.Fatal(err)
		}
		_, err := s.Install(t.Context(), request(write(t, "a.zip", string(text))))
		p, findErr := s.Find("ours/main", nil)
		if findErr != nil {
			t.Fatal(findErr)
		}
		if ok, intactErr := s.Intact(p); !ok || intactErr != nil {
			t.Fatalf("after %v the rules are not intact: %v", err, intactErr)
		}
		if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
			t.Fatalf("files outside: %v, %v", entries, err)
		}
	})
}
