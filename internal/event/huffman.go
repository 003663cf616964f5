package event

import "math/bits"

// Decoding tables of DEFLATE (RFC 1951). A table is indexed by the next bits of the input. Codes that are longer than the
// index share an entry, which leads to a table of their own behind the first.
//
// An entry says in its lowest byte how many bits it takes, those of a length or distance beyond the code included. The
// next byte is what kind it is and how many of the bits are the code's; the upper half is the literal, the base of the
// length or distance, or the place of the further table. The entry 0 is a code that is not in use.
const (
	entryLiteral = 1 << 15
	entryTable   = 1 << 14 // how many bits index it is in the place of the code's bits
	entryEnd     = 1 << 13 // of the block
	entrySpecial = entryTable | entryEnd

	litBits, distBits, orderBits = 11, 8, 7
	maxCode                      = 15 // bits of the longest code
	maxLit, maxDist              = 286, 30
	// litRoom and distRoom are the entries that the worst codes need: as the program "enough", which comes with zlib,
	// counts them for 288 and 32 symbols.
	litRoom, distRoom = 2342, 402
)

// What symbols stand for: entries without the lengths of their codes.
var (
	litSymbols   = literalSymbols()
	distSymbols  = distanceSymbols()
	orderSymbols = func() (symbols [19]uint32) {
		for i := range symbols {
			symbols[i] = uint32(i) << 16
		}
		return symbols
	}()
	fixedLit, fixedDist = fixedTables()
)

func literalSymbols() (symbols [maxLit]uint32) {
	for i := range 256 {
		symbols[i] = uint32(i)<<16 | entryLiteral
	}
	symbols[256] = entryEnd
	base := uint32(3)
	for i := 257; i < 285; i++ {
		extra := uint32(max(0, (i-261)/4))
		symbols[i] = base<<16 | extra
		base += 1 << extra
	}
	symbols[285] = 258 << 16
	return symbols
}

func distanceSymbols() (symbols [maxDist]uint32) {
	base := uint32(1)
	for i := range symbols {
		extra := uint32(max(0, (i-2)/2))
		symbols[i] = base<<16 | extra
		base += 1 << extra
	}
	return symbols
}

func fixedTables() (lit [litRoom]uint32, dist [distRoom]uint32) {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	buildTable(lit[:], litBits, lengths[:], litSymbols[:])
	for i := range 32 {
		lengths[i] = 5
	}
	buildTable(dist[:], distBits, lengths[:32], distSymbols[:])
	return lit, dist
}

// buildTable makes the table of the code whose symbols have the given lengths, 0 for those that do not occur. It reports
// false for lengths that make no code. Like zlib it lets pass a code of no symbol, and one of one symbol with one bit.
func buildTable(table []uint32, tableBits int, lengths []uint8, symbols []uint32) bool {
	var count, next [maxCode + 1]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	left, used := 1, 0
	for n := 1; n <= maxCode; n++ {
		next[n] = used
		used += count[n]
		if left = left<<1 - count[n]; left < 0 {
			return false
		}
	}
	if left > 0 {
		if used > 1 || used != count[1] {
			return false
		}
		clear(table[:1<<tableBits])
	}
	var sorted [288]uint16 // symbols by length and number, the order of their codes
	for symbol, n := range lengths {
		if n > 0 {
			sorted[next[n]] = uint16(symbol)
			next[n]++
		}
	}
	// The input gives codes from their first bit on in its lowest bits, so the table is indexed by codes in reverse. It is
	// filled up to the length at hand and doubled from length to length.
	code, size, end := 0, 1, 1<<tableBits // the end is that of all tables
	further, furtherBits, prefix := 0, 0, -1
	at := 0
	for n := 1; n <= maxCode; n++ {
		if n <= tableBits {
			copy(table[size:2*size], table[:size])
			size *= 2
		}
		for left := count[n]; left > 0; left-- {
			entry := uint32(0) // the two last symbols of the fixed codes do not occur
			if symbol := int(sorted[at]); symbol < len(symbols) {
				own := uint32(n)
				if n > tableBits {
					own -= uint32(tableBits)
				}
				entry = symbols[symbol] + own<<8 + own
			}
			at++
			if n <= tableBits {
				table[code] = entry
			} else {
				if code&(1<<tableBits-1) != prefix {
					prefix = code & (1<<tableBits - 1)
					further, furtherBits = end, n-tableBits
					for room := left; room < 1<<furtherBits && furtherBits < maxCode-tableBits; {
						furtherBits++
						room = room<<1 + count[tableBits+furtherBits]
					}
					end += 1 << furtherBits
					table[prefix] = uint32(further)<<16 | entryTable | uint32(furtherBits)<<8 | uint32(tableBits)
				}
				for i := code >> tableBits; i < 1<<furtherBits; i += 1 << (n - tableBits) {
					table[further+i] = entry
				}
			}
			// The next code in reverse: the last zero becomes a one, and the ones behind it zeros.
			if high := bits.Len(uint(code ^ (1<<n - 1))); high > 0 {
				code = code&(1<<(high-1)-1) | 1<<(high-1)
			}
		}
	}
	return true
}
