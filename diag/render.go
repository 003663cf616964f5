package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/source"
)

// Limit is how many diagnostics Write prints of a list before it only names their true number.
const Limit = 100

// maxLine is how many characters of a source line are shown; a longer line is cut around the place.
const maxLine = 120

// Options say how a list is printed. The zero value prints plain text.
type Options struct {
	// Color adds terminal colours.
	Color bool
}

// Write prints the list for people, at most Limit diagnostics and then the true number. The list is printed in its
// order; call Sort before. The error is that of the writer.
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

// Summary counts the list in words: "2 errors, 1 warning"; "no diagnostics" if it is empty.
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

// String is the diagnostic as Write prints it without colours.
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

// paint wraps a text in a colour, given as the parameters of the terminal's SGR sequence.
func (p *printer) paint(sgr, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p *printer) diagnostic(d *Diagnostic) {
	sgr := map[Severity]string{Error: "1;31", Warning: "1;33", Note: "1;36"}[d.Severity]
	if d.Span.File != nil {
		p.printf("%s: ", p.paint("1", place(d.Span)))
	}
	p.printf("%s: %s\n", p.paint(sgr, d.Severity.String()+"["+d.Code+"]"), Safe(d.Message))
	p.excerpt(d.Span, sgr)
	for _, label := range d.Labels {
		if label.Span.File == nil {
			continue
		}
		p.printf("%s: %s\n", place(label.Span), Safe(label.Text))
		p.excerpt(label.Span, "1;36")
	}
	if d.Help != "" {
		p.printf("  %s %s\n", p.paint("1;32", "help:"), Safe(d.Help))
	}
}

// place is file:line:column of the start of a span.
func place(span source.Span) string {
	position := span.File.Position(span.Start)
	return fmt.Sprintf("%s:%d:%d", Safe(span.File.Name), position.Line, position.Column)
}

// excerpt prints the first line that a span covers and an underline below the part that it covers. It prints nothing
// for a span without file or on an empty line.
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
	width := max(utf8.RuneCountInString(marked), 1)
	number := fmt.Sprintf("%5d", position.Line)
	p.printf("%s | %s%s%s\n", number, before, marked, after)
	p.printf("%s | %s%s\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", utf8.RuneCountInString(before)),
		p.paint(sgr, strings.Repeat("^", width)))
}

// clip makes the three parts of a source line safe and short enough to print. Tabs become four spaces.
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

// firstRunes is the first n characters of s, or all of it.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// lastRunes is the last n characters of s, or all of it.
func lastRunes(s string, n int) string {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, width := utf8.DecodeLastRuneInString(s[:i])
		i -= width
	}
	return s[i:]
}
