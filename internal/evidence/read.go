package evidence

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/s2"
)

// Get reads an event. The caller must not change its bytes, which stay valid. Get fails for a Ref that this store did
// not return or whose block is not yet flushed, and when the temporary file cannot be read. Reading in the order of
// writing is cheap; in random order each read may unpack a block.
func (s *Store) Get(ref Ref) (Event, error) {
	e, at, size, err := s.entry(ref)
	if err != nil {
		return Event{}, err
	}
	texts, err := s.unpacked(ref, &s.texts)
	if err != nil {
		return Event{}, err
	}
	if size > uint64(len(texts)) || at > uint64(len(texts))-size {
		return Event{}, errNoEvent(ref)
	}
	e.Raw = texts[at : at+size : at+size]
	return e, nil
}

// ID returns the text of an event's id, from the key where it is a UUID and else from the store. The caller must not
// change it. ID fails as Get does. The order of reading matters little.
func (s *Store) ID(key EventKey, ref Ref) ([]byte, error) {
	if !key.IsHash() {
		return key.AppendText(nil), nil
	}
	e, _, _, err := s.entry(ref)
	return e.ID, err
}

// entry reads the index: an event without its text, and the text's position and size.
func (s *Store) entry(ref Ref) (e Event, at, size uint64, err error) {
	index, err := s.unpacked(ref, &s.indexes)
	if err != nil {
		return Event{}, 0, 0, err
	}
	offset := min(uint64(ref&0xffffffff), uint64(len(index)))
	rest := index[offset:]
	var fields [4]uint64 // tag, position and length of the text, length of the id
	for i := range fields {
		value, n := binary.Uvarint(rest)
		if n <= 0 {
			return Event{}, 0, 0, errNoEvent(ref)
		}
		fields[i], rest = value, rest[n:]
	}
	if fields[3] > uint64(len(rest)) {
		return Event{}, 0, 0, errNoEvent(ref)
	}
	return Event{Tag: uint32(fields[0]), ID: rest[:fields[3]:fields[3]]}, fields[1], fields[2], nil
}

func errNoEvent(ref Ref) error { return fmt.Errorf("no event is stored at ref %#x", uint64(ref)) }

// unpacked returns one part of a block, from its cache if possible.
func (s *Store) unpacked(ref Ref, from *cache) ([]byte, error) {
	number := uint32(ref >> 32)
	s.mu.Lock()
	if data, ok := from.get(number); ok {
		s.mu.Unlock()
		return data, nil
	}
	if number == 0 || int(number) >= len(s.blocks) || s.blocks[number].index == 0 {
		s.mu.Unlock()
		return nil, fmt.Errorf("evidence block %d cannot be read: it does not exist or is not flushed", number)
	}
	b := s.blocks[number]
	s.mu.Unlock()

	start, length := b.at, b.index
	if from == &s.texts {
		start, length = b.at+int64(b.index), b.texts
	}
	var packed []byte
	if b.data != nil {
		packed = b.data[start : start+int64(length)] // b.at is 0
	} else {
		packed = make([]byte, length)
		if err := s.spool.Read(packed, start); err != nil {
			return nil, err
		}
	}
	data, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("evidence block %d cannot be read: %w", number, err)
	}
	s.mu.Lock()
	from.put(number, data)
	s.mu.Unlock()
	return data, nil
}

// cache remembers the parts of blocks that were used most recently.
type cache struct {
	limit   int
	clock   uint64
	entries map[uint32]*cached
}

type cached struct {
	used uint64
	data []byte
}

func (c *cache) get(number uint32) ([]byte, bool) {
	e, ok := c.entries[number]
	if !ok {
		return nil, false
	}
	c.clock++
	e.used = c.clock
	return e.data, true
}

func (c *cache) put(number uint32, data []byte) {
	if c.entries == nil {
		c.entries = map[uint32]*cached{}
	}
	if len(c.entries) >= c.limit && c.entries[number] == nil {
		oldest, used := uint32(0), ^uint64(0)
		// Iteration order does not matter: no two entries have the same clock value.
		for n, e := range c.entries {
			if e.used < used {
				oldest, used = n, e.used
			}
		}
		delete(c.entries, oldest)
	}
	c.clock++
	c.entries[number] = &cached{c.clock, data}
}
