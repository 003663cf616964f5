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

// Seen is a set of event keys for many goroutines. It takes 20 to 43 bytes an id.
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

// seenShard is an open-addressing table. The zero key marks a free slot; the key that is zero itself has a flag.
type seenShard struct {
	mu      sync.Mutex
	slots   []EventKey
	used    int32
	room    int32 // keys that may be added without asking for more
	hasZero bool
	_       [16]byte // keeps two locks off one cache line
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
func (s *Seen) Add(key EventKey) Sighting {
	hash := s.hash(key)
	shard := &s.shards[hash>>(64-seenShardBit)]
	shard.mu.Lock()
	sighting := s.add(shard, key, hash)
	shard.mu.Unlock()
	return sighting
}

func (s *Seen) add(shard *seenShard, key EventKey, hash uint64) Sighting {
	at, found := shard.find(key, hash)
	if found {
		return Again
	}
	if shard.room == 0 && !s.reserve(shard) {
		return Unknown
	}
	shard.room--
	shard.used++
	if key == (EventKey{}) {
		shard.hasZero = true
		return First
	}
	if int(shard.used) > len(shard.slots)-len(shard.slots)/4 {
		s.grow(shard)
		at, _ = shard.find(key, hash)
	}
	shard.slots[at] = key
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
func (s *Seen) hash(key EventKey) uint64 {
	high, low := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	high, low = bits.Mul64(high^s.seed, low^bits.RotateLeft64(s.seed, 29)|1)
	return (high ^ low) * 0x9e3779b97f4a7c15
}

// find is the slot of a key, or the free one where it would go in a table that has any.
func (t *seenShard) find(key EventKey, hash uint64) (int, bool) {
	switch {
	case key == (EventKey{}):
		return 0, t.hasZero
	case len(t.slots) == 0:
		return 0, false
	}
	mask := len(t.slots) - 1
	for at := int(hash & uint64(mask)); ; at = (at + 1) & mask {
		switch t.slots[at] {
		case key:
			return at, true
		case EventKey{}:
			return at, false
		}
	}
}

func (s *Seen) grow(t *seenShard) {
	old := t.slots
	t.slots = make([]EventKey, max(seenSmallest, 2*len(old)))
	for _, key := range old {
		if key != (EventKey{}) {
			at, _ := t.find(key, s.hash(key))
			t.slots[at] = key
		}
	}
}
