package sqlregex

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// maxRE2Size is the limit on the instructions of an expression for DuckDB 1.5. Measured: DuckDB accepts 699,000 by
// its own count, which shares parts that re2Size counts twice, and rejects larger expressions as "pattern too large".
const maxRE2Size = 600_000

// re2Size returns an upper bound of the instructions that RE2 compiles an expression to. RE2 works on bytes and
// expands repetitions. Once the bound exceeds maxRE2Size, it is not exact.
func re2Size(re *syntax.Regexp) int {
	size := 2
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 {
				size += classSize(orbit(r))
			} else {
				size += utf8.UTFMax
			}
		}
	case syntax.OpCharClass:
		size += classSize(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		size += classSize([]rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune})
	case syntax.OpRepeat:
		times := re.Max
		if times < 0 {
			times = re.Min + 1
		}
		size += times * (re2Size(re.Sub[0]) + 1)
	default:
		for _, sub := range re.Sub {
			size += re2Size(sub) + 1
			if size > maxRE2Size {
				break
			}
		}
	}
	return min(size, maxRE2Size+1)
}

// classSize returns an upper bound of the instructions of a class: one item for each sequence of byte ranges, and a
// branch before it.
func classSize(ranges []rune) int {
	size := 0
	for i := 0; i+1 < len(ranges); i += 2 {
		lo := ranges[i]
		for n, last := range []rune{0x7F, 0x7FF, 0xFFFF, utf8.MaxRune} {
			if lo <= min(last, ranges[i+1]) {
				size += rangeSize(lo, min(last, ranges[i+1]), n+1)
				lo = last + 1
			}
		}
	}
	return size
}

// rangeSize is the part of classSize for a range of characters of n bytes each.
func rangeSize(lo, hi rune, n int) int {
	for i := 1; i < n; i++ {
		last := rune(1)<<(6*i) - 1 // the last i bytes
		if lo&^last == hi&^last {
			continue
		}
		if lo&last != 0 {
			return rangeSize(lo, lo|last, n) + rangeSize(lo|last+1, hi, n)
		}
		if hi&last != last {
			return rangeSize(lo, hi&^last-1, n) + rangeSize(hi&^last, hi, n)
		}
	}
	return n + 1
}

// re2Guard returns a prefix that keeps DuckDB from misreading a printed expression; usually "". It matches at some
// position before every match of the expression, so it does not change the result.
func re2Guard(text string) string {
	re, err := syntax.Parse(text, syntax.Perl) // printing may have rearranged the expression
	if err != nil {
		return ""
	}
	before := ""
	if has(re, syntax.OpNoWordBoundary) && mayBeEmpty(re) {
		// RE2 steps through bytes and finds a \B between the bytes of one character. A preceding character match
		// prevents that.
		before = `^(?s:.)*`
	}
	if strayAnchor(re) {
		// DuckDB converts plain expressions to LIKE and drops ^ and $ inside them. A class prevents that.
		before += `[^\n]*`
	}
	return before
}

// strayAnchor reports whether an end-of-text anchor is not at the end of its sequence.
func strayAnchor(re *syntax.Regexp) bool {
	parts := sequence(nil, re)
	for i, part := range parts {
		switch {
		case part.Op == syntax.OpBeginText && i > 0, part.Op == syntax.OpEndText && i+1 < len(parts):
			return true
		case part != re && slices.ContainsFunc(part.Sub, strayAnchor):
			return true
		}
	}
	return false
}

// sequence returns the consecutive parts of an expression.
func sequence(parts []*syntax.Regexp, re *syntax.Regexp) []*syntax.Regexp {
	if re.Op != syntax.OpConcat && re.Op != syntax.OpCapture {
		return append(parts, re)
	}
	for _, sub := range re.Sub {
		parts = sequence(parts, sub)
	}
	return parts
}
