package lake

import (
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Row is an event read from a table. It is valid until the next call of Batch.Next.
type Row struct {
	// Text is the event as JSON, with the fields that the statement selects, under their names in the log. JSON that
	// is not an object represents a row that cannot be converted to an event, and is the error message.
	Text []byte
	// Time is the event's time, in UTC, if the table has it and the event itself lacks it in a form that hunts read;
	// otherwise zero.
	Time time.Time
	// Pairs are indexes in Lake.Pairs: base rules of correlations that may match the event, which the caller must
	// decide. Such an event has the id, the time, and the fields of these rules and correlations.
	Pairs []int
	// Complete reports whether the row has all columns that reports need. A row without pairs is always complete.
	Complete bool
}

// Batch is a number of rows of one task, for one worker.
type Batch struct {
	// Table is the name of the table as the user wrote it.
	Table  string
	Schema *schema.Schema
	// Rules reports, by index in Set.Rules, which rules may be evaluated on the rows; for other rules columns may be
	// missing.
	Rules []bool
	// Salt identifies the statement within its table: an event that two statements return is not a copy.
	Salt uint16

	task *task
	data []byte
	ends []int
	at   int
	row  Row
	fail error
	// split divides rows that hold several events.
	split  schema.Splitter
	parser value.Parser
}

// Has reports whether the rows have a path of the event, as a column or within one.
func (b *Batch) Has(path string) bool { return b.task.statement.Has(path) }

// Next returns the next row, nil when there are no more.
func (b *Batch) Next() *Row {
	if b.fail != nil {
		return nil
	}
	if b.split.Active() {
		if text := b.split.Next(); text != nil {
			b.row.Text = text
			return &b.row
		}
	}
	if b.at == len(b.ends) {
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
	if b.Schema.Splits() {
		return b.divided()
	}
	return &b.row
}

// divided returns the first event of the current row, which may hold several.
func (b *Batch) divided() *Row {
	doc, err := b.parser.Parse(b.row.Text)
	if err != nil {
		return &b.row // the reader of the row reports the fault
	}
	several, err := b.split.Begin(b.Schema, doc)
	switch {
	case err != nil:
		b.row.Text = strconv.AppendQuote(nil, err.Error())
	case several:
		b.row.Text = b.split.Next()
	}
	return &b.row
}

// batchBytes is how much text a batch holds; a longer row gets its own batch.
const batchBytes = 64 << 10

// reset resets the batch for another task.
func (b *Batch) reset(t *task) {
	s := t.statement
	data := b.data[:0]
	if cap(data) > 2*batchBytes { // one long row
		data = nil
	}
	*b = Batch{
		Table: s.table.Name, Schema: s.table.Layout.Schema, Rules: s.rules, Salt: s.salt,
		task: t, data: data, ends: b.ends[:0], row: Row{Pairs: b.row.Pairs[:0]},
	}
}

// add appends an encoded row and reports whether the batch is full.
func (b *Batch) add(row []byte) bool {
	b.data = append(b.data, row...)
	b.ends = append(b.ends, len(b.data))
	return len(b.data) >= batchBytes
}

// rowFormat names the encoding of rows in the journal. A hunt with another encoding cannot be resumed.
const rowFormat = "rows 4"

// A row in the journal consists of the number of its pairs, the pairs, a byte of flags, the time in nanoseconds since
// 1970 if the flags include rowTimed, and the text.
const (
	rowTimed    = 1 << 0
	rowComplete = 1 << 1
)

func appendRow(dst []byte, r Row) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.Pairs)))
	for _, p := range r.Pairs {
		dst = binary.AppendUvarint(dst, uint64(p))
	}
	// Nanoseconds in 64 bits cover these years.
	timed := r.Time.Year() >= 1678 && r.Time.Year() <= 2261
	var flags byte
	if timed {
		flags |= rowTimed
	}
	if r.Complete {
		flags |= rowComplete
	}
	dst = append(dst, flags)
	if timed {
		dst = binary.AppendVarint(dst, r.Time.UnixNano())
	}
	return append(dst, r.Text...)
}

var errRow = errors.New("a row of the journal is damaged")

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
	if len(src) == 0 || src[0] > rowTimed|rowComplete {
		return Row{}, errRow
	}
	timed := src[0]&rowTimed != 0
	row.Complete = src[0]&rowComplete != 0
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
