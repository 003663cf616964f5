package checkcli

import (
	"fmt"
	"path/filepath"
	"strings"
)

func realPath(path string) (string, error) { return filepath.EvalSymlinks(path) }

// around is the number of unchanged lines around a change.
const around = 3

// maxLCS limits the lines between the first and the last change that are compared line by line.
const maxLCS = 3000

// a line of a difference: kept, removed or added.
type diffLine struct {
	sign byte // ' ', '-' or '+'
	text string
}

// unified returns the difference of two texts as a unified diff, "" if they are equal.
func unified(name, from, to string) string {
	if from == to {
		return ""
	}
	lines := compare(split(from), split(to))
	var out strings.Builder
	fmt.Fprintf(&out, "--- a/%s\n+++ b/%s\n", filepath.ToSlash(name), filepath.ToSlash(name))
	old, now := 1, 1 // numbers of the next lines
	for i := 0; i < len(lines); {
		if lines[i].sign == ' ' {
			old, now, i = old+1, now+1, i+1
			continue
		}
		start := max(i-around, 0)
		end := i
		for last := i; end < len(lines) && (lines[end].sign != ' ' || end-last <= 2*around); end++ {
			if lines[end].sign != ' ' {
				last = end
			}
		}
		for end > i && trailing(lines[i:end]) > around {
			end--
		}
		hunk(&out, lines[start:end], old-(i-start), now-(i-start))
		for _, l := range lines[i:end] {
			if l.sign != '+' {
				old++
			}
			if l.sign != '-' {
				now++
			}
		}
		i = end
	}
	return out.String()
}

// trailing returns the number of kept lines at the end.
func trailing(lines []diffLine) int {
	n := 0
	for n < len(lines) && lines[len(lines)-1-n].sign == ' ' {
		n++
	}
	return n
}

func hunk(out *strings.Builder, lines []diffLine, old, now int) {
	olds, news := 0, 0
	for _, l := range lines {
		if l.sign != '+' {
			olds++
		}
		if l.sign != '-' {
			news++
		}
	}
	fmt.Fprintf(out, "@@ -%d,%d +%d,%d @@\n", old, olds, now, news)
	for _, l := range lines {
		out.WriteByte(l.sign)
		out.WriteString(l.text)
		if !strings.HasSuffix(l.text, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// split returns the lines of a text with their breaks.
func split(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// compare returns the lines of two texts with the fewest changes.
func compare(from, to []string) []diffLine {
	head := 0
	for head < len(from) && head < len(to) && from[head] == to[head] {
		head++
	}
	tail := 0
	for tail < len(from)-head && tail < len(to)-head && from[len(from)-1-tail] == to[len(to)-1-tail] {
		tail++
	}
	var out []diffLine
	for _, l := range from[:head] {
		out = append(out, diffLine{' ', l})
	}
	a, b := from[head:len(from)-tail], to[head:len(to)-tail]
	if len(a) > maxLCS || len(b) > maxLCS {
		for _, l := range a {
			out = append(out, diffLine{'-', l})
		}
		for _, l := range b {
			out = append(out, diffLine{'+', l})
		}
	} else {
		out = append(out, longest(a, b)...)
	}
	for _, l := range from[len(from)-tail:] {
		out = append(out, diffLine{' ', l})
	}
	return out
}

// longest compares by the longest common subsequence.
func longest(a, b []string) []diffLine {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out []diffLine
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, diffLine{' ', a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			out = append(out, diffLine{'-', a[i]})
			i++
		default:
			out = append(out, diffLine{'+', b[j]})
			j++
		}
	}
	return out
}
