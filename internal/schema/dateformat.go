package schema

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// A DateFormat is how a string holds a day, in the letters of Java's date formats: yyyy, MM or M, dd or d, HH or H,
// with separators between them. A single letter is a number without leading zeros.
type DateFormat struct {
	text   string
	tokens []dateToken
}

// dateToken is a part of a date or, with letter 0, literal text.
type dateToken struct {
	letter byte
	width  int
	text   string
}

// ParseDateFormat reads a format. It returns an error for other letters and for a format without any part.
func ParseDateFormat(text string) (DateFormat, error) {
	f := DateFormat{text: text}
	bad := errors.New("expected yyyy, MM, M, dd, d, HH, H and separators, each part once")
	for rest := text; rest != ""; {
		if literal, ok := strings.CutPrefix(rest, "'"); ok { // as in yyyy-MM-dd'T'HH
			quoted, after, closed := strings.Cut(literal, "'")
			if !closed {
				return f, bad
			}
			f.tokens, rest = append(f.tokens, dateToken{text: quoted}), after
			continue
		}
		c := rest[0]
		n := len(rest) - len(strings.TrimLeft(rest, string(c)))
		switch {
		case strings.IndexByte("yMdH", c) >= 0:
			if n > 2 && c != 'y' || c == 'y' && n != 4 || f.Has(c) {
				return f, bad
			}
			f.tokens = append(f.tokens, dateToken{letter: c, width: n})
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c < ' ' || c > '~':
			return f, bad
		default:
			f.tokens = append(f.tokens, dateToken{text: rest[:n]})
		}
		rest = rest[n:]
	}
	if f.Parts() == "" {
		return f, bad
	}
	// Without a separator, only numbers of a fixed width can be split.
	for i := range max(0, len(f.tokens)-1) {
		if a, b := f.tokens[i], f.tokens[i+1]; a.letter != 0 && b.letter != 0 && (a.width == 1 || b.width == 1) {
			return f, bad
		}
	}
	return f, nil
}

// String returns the format as written.
func (f DateFormat) String() string { return f.text }

// Has reports whether the format has a part: 'y', 'M', 'd' or 'H'.
func (f DateFormat) Has(letter byte) bool { return strings.IndexByte(f.Parts(), letter) >= 0 }

// Parts returns the letters of the parts in their order: "yMd".
func (f DateFormat) Parts() string {
	var parts []byte
	for _, t := range f.tokens {
		if t.letter != 0 {
			parts = append(parts, t.letter)
		}
	}
	return string(parts)
}

// Sorted reports whether later times are greater as strings: all numbers have a fixed width, and the parts run from the
// largest unit down without a gap.
func (f DateFormat) Sorted() bool {
	for _, t := range f.tokens {
		if t.letter != 0 && t.width == 1 {
			return false
		}
	}
	return len(f.Parts()) == 1 || strings.HasPrefix("yMdH", f.Parts()) //nolint:gocritic // the argument order is right: the parts are a prefix of the list
}

// Write formats a time.
func (f DateFormat) Write(at time.Time) string {
	var b strings.Builder
	for _, t := range f.tokens {
		var n int
		switch t.letter {
		case 'y':
			n = at.Year()
		case 'M':
			n = int(at.Month())
		case 'd':
			n = at.Day()
		case 'H':
			n = at.Hour()
		default:
			b.WriteString(t.text)
			continue
		}
		digits := strconv.Itoa(n)
		b.WriteString(strings.Repeat("0", max(0, t.width-len(digits))) + digits)
	}
	return b.String()
}

// Reads reports whether a string is exactly a time in this format.
func (f DateFormat) Reads(text string) bool {
	year, month, day := 2000, 1, 1 // a leap year
	for _, t := range f.tokens {
		if t.letter == 0 {
			var ok bool
			if text, ok = strings.CutPrefix(text, t.text); !ok {
				return false
			}
			continue
		}
		width := t.width
		if width == 1 && len(text) > 1 && text[1] >= '0' && text[1] <= '9' {
			width = 2
		}
		if len(text) < width || t.width == 1 && width == 2 && text[0] == '0' {
			return false
		}
		n, err := strconv.ParseUint(text[:width], 10, 16)
		if err != nil {
			return false
		}
		text = text[width:]
		switch t.letter {
		case 'y':
			year = int(n)
		case 'M':
			month = int(n)
		case 'd':
			day = int(n)
		case 'H':
			if n > 23 {
				return false
			}
		}
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return text == "" && at.Year() == year && int(at.Month()) == month && at.Day() == day
}
