package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"
)

// DefaultDir is where hunts are kept when nothing else is said: egret/hunts below $XDG_STATE_HOME (if it is absolute), which
// is ~/.local/state where it is not set, on macOS ~/Library/Application Support; on Windows below %LocalAppData%.
func DefaultDir() (string, error) {
	dir, err := stateDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the journals of hunts is known: %w: choose one with --state", err)
	}
	return filepath.Join(dir, "egret", "hunts"), nil
}

var idForm = regexp.MustCompile(`^[0-9]{8}-[0-9a-z]{6}$`)

// validID keeps ids from leading elsewhere.
func validID(id string) bool { return idForm.MatchString(id) }

// newID makes an id that people can read and type: digits and letters that are hard to mistake, no vowels.
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

// Entry is a hunt in a folder of hunts.
type Entry struct {
	ID string
	// Header is empty if Err is not nil.
	Header Header
	// Finished says that the hunt came to its end, Running that a process works on it now.
	Finished, Running bool
	// Changed is when its log was last added to, in UTC.
	Changed time.Time
	// Bytes is what its files take.
	Bytes int64
	// Err is why it cannot be gone on with; nil if it can be, or is finished.
	Err error
}

// List tells of all hunts in a folder, oldest id first. A folder that does not exist has none. Hunts that cannot be read are
// listed with their errors; what has no id for a name is no hunt.
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
		if e, there := look(dir, name.Name()); there {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// Latest is the hunt that began last and is not finished, nil if there is none.
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

// look reads a hunt without changing it; false if it was removed meanwhile.
func look(dir, id string) (Entry, bool) {
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
		return nil // what cannot be looked at counts nothing
	})
	if held, err := tryLock(root, 0); err == nil {
		held.Close()
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

// Remove deletes a hunt that no process works on (ErrInUse). It deletes what egret has made, and refuses a folder that holds
// anything else.
func Remove(dir, id string) error {
	root, err := openFolder(dir, id)
	if err != nil {
		return explain("hunt "+id, err)
	}
	defer func() { _ = root.Close() }()
	held, err := lock(root)
	if err != nil {
		return explain("hunt "+id, err)
	}
	err = empty(root)
	// Windows does not delete what is open; a process that comes in between finds no log.
	held.Close()
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

// empty deletes all but the lock. It looks first, so that nothing is deleted from a folder that is not egret's.
func empty(root *os.Root) error {
	d := disk{root}
	names, err := d.names(".")
	if err != nil {
		return err
	}
	for _, name := range names {
		switch name {
		case logName, logNew, lockName, rowsName:
		default:
			return fmt.Errorf("it holds %q, which is none of egret's: delete it by hand", name)
		}
	}
	rows, err := d.names(rowsName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range rows {
		if !rowName.MatchString(name) {
			return fmt.Errorf("its rows hold %q, which is none of egret's: delete it by hand", name)
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

// Prune removes the hunts, finished or given up, that did not change for longer than a time, and returns their ids. Those that
// a process works on stay. Errors do not keep it from the others.
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
