package value

import "golang.org/x/sys/cpu"

// canFindStops reports whether findStops runs on this processor.
var canFindStops = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT

// findStops writes the offsets of all quotes, backslashes, control characters and bytes beyond ASCII in blocks of 64 bytes
// to dst, in order, and returns how many there are, and whether a byte is beyond ASCII. blocks is 1 or more; dst has room
// for 64 offsets a block, and for 8 more.
//
//go:noescape
func findStops(src *byte, blocks int, dst *uint32) (count int, high bool)
