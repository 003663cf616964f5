package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// DefaultDir returns the default folder of hunts: egret/hunts below $XDG_STATE_HOME if that is an absolute path,
// otherwise below ~/.local/state, on macOS below ~/Library/Application Support, and on Windows below %LocalAppData%.
func DefaultDir() (string, error) {
	dir, err := stateDir()
	if err != nil {
		return "", fmt.Errorf("the default folder for journals of hunts is unknown: %w: choose one with --state", err)
	}
	return filepath.Join(dir, "egret", "hunts"), nil
}

var idForm = lazyre.New(`^[0-9]{8}-[0-9a-z]{6}$`)

// validID ensures that ids cannot point outside the folder.
func validID(id string) bool { return idForm.MatchString(id) }

// newID returns an id that is easy to read and type: no vowels, and only digits and letters that are hard to confuse.
func newID(created time.Time) string {
	const letters = "23456789bcdfghjkmnpqrstvwxz"
	id := created.Format("20060102") + "-"
	raw := make([]byte, 6)
	_, _ = rand.Read(raw) // never fails
	for _, b := range raw {
		id += string(letters[int(b)%len(letters)])
	}
	return id
}

// Entry describes a hunt in a folder of hunts.
type Entry struct {
	ID string
	// Header is empty if Err is not nil.
	Header Header
	// Finished reports that the hunt has ended, Running that a process works on it now.
	Finished, Running bool
	// Changed is when its log was last written to, in UTC.
	Changed time.Time
	// Bytes is the size of its files.
	Bytes int64
	// Err is why it cannot be resumed; nil if it can be, or is finished.
	Err error
}

// List returns all hunts in a folder, in the order of their ids. A folder that does not exist has none. Hunts that
// cannot be read are listed with their errors; entries whose names are not ids are ignored.
func List(dir string) ([]Entry, error) {
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("the folder of the hunts' journals", err)
	}
	var entries []Entry
	for _, name := range names {
		if !validID(name.Name()) {
			continue
		}
		if e, there := inspect(dir, name.Name()); there {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// Latest returns the unfinished hunt that began last, nil if there is none.
func Latest(dir string) (*Entry, error) {
	entries, err := List(dir)
	var latest *Entry
	for i, e := range entries {
		if e.Err == nil && !e.Finished && (latest == nil || !e.Header.Created.Before(latest.Header.Created)) {
			latest = &entries[i]
		}
	}
	return latest, err
}

// inspect reads a hunt without changing it. It reports false if the hunt was removed meanwhile.
func inspect(dir, id string) (Entry, bool) {
	e := Entry{ID: id}
	root, err := openFolder(dir, id)
	if errors.Is(err, fs.ErrNotExist) {
		return e, false
	}
	if e.Err = err; err != nil {
		return e, true
	}
	defer func() { _ = root.Close() }()
	if info, err := root.Stat("."); err == nil {
		e.Changed = info.ModTime().UTC()
	}
	if info, err := root.Lstat(logName); err == nil {
		e.Changed = info.ModTime().UTC()
	}
	_ = fs.WalkDir(root.FS(), ".", func(_ string, f fs.DirEntry, err error) error {
		if err == nil && f.Type().IsRegular() {
			if info, err := f.Info(); err == nil {
				e.Bytes += info.Size()
			}
		}
		return nil // unreadable entries do not count
	})
	if locked, err := tryLock(root, 0); err == nil {
		locked.Close()
	} else {
		e.Running = errors.Is(err, ErrInUse)
	}
	f, err := disk{root}.open(logName)
	if err != nil {
		e.Err = fmt.Errorf("%w: %w", ErrUnreadable, err)
		return e, true
	}
	defer f.Close()
	s, _, err := readLog(id, f)
	if err != nil {
		e.Err = fmt.Errorf("%w: %w", ErrUnreadable, err)
		return e, true
	}
	e.Header, e.Finished = s.header, s.finished
	return e, true
}

// Remove deletes a hunt that no process works on (else ErrInUse). It deletes what egret created, and refuses a folder
// that contains anything else.
func Remove(dir, id string) error {
	root, err := openFolder(dir, id)
	if err != nil {
		return explain("hunt "+id, err)
	}
	defer func() { _ = root.Close() }()
	locked, err := lock(root)
	if err != nil {
		return explain("hunt "+id, err)
	}
	err = removeContents(root)
	// Windows does not delete open files; a process that opens the hunt meanwhile finds no log.
	locked.Close()
	if err == nil {
		err = root.Remove(lockName)
	}
	_ = root.Close()
	if err == nil {
		err = os.Remove(filepath.Join(dir, id))
	}
	if err != nil {
		return explain("hunt "+id, err)
	}
	return nil
}

// removeContents deletes everything except the lock. It checks all names first, so that nothing is deleted from a folder with
// other files.
func removeContents(root *os.Root) error {
	d := disk{root}
	names, err := d.names(".")
	if err != nil {
		return err
	}
	for _, name := range names {
		switch name {
		case logName, logNew, lockName, rowsName:
		default:
			return fmt.Errorf("the folder contains %q, which egret did not create: delete it by hand", name)
		}
	}
	rows, err := d.names(rowsName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range rows {
		if !rowName.MatchString(name) {
			return fmt.Errorf("the folder of rows contains %q, which egret did not create: delete it by hand", name)
		}
	}
	for _, name := range rows {
		if err := d.remove(path.Join(rowsName, name)); err != nil {
			return err
		}
	}
	for _, name := range []string{rowsName, logNew, logName} {
		if err := d.remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Prune removes the hunts, finished or abandoned, that have not changed for longer than a given time, and returns
// their ids. It skips hunts that a process works on. After an error it continues with the others.
func Prune(dir string, older time.Duration, now time.Time) ([]string, error) {
	entries, err := List(dir)
	if err != nil {
		return nil, err
	}
	var removed []string
	var failed []error
	for _, e := range entries {
		if e.Running || e.Changed.IsZero() || now.Sub(e.Changed) <= older {
			continue
		}
		if err := Remove(dir, e.ID); err != nil {
			failed = append(failed, err)
			continue
		}
		removed = append(removed, e.ID)
	}
	return removed, errors.Join(failed...)
}
