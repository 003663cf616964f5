package evidence

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// EventKey identifies an event: copies of one event have the same key. It is comparable and can be a map key.
//
// Hashes are seeded anew in each process, so nobody can craft a log in which keys collide. Keys must not outlive the
// process, and their order is meaningful only between different UUIDs.
type EventKey struct {
	// ID is the event's id in 128 bits. A UUID in its canonical form (lower case, four dashes) is stored as its
	// sixteen bytes, so that AppendText can write it again; any other id is hashed. The two cannot be confused: hashes
	// have both top bits of byte 8 set, and a UUID with these bits (a variant that RFC 9562 reserves) is hashed too.
	// Ids are texts: the same UUID in upper case is another id.
	ID [16]byte
	// Content is a hash of the other content that copies of one event share, see HashContent; 0 where the id alone
	// identifies the event. Logs with masked ids give one id to many events.
	Content uint64
}

// hashMark is the bits of byte 8 that distinguish a hash from a UUID.
const hashMark = 0xc0

var firstSeed, secondSeed, contentSeed = maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed()

// TextLength is the length of a UUID's text: the text of every key that is not a hash.
const TextLength = 36

// noNibble marks bytes in nibbles that are not lower-case hexadecimal digits.
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

// KeyOf returns the key of an id, with Content 0. It does not retain the text.
func KeyOf(id []byte) EventKey {
	sum, ok := parseUUID(id)
	if !ok {
		sum = Hash(id)
		sum[8] |= hashMark
	}
	return EventKey{ID: sum}
}

// HashContent returns a hash for EventKey.Content. Its seed is chosen once in each process.
func HashContent(text []byte) uint64 { return maphash.Bytes(contentSeed, text) }

// folded returns the key in 128 bits. Content is seeded, so nobody can craft a log in which two folded keys collide.
func (k EventKey) folded() [16]byte {
	sum := k.ID
	binary.LittleEndian.PutUint64(sum[:8], binary.LittleEndian.Uint64(sum[:8])^k.Content)
	spread := bits.RotateLeft64(k.Content*0x9e3779b97f4a7c15, 32)
	binary.LittleEndian.PutUint64(sum[8:], binary.LittleEndian.Uint64(sum[8:])^spread)
	return sum
}

// Hash returns a hash of 128 bits. Its seed is chosen once in each process.
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

// IsHash reports whether the id is a hash, so that its text cannot be read from the key.
func (k EventKey) IsHash() bool { return k.ID[8]&hashMark == hashMark }

// AppendText appends the id that the key was made from. For a hash it appends nothing: the caller must get the text
// elsewhere, for example from Event.ID.
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

// Compare orders keys by the bytes of their ids: for UUIDs that is the order of their texts. It orders keys of one id
// by Content, whose order differs from process to process.
func (k EventKey) Compare(other EventKey) int {
	return cmp.Or(bytes.Compare(k.ID[:], other.ID[:]), cmp.Compare(k.Content, other.Content))
}
