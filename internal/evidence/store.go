package evidence

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"

	"github.com/klauspost/compress/s2"
)

// Ref is the location of an event in its Store. The zero Ref is never a location.
type Ref uint64

// Event is the part of an event that a Store keeps.
type Event struct {
	// Tag is a number that the caller chooses, such as that of the event's schema.
	Tag uint32
	// ID is the text of the event's id where its key is a hash; empty where the key contains the text.
	ID []byte
	// Raw is the event's JSON text.
	Raw []byte
}

// DefaultStoreMemory is the default limit of compressed bytes that a Store keeps in memory.
const DefaultStoreMemory = 64 << 20

const (
	blockSize  = 64 << 10 // bytes of events before compression; a block ends with the event that exceeds it
	rawCache   = 48       // unpacked texts in the cache, for readers that follow a few writers in step
	indexCache = 256      // unpacked indexes in the cache; one takes a few kilobytes
)

// Store keeps events in compressed blocks, in memory up to a limit and in a temporary file beyond it. Each goroutine
// writes through its own Writer. Get and ID are safe for concurrent use.
//
// A block has two parts that are compressed separately: the index with the ids, and the texts. Reading ids in any
// order is therefore cheap, while reading a text unpacks its block unless it was read recently.
type Store struct {
	limit int64
	spool *Spool

	mu      sync.Mutex
	blocks  []block // the first is a dummy, so that no Ref is 0
	memory  int64
	indexes cache
	texts   cache
}

type block struct {
	data  []byte // compressed index and texts; nil while open and when on disk
	at    int64  // on disk
	index int32  // length of the compressed index; 0 while the block is open
	texts int32  // length of the compressed texts
}

// NewStore returns an empty store. It keeps at most memory compressed bytes (0: DefaultStoreMemory) in memory and the
// rest in a temporary file in dir ("": the system's).
func NewStore(memory int64, dir string) *Store {
	if memory <= 0 {
		memory = DefaultStoreMemory
	}
	return &Store{
		limit: memory, spool: NewSpool(dir), blocks: make([]block, 1),
		indexes: cache{limit: indexCache}, texts: cache{limit: rawCache},
	}
}

// Spilled returns the number of bytes in the temporary file.
func (s *Store) Spilled() int64 { return s.spool.Size() }

// Close frees the memory and the file. Events that Get returned stay valid.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks, s.memory = s.blocks[:1], 0
	s.indexes.entries, s.texts.entries = nil, nil
	return s.spool.Close()
}

// Writer writes events to a Store from one goroutine.
type Writer struct {
	store  *Store
	number uint32 // of the open block; 0: none is open
	index  []byte // of each event: tag, position and length of its text, length of its id, id
	texts  []byte
	packed []byte
}

// NewWriter returns a writer. Call Flush after its last Put.
func (s *Store) NewWriter() *Writer { return &Writer{store: s} }

// Put stores a copy of an event. The event can be read once its block is full or flushed. An error means that the
// temporary file could not be written, or that the event is longer than 1.8 GB; the events of the block are lost then.
func (w *Writer) Put(e Event) (Ref, error) {
	if w.number == 0 {
		number, err := w.store.openBlock()
		if err != nil {
			return 0, err
		}
		w.number = number
		if w.texts == nil {
			w.texts = make([]byte, 0, blockSize+blockSize/8)
		}
	}
	ref := Ref(w.number)<<32 | Ref(len(w.index))
	w.index = binary.AppendUvarint(w.index, uint64(e.Tag))
	w.index = binary.AppendUvarint(w.index, uint64(len(w.texts)))
	w.index = binary.AppendUvarint(w.index, uint64(len(e.Raw)))
	w.index = binary.AppendUvarint(w.index, uint64(len(e.ID)))
	w.index = append(w.index, e.ID...)
	w.texts = append(w.texts, e.Raw...)
	if len(w.texts)+len(w.index) >= blockSize {
		return ref, w.Flush()
	}
	return ref, nil
}

// Flush closes the open block, so that its events can be read. The writer can still be used.
func (w *Writer) Flush() error {
	if w.number == 0 {
		return nil
	}
	number, index, texts := w.number, w.index, w.texts
	w.number, w.index, w.texts = 0, w.index[:0], w.texts[:0]
	indexRoom, textsRoom := s2.MaxEncodedLen(len(index)), s2.MaxEncodedLen(len(texts))
	if indexRoom < 0 || textsRoom < 0 || indexRoom+textsRoom > math.MaxInt32 {
		return errors.New("event is too long to be stored")
	}
	if cap(w.packed) < indexRoom+textsRoom {
		w.packed = make([]byte, indexRoom+textsRoom)
	}
	packed := w.packed[:cap(w.packed)]
	b := block{index: int32(len(s2.Encode(packed[:indexRoom], index)))}
	b.texts = int32(len(s2.Encode(packed[b.index:], texts)))
	err := w.store.closeBlock(number, b, packed[:b.index+b.texts])
	if cap(w.texts) > 4*blockSize { // one huge event must not occupy memory for good
		w.index, w.texts, w.packed = nil, nil, nil
	}
	return err
}

func (s *Store) openBlock() (uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.blocks) > math.MaxUint32 {
		return 0, errors.New("evidence store is full")
	}
	s.blocks = append(s.blocks, block{})
	return uint32(len(s.blocks) - 1), nil
}

func (s *Store) closeBlock(number uint32, b block, packed []byte) error {
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
