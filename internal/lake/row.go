package lake

import (
	"encoding/binary"
	"errors"

	"github.com/egret-hunt/egret/internal/schema"
)

// Row is an event that came out of a table. It lives until the next call of Batch.Next.
type Row struct {
	// Text is the event as JSON, of the fields that the statement asked for, under the names of the log.
	Text []byte
	// Pairs are indexes in Lake.Pairs: base rules that the engine has decided for. Such an event has the id, the time and
	// what the correlations ask for, and nothing is to be decided on it.
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
const batchBytes = 256 << 10

// add puts an encoded row into the batch, and reports whether it is full.
func (b *Batch) add(row []byte) bool {
	b.data = append(b.data, row...)
	b.ends = append(b.ends, len(b.data))
	return len(b.data) >= batchBytes
}

// A row in the journal is the number of its pairs, the pairs, and the text.

func appendRow(dst []byte, pairs []int, text []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(pairs)))
	for _, p := range pairs {
		dst = binary.AppendUvarint(dst, uint64(p))
	}
	return append(dst, text...)
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
	return Row{Text: src, Pairs: pairs}, nil
}
