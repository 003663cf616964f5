package diag

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/source"
)

// Limit is the number of diagnostics of a list that Write prints before it gives only the total.
const Limit = 100

// maxLine is the number of characters of a source line that are shown; a longer line is cut around the position.
const maxLine = 120

// Options control how a list is printed. The zero value prints plain text.
type Options struct {
	// Color adds terminal colours.
	Color bool
}

// Write prints the list for people: at most Limit diagnostics, then the total if there are more. It keeps the list's
// order; call Sort first. It returns the error of the writer.
func (l List) Write(w io.Writer, options Options) error {
	p := printer{color: options.Color}
	for i := range l {
		if i == Limit {
			p.printf("and %d more, %s in all\n", len(l)-Limit, l.Summary())
			break
		}
		p.diagnostic(&l[i])
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// Summary returns the counts in words, such as "2 errors, 1 warning", or "no diagnostics" for an empty list.
func (l List) Summary() string {
	var parts []string
	for _, severity := range []Severity{Error, Warning, Note} {
		switch n := l.Count(severity); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+severity.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, severity))
		}
	}
	if parts == nil {
		return "no diagnostics"
	}
	return strings.Join(parts, ", ")
}

// String returns the diagnostic as Write prints it without colours.
func (d Diagnostic) String() string {
	var p printer
	p.diagnostic(&d)
	return p.out.String()
}

type printer struct {
	out   strings.Builder
	color bool
}

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

// paint wraps text in a colour, given as the parameters of the terminal's SGR sequence.
func (p *printer) paint(style, text string) string { return term.Paint(p.color, style, text) }

func (p *printer) diagnostic(d *Diagnostic) {
	sgr := map[Severity]string{Error: term.Error, Warning: term.Warning, Note: term.Note}[d.Severity]
	if d.Span.File != nil {
		p.printf("%s: ", p.paint(term.Bold, location(d.Span)))
	}
	word := cmp.Or(d.Word, d.Severity.String())
	p.printf("%s: %s\n", p.paint(sgr, word+"["+d.Code+"]"), Safe(d.Message))
	p.excerpt(d.Span, sgr)
	for _, label := range d.Labels {
		if label.Span.File == nil {
			continue
		}
		p.printf("%s: %s\n", location(label.Span), Safe(label.Text))
		p.excerpt(label.Span, term.Note)
	}
	if d.Help != "" {
		p.printf("  %s %s\n", p.paint(term.Help, "help:"), Safe(d.Help))
	}
}

// location formats the start of a span as file:line:column.
func location(span source.Span) string {
	position := span.File.Position(span.Start)
	return fmt.Sprintf("%s:%d:%d", Safe(span.File.Name), position.Line, position.Column)
}

// excerpt prints the first line of a span and underlines the covered part. It prints nothing for a span without a file
// or on an empty line.
func (p *printer) excerpt(span source.Span, sgr string) {
	if span.File == nil {
		return
	}
	position := span.File.Position(span.Start)
	line := span.File.Line(position.Line)
	if strings.TrimSpace(line) == "" {
		return
	}
	start := min(position.Column-1, len(line))
	end := min(start+max(span.End-span.Start, 1), len(line))
	before, marked, after := clip(line[:start], line[start:max(start, end)], line[max(start, end):])
	width := max(term.Width(marked), 1)
	number := fmt.Sprintf("%5d", position.Line)
	p.printf("%s | %s%s%s\n", number, before, marked, after)
	p.printf("%s | %s%s\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", term.Width(before)),
		p.paint(sgr, strings.Repeat("^", width)))
}

// clip escapes and shortens the three parts of a source line for printing. Tabs become four spaces.
func clip(before, marked, after string) (string, string, string) {
	show := func(s string) string { return Safe(strings.ReplaceAll(s, "\t", "    ")) }
	before, marked, after = show(lastRunes(before, 4*maxLine)), show(firstRunes(marked, 4*maxLine)), show(firstRunes(after, 4*maxLine))
	if utf8.RuneCountInString(before) > maxLine/2 {
		before = "…" + lastRunes(before, maxLine/2)
	}
	room := maxLine - utf8.RuneCountInString(before)
	if utf8.RuneCountInString(marked) > room {
		return before, firstRunes(marked, room), "…"
	}
	room -= utf8.RuneCountInString(marked)
	if utf8.RuneCountInString(after) > room {
		after = firstRunes(after, room) + "…"
	}
	return before, marked, after
}

// firstRunes returns the first n characters of s, or all of it.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// lastRunes returns the last n characters of s, or all of it.
func lastRunes(s string, n int) string {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, width := utf8.DecodeLastRuneInString(s[:i])
		i -= width
	}
	return s[i:]
}
