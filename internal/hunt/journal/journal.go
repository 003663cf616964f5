package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// ErrFinished means that the hunt has ended: its rows are deleted, and nothing can be added.
var ErrFinished = errors.New("the hunt is finished")

// ErrUnreadable means that a log cannot be resumed: its beginning is damaged, or a newer egret wrote it.
var ErrUnreadable = errors.New("the journal cannot be read")

// Journal is the open journal of one hunt. No other process can open it meanwhile. It is safe for concurrent use.
type Journal struct {
	path   string
	folder folder
	// release closes the lock and the folder; it may be called once.
	release func() error

	mu sync.Mutex
	*state
	log     file
	size    int64 // length of the log's complete lines
	serial  uint64
	writing map[string]bool
	broken  error // set after a failure that leaves the content of the disk unknown
	closed  error
}

// Create creates the journal of a hunt in a new folder below dir. It creates dir if necessary.
func Create(dir string, h Header) (*Journal, error) {
	if h.Created.IsZero() {
		return nil, errors.New("the header of a journal needs the hunt's start time")
	}
	h.Created = h.Created.UTC()
	if err := makeDir(dir); err != nil {
		return nil, explain("the folder of the hunts' journals", err)
	}
	given := h.ID != ""
	for try := 0; ; try++ {
		if !given {
			h.ID = newID(h.Created)
		}
		if !validID(h.ID) {
			return nil, fmt.Errorf("%q is not a hunt id", h.ID)
		}
		err := os.Mkdir(filepath.Join(dir, h.ID), 0o700)
		if err == nil {
			break
		}
		if given || try == 9 || !errors.Is(err, fs.ErrExist) {
			return nil, explain("the journal of the hunt", err)
		}
	}
	j, err := claim(dir, h.ID)
	if err == nil {
		err = j.begin(h)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		if j != nil {
			_ = j.Close()
		}
		// The folder has no log, so no other process takes it for a hunt.
		_ = Remove(dir, h.ID)
		_ = os.Remove(filepath.Join(dir, h.ID)) // Remove refuses if the file system has no modes; this only removes an empty folder
		return nil, explain("the journal of hunt "+h.ID, err)
	}
	return j, nil
}

// Open opens the journal of a hunt to resume it. It drops a truncated last line, and rows that no line names. Errors
// are fs.ErrNotExist, ErrInUse, ErrUnreadable and those of the file system.
func Open(dir, id string) (*Journal, error) {
	j, err := claim(dir, id)
	if err != nil {
		return nil, explain("hunt "+id, err)
	}
	if err := j.load(id); err != nil {
		_ = j.Close()
		return nil, explain("hunt "+id, err)
	}
	return j, nil
}

// claim locks an existing folder.
func claim(dir, id string) (*Journal, error) {
	root, err := openFolder(dir, id)
	if err != nil {
		return nil, err
	}
	locked, err := lock(root)
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	writePID(locked)
	j := newJournal(disk{root})
	j.path = filepath.Join(dir, id)
	j.release = func() error { return errors.Join(locked.Close(), root.Close()) }
	return j, nil
}

func newJournal(f folder) *Journal {
	return &Journal{
		folder: f, release: func() error { return nil }, writing: map[string]bool{},
		state: &state{tasks: map[string]*task{}, notes: map[string][]json.RawMessage{}},
	}
}

// begin writes the first line. The log gets its name only when that line is on disk, so a hunt either exists or does
// not.
func (j *Journal) begin(h Header) error {
	if err := j.folder.mkdir(rowsName); err != nil {
		return err
	}
	var err error
	if j.log, err = j.folder.create(logNew); err != nil {
		return err
	}
	j.header.ID = h.ID // needed for the checksum
	if err := j.append(&record{Kind: kindHeader, Format: format, Header: &h}); err != nil {
		return err
	}
	// Windows does not rename open files.
	if err := j.log.Close(); err != nil {
		return err
	}
	if err := j.folder.rename(logNew, logName); err != nil {
		return err
	}
	if err := j.folder.sync("."); err != nil {
		return err
	}
	j.log, err = j.folder.open(logName)
	return err
}

