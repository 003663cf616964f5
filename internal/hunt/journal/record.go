package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/egret-hunt/egret/internal/redact"
)

// Limits of what is written and accepted.
const (
	// format is the version of everything on disk; a log with a higher version is rejected.
	format = 1
	// maxLine is the maximum length of a line in the log, in bytes.
	maxLine = 2 << 20
	// maxLog is the maximum length of the log, in bytes.
	maxLog = 1 << 30
	// maxNumber is the highest line number: damage must not make the arithmetic overflow.
	maxNumber = 1 << 53
)

// Header describes how a hunt was started. It is written once.
type Header struct {
	// ID is the name of the hunt and of its folder. If it is empty, Create generates one: the day of Created and six
	// random letters and digits, as "20261121-7k3q9x".
	ID string `json:"id"`
	// Created is when the hunt began; required.
	Created time.Time `json:"created"`
	// Version is the version of egret.
	Version string `json:"version"`
	// Command is the command line for display, nil if there was none. It must not contain secrets.
	Command []string `json:"command,omitempty"`
	// Settings are what is needed to resume, in a form that the caller defines. They must not contain secrets.
	Settings json.RawMessage `json:"settings,omitempty"`
	// Fingerprint is a hash of rules, plan and time range. The journal only stores it: the caller refuses to resume
	// with another.
	Fingerprint string `json:"fingerprint"`
}

// record is one line of the log.
type record struct {
	Number int64           `json:"n"`
	Kind   kind            `json:"kind"`
	Format int             `json:"format,omitempty"`
	Header *Header         `json:"header,omitempty"`
	Key    string          `json:"key,omitempty"`
	Query  string          `json:"query,omitempty"`
	Token  string          `json:"token,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Rows   int64           `json:"rows,omitempty"`
	File   *rowFile        `json:"file,omitempty"`
	Stats  json.RawMessage `json:"stats,omitempty"`
	Note   string          `json:"note,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
}

// kind is the type of a line.
type kind string

const (
	kindHeader   kind = "header"
	kindStarted  kind = "started"
	kindDone     kind = "done"
	kindFailed   kind = "failed"
	kindSplit    kind = "split"
	kindNote     kind = "note"
	kindFinished kind = "finished"
)

// A line ends with its checksum as the last member of the object, so that it stays valid JSON for other tools.
const (
	sumOpen  = `,"sum":"`
	sumClose = "\"}\n"
	sumSize  = len(sumOpen) + 8 + len(sumClose)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the line without its sum, and the id: blocks of a deleted log that a file system restores are not
// accepted.
func checksum(id string, body []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(id+"\n"), castagnoli), castagnoli, body)
}

// encode returns the line of a record, with its line feed.
func encode(id string, r *record) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	text = []byte(redact.Known(string(text)))
	body := text[:len(text)-1]
	line := fmt.Appendf(body, "%s%08x%s", sumOpen, checksum(id, body), sumClose)
	if len(line) > maxLine {
		return nil, fmt.Errorf("the line has %d bytes, more than %d", len(line), maxLine)
	}
	return line, nil
}

// decode reads a line with its line feed. It reports false if the line is not as it was written.
func decode(id string, line []byte) (*record, bool) {
	if len(line) < sumSize {
		return nil, false
	}
	body, tail := line[:len(line)-sumSize], line[len(line)-sumSize:]
	if !bytes.Equal(tail, fmt.Appendf(nil, "%s%08x%s", sumOpen, checksum(id, body), sumClose)) {
		return nil, false
	}
	var r record
	if json.Unmarshal(append(bytes.Clone(body), '}'), &r) != nil {
		return nil, false
	}
	return &r, true
}

// state is the content of a log.
type state struct {
	header   Header
	tasks    map[string]*task
	order    []string // keys, in the order of their first lines
	notes    map[string][]json.RawMessage
	finished bool
	// next is the number of the next line, 0 before the header.
	next int64
	// lost counts the lines that are missing from the log or not as they were written.
	lost int64
}

// errHeader means that a log does not begin with a valid header.
var errHeader = errors.New("the first line is not the header of a journal")

// readLog reads a log from its beginning. It returns as end where the last complete line ends: what follows must be
// cut off before anything is appended. Invalid lines that are complete stay where they are. readLog fails if reading
// fails or the log cannot be resumed; damage is not an error.
func readLog(id string, r io.Reader) (s *state, end int64, err error) {
	s = &state{tasks: map[string]*task{}, notes: map[string][]json.RawMessage{}}
	lines := bufio.NewReaderSize(io.LimitReader(r, maxLog+1), 64<<10)
	var at, bad int64
	for {
		line, size, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if at += size; at > maxLog {
			return nil, 0, fmt.Errorf("the log is longer than %d bytes", maxLog)
		}
		if err != nil { // text after the last line feed was never confirmed
			break
		}
		rec, good := decode(id, line)
		if good && s.next == 0 && rec.Format > format {
			return nil, 0, fmt.Errorf("the log has format %d, this egret supports %d: continue with the version that began the hunt", rec.Format, format)
		}
		if good {
			good = s.apply(rec)
		}
		end = at
		switch {
		case good:
			bad = 0
		case s.next == 0:
			return nil, 0, errHeader
		default:
			bad++
		}
	}
	if s.next == 0 || s.header.ID != id {
		return nil, 0, errHeader
	}
	// Their numbers stay unused, so that the loss can still be seen when valid lines follow.
	s.lost += bad
	s.next += bad
	return s, end, nil
}

// readLine reads up to the next line feed. It truncates a line longer than maxLine, which makes its checksum wrong;
// size is its full length.
func readLine(r *bufio.Reader) (line []byte, size int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		size += int64(len(part))
		if len(line) <= maxLine {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, size, err
		}
	}
}

// apply adds a line to the state. It reports false if the line is not valid here.
func (s *state) apply(r *record) bool {
	if r.Number < s.next || r.Number > maxNumber || (r.Kind == kindHeader) != (s.next == 0) {
		return false
	}
	switch r.Kind {
	case kindHeader:
		if r.Header == nil || r.Number != 0 {
			return false
		}
		s.header = *r.Header
	case kindStarted, kindDone, kindFailed, kindSplit:
		if checkKey(r.Key) != nil || (r.Kind == kindDone && !r.File.valid()) {
			return false
		}
		s.task(r.Key).apply(r)
	case kindNote:
		s.notes[r.Note] = append(s.notes[r.Note], r.Data)
	case kindFinished:
		s.finished = true
	default:
		return false
	}
	s.lost += r.Number - s.next
	s.next = r.Number + 1
	return true
}
