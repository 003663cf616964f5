package check

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// ignoreMark begins a comment that silences a check: "# egret:ignore check-id reason".
const ignoreMark = "egret:ignore"

// maxIgnores limits the comments of a file.
const maxIgnores = 10_000

// An ignore is a comment that silences checks.
type ignore struct {
	ids    []string
	reason string
	// idSpan covers the ids, span the whole comment.
	idSpan, span source.Span
	// first and last are the offsets between which a diagnostic must start, [first, last).
	first, last int
	used        map[string]bool
}

// ignores reads the comments of a file. A comment behind other text is for its line. A comment on a line of its own is for the
// next line that is not a comment; above the first key of a document it is for the whole document.
func ignores(file *source.File) []ignore {
	text := file.Text
	if !strings.Contains(text, ignoreMark) {
		return nil
	}
	var list []ignore
	for number := 1; number <= file.Lines() && len(list) < maxIgnores; number++ {
		line := file.Line(number)
		at := strings.Index(line, ignoreMark)
		if at < 0 {
			continue
		}
		hash := strings.LastIndexByte(line[:at], '#')
		if hash < 0 || strings.Trim(line[hash+1:at], " \t") != "" || hash > 0 && line[hash-1] != ' ' && line[hash-1] != '\t' {
			continue
		}
		start := file.Offset(number, 1)
		rest := line[at+len(ignoreMark):]
		words := strings.TrimLeft(rest, " \t:")
		ids, reason, _ := strings.Cut(words, " ")
		idStart := start + len(line) - len(words)
		found := ignore{
			reason: strings.TrimLeft(strings.TrimSpace(reason), "- \t"), used: map[string]bool{},
			idSpan: source.Span{File: file, Start: idStart, End: idStart + len(ids)},
			span:   source.Span{File: file, Start: start + hash, End: start + len(strings.TrimRight(line, " \t"))},
		}
		for id := range strings.SplitSeq(ids, ",") {
			if id = strings.TrimSpace(id); id != "" {
				found.ids = append(found.ids, id)
			}
		}
		found.first, found.last = start, start+len(line)+1
		if strings.TrimSpace(line[:hash]) == "" {
			found.first, found.last = scope(file, number)
		}
		list = append(list, found)
	}
	return list
}

// scope returns the range of offsets for which a comment on a line of its own counts.
func scope(file *source.File, number int) (int, int) {
	above := true // nothing but comments above in this document
	for n := number - 1; n >= 1 && above; n-- {
		line := strings.TrimSpace(file.Line(n))
		if strings.HasPrefix(file.Line(n), "---") {
			break
		}
		above = line == "" || line[0] == '#'
	}
	start := file.Offset(number, 1)
	if above {
		for n := number + 1; n <= file.Lines(); n++ {
			if strings.HasPrefix(file.Line(n), "---") && strings.TrimSpace(file.Text[start:file.Offset(n, 1)]) != "" && !onlyComments(file.Text[start:file.Offset(n, 1)]) {
				return start, file.Offset(n, 1)
			}
		}
		return start, len(file.Text) + 1
	}
	for n := number + 1; n <= file.Lines(); n++ {
		if line := strings.TrimSpace(file.Line(n)); line != "" && line[0] != '#' {
			return file.Offset(n, 1), file.Offset(n, 1) + len(file.Line(n)) + 1
		}
	}
	return start, len(file.Text) + 1
}

func onlyComments(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// silenced reports whether a comment silences a diagnostic, and marks the comment as used.
func (f *checked) silenced(d *Diagnostic) bool {
	found := false
	for i := range f.ignores {
		c := &f.ignores[i]
		if c.reason == "" || d.Span.Start < c.first || d.Span.Start >= c.last {
			continue
		}
		for _, id := range c.ids {
			if id == d.Check.ID {
				c.used[id], found = true, true
			}
		}
	}
	return found
}

// comments reports faults of the comments of a file.
func (r *run) comments(f *checked) (out []*Diagnostic) {
	add := func(id string, span source.Span, message, help string) *Diagnostic {
		c := Find(id)
		if !r.on(c) {
			return &Diagnostic{}
		}
		d := &Diagnostic{Check: c, Level: r.level(c), Message: message, Help: help, Span: span}
		out = append(out, d)
		return d
	}
	for i := range f.ignores {
		c := &f.ignores[i]
		switch {
		case len(c.ids) == 0:
			add("ignore-unknown-check", c.span, "the comment names no check", "write # "+ignoreMark+" check-id reason")
			continue
		case c.reason == "":
			add("ignore-without-reason", c.span, "the comment gives no reason, so it has no effect",
				"say behind the id why the rule is right as it is")
			continue
		}
		for _, id := range c.ids {
			check := r.find(id)
			switch {
			case check == nil:
				var ids []string
				for _, other := range slices.Concat(All(), r.Own) {
					ids = append(ids, other.ID)
				}
				help := "egret list checks prints their ids"
				if near := diag.Near(id, ids); near != "" {
					help = "the nearest is " + near
				}
				add("ignore-unknown-check", c.idSpan, "there is no check "+id, help)
			case !c.used[id] && r.on(check) && (check.set == nil || !r.Alone):
				add("ignore-unused", c.idSpan, "the comment silences nothing: "+id+" reports nothing here", "remove the comment").
					Fixes = []diag.Fix{removeComment(c)}
			}
		}
	}
	return out
}

// removeComment removes a comment, with its line if nothing else is there.
func removeComment(c *ignore) diag.Fix {
	text := c.span.File.Text
	start, end := c.span.Start, c.span.End
	for start > 0 && (text[start-1] == ' ' || text[start-1] == '\t') {
		start--
	}
	if start == 0 || text[start-1] == '\n' {
		if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
			end += i + 1
		}
	}
	return diag.Fix{Span: source.Span{File: c.span.File, Start: start, End: end}}
}
