package jinja

import (
	"slices"
	"strings"
	"unicode"
)

// wrapper wraps lines as Python's textwrap does, which Jinja's wordwrap uses.
type wrapper struct {
	width     int
	breakLong bool
	onHyphens bool
}

func wordwrapFilter(r *run, s string, a []any) string {
	w := wrapper{width: r.argInt(a[0], 79), breakLong: r.argBool(a[1], true), onHyphens: r.argBool(a[3], true)}
	if w.width <= 0 {
		r.failf("invalid width %d (must be > 0)", w.width)
	}
	sep := "\n"
	if !isAbsent(a[2]) && a[2] != nil {
		sep = r.argText(a[2], sep)
	}
	if len(sep) > 0 && len(s) > r.limits.Output/len(sep) {
		r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
	}
	var out []string
	for _, line := range splitLines(s, false) {
		text, _ := plain(line)
		out = append(out, strings.Join(w.wrap([]rune(text)), sep))
	}
	return strings.Join(out, sep)
}

func isWrapSpace(c rune) bool { return strings.ContainsRune("\t\n\v\f\r ", c) }

func isWord(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsNumber(c) }

func isLetter(c rune) bool { return isWord(c) && !unicode.IsDigit(c) }

func isWordPunctuation(c rune) bool { return isWord(c) || strings.ContainsRune("!\"'&.,?", c) }

// at reports whether text has a character at i for which f holds.
func at(text []rune, i int, f func(rune) bool) bool { return i >= 0 && i < len(text) && f(text[i]) }

func isHyphen(c rune) bool { return c == '-' }

// dash returns the end of a run of two or more hyphens at i that a word follows, or i.
func dash(text []rune, i int) int {
	end := i
	for at(text, end, isHyphen) {
		end++
	}
	if end-i < 2 || !at(text, end, isWord) || !at(text, i-1, isWordPunctuation) {
		return i
	}
	return end
}

// chunks splits a text into blanks, words, parts of hyphenated words, and dashes.
func (w wrapper) chunks(text []rune) [][]rune {
	var out [][]rune
	for i := 0; i < len(text); {
		end := i + 1
		switch blank := isWrapSpace(text[i]); {
		case blank:
			for at(text, end, isWrapSpace) {
				end++
			}
		case !w.onHyphens:
			for end < len(text) && !isWrapSpace(text[end]) {
				end++
			}
		case dash(text, i) > i:
			end = dash(text, i)
		default:
			end = wordEnd(text, i)
		}
		out = append(out, text[i:end])
		i = end
	}
	return out
}

// wordEnd returns the end of the part of a word that begins at i.
func wordEnd(text []rune, i int) int {
	for j := i + 1; j < len(text); j++ {
		if text[j] == '-' {
			afterLetters := at(text, j-1, isLetter) && at(text, j-2, isLetter) ||
				at(text, j-1, isWordPunctuation) && at(text, j-2, isHyphen) && at(text, j-3, isLetter)
			next := j + 2
			if at(text, next, isHyphen) {
				next++
			}
			if afterLetters && at(text, j+1, isLetter) && at(text, next, isLetter) {
				return j + 1
			}
		}
		if isWrapSpace(text[j]) || dash(text, j) > j {
			return j
		}
	}
	return len(text)
}

func isBlank(chunk []rune) bool { return strings.TrimSpace(string(chunk)) == "" }

func (w wrapper) wrap(text []rune) []string {
	chunks := w.chunks(text)
	slices.Reverse(chunks)
	var lines []string
	for len(chunks) > 0 {
		var line [][]rune
		size := 0
		last := func() []rune { return chunks[len(chunks)-1] }
		drop := func() { chunks = chunks[:len(chunks)-1] }
		if isBlank(last()) && len(lines) > 0 {
			drop()
		}
		for len(chunks) > 0 && size+len(last()) <= w.width {
			line = append(line, last())
			size += len(last())
			drop()
		}
		if len(chunks) > 0 && len(last()) > w.width {
			switch {
			case w.breakLong:
				end := w.breakAt(last(), w.width-size)
				line = append(line, last()[:end])
				chunks[len(chunks)-1] = last()[end:]
			case len(line) == 0:
				line = append(line, last())
				drop()
			}
		}
		if len(line) > 0 && isBlank(line[len(line)-1]) {
			line = line[:len(line)-1]
		}
		if len(line) > 0 {
			lines = append(lines, string(slices.Concat(line...)))
		}
	}
	return lines
}

// breakAt returns where a long word is broken: at the space that is left, or after a hyphen before it.
func (w wrapper) breakAt(chunk []rune, space int) int {
	if !w.onHyphens || len(chunk) <= space {
		return min(space, len(chunk))
	}
	for i := space - 1; i > 0; i-- {
		if chunk[i] == '-' {
			if slices.ContainsFunc(chunk[:i], func(c rune) bool { return c != '-' }) {
				return i + 1
			}
			break
		}
	}
	return space
}
