package value

import "math"

const (
	stopBlock = 64
	// maxStopped is the length of the longest document whose stops are found in advance, in bytes. Their list takes four bytes for
	// each byte of the document.
	maxStopped = 64 << 10
)

// stops are the offsets of all bytes of a document that can end the plain part of a string: quotes, backslashes and control
// characters. Finding them for the whole document in fixed-size steps avoids a loop per string, whose varying number of steps
// processors predict badly.
type stops struct {
	at   []uint32 // sorted; two offsets at or beyond the end of the document close it
	next int      // stops before at[next] are no longer needed
}

// noStops are the stops of a document for which they are unknown.
var noStops = []uint32{math.MaxUint32, math.MaxUint32}

// after returns the stop that follows the one at offset i. The result is at or beyond the end of the document if there is none or
// stops are unknown. i must be the offset of a stop, and must not decrease from call to call.
func (s *stops) after(i uint32) uint32 {
	for s.at[s.next] < i {
		s.next++
	}
	return s.at[s.next+1]
}

// A stopFinder finds the stops of one document after the other and reuses its memory.
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
