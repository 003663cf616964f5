package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"

	"github.com/klauspost/compress/zstd"
)

// Writer writes the rows of one task. One goroutine at a time may use it; several tasks may be written at once.
type Writer struct {
	j    *Journal
	key  string
	name string // without the file extension
	file file
	out  *fileWriter
	zip  *zstd.Encoder
	rows int64
	err  error // the first error; the writer does nothing after it
	over bool  // committed or aborted
}

// fileWriter writes from the beginning of a file, and computes the size and SHA-256 of what it writes.
type fileWriter struct {
	to   io.WriterAt
	size int64
	sum  hash.Hash
}

func (w *fileWriter) Write(p []byte) (int, error) {
	n, err := w.to.WriteAt(p, w.size)
	w.size += int64(n)
	w.sum.Write(p[:n])
	return n, err
}

// Write begins the rows of a task. They count from Commit on; until then the state of the task is unchanged. A task
// may have only one open Writer.
func (j *Journal) Write(key string) (*Writer, error) {
	if err := checkKey(key); err != nil {
		return nil, j.wrap("the journal", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(); err != nil {
		return nil, err
	}
	if j.writing[key] {
		return nil, j.wrap("the rows of "+key, errors.New("another writer is open"))
	}
	w := &Writer{j: j, key: key, name: path.Join(rowsName, fmt.Sprintf("%08x", j.serial))}
	j.serial++
	var err error
	if w.file, err = j.folder.create(w.name + ".tmp"); err != nil {
		return nil, j.wrap("the rows of "+key, err)
	}
	w.out = &fileWriter{to: w.file, sum: sha256.New()}
	w.zip, err = zstd.NewWriter(w.out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err == nil {
		_, err = io.WriteString(w.zip, rowsMagic)
	}
	if err != nil {
		w.drop()
		return nil, j.wrap("the rows of "+key, err)
	}
	j.writing[key] = true
	return w, nil
}

// Append adds a row, which may be empty. It does not retain the slice.
func (w *Writer) Append(row []byte) error {
	switch {
	case w.over:
		return w.j.wrap("the rows of "+w.key, errors.New("they have been committed or aborted"))
	case w.err != nil:
		return w.err
	case len(row) > MaxRow:
		return w.fail(fmt.Errorf("a row has %d bytes, more than %d", len(row), MaxRow))
	}
	// The length comes first, increased by one, because 0 ends the rows.
	var length [binary.MaxVarintLen64]byte
	_, err := w.zip.Write(binary.AppendUvarint(length[:0], uint64(len(row))+1))
	if err == nil {
		_, err = w.zip.Write(row)
	}
	if err != nil {
		return w.fail(err)
	}
	w.rows++
	return nil
}

func (w *Writer) fail(err error) error {
	w.err = w.j.wrap("the rows of "+w.key, err)
	return w.err
}

// Commit makes the task Done with its rows, and returns once both would survive a power cut. The caller defines stats,
// in JSON; nil for none. After an error the task is as it was before Write. In either case the Writer cannot be used
// again.
func (w *Writer) Commit(stats any) error {
	if w.over {
		return w.j.wrap("the rows of "+w.key, errors.New("they have been committed or aborted"))
	}
	defer w.Abort()
	data, err := marshal(stats)
	if err == nil {
		err = w.err
	}
	if err != nil {
		return w.j.wrap("the stats of "+w.key, err)
	}
	// An explicit end distinguishes a complete stream from one that stops between two rows; the number of rows
	// follows.
	_, err = w.zip.Write(binary.AppendUvarint([]byte{0}, uint64(w.rows)))
	if err == nil {
		err = w.zip.Close()
	}
	if err == nil {
		err = w.file.Sync()
	}
	if err == nil {
		err = w.file.Close()
	}
	if err != nil {
		return w.fail(err)
	}
	return w.publish(&record{
		Kind: kindDone, Key: w.key, Rows: w.rows, Stats: data,
		File: &rowFile{Name: path.Base(w.name) + ".zst", Size: w.out.size, SHA256: hex.EncodeToString(w.out.sum.Sum(nil))},
	})
}

// publish renames the file, and only then records it in the log.
func (w *Writer) publish(done *record) error {
	j := w.j
	err := j.folder.rename(w.name+".tmp", w.name+".zst")
	if err == nil {
		err = j.folder.sync(rowsName)
	}
	if err != nil {
		return w.fail(err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var old *rowFile
	if t := j.tasks[w.key]; t != nil {
		old = t.file
	}
	if err := j.append(done); err != nil {
		// If the sync failed, the line may be on disk, and its rows must stay.
		if j.broken == nil {
			_ = j.folder.remove(w.name + ".zst")
		}
		w.err = err
		return err
	}
	w.end()
	j.discard(old)
	return nil
}

// Abort drops rows that were not committed; after Commit it does nothing. The state of the task is unchanged.
func (w *Writer) Abort() {
	w.j.mu.Lock()
	defer w.j.mu.Unlock()
	if !w.over {
		w.end()
		w.drop()
	}
}

// end allows the task to be written again. The caller holds the lock.
func (w *Writer) end() {
	w.over = true
	delete(w.j.writing, w.key)
}

// drop deletes the temporary file. If that fails the next Open deletes it.
func (w *Writer) drop() {
	if w.zip != nil {
		w.zip.Reset(nil)
	}
	_ = w.file.Close()
	_ = w.j.folder.remove(w.name + ".tmp")
}