// load reads the log and prepares it for appending.
func (j *Journal) load(id string) error {
	f, err := j.folder.open(logName)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the folder has no log: the hunt ended before it began", ErrUnreadable)
	}
	if err != nil {
		return err
	}
	j.log = f
	s, end, err := readLog(id, f)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	j.state, j.size = s, end
	if err := f.Truncate(end); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return j.removeUnused()
}

// append appends a line and returns once the line would survive a power cut. The caller holds the lock.
func (j *Journal) append(r *record) error {
	if err := j.usable(); err != nil {
		return err
	}
	r.Number = j.next
	line, err := encode(j.header.ID, r)
	if err != nil {
		return j.wrap("a line of the journal", err)
	}
	if j.size+int64(len(line)) > maxLog || r.Number > maxNumber {
		return j.wrap("the journal", fmt.Errorf("the log would exceed %d bytes or %d lines", maxLog, maxNumber))
	}
	if n, err := j.log.WriteAt(line, j.size); err != nil {
		// A full disk may take part of the line. Without that part the journal is unchanged, and can be used again
		// once there is space.
		if n > 0 {
			if cut := j.log.Truncate(j.size); cut != nil {
				j.broken = j.wrap("the journal", errors.Join(err, cut))
			}
		}
		return j.wrap("the journal", err)
	}
	if err := j.log.Sync(); err != nil {
		// After a failed sync the content of the disk is unknown, and a retry might wrongly succeed. The next Open
		// reads the log again.
		j.broken = j.wrap("the journal", err)
		return j.broken
	}
	j.size += int64(len(line))
	if !j.apply(r) {
		return j.wrap("the journal", errors.New("egret bug: the line cannot be read back"))
	}
	return nil
}

// usable returns an error if nothing can be added. The caller holds the lock.
func (j *Journal) usable() error {
	switch {
	case j.closed != nil:
		return j.closed
	case j.broken != nil:
		return j.broken
	case j.finished:
		return j.wrap("the journal", ErrFinished)
	}
	return nil
}

// Header returns what the hunt was started with.
func (j *Journal) Header() Header {
	h := j.header
	h.Command, h.Settings = slices.Clone(h.Command), slices.Clone(h.Settings)
	return h
}

// ID returns the id of the hunt.
func (j *Journal) ID() string { return j.header.ID }

// Path returns the folder of the hunt.
func (j *Journal) Path() string { return j.path }

// Lost returns the number of lines lost to damage; their costs and notes are missing. Kills lose none. A power cut may
// add one: the line being written, if its end reached the disk before its beginning.
func (j *Journal) Lost() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lost
}

// Finished reports whether the hunt has ended.
func (j *Journal) Finished() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.finished
}

// Finish ends the hunt: it first records the end in the log, then deletes all rows, because they are log data. An
// error means that the line could not be written or some rows not deleted; the next Open deletes what is left.
func (j *Journal) Finish() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.writing) > 0 {
		return j.wrap("the journal", errors.New("rows are still being written"))
	}
	if err := j.append(&record{Kind: kindFinished}); err != nil {
		return err
	}
	if err := j.removeUnused(); err != nil {
		return j.wrap("deleting the rows", err)
	}
	return nil
}

// Close closes the journal. Everything is already on disk; rows of open Writers are dropped. It may be called again.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed != nil {
		return nil
	}
	j.closed = j.wrap("the journal", os.ErrClosed)
	var err error
	if j.log != nil {
		err = j.log.Close()
	}
	return errors.Join(err, j.release())
}

// wrap adds the hunt and the subject to an error.
func (j *Journal) wrap(thing string, err error) error {
	return explain("hunt "+j.header.ID+": "+thing, err)
}

// explain adds the subject to an error, and a remedy if one is known.
func explain(thing string, err error) error {
	switch {
	case full(err):
		return fmt.Errorf("%s: %w: free some space, then continue with --resume", thing, err)
	case readOnly(err), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w: choose a writable folder with --state", thing, err)
	}
	return fmt.Errorf("%s: %w", thing, err)
}

// makeDir creates a folder and its parents so that all of them survive a power cut.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	above := filepath.Dir(dir)
	if above == dir {
		return fmt.Errorf("%s: %w", dir, fs.ErrNotExist)
	}
	if err := makeDir(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(above)
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return syncFolder(f)
}

var _ io.Closer = (*Journal)(nil)
