package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// storyReport prints the story and, below it, the timeline.
type storyReport struct {
	w       io.Writer
	options Options
	started bool
	rest    Writer
}

func newStory(w io.Writer, options Options) Writer {
	return &storyReport{w: w, options: options, rest: newTimeline(w, options)}
}

func (s *storyReport) start() error {
	if s.started || s.options.Story == nil {
		return nil
	}
	s.started = true
	return WriteStory(s.w, s.options.Story, s.options)
}

func (s *storyReport) Finding(f *finding.Finding) error {
	if err := s.start(); err != nil {
		return err
	}
	return s.rest.Finding(f)
}

func (s *storyReport) Close(summary *finding.Summary, ledger *finding.Ledger) error {
	if err := s.start(); err != nil {
		return err
	}
	return s.rest.Close(summary, ledger)
}

// answerLines is how long the answer about one intrusion may be: a screen.
const answerLines = 24

// fileWidth is the width of a story that does not go to a terminal.
const fileWidth = 100

// WriteStory prints a story: the answer about each intrusion first, then the details of each, then what stands apart.
func WriteStory(w io.Writer, s *story.Story, options Options) error {
	if options.Width == 0 {
		options.Width = fileWidth
	}
	var b strings.Builder
	t := storyText{b: &b, o: &options, s: s}
	for i := range s.Intrusions {
		t.answer(i, answerLines)
	}
	for i := range s.Intrusions {
		t.details(i)
	}
	t.apart()
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteAnswerAgain prints the answer about the worst intrusion below a report that is longer than a screen of some rows,
// where the story above has scrolled off. It prints nothing if there is no intrusion.
func WriteAnswerAgain(w io.Writer, s *story.Story, options Options, rows int) error {
	if len(s.Intrusions) == 0 {
		return nil
	}
	var above strings.Builder
	if err := WriteStory(&above, s, options); err != nil {
		return err
	}
	if strings.Count(above.String(), "\n")+ledgerLinesAtLeast < rows {
		return nil
	}
	var b strings.Builder
	b.WriteByte('\n')
	t := storyText{b: &b, o: &options, s: s}
	t.answer(0, max(10, min(rows, answerLines+6)-3)) // the prompt and the line below need room too
	if more := len(s.Intrusions) - 1 + s.MoreIntrusions; more > 0 {
		fmt.Fprintf(&b, "%s above, with details and commands\n", term.Plural(more, "more intrusion"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ledgerLinesAtLeast is about how many lines timeline, summary and ledger have below a story.
const ledgerLinesAtLeast = 30

type storyText struct {
	b *strings.Builder
	o *Options
	s *story.Story
}

// labelWidth is the width of the names of lines.
const labelWidth = 8

// line prints a named line and wraps it.
func (t *storyText) line(label, text string) {
	if text == "" {
		return
	}
	start := t.o.paint("1", label) + strings.Repeat(" ", max(0, labelWidth-len(label)))
	t.b.WriteString(term.Wrap(start, strings.Repeat(" ", labelWidth), text, t.o.Width))
	t.b.WriteByte('\n')
}

// lines prints lines of which only the first has the name.
func (t *storyText) lines(label string, list []string) {
	for i, text := range list {
		if i > 0 {
			label = ""
		}
		t.line(label, text)
	}
}

// nameOf returns the type and name in an ARN, such as "user a", or the text itself.
func nameOf(principal string) string {
	parts := strings.SplitN(principal, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return principal
	}
	kind, rest, ok := strings.Cut(parts[5], "/")
	if !ok {
		return parts[5]
	}
	return kind + " " + rest[strings.LastIndexByte(rest, '/')+1:]
}

// nameOnly returns the last part of an ARN.
func nameOnly(text string) string {
	if !strings.HasPrefix(text, "arn:") {
		return text
	}
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 && parts[5] == "root" {
		return parts[4]
	}
	return text[strings.LastIndexAny(text, ":/")+1:]
}

// shortTargets shortens the ARNs in a list of targets.
func shortTargets(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		trimmed := strings.TrimSuffix(word, ",")
		words[i] = nameOnly(trimmed) + word[len(trimmed):]
	}
	return strings.Join(words, " ")
}

// listed joins the first texts of a list.
func textList(list story.Texts, limit int) string {
	shown := make([]string, 0, limit)
	for _, text := range list.List[:min(limit, len(list.List))] {
		shown = append(shown, safe(text))
	}
	text := strings.Join(shown, ", ")
	if more := len(list.List) - len(shown) + list.More; more > 0 {
		text += fmt.Sprintf(" and %s more", term.Count(more))
	}
	return text
}

// clock formats a time without its date if it is on the day of another.
func clock(o *Options, day, at value.Time) string { return o.until(day, at) }
