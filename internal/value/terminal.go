package value

// ActsOnTerminal reports whether a character from 0x20 on may change other output of a terminal or hide text: control
// characters, bidirectional marks, line and paragraph separators, annotations, and invisible tags. Characters below 0x20 are
// not considered: formats differ in how they write line breaks and tabs.
func ActsOnTerminal(r rune) bool {
	switch {
	case r < 0x7f:
		return r < 0x20
	case r < 0xa0, r == 0x061c, r == 0x180e, r == 0x200e, r == 0x200f, r == 0xfeff:
		return true
	case 0x2028 <= r && r <= 0x202e, 0x2066 <= r && r <= 0x206f, 0xfff9 <= r && r <= 0xfffb, 0xe0000 <= r && r <= 0xe007f:
		return true
	}
	return false
}
