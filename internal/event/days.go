package event

import (
	"strings"
	"time"
)

// Days is the period of the logs in a folder according to its path.
type Days struct {
	// Unit is "day", "month" or "year".
	Unit string
	// Start and End are the half-open range of days, in UTC.
	Start, End time.Time
}

// FolderDays parses the date at the end of a folder's path, in a bucket or in a local copy. Dates are YYYY/MM/DD, or
// partitions year=YYYY/month=MM/day=DD.
//
// A date alone is not enough, since logs that were collected on a day may be older. The path must also contain the name
// of a layout (AWSLogs or CloudTrail), or a region directly above the date; partitions need no further evidence. A year
// or a month is ambiguous, so it counts only as a partition, or directly below a region in a layout that has it there.
func FolderDays(path string) (Days, bool) {
	part := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	for _, unit := range []struct {
		name   string
		layout string
		parts  int
		days   func(time.Time) time.Time
	}{
		{"day", "2006/1/2", 3, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
		{"month", "2006/1", 2, func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{"year", "2006", 1, func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
	} {
		n := len(part) - unit.parts
		if n < 0 {
			continue
		}
		date, partitions := partitionDate(part[n:])
		if !partitions {
			if !plainDate(part[n:]) || !dated(part[:n], unit.name == "day") {
				continue
			}
			date = strings.Join(part[n:], "/")
		}
		if start, err := time.Parse(unit.layout, date); err == nil {
			return Days{unit.name, start, unit.days(start)}, true
		}
	}
	return Days{}, false
}

// partitionDate returns the date in year=2026/month=02/day=03.
func partitionDate(part []string) (string, bool) {
	values := make([]string, len(part))
	for i, key := range []string{"year=", "month=", "day="}[:len(part)] {
		value, ok := strings.CutPrefix(part[i], key)
		if !ok {
			return "", false
		}
		values[i] = value
	}
	return strings.Join(values, "/"), true
}

// plainDate reports whether parts have the lengths of YYYY, MM and DD.
func plainDate(part []string) bool {
	for i, p := range part {
		if i == 0 && len(p) != 4 || i > 0 && len(p) != 2 {
			return false
		}
	}
	return true
}

// dated reports whether the folders above a date show that it is the date of the logs.
func dated(above []string, wholeDate bool) bool {
	region := len(above) > 0 && isRegion(above[len(above)-1])
	layout, named := false, false
	for _, p := range above {
		layout = layout || p == "AWSLogs" || p == "CloudTrail"
		named = named || p == "WAFLogs" // its web ACLs, below the region, may have any name
	}
	if wholeDate {
		return region || layout
	}
	return region && layout && !named
}

// Outside reports whether a folder of these days has no events in the half-open range [from, to); zero times are open
// ends. Delivery is late and never early, so the folder of the day after to may contain events in the range.
func (d Days) Outside(from, to time.Time) bool {
	if !from.IsZero() && !d.End.After(from.UTC().Truncate(24*time.Hour)) {
		return true
	}
	return !to.IsZero() && d.Start.After(lastDay(to))
}

// Inside reports whether all folders below one of these days must be read.
func (d Days) Inside(from, to time.Time) bool {
	if !from.IsZero() && d.Start.Before(from.UTC().Truncate(24*time.Hour)) {
		return false
	}
	return to.IsZero() || !d.End.AddDate(0, 0, -1).After(lastDay(to))
}

// lastDay returns the day of the last folder that may contain events before to.
func lastDay(to time.Time) time.Time { return to.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1) }

// Reason returns why a folder outside the range is not read.
func (d Days) Reason() string { return "folder of a " + d.Unit + " outside the time range" }
