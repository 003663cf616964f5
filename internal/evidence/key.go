package evidence

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// EventKey tells events apart: it is the same for copies of one event. It is comparable and fit to be a map key.
//
// Hashes are seeded anew in each process, so a log cannot be written to make two keys collide. Keys must not be kept
// beyond the process, and their order means nothing unless both ids are UUIDs, and different.
type EventKey struct {
	// ID is the event's id in 128 bits. A UUID in its canonical form (lower case, four dashes) is its own sixteen bytes, so
	// that AppendText can write it again; any other id is a hash. The two never meet: hashes have both top bits of byte 8
	// set, and a UUID with these bits (no variant that RFC 9562 gives out for use) is hashed too. Ids are texts: the same
	// UUID in upper case is another id.
	ID [16]byte
	// Content is a hash of what else copies of one event agree in, see HashContent; 0 where the id alone tells. Masked logs
	// give one id to many events.
	Content uint64
}

// hashMark are the bits of byte 8 that tell a hash from a UUID.
const hashMark = 0xc0

var firstSeed, secondSeed, contentSeed = maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed()

// TextLength is the length of the text of a key that is no hash: that of a UUID.
const TextLength = 36

// Nibbles of lower-case hexadecimal digits; noNibble for other bytes.
const noNibble = 0xff

var nibbles = func() (table [256]byte) {
	for i := range table {
		table[i] = noNibble
	}
	for i, c := range []byte("0123456789abcdef") {
		table[c] = byte(i)
	}
	return table
}()

// KeyOf is the key of an id, with Content 0. It keeps no reference to the text.
func KeyOf(id []byte) EventKey {
	sum, ok := parseUUID(id)
	if !ok {
		sum = Hash(id)
		sum[8] |= hashMark
	}
	return EventKey{ID: sum}
}

// HashContent is a hash for EventKey.Content, seeded once in a process.
func HashContent(text []byte) uint64 { return maphash.Bytes(contentSeed, text) }

// folded is the key in 128 bits. Content is seeded, so that no log can be written to make two keys meet here.
func (k EventKey) folded() [16]byte {
	sum := k.ID
	binary.LittleEndian.PutUint64(sum[:8], binary.LittleEndian.Uint64(sum[:8])^k.Content)
	spread := bits.RotateLeft64(k.Content*0x9e3779b97f4a7c15, 32)
	binary.LittleEndian.PutUint64(sum[8:], binary.LittleEndian.Uint64(sum[8:])^spread)
	return sum
}

// Hash is a hash of 128 bits, seeded once in a process.
func Hash(text []byte) [16]byte {
	var sum [16]byte
	binary.BigEndian.PutUint64(sum[:8], maphash.Bytes(firstSeed, text))
	binary.BigEndian.PutUint64(sum[8:], maphash.Bytes(secondSeed, text))
	return sum
}

func parseUUID(id []byte) ([16]byte, bool) {
	var key [16]byte
	if len(id) != TextLength || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return key, false
	}
	var bad byte
	at := 0
	for i := range key {
		if at == 8 || at == 13 || at == 18 || at == 23 {
			at++
		}
		high, low := nibbles[id[at]], nibbles[id[at+1]]
		bad |= high | low
		key[i] = high<<4 | low
		at += 2
	}
	return key, bad < 16 && key[8]&hashMark != hashMark
}

// IsHash tells whether the id's text cannot be read from the key.
func (k EventKey) IsHash() bool { return k.ID[8]&hashMark == hashMark }

// AppendText appends the id that the key was made of. It appends nothing for a hash: its text must be had elsewhere, as
// from Event.ID.
func (k EventKey) AppendText(dst []byte) []byte {
	if k.IsHash() {
		return dst
	}
	const digits = "0123456789abcdef"
	for i, b := range k.ID {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

// Compare orders keys by the bytes of their ids: for UUIDs that is the order of their texts. Keys of one id are ordered by
// Content, which is another order in every process.
func (k EventKey) Compare(other EventKey) int {
	return cmp.Or(bytes.Compare(k.ID[:], other.ID[:]), cmp.Compare(k.Content, other.Content))
}
