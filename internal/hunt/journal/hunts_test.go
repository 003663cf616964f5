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

func TestDefaultDir(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the places of Linux and its kin")
	}
	t.Setenv("HOME", "/home/hunter")
	for variable, want := range map[string]string{
		"":          "/home/hunter/.local/state/egret/hunts",
		"/var/keep": "/var/keep/egret/hunts",
		"relative":  "/home/hunter/.local/state/egret/hunts", // the specification of XDG has it ignored
	} {
		t.Setenv("XDG_STATE_HOME", variable)
		if got, err := DefaultDir(); err != nil || got != want {
			t.Errorf("%q: %s, %v", variable, got, err)
		}
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	if _, err := DefaultDir(); err == nil || !strings.Contains(err.Error(), "--state") {
		t.Errorf("without a home: %v", err)
	}
}

func TestIDs(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	for range 5 {
		h := testHeader
		h.ID = ""
		h.Created = time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("", -3600)) // the next day in UTC
		j, err := Create(dir, h)
		must(t, err)
		if !regexp.MustCompile(`^20261122-[2-9a-z]{6}$`).MatchString(j.ID()) || seen[j.ID()] {
			t.Errorf("id %q", j.ID())
		}
		seen[j.ID()] = true
		must(t, j.Close())
	}
	for _, id := range []string{"", ".", "..", "../" + testHeader.ID, testHeader.ID + "/..", testHeader.ID + "\x00", "20261121_7k3q9x", "20261121-7K3Q9X", "x"} {
		_, err := Open(dir, id)
		for _, err := range []error{err, Remove(dir, id)} {
			if err == nil || !strings.Contains(err.Error(), "no id of a hunt") {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	for _, dir := range []string{dir, filepath.Join(dir, "absent")} {
		if _, err := Open(dir, testHeader.ID); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a hunt that is not there: %v", err)
		}
	}
	j, dir := create(t)
	if _, err := Create(dir, testHeader); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an id that is taken: %v", err)
	}
	must(t, j.Note("n", 1)) // what was there is as it was
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists in place of modes")
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
			t.Errorf("%s has mode %04o", name, info.Mode().Perm())
		}
		return nil
	}))
	if files != 6 { // dir, hunt, journal, lock, rows, one file of rows
		t.Errorf("%d files", files)
	}
	must(t, j.Close())
	must(t, os.Chmod(j.Path(), 0o770))
	if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "others may write to it (mode 0770)") {
		t.Errorf("a folder that others may write to: %v", err)
	}
	must(t, os.Chmod(j.Path(), 0o700))
	if os.Geteuid() == 0 {
		must(t, os.Chown(j.Path(), 4711, 4711))
		if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "it belongs to user 4711") {
			t.Errorf("a folder of somebody else: %v", err)
		}
		return
	}
	must(t, os.Chmod(dir, 0o500))
	defer os.Chmod(dir, 0o700)
	h := testHeader
	h.ID = ""
	if _, err := Create(dir, h); err == nil || !strings.Contains(err.Error(), "choose a folder that can be written with --state") {
		t.Errorf("a folder that cannot be written: %v", err)
	}
}

func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	j, dir := create(t)
	must(t, writeRows(j, "a", []string{"row"}, nil))
	must(t, j.Close())

	// In the place of a hunt.
	must(t, os.Symlink(j.ID(), filepath.Join(dir, "20261121-aaaaaa")))
	must(t, os.WriteFile(filepath.Join(dir, "20261121-bbbbbb"), nil, 0o600))
	for _, id := range []string{"20261121-aaaaaa", "20261121-bbbbbb"} {
		_, err := Open(dir, id)
		for _, err := range []error{err, Remove(dir, id)} {
			if err == nil || !strings.Contains(err.Error(), "is no folder") {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
	// In the place of a log: out of the hunt, within it, and what would block.
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.WriteFile(outside, []byte("kept"), 0o600))
	log := filepath.Join(j.Path(), logName)
	must(t, os.Rename(log, log+".tmp"))
	for _, target := range []string{outside, logNew} {
		must(t, os.Symlink(target, log))
		if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("a link to %s: %v", target, err)
		}
		must(t, os.Remove(log))
	}
	must(t, os.Mkdir(log, 0o700))
	if _, err := Open(dir, j.ID()); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: %v", err)
	}
	must(t, os.Remove(log))
	if _, err := Open(dir, j.ID()); !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), "no log") {
		t.Errorf("nothing: %v", err)
	}
	// In the place of the rows.
	must(t, os.Rename(log+".tmp", log))
	rows := filepath.Join(j.Path(), rowsName)
	must(t, os.RemoveAll(rows))
	must(t, os.Symlink(filepath.Dir(outside), rows))
	if j, err := Open(dir, j.ID()); err == nil {
		t.Error("rows that lie elsewhere")
		j.Close()
	}
	if err := Remove(dir, j.ID()); err == nil {
		t.Error("rows that lie elsewhere were removed")
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "kept" {
		t.Errorf("outside: %q, %v", text, err)
	}
}

func TestLock(t *testing.T) {
	j, dir := create(t)
	_, err := Open(dir, j.ID())
	for _, err := range []error{err, Remove(dir, j.ID())} {
		if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "(process ") {
			t.Errorf("a hunt in use: %v", err)
		}
	}
	if entries, err := List(dir); err != nil || len(entries) != 1 || !entries[0].Running {
		t.Errorf("list %+v, %v", entries, err)
	}
	must(t, j.Close())
	must(t, j.Close())
	if err := j.Note("n", 1); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a note for a closed journal: %v", err)
	}
	again, err := Open(dir, j.ID())
	must(t, err)
	must(t, again.Close())
}

func TestListLatestPruneRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hunts")
	if entries, err := List(dir); err != nil || entries != nil {
		t.Errorf("no folder: %v, %v", entries, err)
	}
	if latest, err := Latest(dir); err != nil || latest != nil {
		t.Errorf("no folder: %v, %v", latest, err)
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
	look := func() []seen {
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
	}, look()); diff != "" {
		t.Error(diff)
	}
	if latest, err := Latest(dir); err != nil || latest == nil || latest.ID != "20261102-cccccc" {
		t.Errorf("latest %+v, %v", latest, err)
	}
	removed, err := Prune(dir, 30*day, now)
	if diff := cmp.Diff([]string{"20261001-ffffff", "20261101-aaaaaa", "20261101-bbbbbb"}, removed); diff != "" || err != nil {
		t.Error(diff, err)
	}
	must(t, Remove(dir, "20261102-cccccc"))
	must(t, os.WriteFile(filepath.Join(dir, "20261230-dddddd", "mine.txt"), nil, 0o600))
	if err := Remove(dir, "20261230-dddddd"); err == nil || !strings.Contains(err.Error(), `"mine.txt", which is none of egret's`) {
		t.Errorf("a folder with files of others: %v", err)
	}
	if diff := cmp.Diff([]seen{{"20261029-eeeeee", false, true, false, 50}, {"20261103-gggggg", false, false, true, 0}, {"20261230-dddddd", true, false, false, 1}}, look()); diff != "" {
		t.Error(diff)
	}
	if err := Remove(dir, "20261102-cccccc"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a hunt that is not there: %v", err)
	}
}
