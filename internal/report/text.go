package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// levelColors has the colour of each level, by its number.
var levelColors = []string{"34", "36", "33", "1;31", "1;97;41"}

// paint wraps text in a colour if colours are enabled.
func (o *Options) paint(style, text string) string { return term.Paint(o.Color, style, text) }

// level returns the name of a level in its colour, padded to the longest common level name.
func (o *Options) level(level finding.Level) string {
	name := level.String()
	if level == finding.Informational {
		name = "info"
	}
	return o.paint(levelColors[level], name) + strings.Repeat(" ", len("critical")-len(name))
}

// zone returns the time zone to print times in.
func (o *Options) zone() *time.Location {
	if o.Location == nil {
		return time.UTC
	}
	return o.Location
}

// moment formats a time to the second for people: "2023-07-10 12:05:31Z" or with the offset of the zone.
func (o *Options) moment(t value.Time) string {
	if t == finding.NoTime {
		return "(no time)"
	}
	return t.UTC().In(o.zone()).Format("2006-01-02 15:04:05Z07:00")
}

// until formats the end of a period that began at start, without the date if it is the same.
func (o *Options) until(start, end value.Time) string {
	if end == finding.NoTime {
		return "(no time)"
	}
	a, b := start.UTC().In(o.zone()), end.UTC().In(o.zone())
	if start != finding.NoTime && a.YearDay() == b.YearDay() && a.Year() == b.Year() {
		return b.Format("15:04:05")
	}
	return b.Format("2006-01-02 15:04:05")
}

// exact formats a time as RFC 3339 in the zone with the log's precision, "" for NoTime.
func (o *Options) exact(t value.Time) string {
	if t == finding.NoTime || o.Location == nil || o.Location == time.UTC {
		return finding.TimeText(t)
	}
	layout := "2006-01-02T15:04:05"
	if digits := min(int(t.Digits), 9); digits > 0 {
		layout += "." + strings.Repeat("0", digits)
	}
	return t.UTC().In(o.Location).Format(layout + "Z07:00")
}

// spreadsheet formats a time in the zone as Excel and LibreOffice read it in any locale: to the millisecond, without an
// offset. It is "" for NoTime.
func (o *Options) spreadsheet(t value.Time) string {
	if t == finding.NoTime {
		return ""
	}
	layout := "2006-01-02 15:04:05"
	if when := t.UTC(); when.Nanosecond() >= 1e6 {
		layout += ".000"
	}
	return t.UTC().In(o.zone()).Format(layout)
}

// maxShown is how many characters of one value the formats for people print; jsonl has all of them.
const maxShown = 240

// safe makes a value harmless and short enough to print.
func safe(text string) string {
	if len(text) > maxShown {
		if utf8.RuneCountInString(text) > maxShown {
			text = string([]rune(text)[:maxShown]) + "…"
		}
	}
	return diag.Safe(text)
}

// shorten cuts text to a width in columns: at its end, or in the middle for an ARN or a path, whose end is most important.
func shorten(text string, width int) string {
	if width <= 0 || term.Width(text) <= width {
		return text
	}
	head := width - 1
	if strings.HasPrefix(text, "arn:") {
		head = max(0, min(head/2, width-arnEnd))
	} else if strings.Contains(text, "/") && !strings.Contains(text, " ") {
		head /= 2
	}
	return term.Head(text, head) + "…" + term.Tail(text, width-1-head)
}

// arnEnd is how many columns of the end of a shortened ARN are shown before any of its beginning.
const arnEnd = 40

// some lists the first values of a set and the number of the others.
func some(values []string, limit int) string {
	shown := make([]string, 0, limit)
	for _, v := range values[:min(limit, len(values))] {
		shown = append(shown, safe(v))
	}
	text := strings.Join(shown, ", ")
	if more := len(values) - limit; more > 0 {
		text += fmt.Sprintf(" and %s more", term.Count(more))
	}
	return text
}
