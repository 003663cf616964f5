package hunt

import (
	"encoding/binary"
	"hash/maphash"
	"sync/atomic"

	"github.com/egret-hunt/egret/internal/evidence"
)

// prints remembers what the texts of events hash to, by event key, so that a copy of an event that reads the same need
// not be matched again. It forgets: two keys may share a place. Then a copy is matched though it need not be, which
// costs time and changes nothing.
type prints struct {
	seed  maphash.Seed
	slots []atomic.Uint32
}

// printBits is the logarithm of the number of places, 4 bytes each: enough for the few minutes between two deliveries.
const printBits = 20

func newPrints() *prints {
	return &prints{seed: maphash.MakeSeed(), slots: make([]atomic.Uint32, 1<<printBits)}
}

func (p *prints) slot(key evidence.EventKey) *atomic.Uint32 {
	// Keys are random bits, or hashes; the multiplication spreads ids that were counted up.
	at := (binary.LittleEndian.Uint64(key[:8]) ^ binary.LittleEndian.Uint64(key[8:])) * 0x9e3779b97f4a7c15
	return &p.slots[at>>(64-printBits)]
}

// print is a hash of a text, never 0. The key takes part, so that a place taken over by another event never fits.
func (p *prints) print(key evidence.EventKey, text []byte) uint32 {
	sum := maphash.Bytes(p.seed, text) ^ binary.LittleEndian.Uint64(key[:8]) ^ binary.LittleEndian.Uint64(key[8:])
	return uint32(sum^sum>>32) | 1
}

// add remembers the text of an event that came for the first time.
func (p *prints) add(key evidence.EventKey, text []byte) { p.slot(key).Store(p.print(key, text)) }

// same tells whether an event's text is surely that of its first copy.
func (p *prints) same(key evidence.EventKey, text []byte) bool {
	return p.slot(key).Load() == p.print(key, text)
}
