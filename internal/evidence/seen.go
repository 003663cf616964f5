package evidence

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// DefaultSeenLimit is the number of ids up to which duplicates are counted exactly.
const DefaultSeenLimit = 4_000_000

// Sighting is what Seen knows about a key.
type Sighting uint8

// The results of Seen.Add.
const (
	// First: the key was new and has been added.
	First Sighting = iota
	// Again: the key was in the set already.
	Again
	// Unknown: the set is full and does not contain the key, which may or may not have come before.
	Unknown
)

// Seen is a set of event keys, safe for concurrent use. It takes 80 KB, and 23 to 46 bytes for each key.
type Seen struct {
	left   atomic.Int64 // keys for which no shard has reserved space yet
	full   atomic.Bool
	seed   uint64
	shards [seenShards]seenShard
}

const (
	seenShards   = 128 // so that two workers rarely need the same one
	seenShardBit = 7
	seenSmallest = 512 // slots of a shard at first
	seenReserve  = 64  // keys for which a shard reserves space at once, so that shards rarely access the shared counter
	seenWaiting  = 32  // keys that are written to a shard's table together
)

// SeenSlack is by how many keys a Seen may exceed its limit.
const SeenSlack = seenShards * seenReserve

// seenKey is a folded EventKey.
type seenKey = [16]byte

// seenShard is an open-addressing table in two parts: one byte of each key's hash, 0 for a free slot, and the keys.
// Most keys are new, and the bytes alone show that; they fit the processor's cache where the keys would not. New keys
// therefore wait in a list, which stays in the cache, until they are written to the table together: releasing the lock
// waits for pending writes, and that takes no longer for many keys than for one.
type seenShard struct {
	mu    sync.Mutex
	marks []uint8
	slots []seenKey
	used  int32 // including waiting keys
	room  int32 // keys that may be added before reserving more

	waiting      int
	waitingMarks [seenWaiting]uint8
	waitingKeys  [seenWaiting]seenKey
}

// NewSeen returns an empty set for at least limit keys and at most SeenSlack more; limit 0 means DefaultSeenLimit.
func NewSeen(limit int) *Seen {
	if limit <= 0 {
		limit = DefaultSeenLimit
	}
	s := &Seen{seed: rand.Uint64() | 1}
	s.left.Store(int64(limit) + SeenSlack)
	return s
}

// Add adds a key, unless the set is full, and reports whether it was there before.
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
	if shard.contains(key, hash) {
		return Again
	}
	if shard.room == 0 && !s.reserve(shard) {
		return Unknown
	}
	shard.room--
	shard.used++
	shard.waitingMarks[shard.waiting], shard.waitingKeys[shard.waiting] = markOf(hash), key
	if shard.waiting++; shard.waiting == seenWaiting {
		s.settle(shard)
	}
	return First
}

// Len returns the number of keys in the set.
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

// Full reports whether a key had to be left out, so that duplicates counted since are a lower bound.
func (s *Seen) Full() bool { return s.full.Load() }

// reserve reserves space in a shard for more keys. It reports false if the set is full.
func (s *Seen) reserve(shard *seenShard) bool {
	if s.left.Add(-seenReserve) < 0 {
		s.left.Add(seenReserve)
		s.full.Store(true)
		return false
	}
	shard.room = seenReserve
	return true
}

// hash mixes a key with the seed: ids come from logs, and an attacker could choose them to collide.
func (s *Seen) hash(key seenKey) uint64 {
	high, low := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	high, low = bits.Mul64(high^s.seed, low^bits.RotateLeft64(s.seed, 29)|1)
	return (high ^ low) * 0x9e3779b97f4a7c15
}

// markOf returns the mark of a key with this hash, never 0. It uses other bits than the shard and the slot.
func markOf(hash uint64) uint8 { return uint8(hash>>(64-seenShardBit-8)) | 1 }

// contains reports whether a key is in the table or waiting.
func (t *seenShard) contains(key seenKey, hash uint64) bool {
	mark := markOf(hash)
	for i := 0; i < t.waiting; i++ {
		next := bytes.IndexByte(t.waitingMarks[i:t.waiting], mark)
		if next < 0 {
			break
		}
		if i += next; t.waitingKeys[i] == key {
			return true
		}
	}
	if len(t.marks) == 0 {
		return false
	}
	mask := len(t.marks) - 1
	for at := int(hash & uint64(mask)); t.marks[at] != 0; at = (at + 1) & mask {
		if t.marks[at] == mark && t.slots[at] == key {
			return true
		}
	}
	return false
}

// put writes a new key to the table, which must have free slots.
func (t *seenShard) put(key seenKey, hash uint64) {
	mask := len(t.marks) - 1
	at := int(hash & uint64(mask))
	for t.marks[at] != 0 {
		at = (at + 1) & mask
	}
	t.marks[at], t.slots[at] = markOf(hash), key
}

// settle writes the waiting keys to the table.
func (s *Seen) settle(t *seenShard) {
	if int(t.used) > len(t.slots)-len(t.slots)/4 {
		s.grow(t)
	}
	for _, key := range t.waitingKeys[:t.waiting] {
		t.put(key, s.hash(key))
	}
	t.waiting = 0
}

func (s *Seen) grow(t *seenShard) {
	old, marks := t.slots, t.marks
	size := max(seenSmallest, 2*len(old))
	t.slots, t.marks = make([]seenKey, size), make([]uint8, size)
	for i, key := range old {
		if marks[i] != 0 {
			t.put(key, s.hash(key))
		}
	}
}
