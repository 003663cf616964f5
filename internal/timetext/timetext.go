// Package timetext parses times, durations and time zones as users write them on a command line or in a
// configuration.
//
// Each function takes a text and, for relative times, the current time. It returns a time.Time in UTC, a
// time.Duration or a *time.Location, or an error that quotes the text.
package timetext

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TimeHelp lists the accepted forms of a time.
const TimeHelp = "write it as 2023-07-10, 2023-07-10T12:05, 2023-07-10T12:05:31Z, 2023-07-10T12:05:31+02:00, " +
	"\"10 Jul 2023 12:05\", 2h (ago), yesterday or seconds since 1970; without a zone it is UTC"

// DurationHelp lists the accepted forms of a duration.
const DurationHelp = "write it as 90s, 15m, 24h, 1h30m, 7d or 2w"

// dateLayouts are layouts of dates, clockLayouts what may follow a date after a T or a space, and zoneLayouts what
// may follow that.
var (
	dateLayouts  = []string{"2006-01-02", "2006/01/02", "20060102", "2 Jan 2006", "2 January 2006", "Jan 2 2006", "Jan 2, 2006", "January 2, 2006", "January 2 2006"}
	clockLayouts = []string{"15:04:05", "15:04", "15", "150405", "1504"}
	zoneLayouts  = []string{"", "Z", "Z07:00", "Z0700", "Z07", " Z07:00", " -0700", " UTC", " MST"}
)

// Time parses a time. A date means its midnight. Without a zone the time is UTC. A duration such as 24h means that
// long before now.
func Time(text string, now time.Time) (time.Time, error) {
	trimmed := strings.Join(strings.Fields(text), " ")
	lower := strings.ToLower(trimmed)
	today := now.UTC().Truncate(24 * time.Hour)
	switch lower {
	case "now":
		return now.UTC(), nil
	case "today":
		return today, nil
	case "yesterday":
		return today.AddDate(0, 0, -1), nil
	case "tomorrow":
		return today.AddDate(0, 0, 1), nil
	}
	ago := strings.TrimPrefix(strings.TrimSuffix(lower, " ago"), "-")
	if d, err := Duration(ago); err == nil {
		return now.UTC().Add(-d), nil
	}
	if t, ok := parseEpoch(trimmed); ok {
		return t, nil
	}
	for _, date := range dateLayouts {
		if t, err := time.Parse(date, trimmed); err == nil {
			return t.UTC(), nil
		}
		for _, join := range []string{"T", " ", "t"} {
			for _, clock := range clockLayouts {
				for _, zone := range zoneLayouts {
					if t, err := time.Parse(date+join+clock+zone, trimmed); err == nil && knownZone(t, zone) {
						return t.UTC(), nil
					}
				}
			}
		}
	}
	return time.Time{}, fmt.Errorf("invalid time %q", text)
}

// knownZone accepts only abbreviations of UTC: the time package parses an unknown abbreviation as if it were UTC.
func knownZone(t time.Time, layout string) bool {
	if layout != " MST" {
		return true
	}
	name, offset := t.Zone()
	return name == "UTC" || name == "GMT" || offset != 0
}

// parseEpoch parses seconds since 1970 with 10 digits or milliseconds with 13. A year or a date has 4 or 8 digits.
func parseEpoch(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n < 0:
		return time.Time{}, false
	case len(text) == 10:
		return time.Unix(n, 0).UTC(), true
	case len(text) == 13:
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

// Duration parses a positive duration: Go's form (90m, 1h30m), days and weeks (7d, 2w, 1d12h), or units as words (5
// minutes).
func Duration(text string) (time.Duration, error) {
	rest := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if rest == "" {
		return 0, fmt.Errorf("invalid duration %q", text)
	}
	var total time.Duration
	for rest != "" {
		i := 0
		for i < len(rest) && (rest[i] >= '0' && rest[i] <= '9' || rest[i] == '.') {
			i++
		}
		number, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil {
			return 0, fmt.Errorf("invalid duration %q", text)
		}
		rest = rest[i:]
		i = 0
		for i < len(rest) && rest[i] >= 'a' && rest[i] <= 'z' {
			i++
		}
		unit, ok := units[rest[:i]]
		part := number * float64(unit)
		if !ok || part > float64(1<<62) || total+time.Duration(part) < total {
			return 0, fmt.Errorf("invalid duration %q", text)
		}
		total += time.Duration(part)
		rest = rest[i:]
	}
	if total <= 0 {
		return 0, fmt.Errorf("invalid duration %q", text)
	}
	return total, nil
}

const day = 24 * time.Hour

var units = map[string]time.Duration{
	"ms": time.Millisecond,
	"s":  time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": day, "day": day, "days": day,
	"w": 7 * day, "week": 7 * day, "weeks": 7 * day,
}

// Zone returns a time zone: local, UTC, an offset such as +02:00, or a name such as Europe/Berlin.
func Zone(text string) (*time.Location, error) {
	switch strings.ToLower(text) {
	case "", "utc", "z", "gmt":
		return time.UTC, nil
	case "local":
		return time.Local, nil
	}
	for _, layout := range []string{"Z07:00", "Z0700", "Z07"} {
		if t, err := time.Parse(layout, text); err == nil {
			_, offset := t.Zone()
			return time.FixedZone("", offset), nil
		}
	}
	zone, err := time.LoadLocation(text)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q", text)
	}
	return zone, nil
}
