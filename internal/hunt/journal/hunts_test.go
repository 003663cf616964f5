package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultDirFollowsXDG(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the paths are those of Linux")
	}
	t.Setenv("HOME", "/home/hunter")
	for variable, want := range map[string]string{
		"":          "/home/hunter/.local/state/egret/hunts",
		"/var/keep": "/var/keep/egret/hunts",
		"relative":  "/home/hunter/.local/state/egret/hunts", // the XDG specification requires relative paths to be ignored
	} {
		t.Setenv("XDG_STATE_HOME", variable)
		if got, err := DefaultDir(); err != nil || got != want {
			t.Errorf("%q: got %s (error %v)", variable, got, err)
		}
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	if _, err := DefaultDir(); err == nil || !strings.Contains(err.Error(), "--state") {
		t.Errorf("without a home folder: got error %v", err)
	}
}

func TestIDsAreUniqueAndChecked(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	for range 5 {
		h := testHeader
		h.ID = ""
		h.Created = time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("", -3600)) // the next day in UTC
		j, err := Create(dir, h)
		must(t, err)
		if !regexp.MustCompile(`^20261122-[2-9a-z]{6}$`).MatchString(j.ID()) || seen[j.ID()] {
			t.Errorf("got id %q", j.ID())
		}
		seen[j.ID()] = true
		must(t, j.Close())
	}
	for _, id := range []string{"", ".", "..", "../" + testHeader.ID, testHeader.ID + "/..", testHeader.ID + "\x00", "20261121_7k3q9x", "20261121-7K3Q9X", "x"} {
		_, err := Open(dir, id)
		for _, err := range []error{err, Remove(dir, id)} {
			if err == nil || !strings.Contains(err.Error(), "not a hunt id") {
				t.Errorf("%q: got error %v", id, err)
			}
		}
	}
	for _, dir := range []string{dir, filepath.Join(dir, "absent")} {
		if _, err := Open(dir, testHeader.ID); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("missing hunt: got error %v, want fs.ErrNotExist", err)
		}
	}
	j, dir := create(t)
	if _, err := Create(dir, testHeader); !errors.Is(err, fs.ErrExist) {
		t.Errorf("existing id: got error %v, want fs.ErrExist", err)
	}
	must(t, j.Note("n", 1)) // the existing hunt is unchanged
}

func TestFoldersArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists instead of modes")
	}
	j, dir := create(t)
	must(t, writeRows(j, "a", []string{"row"}, nil))
	files := 0
	must(t, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		must(t, err)
		info, err := e.Info()
		must(t, err)
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if files++; info.Mode().Perm() != want {
			t.Errorf("%s: got mode %04o, want %04o", name, info.Mode().Perm(), want)
		}
		return nil
	}))
	if files != 6 { // dir, hunt, journal, lock, rows, one file of rows
		t.Errorf("got %d files, want 6", files)
	}
	must(t, j.Close())
	must(t, os.Chmod(j.Path(), 0o770))
	if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "others may write to it (mode 0770)") {
		t.Errorf("folder writable by others: got error %v", err)
	}
	must(t, os.Chmod(j.Path(), 0o700))
	if os.Geteuid() == 0 {
		must(t, os.Chown(j.Path(), 4711, 4711))
		if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "it belongs to user 4711") {
			t.Errorf("folder of another user: got error %v", err)
		}
		return
	}
	must(t, os.Chmod(dir, 0o500))
	defer os.Chmod(dir, 0o700)
	h := testHeader
	h.ID = ""
	if _, err := Create(dir, h); err == nil || !strings.Contains(err.Error(), "choose a writable folder with --state") {
		t.Errorf("unwritable folder: got error %v", err)
	}
}

func TestSymbolicLinksAreRejected(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	j, dir := create(t)
	must(t, writeRows(j, "a", []string{"row"}, nil))
	must(t, j.Close())

	// Instead of a hunt.
	must(t, os.Symlink(j.ID(), filepath.Join(dir, "20261121-aaaaaa")))
	must(t, os.WriteFile(filepath.Join(dir, "20261121-bbbbbb"), nil, 0o600))
	for _, id := range []string{"20261121-aaaaaa", "20261121-bbbbbb"} {
		_, err := Open(dir, id)
		for _, err := range []error{err, Remove(dir, id)} {
			if err == nil || !strings.Contains(err.Error(), "is not a folder") {
				t.Errorf("%s: got error %v", id, err)
			}
		}
	}
	// Instead of a log: a link out of the hunt, one within it, and a folder.
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.WriteFile(outside, []byte("kept"), 0o600))
	log := filepath.Join(j.Path(), logName)
	must(t, os.Rename(log, log+".tmp"))
	for _, target := range []string{outside, logNew} {
		must(t, os.Symlink(target, log))
		if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("link to %s: got error %v", target, err)
		}
		must(t, os.Remove(log))
	}
	must(t, os.Mkdir(log, 0o700))
	if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("folder: got error %v", err)
	}
	must(t, os.Remove(log))
	if _, err := Open(dir, j.ID()); !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), "no log") {
		t.Errorf("missing log: got error %v", err)
	}
	// Instead of the rows.
	must(t, os.Rename(log+".tmp", log))
	rows := filepath.Join(j.Path(), rowsName)
	must(t, os.RemoveAll(rows))
	must(t, os.Symlink(filepath.Dir(outside), rows))
	if j, err := Open(dir, j.ID()); err == nil {
		t.Error("Open accepted rows outside the hunt")
		j.Close()
	}
	if err := Remove(dir, j.ID()); err == nil {
		t.Error("Remove accepted rows outside the hunt")
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "kept" {
		t.Errorf("outside file: got %q (error %v), want it unchanged", text, err)
	}
}

