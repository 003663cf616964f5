package hunts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/durable"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// State says how far a hunt has come.
type State string

// The states of hunts.
const (
	Running State = "running"
	Done    State = "done"
	// Stopped is a hunt that its user, a closed tab or a killed server has stopped.
	Stopped State = "stopped"
	Failed  State = "failed"
)

// A Record is what is kept of a hunt besides its results.
type Record struct {
	ID      string    `json:"id"`
	Spec    Spec      `json:"spec"`
	State   State     `json:"state"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	// Why says why a hunt was stopped or failed, Help what to do, "" if there is nothing to say.
	Why  string `json:"why,omitempty"`
	Help string `json:"help,omitempty"`
	// Resumable is set if the hunt can go on where it stopped.
	Resumable bool `json:"resumable,omitempty"`
	// Findings are findings, or events of a search, with their numbers by level; Shown is how many of them Rows lists.
	Findings int            `json:"findings"`
	Shown    int            `json:"shown"`
	Levels   map[string]int `json:"levels,omitempty"`
	Records  int64          `json:"records"`
	Dollars  float64        `json:"dollars,omitempty"`
	// Answer and Ledger are texts for people.
	Answer string `json:"answer,omitempty"`
	Ledger string `json:"ledger,omitempty"`
	// Formats are the formats in which the result is there. Writing is set while more are being written.
	Formats []string `json:"formats"`
	Writing bool     `json:"writing,omitempty"`
	// Policy is the Content-Security-Policy of the report in HTML.
	Policy string `json:"policy,omitempty"`
	// Progress is that of a hunt that runs, nil for others.
	Progress *hunt.Progress `json:"progress,omitempty"`
}

const (
	recordName = "hunt.json"
	lockName   = "lock"
	rowsName   = "rows.jsonl"
	// maxText is the size in bytes of an answer and of a ledger in a record, and maxRecord that of a whole record.
	maxText   = 256 << 10
	maxRecord = 4 << 20
)

// idForm is that of ids. Nothing else becomes the name of a folder.
var idForm = lazyre.New(`^[0-9]{8}-[0-9]{6}-[0-9a-f]{8}$`)

// ErrUnknown is returned for an id that no hunt has.
var ErrUnknown = fs.ErrNotExist

// folder returns the folder of a hunt.
func (s *Store) folder(id string) (string, error) {
	if !idForm.MatchString(id) {
		return "", fmt.Errorf("there is no hunt %q: %w", id, ErrUnknown)
	}
	return filepath.Join(s.dir, id), nil
}

// save writes a record.
func (s *Store) save(r *Record) error {
	kept := *r
	kept.Progress = nil
	text, err := finding.MarshalSafe(&kept)
	if err != nil {
		return err
	}
	dir, err := s.folder(r.ID)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(dir, recordName), append(text, '\n'))
}

// Get returns the record of a hunt.
func (s *Store) Get(id string) (*Record, error) {
	s.mutex.Lock()
	running := s.running
	s.mutex.Unlock()
	if running != nil && running.id() == id {
		return running.snapshot(), nil
	}
	return s.read(id)
}

// read reads a record from the disk.
func (s *Store) read(id string) (*Record, error) {
	dir, err := s.folder(id)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, recordName)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("there is no hunt %s: %w", id, ErrUnknown)
	}
	if info.Size() > maxRecord {
		return nil, fmt.Errorf("the record of hunt %s is damaged", id)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r Record
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("the record of hunt %s is damaged: %w", id, err)
	}
	r.ID = id
	if r.State == Running || r.Writing {
		s.orphan(dir, &r)
	}
	return &r, nil
}

// orphan corrects the record of a hunt whose server was killed.
func (s *Store) orphan(dir string, r *Record) {
	lock, err := durable.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return // another server runs it
	}
	_ = lock.Close() // nothing was written
	r.Writing = false
	if r.State == Running {
		r.State, r.Why = Stopped, "the server was killed"
		r.Resumable = r.Spec.InLake && r.Spec.Kind != Summary
	}
}

// List returns the records of all hunts, the latest first. Folders that are damaged are left out.
func (s *Store) List() ([]*Record, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list := []*Record{}
	for _, e := range slices.Backward(entries) {
		if !idForm.MatchString(e.Name()) {
			continue
		}
		if r, err := s.Get(e.Name()); err == nil {
			short := *r
			short.Answer, short.Ledger = "", ""
			list = append(list, &short)
		}
		if len(list) == maxListed {
			break
		}
	}
	return list, nil
}

// maxListed is how many hunts a list has.
const maxListed = 500

// Delete removes a hunt that does not run, with all that is kept of it.
func (s *Store) Delete(id string) error {
	dir, err := s.folder(id)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("there is no hunt %s: %w", id, ErrUnknown)
	}
	if r := s.current(id); r != nil {
		if now := r.snapshot(); now.State != Running && !now.Writing {
			<-r.written // in a moment
		}
	}
	lock, err := durable.Lock(filepath.Join(dir, lockName))
	if errors.Is(err, durable.ErrLocked) {
		return fmt.Errorf("the hunt still runs, or its results are being written; stop it first: %w", ErrState)
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // its file is gone
	return os.RemoveAll(dir)
}

// Result opens the result of a hunt in a format. packed is set if it is compressed with gzip. The caller closes the file.
func (s *Store) Result(id, format string) (f *os.File, packed bool, err error) {
	r, err := s.Get(id)
	if err != nil {
		return nil, false, err
	}
	if !slices.Contains(r.Formats, format) { // so that a name is never a path
		return nil, false, fmt.Errorf("hunt %s is not there as %q: %w", id, format, ErrUnknown)
	}
	dir, err := s.folder(id)
	if err != nil {
		return nil, false, err
	}
	name, packed := fileName(format)
	f, err = os.Open(filepath.Join(dir, name))
	return f, packed, err
}

// fileName is the name of the file of a format. A report in HTML is small as it is.
func fileName(format string) (name string, packed bool) {
	if format == "html" {
		return "result.html", false
	}
	return "result." + strings.ReplaceAll(format, "/", "_") + ".gz", true
}
