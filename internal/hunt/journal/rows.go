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
	"regexp"
	"strconv"

	"github.com/klauspost/compress/zstd"
)

// ErrDamaged says that the rows of a task are missing or not as they were written: the task is to be done anew.
var ErrDamaged = errors.New("the rows on disk are missing or damaged")

// MaxRow is the longest row in bytes.
const MaxRow = 64 << 20

const (
	// window bounds the memory of compressing and reading; rows resemble their neighbours, so that a small one does.
	window = 1 << 20
	// rowsMagic opens the content of a file of rows.
	rowsMagic = "egret rows 1\n"
)

// rowFile names a file of rows in the log.
type rowFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // of the file, in bytes
	SHA256 string `json:"sha256"` // of the file, in hexadecimal
}

var (
	rowName  = regexp.MustCompile(`^[0-9a-f]{8,16}\.(zst|tmp)$`)
	hexSHA   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	doneName = regexp.MustCompile(`^[0-9a-f]{8,16}\.zst$`)
)

// valid keeps names from leading elsewhere.
func (f *rowFile) valid() bool {
	return f != nil && doneName.MatchString(f.Name) && hexSHA.MatchString(f.SHA256) && f.Size >= 0
}

// Rows hands over the rows of a task that is Done, in the order in which they were written. The slice is used again. An
// error of the function ends it and comes back as it is. ErrDamaged comes before the first row, since the whole file is
// checked first.
func (j *Journal) Rows(key string, each func(row []byte) error) error {
	j.mu.Lock()
	t := Task{State: New}
	var named *rowFile
	if known := j.tasks[key]; known != nil {
		t, named = known.Task, known.file
	}
	err := j.closed
	if err == nil && j.finished {
		err = j.wrap("its rows", ErrFinished)
	}
	j.mu.Unlock()
	if err != nil {
		return err
	}
	if t.State != Done {
		return j.wrap("the rows of "+key, fmt.Errorf("there are none, the task is %s", t.State))
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

// checkRows reads a file of rows once, without looking into it.
func checkRows(f io.Reader, named *rowFile) error {
	sum := sha256.New()
	size, err := io.Copy(sum, io.LimitReader(f, named.Size+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case size != named.Size:
		return fmt.Errorf("%w: %s has not the %d bytes that were written", ErrDamaged, named.Name, named.Size)
	case hex.EncodeToString(sum.Sum(nil)) != named.SHA256:
		return fmt.Errorf("%w: %s has other bytes than those that were written", ErrDamaged, named.Name)
	}
	return nil
}

// readRows reads a stream of so many rows. Its errors are ErrDamaged, or the function's.
func readRows(f io.Reader, want int64, each func(row []byte) error) error {
	zip, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer zip.Close()
	in := bufio.NewReaderSize(zip, 64<<10)
	magic := make([]byte, len(rowsMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != rowsMagic {
		return fmt.Errorf("%w: no rows of egret", ErrDamaged)
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
				return fmt.Errorf("%w: %d rows in place of %d", ErrDamaged, n, want)
			}
			break
		}
		if length > MaxRow+1 || n == want {
			return fmt.Errorf("%w: row %d is none", ErrDamaged, n)
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
		return fmt.Errorf("%w: it goes on behind the last row", ErrDamaged)
	}
	return nil
}

// readRow grows the buffer as the bytes come: a length alone is not believed.
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

// discard deletes rows that nothing names any more. What cannot be deleted is a leftover for the next Open.
func (j *Journal) discard(f *rowFile) {
	if f != nil {
		_ = j.folder.remove(path.Join(rowsName, f.Name))
	}
}

// sweep deletes rows that no task names, and says which number the next file gets.
func (j *Journal) sweep() error {
	named := map[string]bool{}
	if !j.finished {
		// Any order: the largest number of a file counts.
		for _, t := range j.tasks {
			if t.file != nil {
				named[t.file.Name] = true
				j.after(t.file.Name)
			}
		}
	}
	names, err := j.folder.names(rowsName)
	if errors.Is(err, fs.ErrNotExist) { // somebody deleted it, and with it the rows
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

// after moves the number of the next file behind that of a name.
func (j *Journal) after(name string) {
	n, err := strconv.ParseUint(name[:len(name)-len(".zst")], 16, 64)
	if err == nil && n >= j.serial && n < 1<<62 {
		j.serial = n + 1
	}
}
