package event

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader converts UTF-16 to UTF-8, for exports of PowerShell. A lone surrogate becomes U+FFFD.
type utf16Reader struct {
	from io.Reader
	big  bool
	in   []byte // read but not converted yet
	buf  []byte
	err  error
}

func newUTF16Reader(from io.Reader, order string) *utf16Reader {
	return &utf16Reader{from: from, big: order == "UTF-16BE", buf: make([]byte, 32<<10)}
}

func (r *utf16Reader) unit(i int) rune {
	if r.big {
		return rune(r.in[i])<<8 | rune(r.in[i+1])
	}
	return rune(r.in[i+1])<<8 | rune(r.in[i])
}

// Read fills p with whole runes; p must have room for one.
func (r *utf16Reader) Read(p []byte) (int, error) {
	n := 0
	for n+utf8.UTFMax <= len(p) {
		if len(r.in) < 4 && r.err == nil {
			kept := copy(r.buf, r.in)
			var m int
			m, r.err = r.from.Read(r.buf[kept:])
			r.in = r.buf[:kept+m]
			if m == 0 && r.err == nil || len(r.in) < 4 && r.err == nil {
				continue
			}
		}
		if len(r.in) < 2 {
			if len(r.in) == 1 {
				r.in = nil
				n += utf8.EncodeRune(p[n:], utf8.RuneError)
			}
			break
		}
		c, size := r.unit(0), 2
		if utf16.IsSurrogate(c) {
			low := rune(0)
			if len(r.in) >= 4 {
				low = r.unit(2)
			}
			if c = utf16.DecodeRune(c, low); c != utf8.RuneError {
				size = 4
			}
		}
		r.in = r.in[size:]
		n += utf8.EncodeRune(p[n:], c)
	}
	if n > 0 || len(p) < utf8.UTFMax {
		return n, nil
	}
	return 0, r.err
}
