package sqlregex

import (
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
)

// NullStand is the code point, which is no character, that stands for U+0000 in the texts of an engine that cannot hold it.
const NullStand = 0x10FFFE

// areMost is the highest number of repetitions that the flavor ARE has words for.
const areMost = 255

// areNever matches nothing.
const areNever = `(?!(?:))`

// standing returns the ranges of a class with NullStand in the place of U+0000.
func standing(ranges []rune) []rune {
	var out []rune
	hasNull := len(ranges) > 0 && ranges[0] == 0
	for i := 0; i+1 < len(ranges); i += 2 {
		lo, hi := max(ranges[i], 1), ranges[i+1]
		if hi >= NullStand && lo <= NullStand {
			if lo < NullStand {
				out = append(out, lo, NullStand-1)
			}
			lo = NullStand + 1
		}
		if lo <= hi {
			out = append(out, lo, hi)
		}
	}
	if !hasNull {
		return out
	}
	if n := len(out); n > 0 && out[n-1] > NullStand {
		return append(out[:n-2:n-2], NullStand, NullStand, out[n-2], out[n-1])
	}
	return append(out, NullStand, NullStand)
}

// areEscapes writes the escapes of code points as the flavor ARE does.
func areEscapes(text string) string {
	if !strings.Contains(text, `\x{`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		digits, _, found := strings.Cut(text[min(i+3, len(text)):], "}")
		if !strings.HasPrefix(text[i:], `\x{`) || !found {
			b.WriteString(text[i : i+2])
			i++
			continue
		}
		r, err := strconv.ParseInt(digits, 16, 32)
		if err != nil {
			panic("egret bug: an escape has no code point: " + text)
		}
		if r == 0 {
			r = NullStand
		}
		fmt.Fprintf(&b, `\U%08X`, r)
		i += len(`\x{`) + len(digits)
	}
	return b.String()
}

// areTimes writes how often a part is repeated, at most 255 times a piece.
func areTimes(text string, min, max int) regexText {
	var b strings.Builder
	pieces := 0
	for ; min > areMost; min -= areMost {
		fmt.Fprintf(&b, "%s{%d}", text, areMost)
		pieces++
		if max > 0 {
			max -= areMost
		}
	}
	for ; max-min > areMost; max -= areMost {
		fmt.Fprintf(&b, "%s{0,%d}", text, areMost)
		pieces++
	}
	if max > areMost {
		fmt.Fprintf(&b, "%s{0,%d}", text, max-min)
		pieces++
		max = min
	}
	switch {
	case max == -1:
		fmt.Fprintf(&b, "%s{%d,}", text, min)
	case min == max:
		fmt.Fprintf(&b, "%s{%d}", text, min)
	default:
		fmt.Fprintf(&b, "%s{%d,%d}", text, min, max)
	}
	if pieces == 0 {
		return regexText{b.String(), regexRepeat}
	}
	return regexText{b.String(), regexConcat}
}

// areTooLarge reports whether the engine would refuse an expression for its size.
func areTooLarge(re *syntax.Regexp) bool { return re2Size(re) > maxARESize }

// maxARESize is a limit on the instructions of an expression, by the count of re2Size, below that of PostgreSQL.
const maxARESize = 60_000
