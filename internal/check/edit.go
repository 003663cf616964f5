package check

import (
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// This file makes the edits of fixes. They work on lines of block lists and maps; for other forms they return false, and the
// diagnostic has no fix.

// lineOf returns the offsets of the line that an offset is in, with its line break.
func lineOf(text string, at int) (int, int) {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return start, at + i + 1
	}
	return start, len(text)
}

// removeEntry returns an edit that removes an entry of a block list that has its line for itself.
func removeEntry(span source.Span) (diag.Fix, bool) {
	text := span.File.Text
	start, end := lineOf(text, span.Start)
	if strings.Contains(strings.TrimRight(span.Text(), "\n"), "\n") || strings.TrimLeft(text[start:span.Start], " \t") != "- " && strings.TrimSpace(text[start:span.Start]) != "-" {
		return diag.Fix{}, false
	}
	if rest := strings.TrimSpace(text[span.End:end]); rest != "" && rest[0] != '#' {
		return diag.Fix{}, false
	}
	if start > 0 && end == len(text) && !strings.HasSuffix(text, "\n") {
		start-- // the last line has no break of its own
	}
	return diag.Fix{Span: source.Span{File: span.File, Start: start, End: end}}, true
}

// removeKey returns an edit that removes a key with its value, from the start of its line to the end of the value's last line.
func removeKey(key, value source.Span) (diag.Fix, bool) {
	text := key.File.Text
	start, _ := lineOf(text, key.Start)
	if strings.TrimSpace(text[start:key.Start]) != "" {
		return diag.Fix{}, false
	}
	_, end := lineOf(text, max(key.Start, value.End-1))
	if rest := strings.TrimSpace(text[value.End:max(end, value.End)]); rest != "" && rest[0] != '#' {
		return diag.Fix{}, false
	}
	return diag.Fix{Span: source.Span{File: key.File, Start: start, End: end}}, true
}

// insertBefore returns an edit that adds an entry to a block list, in a line before another entry.
func insertBefore(span source.Span, entry string) (diag.Fix, bool) {
	text := span.File.Text
	start, _ := lineOf(text, span.Start)
	before := text[start:span.Start]
	if strings.TrimSpace(before) != "-" {
		return diag.Fix{}, false
	}
	return diag.Fix{Span: source.Span{File: span.File, Start: start, End: start}, Text: before + entry + "\n"}, true
}
