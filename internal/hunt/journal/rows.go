package journal

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// ErrDamaged means that the rows of a task are missing or not as they were written: the task must be run again.
var ErrDamaged = errors.New("the rows on disk are missing or damaged")

// MaxRow is the maximum length of a row, in bytes.
const MaxRow = 64 << 20

const (
	// window limits the memory for compression and decompression; neighbouring rows are similar, so a small window is
	// enough.
	window = 1 << 20
	// rowsMagic is the beginning of a file of rows, before compression.
	rowsMagic = "egret rows 1\n"
)

// rowFile describes a file of rows in the log.
type rowFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // of the file, in bytes
	SHA256 string `json:"sha256"` // of the file, in hexadecimal
}

var (
	rowName  = lazyre.New(`^[0-9a-f]{8,16}\.(zst|tmp)$`)
	hexSHA   = lazyre.New(`^[0-9a-f]{64}$`)
	doneName = lazyre.New(`^[0-9a-f]{8,16}\.zst$`)
)

// valid ensures that the name cannot point outside the folder of rows.
func (f *rowFile) valid() bool {
	return f != nil && doneName.MatchString(f.Name) && hexSHA.MatchString(f.SHA256) && f.Size >= 0
}

// Rows calls each with the rows of a Done task, in the order in which they were written. The slice is reused. An error
// of each ends the iteration and is returned unchanged. The whole file is checked first, so ErrDamaged is returned
// before the first row.
func (j *Journal) Rows(key string, each func(row []byte) error) error {
	j.mu.Lock()
	t := Task{State: New}
	var named *rowFile
	if known := j.tasks[key]; known != nil {
		t, named = known.Task, known.file
	}
	err := j.closed
	if err == nil && j.finished {
		err = j.wrap("the rows", ErrFinished)
	}
	j.mu.Unlock()
	if err != nil {
		return err
	}
	if t.State != Done {
		return j.wrap("the rows of "+key, fmt.Errorf("the task has none, its state is %s", t.State))
	}
	f, err := j.folder.open(path.Join(rowsName, named.Name))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return j.wrap("the rows of "+key, err)
	}
	defer f.Close()
	if err := checkRows(f, named); err != nil {
		return j.wrap("the rows of "+key, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return j.wrap("the rows of "+key, err)
	}
	var asked error
	err = readRows(f, t.Rows, func(row []byte) error {
		asked = each(row)
		return asked
	})
	switch {
	case asked != nil:
		return asked
	case err != nil:
		return j.wrap("the rows of "+key, err)
	}
	return nil
}

// checkRows checks the size and SHA-256 of a file of rows.
func checkRows(f io.Reader, named *rowFile) error {
	sum := sha256.New()
	size, err := io.Copy(sum, io.LimitReader(f, named.Size+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case size != named.Size:
		return fmt.Errorf("%w: %s does not have the %d bytes that were written", ErrDamaged, named.Name, named.Size)
	case hex.EncodeToString(sum.Sum(nil)) != named.SHA256:
		return fmt.Errorf("%w: %s does not have the SHA-256 that was recorded", ErrDamaged, named.Name)
	}
	return nil
}

// readRows reads a stream of want rows. Its errors are ErrDamaged, or those of each.
func readRows(f io.Reader, want int64, each func(row []byte) error) error {
	zip, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer zip.Close()
	in := bufio.NewReaderSize(zip, 64<<10)
	magic := make([]byte, len(rowsMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != rowsMagic {
		return fmt.Errorf("%w: not a file of rows", ErrDamaged)
	}
	var row []byte
	for n := int64(0); ; n++ {
		length, err := binary.ReadUvarint(in)
		if err != nil {
			return fmt.Errorf("%w: row %d: %w", ErrDamaged, n, err)
		}
		if length == 0 {
			count, err := binary.ReadUvarint(in)
			if err != nil || n != want || uint64(n) != count {
				return fmt.Errorf("%w: got %d rows, want %d", ErrDamaged, n, want)
			}
			break
		}
		if length > MaxRow+1 || n == want {
			return fmt.Errorf("%w: row %d is invalid", ErrDamaged, n)
		}
		if row, err = readRow(in, row[:0], int(length-1)); err != nil {
			return fmt.Errorf("%w: row %d: %w", ErrDamaged, n, err)
		}
		if err := each(row); err != nil {
			return err
		}
	}
	// The end of the stream verifies the checksum of zstd.
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the file continues after the last row", ErrDamaged)
	}
	return nil
}

// readRow grows the buffer as bytes arrive, since the length may be wrong.
func readRow(in io.Reader, row []byte, length int) ([]byte, error) {
	for len(row) < length {
		from := len(row)
		step := min(length-from, max(64<<10, from))
		row = append(row, make([]byte, step)...)
		if _, err := io.ReadFull(in, row[from:]); err != nil {
			return row, err
		}
	}
	return row, nil
}

// discard deletes rows that are no longer named. If that fails the next Open deletes them.
func (j *Journal) discard(f *rowFile) {
	if f != nil {
		_ = j.folder.remove(path.Join(rowsName, f.Name))
	}
}

// removeUnused deletes rows that no task names, and sets the number of the next file.
func (j *Journal) removeUnused() error {
	named := map[string]bool{}
	if !j.finished {
		// Iteration order does not matter: only the largest number counts.
		for _, t := range j.tasks {
			if t.file != nil {
				named[t.file.Name] = true
				j.after(t.file.Name)
			}
		}
	}
	names, err := j.folder.names(rowsName)
	if errors.Is(err, fs.ErrNotExist) { // the user deleted it, and the rows with it
		return j.folder.mkdir(rowsName)
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if !rowName.MatchString(name) || named[name] {
			continue
		}
		j.after(name)
		if err := j.folder.remove(path.Join(rowsName, name)); err != nil {
			return err
		}
	}
	return nil
}

// after sets the number of the next file to one after that of a name, unless it is higher already.
func (j *Journal) after(name string) {
	n, err := strconv.ParseUint(name[:len(name)-len(".zst")], 16, 64)
	if err == nil && n >= j.serial && n < 1<<62 {
		j.serial = n + 1
	}
}
