package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// whenHelp names the ways to write a time.
const whenHelp = "write it as 2023-07-10, 2023-07-10T12:05, 2023-07-10T12:05:31Z, 2023-07-10T12:05:31+02:00, " +
	"\"10 Jul 2023 12:05\", 2h (ago), yesterday or seconds since 1970; without a zone it is UTC"

// dateLayouts are dates, clockLayouts what may follow them after a T or a space, zoneLayouts what may follow that.
var (
	dateLayouts  = []string{"2006-01-02", "2006/01/02", "20060102", "2 Jan 2006", "2 January 2006", "Jan 2 2006", "Jan 2, 2006", "January 2, 2006", "January 2 2006"}
	clockLayouts = []string{"15:04:05", "15:04", "15", "150405", "1504"}
	zoneLayouts  = []string{"", "Z", "Z07:00", "Z0700", "Z07", " Z07:00", " -0700", " UTC", " MST"}
)

// parseWhen reads a time as people write it. A date is its midnight; what has no zone is UTC; a duration such as 24h is
// that long before now.
func parseWhen(text string, now time.Time) (time.Time, error) {
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
	if d, err := parseDuration(ago); err == nil {
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
	return time.Time{}, fmt.Errorf("%q is no time", text)
}

// knownZone refuses abbreviations other than UTC's: the library reads an unknown one as if it were UTC.
func knownZone(t time.Time, layout string) bool {
	if layout != " MST" {
		return true
	}
	name, offset := t.Zone()
	return name == "UTC" || name == "GMT" || offset != 0
}

// parseEpoch reads seconds since 1970 with 10 digits, or milliseconds with 13; a year or a date has 4 or 8.
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

// parseDuration reads a length of time: Go's form (90m, 1h30m) and days and weeks (7d, 2w, 1d12h). Words may stand for
// the units (5 minutes). It is always positive.
func parseDuration(text string) (time.Duration, error) {
	rest := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if rest == "" {
		return 0, fmt.Errorf("%q is no length of time", text)
	}
	var total time.Duration
	for rest != "" {
		i := 0
		for i < len(rest) && (rest[i] >= '0' && rest[i] <= '9' || rest[i] == '.') {
			i++
		}
		number, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no length of time", text)
		}
		rest = rest[i:]
		i = 0
		for i < len(rest) && rest[i] >= 'a' && rest[i] <= 'z' {
			i++
		}
		unit, ok := units[rest[:i]]
		part := number * float64(unit)
		if !ok || part > float64(1<<62) || total+time.Duration(part) < total {
			return 0, fmt.Errorf("%q is no length of time", text)
		}
		total += time.Duration(part)
		rest = rest[i:]
	}
	if total <= 0 {
		return 0, fmt.Errorf("%q is no length of time", text)
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

// durationHelp names the ways to write a length of time.
const durationHelp = "write it as 90s, 15m, 24h, 1h30m, 7d or 2w"

// timeRange reads --from, --to and --last; a zero time is no bound.
func timeRange(fromText, toText, last string, now time.Time) (from, to time.Time, err error) {
	for _, flag := range []struct {
		name, text string
		into       *time.Time
	}{{"from", fromText, &from}, {"to", toText, &to}} {
		if flag.text == "" {
			continue
		}
		t, err := parseWhen(flag.text, now)
		if err != nil {
			return from, to, usage(whenHelp, fmt.Errorf("--%s: %w", flag.name, err))
		}
		*flag.into = t
	}
	if last != "" {
		if fromText != "" || toText != "" {
			return from, to, usage("use --last alone, or --from and --to", errors.New("--last does not go with --from or --to"))
		}
		d, err := parseDuration(last)
		if err != nil {
			return from, to, usage(durationHelp, fmt.Errorf("--last: %w", err))
		}
		from = now.Add(-d).UTC()
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		next := to.AddDate(0, 0, 1).Format("2006-01-02")
		return from, to, usage("events before --to are taken, a date is its midnight; for that whole day write --to "+next,
			errors.New("--to is not after --from"))
	}
	return from, to, nil
}

// parseZone finds a time zone: local, UTC, an offset such as +02:00, or a name such as Europe/Berlin.
func parseZone(text string) (*time.Location, error) {
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
		return nil, fmt.Errorf("%q is no time zone", text)
	}
	return zone, nil
}
