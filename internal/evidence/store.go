package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/klauspost/compress/s2"
)

// Ref is the place of an event in its Store. The zero Ref is no place.
type Ref uint64

// Event is what a Store keeps of an event.
type Event struct {
	// Tag is a number of the caller's, such as that of the event's schema.
	Tag uint32
	// ID is the text of the event's id where its key is a hash; empty where the key says it.
	ID []byte
	// Raw is the event's JSON text.
	Raw []byte
}

// DefaultStoreMemory is how many compressed bytes a Store holds in memory unless told otherwise.
const DefaultStoreMemory = 64 << 20

const (
	blockSize   = 256 << 10 // of events before compression; a block ends with the event that passes it
	cacheBlocks = 12        // unpacked blocks that Get remembers, for readers that follow a few writers in step
)

// Store keeps events in compressed blocks, in memory up to a limit and in a temporary file beyond it. Goroutines write
// through a Writer each. Get is safe for concurrent use.
type Store struct {
	limit int64
	spool *Spool

	mu     sync.Mutex
	blocks []block // the first is none, so that no Ref is 0
	memory int64
	cache  [cacheBlocks]cachedBlock
	clock  uint64
}

type block struct {
	data   []byte // compressed; nil while open and when on disk
	at     int64  // on disk
	length int32  // compressed; 0 while the block is open
}

type cachedBlock struct {
	number uint32
	used   uint64
	data   []byte
}

// NewStore makes an empty store. It holds at most memory compressed bytes (0: DefaultStoreMemory) and the rest in a
// temporary file in dir ("": the system's).
func NewStore(memory int64, dir string) *Store {
	if memory <= 0 {
		memory = DefaultStoreMemory
	}
	return &Store{limit: memory, spool: NewSpool(dir), blocks: make([]block, 1)}
}

// Spilled is the number of bytes in the temporary file.
func (s *Store) Spilled() int64 { return s.spool.Size() }

// Close frees memory and file. Events that Get gave stay valid.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks, s.cache, s.memory = s.blocks[:1], [cacheBlocks]cachedBlock{}, 0
	return s.spool.Close()
}

// Writer puts events into a Store for one goroutine.
type Writer struct {
	store  *Store
	number uint32 // of the open block; 0: none is open
	open   []byte
	packed []byte
}

// NewWriter makes a writer. Flush must be called after its last Put.
func (s *Store) NewWriter() *Writer { return &Writer{store: s} }

// Put stores a copy of an event. The event can be read once its block is full or flushed. An error means that the
// temporary file could not be written; events of earlier Puts may be lost then.
func (w *Writer) Put(e Event) (Ref, error) {
	if w.number == 0 {
		number, err := w.store.openBlock()
		if err != nil {
			return 0, err
		}
		w.number = number
		if w.open == nil {
			w.open = make([]byte, 0, blockSize+blockSize/8)
		}
	}
	ref := Ref(w.number)<<32 | Ref(len(w.open))
	w.open = binary.AppendUvarint(w.open, uint64(e.Tag))
	w.open = binary.AppendUvarint(w.open, uint64(len(e.ID)))
	w.open = binary.AppendUvarint(w.open, uint64(len(e.Raw)))
	w.open = append(w.open, e.ID...)
	w.open = append(w.open, e.Raw...)
	if len(w.open) >= blockSize {
		return ref, w.Flush()
	}
	return ref, nil
}

// Flush closes the open block, so that its events can be read. The writer can go on.
func (w *Writer) Flush() error {
	if w.number == 0 {
		return nil
	}
	if need := s2.MaxEncodedLen(len(w.open)); need < 0 || need > math.MaxInt32 {
		return errors.New("event is too long to be kept")
	} else if cap(w.packed) < need {
		w.packed = make([]byte, need)
	}
	packed := s2.Encode(w.packed[:cap(w.packed)], w.open)
	err := w.store.closeBlock(w.number, packed)
	w.number, w.open = 0, w.open[:0]
	if cap(w.open) > 4*blockSize { // one huge event must not hold memory for good
		w.open, w.packed = nil, nil
	}
	return err
}

func (s *Store) openBlock() (uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.blocks) >= 1<<32 {
		return 0, errors.New("evidence store is full")
	}
	s.blocks = append(s.blocks, block{})
	return uint32(len(s.blocks) - 1), nil
}

func (s *Store) closeBlock(number uint32, packed []byte) error {
	b := block{length: int32(len(packed))}
	s.mu.Lock()
	fits := s.memory+int64(len(packed)) <= s.limit
	if fits {
		s.memory += int64(len(packed))
	}
	s.mu.Unlock()
	if fits {
		b.data = append(make([]byte, 0, len(packed)), packed...)
	} else {
		var err error
		if b.at, err = s.spool.Append(packed); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks[number] = b
	return nil
}

// Get reads an event. Its bytes must not be changed and stay valid. It fails for a Ref that this store did not give or
// whose block is not yet flushed, and when the temporary file cannot be read. Reading in the order of writing is cheap;
// at random each read may unpack a block.
func (s *Store) Get(ref Ref) (Event, error) {
	data, err := s.unpacked(uint32(ref >> 32))
	if err != nil {
		return Event{}, err
	}
	offset := int(ref & 0xffffffff)
	var sizes [3]uint64
	for i := range sizes {
		if offset >= len(data) {
			return Event{}, errNoEvent(ref)
		}
		size, n := binary.Uvarint(data[offset:])
		if n <= 0 {
			return Event{}, errNoEvent(ref)
		}
		sizes[i], offset = size, offset+n
	}
	rest := uint64(len(data) - offset)
	if sizes[1] > rest || sizes[2] > rest-sizes[1] {
		return Event{}, errNoEvent(ref)
	}
	id, end := offset+int(sizes[1]), offset+int(sizes[1]+sizes[2])
	return Event{Tag: uint32(sizes[0]), ID: data[offset:id:id], Raw: data[id:end:end]}, nil
}

func errNoEvent(ref Ref) error { return fmt.Errorf("no event is stored at %#x", uint64(ref)) }

// unpacked is the content of a block, from the cache where it is there.
func (s *Store) unpacked(number uint32) ([]byte, error) {
	s.mu.Lock()
	s.clock++
	oldest := 0
	for i := range s.cache {
		c := &s.cache[i]
		if c.data != nil && c.number == number {
			c.used = s.clock
			data := c.data
			s.mu.Unlock()
			return data, nil
		}
		if c.used < s.cache[oldest].used {
			oldest = i
		}
	}
	if number == 0 || int(number) >= len(s.blocks) || s.blocks[number].length == 0 {
		s.mu.Unlock()
		return nil, fmt.Errorf("evidence block %d cannot be read: it is not there or not flushed", number)
	}
	b := s.blocks[number]
	s.mu.Unlock()

	packed := b.data
	if packed == nil {
		packed = make([]byte, b.length)
		if err := s.spool.Read(packed, b.at); err != nil {
			return nil, err
		}
	}
	data, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("evidence block %d cannot be read: %w", number, err)
	}
	s.mu.Lock()
	s.cache[oldest] = cachedBlock{number: number, used: s.clock, data: data}
	s.mu.Unlock()
	return data, nil
}

// ID is the text of an event's id: what the key says, else what is stored with the event. It may alias the store and must
// not be changed.
func (s *Store) ID(key EventKey, ref Ref) ([]byte, error) {
	if !key.IsHash() {
		return key.AppendText(nil), nil
	}
	e, err := s.Get(ref)
	return e.ID, err
}
