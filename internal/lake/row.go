package lake

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// Row is an event that came out of a table. It lives until the next call of Batch.Next.
type Row struct {
	// Text is the event as JSON, of the fields that the statement asked for, under the names of the log. JSON that is no
	// object stands for a row of which no event can be made, and says why.
	Text []byte
	// Time is when the event took place, in UTC, where the table tells and the event itself does not in a form that hunts
	// read; zero otherwise.
	Time time.Time
	// Pairs are indexes in Lake.Pairs: base rules of correlations that may hold for the event, which is to be decided. Such
	// an event has the id, the time and what these rules and the correlations ask for.
	Pairs []int
}

// Batch is some rows of one task, for one worker.
type Batch struct {
	// Table is the name of the table as the user gave it.
	Table  string
	Schema *schema.Schema
	// Rules are those that the rows may be decided for, by index in Set.Rules; other rules may lack columns.
	Rules []bool
	// Salt tells apart the statements of a table: an event that two of them return is no copy.
	Salt uint16

	task *task
	data []byte
	ends []int
	at   int
	row  Row
	fail error
}

// Next is the next row, nil when there are no more.
func (b *Batch) Next() *Row {
	if b.at == len(b.ends) || b.fail != nil {
		return nil
	}
	start := 0
	if b.at > 0 {
		start = b.ends[b.at-1]
	}
	b.row, b.fail = decodeRow(b.data[start:b.ends[b.at]], b.row.Pairs[:0])
	if b.fail != nil {
		return nil
	}
	b.at++
	return &b.row
}

// batchBytes is how much text a batch holds; a longer row goes alone.
const batchBytes = 64 << 10

// again makes the batch an empty one of another task.
func (b *Batch) again(t *task) {
	s := t.statement
	data := b.data[:0]
	if cap(data) > 2*batchBytes { // one long row
		data = nil
	}
	*b = Batch{
		Table: s.table.Name, Schema: s.table.Profile.Schema, Rules: s.rules, Salt: s.salt,
		task: t, data: data, ends: b.ends[:0], row: Row{Pairs: b.row.Pairs[:0]},
	}
}

// add puts an encoded row into the batch, and reports whether it is full.
func (b *Batch) add(row []byte) bool {
	b.data = append(b.data, row...)
	b.ends = append(b.ends, len(b.data))
	return len(b.data) >= batchBytes
}

// rowFormat names the form of rows in the journal. A hunt of another form does not go on.
const rowFormat = "rows 2"

// A row in the journal is the number of its pairs, the pairs, whether it has a time, the time in nanoseconds since 1970,
// and the text.

func appendRow(dst []byte, r Row) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.Pairs)))
	for _, p := range r.Pairs {
		dst = binary.AppendUvarint(dst, uint64(p))
	}
	// 64 bits of nanoseconds hold these years.
	if y := r.Time.Year(); y < 1678 || y > 2261 {
		dst = append(dst, 0)
	} else {
		dst = binary.AppendVarint(append(dst, 1), r.Time.UnixNano())
	}
	return append(dst, r.Text...)
}

var errRow = errors.New("a row of the journal is not one that was written there")

func decodeRow(src []byte, pairs []int) (Row, error) {
	n, size := binary.Uvarint(src)
	if size <= 0 || n > uint64(len(src)) {
		return Row{}, errRow
	}
	src = src[size:]
	for range n {
		p, size := binary.Uvarint(src)
		if size <= 0 || p > 1<<30 {
			return Row{}, errRow
		}
		pairs, src = append(pairs, int(p)), src[size:]
	}
	row := Row{Pairs: pairs}
	if len(src) == 0 || src[0] > 1 {
		return Row{}, errRow
	}
	timed := src[0] == 1
	if src = src[1:]; timed {
		nanos, size := binary.Varint(src)
		if size <= 0 {
			return Row{}, errRow
		}
		row.Time, src = time.Unix(0, nanos).UTC(), src[size:]
	}
	row.Text = src
	return row, nil
}
