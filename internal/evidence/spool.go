package evidence

import (
	"fmt"
	"os"
	"sync"
)

// Spool is a temporary file that only grows. It is created at the first Append. Where the system allows it, the file
// is unlinked at once, so that nothing is left behind however the process ends. A Spool is safe for concurrent use.
type Spool struct {
	dir string

	mu   sync.Mutex
	file *os.File
	name string // path of a file that Close must remove; "" if it is unlinked already
	size int64
}

// NewSpool returns a spool in a folder; "" is the system's folder for temporary files.
func NewSpool(dir string) *Spool { return &Spool{dir: dir} }

// Append writes data at the end and returns the offset where it begins.
func (s *Spool) Append(data []byte) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		file, err := os.CreateTemp(s.dir, "egret-*.tmp")
		if err != nil {
			return 0, fmt.Errorf("spill to disk: %w", err)
		}
		s.file = file
		if os.Remove(file.Name()) != nil { // Windows cannot remove open files; Close removes it there
			s.name = file.Name()
		}
	}
	at := s.size
	if _, err := s.file.WriteAt(data, at); err != nil {
		return 0, fmt.Errorf("spill to disk: %w", err)
	}
	s.size += int64(len(data))
	return at, nil
}

// Read fills data from an offset that Append returned.
func (s *Spool) Read(data []byte, at int64) error {
	s.mu.Lock()
	file := s.file
	s.mu.Unlock()
	if file == nil {
		return fmt.Errorf("read spilled data: %w", os.ErrClosed)
	}
	if _, err := file.ReadAt(data, at); err != nil {
		return fmt.Errorf("read spilled data: %w", err)
	}
	return nil
}

// Size returns the number of bytes in the file.
func (s *Spool) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// Close closes and removes the file. The spool is empty then and can be used again.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.name != "" {
		if removed := os.Remove(s.name); err == nil {
			err = removed
		}
	}
	s.file, s.name, s.size = nil, "", 0
	return err
}
