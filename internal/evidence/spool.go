package evidence

import (
	"fmt"
	"os"
	"sync"
)

// Spool is a temporary file that only grows. It is made at the first Append and has no name on systems that let an open
// file lose it, so that nothing is left behind however the process ends. It is safe for concurrent use.
type Spool struct {
	dir string

	mu   sync.Mutex
	file *os.File
	name string // where the file must still be removed; "" once it has no name
	size int64
}

// NewSpool makes a spool in a folder; "" is the system's folder for temporary files.
func NewSpool(dir string) *Spool { return &Spool{dir: dir} }

// Append writes data at the end and says where it begins.
func (s *Spool) Append(data []byte) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		file, err := os.CreateTemp(s.dir, "egret-*.tmp")
		if err != nil {
			return 0, fmt.Errorf("spill to disk: %w", err)
		}
		s.file = file
		if os.Remove(file.Name()) != nil { // Windows keeps open files; Close removes it there
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

// Read fills data from a place that Append gave.
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

// Size is the number of bytes in the file.
func (s *Spool) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// Close gives the file back. The spool is then empty.
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
