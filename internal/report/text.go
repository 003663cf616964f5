package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// The colours, as parameters of the terminal's SGR sequence.
const (
	bold = "1"
	dim  = "2"
)

// levelColors has the colour of each level, by its number.
var levelColors = []string{"34", "36", "33", "1;31", "1;97;41"}

// paint wraps a text in a colour where colours are asked for.
func (o *Options) paint(sgr, text string) string {
	if !o.Color || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// level is the name of a level in its colour, padded to the width of the longest of the usual ones.
func (o *Options) level(level finding.Level) string {
	name := level.String()
	if level == finding.Informational {
		name = "info"
	}
	return o.paint(levelColors[level], name) + strings.Repeat(" ", len("critical")-len(name))
}

// zone is the time zone to print times in.
func (o *Options) zone() *time.Location {
	if o.Location == nil {
		return time.UTC
	}
	return o.Location
}

// moment is a time for people, to the second: "2023-07-10 12:05:31Z" or with the offset of the zone.
func (o *Options) moment(t value.Time) string {
	if t == finding.NoTime {
		return "(no time)"
	}
	return t.UTC().In(o.zone()).Format("2006-01-02 15:04:05Z07:00")
}

// until is the end of a stretch that began at start, without the date where it is the same.
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

// exact is a time as RFC 3339 in the zone with the log's precision, "" for NoTime.
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

// maxShown is how many characters of one value the formats for people print; evidence in full is in jsonl.
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

// pad fills a text with spaces to a width in characters.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// shorten cuts a text to a width in characters: at its end, but an ARN, whose end says most, before its last part.
func shorten(text string, width int) string {
	count := utf8.RuneCountInString(text)
	if width <= 0 || count <= width {
		return text
	}
	runes := []rune(text)
	head := width - 1
	if strings.HasPrefix(text, "arn:") {
		head = max(0, min(head/2, width-arnEnd))
	}
	return string(runes[:head]) + "…" + string(runes[count-(width-1-head):])
}

// arnEnd is how many characters of the end of a shortened ARN are shown before any of its start.
const arnEnd = 40

// number is a count with separators between thousands.
func number[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	var out strings.Builder
	for i, c := range digits {
		if i > 0 && c != '-' && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			out.WriteByte(',')
		}
		out.WriteRune(c)
	}
	return out.String()
}

// plural is a count with its noun: "1 file", "2 files".
func plural[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// some lists the first values of a set and says how many more there are.
func some(values []string, limit int) string {
	shown := make([]string, 0, limit)
	for _, v := range values[:min(limit, len(values))] {
		shown = append(shown, safe(v))
	}
	text := strings.Join(shown, ", ")
	if more := len(values) - limit; more > 0 {
		text += fmt.Sprintf(" and %s more", number(more))
	}
	return text
}