func TestLockExcludesOthers(t *testing.T) {
	j, dir := create(t)
	_, err := Open(dir, j.ID())
	for _, err := range []error{err, Remove(dir, j.ID())} {
		if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "(process ") {
			t.Errorf("hunt in use: got error %v, want ErrInUse", err)
		}
	}
	if entries, err := List(dir); err != nil || len(entries) != 1 || !entries[0].Running {
		t.Errorf("got list %+v (error %v), want one running hunt", entries, err)
	}
	must(t, j.Close())
	must(t, j.Close())
	if err := j.Note("n", 1); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Note on a closed journal: got error %v, want os.ErrClosed", err)
	}
	again, err := Open(dir, j.ID())
	must(t, err)
	must(t, again.Close())
}

func TestListLatestPruneAndRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hunts")
	if entries, err := List(dir); err != nil || entries != nil {
		t.Errorf("List of a missing folder: got %v (error %v)", entries, err)
	}
	if latest, err := Latest(dir); err != nil || latest != nil {
		t.Errorf("Latest of a missing folder: got %v (error %v)", latest, err)
	}
	now := time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)
	add := func(id string, created, changed time.Time, finish bool) *Journal {
		h := testHeader
		h.ID, h.Created = id, created
		j, err := Create(dir, h)
		must(t, err)
		must(t, writeRows(j, "a", []string{"row"}, nil))
		if finish {
			must(t, j.Finish())
		}
		must(t, os.Chtimes(filepath.Join(j.Path(), logName), changed, changed))
		return j
	}
	day := 24 * time.Hour
	must(t, add("20261101-aaaaaa", now.Add(-60*day), now.Add(-50*day), false).Close())
	must(t, add("20261101-bbbbbb", now.Add(-60*day), now.Add(-50*day), true).Close())
	must(t, add("20261102-cccccc", now.Add(-59*day), now.Add(-day), false).Close())
	must(t, add("20261230-dddddd", now.Add(-day), now.Add(-day), true).Close())
	running := add("20261029-eeeeee", now.Add(-63*day), now.Add(-50*day), false)
	defer running.Close()
	must(t, os.Mkdir(filepath.Join(dir, "20261001-ffffff"), 0o700)) // killed before it began
	must(t, os.Chtimes(filepath.Join(dir, "20261001-ffffff"), now, now.Add(-90*day)))
	must(t, os.Mkdir(filepath.Join(dir, "notes"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "20261103-gggggg"), []byte("no hunt"), 0o600))

	type seen struct {
		ID                       string
		Finished, Running, Error bool
		Days                     int
	}
	inspect := func() []seen {
		entries, err := List(dir)
		must(t, err)
		var all []seen
		for _, e := range entries {
			s := seen{e.ID, e.Finished, e.Running, e.Err != nil, 0}
			if !e.Changed.IsZero() {
				s.Days = int(now.Sub(e.Changed).Hours() / 24)
			}
			if e.Err == nil && (e.Header.ID != e.ID || e.Bytes < 200) {
				t.Errorf("%+v", e)
			}
			all = append(all, s)
		}
		return all
	}
	if diff := cmp.Diff([]seen{
		{"20261001-ffffff", false, false, true, 90},
		{"20261029-eeeeee", false, true, false, 50},
		{"20261101-aaaaaa", false, false, false, 50},
		{"20261101-bbbbbb", true, false, false, 50},
		{"20261102-cccccc", false, false, false, 1},
		{"20261103-gggggg", false, false, true, 0},
		{"20261230-dddddd", true, false, false, 1},
	}, inspect()); diff != "" {
		t.Error(diff)
	}
	if latest, err := Latest(dir); err != nil || latest == nil || latest.ID != "20261102-cccccc" {
		t.Errorf("got latest %+v (error %v), want 20261102-cccccc", latest, err)
	}
	removed, err := Prune(dir, 30*day, now)
	if diff := cmp.Diff([]string{"20261001-ffffff", "20261101-aaaaaa", "20261101-bbbbbb"}, removed); diff != "" || err != nil {
		t.Error(diff, err)
	}
	must(t, Remove(dir, "20261102-cccccc"))
	must(t, os.WriteFile(filepath.Join(dir, "20261230-dddddd", "mine.txt"), nil, 0o600))
	if err := Remove(dir, "20261230-dddddd"); err == nil || !strings.Contains(err.Error(), `"mine.txt", which egret did not create`) {
		t.Errorf("folder with other files: got error %v", err)
	}
	if diff := cmp.Diff([]seen{{"20261029-eeeeee", false, true, false, 50}, {"20261103-gggggg", false, false, true, 0}, {"20261230-dddddd", true, false, false, 1}}, inspect()); diff != "" {
		t.Error(diff)
	}
	if err := Remove(dir, "20261102-cccccc"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing hunt: got error %v, want fs.ErrNotExist", err)
	}
}
