package parquetrow

import (
	"errors"
	"fmt"
)

// The library decodes Thrift, but allocates what lists claim to hold. So the footer and the headers of pages are walked
// before: see Apache Thrift, "Thrift compact protocol", read 2026-11.

// Limits of the structures of a file.
const (
	maxFooter     = 16 << 20
	maxDepth      = 32      // of structures in the footer
	maxElements   = 200_000 // of all lists of the footer together
	maxPageHeader = 64 << 10
)

var errThrift = errors.New("its structures are damaged")

// thriftWalk walks one structure.
type thriftWalk struct {
	text     []byte
	at       int
	elements int
	// field, if not nil, is called for each integer or boolean of the structure, with the ids of the fields that lead to it.
	field func(path []int16, n int64)
	path  []int16
}

func (w *thriftWalk) byte() (byte, error) {
	if w.at >= len(w.text) {
		return 0, errThrift
	}
	w.at++
	return w.text[w.at-1], nil
}

func (w *thriftWalk) uvarint() (uint64, error) {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := w.byte()
		if err != nil {
			return 0, err
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n, nil
		}
	}
	return 0, errThrift
}

func (w *thriftWalk) varint() (int64, error) {
	n, err := w.uvarint()
	return int64(n>>1) ^ -int64(n&1), err
}

func (w *thriftWalk) skip(n uint64) error {
	if n > uint64(len(w.text)-w.at) {
		return errThrift
	}
	w.at += int(n)
	return nil
}

func (w *thriftWalk) tell(n int64) {
	if w.field != nil {
		w.field(w.path, n)
	}
}

// structure walks to the end of a structure.
func (w *thriftWalk) structure(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("its structures are nested more than %d deep", maxDepth)
	}
	id := int16(0)
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if delta := head >> 4; delta > 0 {
			id += int16(delta)
		} else {
			n, err := w.varint()
			if err != nil {
				return err
			}
			id = int16(n)
		}
		w.path = append(w.path, id)
		if kind := head & 15; kind <= 2 { // the kind of a boolean field is its value
			w.tell(int64(2 - kind))
		} else if err := w.value(kind, depth); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// value walks a value of a kind.
func (w *thriftWalk) value(kind byte, depth int) error {
	switch kind {
	case 1, 2: // a boolean in a list
		return w.skip(1)
	case 3:
		n, err := w.byte()
		w.tell(int64(int8(n)))
		return err
	case 4, 5, 6:
		n, err := w.varint()
		w.tell(n)
		return err
	case 7:
		return w.skip(8)
	case 8:
		n, err := w.uvarint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case 9, 10:
		return w.list(depth)
	case 12:
		return w.structure(depth + 1)
	}
	return errThrift // maps and unions do not occur in Parquet's structures
}

func (w *thriftWalk) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	size := uint64(head >> 4)
	if size == 15 {
		if size, err = w.uvarint(); err != nil {
			return err
		}
	}
	if size > uint64(len(w.text)-w.at) {
		return errThrift
	}
	if w.elements += int(size); w.elements > maxElements {
		return fmt.Errorf("its structures have more than %d elements", maxElements)
	}
	for range size {
		if err := w.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}
