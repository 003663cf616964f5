package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrInUse means that another process works on the hunt.
var ErrInUse = errors.New("another process is working on this hunt")

// lock takes the lock of a hunt, which ends with the process or when the file is closed. It retries a few times,
// because List holds the lock for an instant.
func lock(root *os.Root) (*os.File, error) {
	for try := 0; ; try++ {
		f, err := tryLock(root, os.O_CREATE)
		if try == 4 || !errors.Is(err, ErrInUse) {
			return f, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// tryLock tries once; create is os.O_CREATE or 0.
func tryLock(root *os.Root, create int) (*os.File, error) {
	f, err := root.OpenFile(lockName, os.O_RDWR|create, 0o600)
	if err != nil {
		return nil, err
	}
	locked, err := lockFile(f)
	switch {
	case err != nil:
		f.Close()
		return nil, err
	case !locked:
		defer f.Close()
		if pid := readPID(f); pid > 0 {
			return nil, fmt.Errorf("%w (process %d)", ErrInUse, pid)
		}
		return nil, ErrInUse
	}
	// Remove may have deleted the file after it was opened and before it was locked.
	here, err := root.Lstat(lockName)
	mine, err2 := f.Stat()
	if err = errors.Join(err, err2); err != nil || !os.SameFile(here, mine) {
		f.Close()
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = ErrInUse
		}
		return nil, err
	}
	return f, nil
}

// writePID writes the process id to the lock. It is only used in messages, so errors do not matter.
func writePID(f *os.File) {
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
}

// readPID returns the id of the process that holds the lock, 0 if unknown.
func readPID(f *os.File) int {
	text := make([]byte, 20)
	n, _ := f.ReadAt(text, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
