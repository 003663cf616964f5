package value

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// scanString finds the closing quote of the string whose content begins at i, eight bytes at a time, and returns the flags of
// the content. It returns -1 if the string is invalid or does not end.
func scanString(src []byte, i int) (end int, flags uint8) {
	var high uint64
	for {
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			quote := w ^ ('"' * ones)
			slash := w ^ ('\\' * ones)
			stop := ((quote-ones)&^quote | (slash-ones)&^slash | (w-0x20*ones)&^w) & highs
			if stop == 0 {
				high |= w
				i += 8
				continue
			}
			high |= w & ((stop & -stop) - 1)
			i += bits.TrailingZeros64(stop) >> 3
			goto stopped
		}
		for {
			if i >= len(src) {
				return -1, 0
			}
			if c := src[i]; c == '"' || c == '\\' || c < 0x20 {
				break
			}
			high |= uint64(src[i])
			i++
		}
	stopped:
		switch src[i] {
		case '"':
			if high&highs != 0 {
				flags |= flagNonASCII
			}
			return i, flags
		case '\\':
			flags |= flagEscaped
			if i+1 >= len(src) {
				return -1, 0
			}
			switch src[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				if i+6 > len(src) || hex4(src[i+2:i+6]) < 0 {
					return -1, 0
				}
				i += 6
			default:
				return -1, 0
			}
		default:
			return -1, 0
		}
	}
}

func badString(src []byte, i int) error {
	for ; i < len(src) && src[i] != '"'; i++ {
		if src[i] < 0x20 {
			return &SyntaxError{Offset: i, Message: "control character in a string"}
		}
		if src[i] == '\\' {
			size := 2
			if i+1 < len(src) && src[i+1] == 'u' {
				size = 6
			}
			if i+size > len(src) {
				break
			}
			if end, _ := scanString(append(append([]byte{}, src[i:i+size]...), '"'), 0); end < 0 {
				return &SyntaxError{Offset: i, Message: "invalid escape in a string"}
			}
			i += size - 1
		}
	}
	return &SyntaxError{Offset: len(src), Message: "the text ends inside a string"}
}

func hex4(b []byte) int {
	v := 0
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			v = v<<4 | int(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | int(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return v
}

// appendUnescaped resolves the escapes of a string that scanString accepted. A lone surrogate reads as U+FFFD.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			if c < utf8.RuneSelf {
				dst = append(dst, c)
				i++
				continue
			}
			r, size := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		switch e := raw[i+1]; e {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := rune(hex4(raw[i+2:]))
			i += 6
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					pair = utf16.DecodeRune(r, rune(hex4(raw[i+2:])))
				}
				if pair != utf8.RuneError {
					i += 6
				}
				r = pair
			}
			dst = utf8.AppendRune(dst, r)
			continue
		default:
			dst = append(dst, e)
		}
		i += 2
	}
	return dst
}
