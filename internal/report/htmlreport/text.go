package htmlreport

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// maxText is how many characters of one value are shown outside raw events.
const maxText = 240

// safe makes a value harmless and short enough to show.
func safe(text string) string {
	if len(text) > maxText && utf8.RuneCountInString(text) > maxText {
		count, end := 0, 0
		for end = range text {
			if count == maxText {
				break
			}
			count++
		}
		text = strings.Clone(text[:end]) + "…"
	}
	return diag.Safe(text)
}

// safeAll returns the first texts of a list, made safe, and how many others there are.
func safeAll(texts []string, limit int) (shown []string, more int) {
	for _, text := range texts[:min(limit, len(texts))] {
		shown = append(shown, safe(text))
	}
	return shown, max(0, len(texts)-limit)
}

// clock formats times in the zone of a report.
type clock struct{ zone *time.Location }

// moment formats a time to the second: "2023-07-10 12:05:31Z" or with the offset of the zone.
func (c clock) moment(t value.Time) string {
	if t == finding.NoTime {
		return "(no time)"
	}
	return t.UTC().In(c.zone).Format("2006-01-02 15:04:05Z07:00")
}

// period formats the time from first to last, without the second date if it is the same.
func (c clock) period(first, last value.Time) string {
	text := c.moment(first)
	if first == last || last == finding.NoTime {
		return text
	}
	a, b := first.UTC().In(c.zone), last.UTC().In(c.zone)
	switch {
	case first == finding.NoTime || a.Format(time.DateOnly) != b.Format(time.DateOnly):
		return text + " to " + c.moment(last)
	case a.Format(time.TimeOnly) == b.Format(time.TimeOnly):
		return text
	}
	return text + " to " + b.Format(time.TimeOnly)
}

// millis returns a time for the script, in milliseconds since 1970.
func millis(t value.Time) int64 { return t.Nanos / 1e6 }
