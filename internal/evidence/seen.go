package evidence

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// DefaultSeenLimit is the number of ids up to which duplicates are counted exactly (design, "duplicates").
const DefaultSeenLimit = 4_000_000

// Sighting is what Seen knows of an id.
type Sighting uint8

// The answers of Seen.Add.
const (
	// First: the id was not there and is now.
	First Sighting = iota
	// Again: the id was there before.
	Again
	// Unknown: the set is full and does not hold the id, which may or may not have come before.
	Unknown
)

// Seen is a set of event keys for many goroutines. It takes 23 to 46 bytes an id.
type Seen struct {
	left   atomic.Int64 // keys for which no shard has reserved room yet
	full   atomic.Bool
	seed   uint64
	shards [seenShards]seenShard
}

const (
	seenShards   = 128 // so that two workers rarely meet in one
	seenShardBit = 7
	seenSmallest = 512 // slots of a shard at first
	seenReserve  = 64  // keys a shard reserves room for at once, so that shards seldom meet either
)

// SeenSlack is how many keys more than its limit a Seen may hold.
const SeenSlack = seenShards * seenReserve

// seenKey is a folded EventKey.
type seenKey = [16]byte

// seenShard is an open-addressing table in two parts: a byte of each key's hash, 0 for a free slot, and the keys. Most keys
// are new, and the bytes alone tell so; they stay in the processor's cache where the keys would not.
type seenShard struct {
	mu    sync.Mutex
	marks []uint8
	slots []seenKey
	used  int32
	room  int32 // keys that may be added without asking for more
}

// NewSeen makes an empty set that holds limit keys at least, and SeenSlack more at most; limit 0 means DefaultSeenLimit.
func NewSeen(limit int) *Seen {
	if limit <= 0 {
		limit = DefaultSeenLimit
	}
	s := &Seen{seed: rand.Uint64() | 1}
	s.left.Store(int64(limit) + SeenSlack)
	return s
}

// Add puts a key into the set, unless the set is full, and says whether it was there.
func (s *Seen) Add(event EventKey) Sighting {
	key := event.folded()
	hash := s.hash(key)
	shard := &s.shards[hash>>(64-seenShardBit)]
	shard.mu.Lock()
	sighting := s.add(shard, key, hash)
	shard.mu.Unlock()
	return sighting
}

func (s *Seen) add(shard *seenShard, key seenKey, hash uint64) Sighting {
	at, found := shard.find(key, hash)
	if found {
		return Again
	}
	if shard.room == 0 && !s.reserve(shard) {
		return Unknown
	}
	shard.room--
	shard.used++
	if int(shard.used) > len(shard.slots)-len(shard.slots)/4 {
		s.grow(shard)
		at, _ = shard.find(key, hash)
	}
	shard.put(at, key, hash)
	return First
}

// Len is the number of keys in the set.
func (s *Seen) Len() int {
	n := 0
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.Lock()
		n += int(shard.used)
		shard.mu.Unlock()
	}
	return n
}

// Full tells whether a key had to be left out, so that duplicates counted since are a lower bound.
func (s *Seen) Full() bool { return s.full.Load() }

// reserve gives a shard room for more keys.
func (s *Seen) reserve(shard *seenShard) bool {
	if s.left.Add(-seenReserve) < 0 {
		s.left.Add(seenReserve)
		s.full.Store(true)
		return false
	}
	shard.room = seenReserve
	return true
}

// hash mixes a key with the seed, since ids come from logs and could be chosen to crowd one place of the table.
func (s *Seen) hash(key seenKey) uint64 {
	high, low := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	high, low = bits.Mul64(high^s.seed, low^bits.RotateLeft64(s.seed, 29)|1)
	return (high ^ low) * 0x9e3779b97f4a7c15
}

// markOf is the mark of a key with this hash, never 0. Its bits are none of those that tell the shard or the slot.
func markOf(hash uint64) uint8 { return uint8(hash>>(64-seenShardBit-8)) | 1 }

// find is the slot of a key, or the free one where it would go in a table that has any.
func (t *seenShard) find(key seenKey, hash uint64) (int, bool) {
	if len(t.marks) == 0 {
		return 0, false
	}
	mark, mask := markOf(hash), len(t.marks)-1
	for at := int(hash & uint64(mask)); ; at = (at + 1) & mask {
		switch t.marks[at] {
		case 0:
			return at, false
		case mark:
			if t.slots[at] == key {
				return at, true
			}
		}
	}
}

func (t *seenShard) put(at int, key seenKey, hash uint64) {
	t.marks[at] = markOf(hash)
	t.slots[at] = key
}

func (s *Seen) grow(t *seenShard) {
	old, marks := t.slots, t.marks
	size := max(seenSmallest, 2*len(old))
	t.slots, t.marks = make([]seenKey, size), make([]uint8, size)
	for i, key := range old {
		if marks[i] != 0 {
			hash := s.hash(key)
			at, _ := t.find(key, hash)
			t.put(at, key, hash)
		}
	}
}
