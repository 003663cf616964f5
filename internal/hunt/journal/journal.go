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

// ErrFinished says that the hunt is over: its rows are gone, and nothing can be added.
var ErrFinished = errors.New("the hunt is finished")

// ErrUnreadable says that a log cannot be gone on with: its beginning is damaged, or a newer egret wrote it.
var ErrUnreadable = errors.New("the journal cannot be read")

// Journal is the open journal of one hunt, which no other process can open meanwhile. It is safe for concurrent use.
type Journal struct {
	path   string
	folder folder
	// release gives back the lock and the folder; it may be called once.
	release func() error

	mu sync.Mutex
	*state
	log     file
	size    int64 // of the log's whole lines
	serial  uint64
	writing map[string]bool
	broken  error // after a failure that leaves open what is on disk
	closed  error
}

// Create begins the journal of a hunt in its own folder below dir, which is made if it is not there.
func Create(dir string, h Header) (*Journal, error) {
	if h.Created.IsZero() {
		return nil, errors.New("the journal of a hunt needs the time when it began")
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
			return nil, fmt.Errorf("%q is no id of a hunt", h.ID)
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
		// What is there has no log, so that no other process takes it for a hunt.
		_ = Remove(dir, h.ID)
		_ = os.Remove(filepath.Join(dir, h.ID)) // which Remove refuses where folders have no modes; only if it is empty
		return nil, explain("the journal of hunt "+h.ID, err)
	}
	return j, nil
}

// Open goes on with the journal of a hunt: it drops a line that was cut off, and rows that no line names. Errors are
// fs.ErrNotExist, ErrInUse, ErrUnreadable and those of the file system.
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

// claim locks a folder that is there.
func claim(dir, id string) (*Journal, error) {
	root, err := openFolder(dir, id)
	if err != nil {
		return nil, err
	}
	held, err := lock(root)
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	writePID(held)
	j := newJournal(disk{root})
	j.path = filepath.Join(dir, id)
	j.release = func() error { return errors.Join(held.Close(), root.Close()) }
	return j, nil
}

func newJournal(f folder) *Journal {
	return &Journal{
		folder: f, release: func() error { return nil }, writing: map[string]bool{},
		state: &state{tasks: map[string]*task{}, notes: map[string][]json.RawMessage{}},
	}
}

// begin writes the first line. The log has its name only when that line is on disk, so that a hunt is there or not.
func (j *Journal) begin(h Header) error {
	if err := j.folder.mkdir(rowsName); err != nil {
		return err
	}
	var err error
	if j.log, err = j.folder.create(logNew); err != nil {
		return err
	}
	j.header.ID = h.ID // the checksum asks for it
	if err := j.append(&record{Kind: kindHeader, Format: format, Header: &h}); err != nil {
		return err
	}
	// Windows does not rename what is open.
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

// load reads what is there, and makes it ready to be added to.
func (j *Journal) load(id string) error {
	f, err := j.folder.open(logName)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it has no log, the hunt ended before it began", ErrUnreadable)
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
	return j.sweep()
}

// append adds a line and returns when it would survive a power cut. The journal is locked.
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
		return j.wrap("the journal", fmt.Errorf("it would have more than %d bytes or %d lines", maxLog, maxNumber))
	}
	if n, err := j.log.WriteAt(line, j.size); err != nil {
		// A full disk takes a piece. Without it the journal is as it was, and can be added to once there is space.
		if n > 0 {
			if cut := j.log.Truncate(j.size); cut != nil {
				j.broken = j.wrap("the journal", errors.Join(err, cut))
			}
		}
		return j.wrap("the journal", err)
	}
	if err := j.log.Sync(); err != nil {
		// After a sync that failed nobody knows what is on disk, and trying again would say yes to it. The next Open reads.
		j.broken = j.wrap("the journal", err)
		return j.broken
	}
	j.size += int64(len(line))
	if !j.apply(r) {
		return j.wrap("the journal", errors.New("egret bug: a line that cannot be read back"))
	}
	return nil
}

// usable says whether anything can be added. The journal is locked.
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

// Header is what the hunt was started with.
func (j *Journal) Header() Header {
	h := j.header
	h.Command, h.Settings = slices.Clone(h.Command), slices.Clone(h.Settings)
	return h
}

// ID is the name of the hunt.
func (j *Journal) ID() string { return j.header.ID }

// Path is the folder of the hunt.
func (j *Journal) Path() string { return j.path }

// Lost is the number of lines that damage took from the log: what they said of costs and in notes is missing. Kills lose
// none. A power cut may add one: the line that was being written, if its end came to disk before its beginning.
func (j *Journal) Lost() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lost
}

// Finished tells whether the hunt is over.
func (j *Journal) Finished() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.finished
}

// Finish ends the hunt: first the log says so, then all rows are deleted, since they are log data of others. An error means
// that the line or some deletion failed; the next Open deletes what is left.
func (j *Journal) Finish() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.writing) > 0 {
		return j.wrap("the journal", errors.New("rows are still being written"))
	}
	if err := j.append(&record{Kind: kindFinished}); err != nil {
		return err
	}
	if err := j.sweep(); err != nil {
		return j.wrap("the rows, which are not needed any more", err)
	}
	return nil
}

// Close gives the journal back. Everything is on disk before; Writers that are open come to nothing. It may be called again.
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

// wrap names the hunt and the thing.
func (j *Journal) wrap(thing string, err error) error {
	return explain("hunt "+j.header.ID+": "+thing, err)
}

// explain names the thing, and says what to do where that is known.
func explain(thing string, err error) error {
	switch {
	case full(err):
		return fmt.Errorf("%s: %w: make space, then go on with --resume", thing, err)
	case readOnly(err), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w: choose a folder that can be written with --state", thing, err)
	}
	return fmt.Errorf("%s: %w", thing, err)
}

// makeDir makes a folder and those above it; all of them survive a power cut.
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

// syncDir makes the names in a folder survive a power cut.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return syncFolder(f)
}

var _ io.Closer = (*Journal)(nil)
