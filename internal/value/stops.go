package value

import "math"

const (
	stopBlock = 64
	// maxStopped is the length of the longest document whose stops are found in advance, in bytes. Their list takes four bytes for
	// each byte of the document.
	maxStopped = 64 << 10
)

// stops are the offsets of all bytes of a document that can end the plain part of a string: quotes, backslashes and control
// characters. A loop that looks for the end of each string ends after another number of steps each time, which processors
// predict badly; so the stops of the whole document are found first, in steps of one length.
type stops struct {
	at   []uint32 // sorted; two offsets at or beyond the end of the document close it
	next int      // no stop before at[next] can be asked for any more
}

// noStops stands for the stops of a document where they are not known.
var noStops = []uint32{math.MaxUint32, math.MaxUint32}

// after is the stop that follows the one at offset i, at or beyond the end of the document if there is none or stops are not
// known. If no byte that stops is at i, the result means nothing. Offsets must not fall from call to call.
func (s *stops) after(i uint32) uint32 {
	for s.at[s.next] < i {
		s.next++
	}
	return s.at[s.next+1]
}

// stopFinder finds the stops of one document after the other and reuses its memory.
type stopFinder struct{ list []uint32 }

// find finds the stops of src. They are not known in short and long documents, in those that hold bytes beyond ASCII, whose
// strings must be marked, and where findStops does not run.
func (f *stopFinder) find(src []byte) stops {
	if !canFindStops || len(src) < stopBlock || len(src) > maxStopped {
		return stops{at: noStops}
	}
	if need := len(src) + stopBlock; len(f.list) < need {
		f.list = make([]uint32, max(need, 4<<10))
	}
	blocks := len(src) / stopBlock
	count, high := findStops(&src[0], blocks, &f.list[0])
	for i := blocks * stopBlock; i < len(src); i++ {
		c := src[i]
		high = high || c >= 0x80
		if c == '"' || c == '\\' || c < 0x20 {
			f.list[count] = uint32(i)
			count++
		}
	}
	if high {
		return stops{at: noStops}
	}
	f.list[count], f.list[count+1] = uint32(len(src)), uint32(len(src))
	return stops{at: f.list[:count+2]}
}
