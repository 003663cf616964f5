package event

import (
	"strings"
	"time"
)

// Days is what a folder's path says of the time of the logs in it.
type Days struct {
	// Unit is "day", "month" or "year".
	Unit string
	// Start and End are the half-open range of days, in UTC.
	Start, End time.Time
}

// FolderDays reads the date at the end of a folder's path, which is that of a bucket or of a local copy. Dates are
// YYYY/MM/DD, or partitions year=YYYY/month=MM/day=DD.
//
// A date alone does not tell: logs collected on a day may be older, so the path must also name the layout (AWSLogs or
// CloudTrail), or a region just above the date; partitions say what they are. A year or a month, which need not be one,
// counts only as a partition and right below a region in a layout that has it there.
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

// partitionDate takes the keys off year=2026/month=02/day=03.
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

// dated reports whether the folders above a date say that it is that of the logs.
func dated(above []string, wholeDate bool) bool {
	region := len(above) > 0 && isRegion(above[len(above)-1])
	layout, named := false, false
	for _, p := range above {
		layout = layout || p == "AWSLogs" || p == "CloudTrail"
		named = named || p == "WAFLogs" // whose web ACLs, below the region, may have any name
	}
	if wholeDate {
		return region || layout
	}
	return region && layout && !named
}

// Outside reports whether a folder of those days holds nothing of the half-open range [from, to); zero times are open.
// Delivery is late, so that the folder of the day after to may hold events of the range; none is ever early.
func (d Days) Outside(from, to time.Time) bool {
	if !from.IsZero() && !d.End.After(from.UTC().Truncate(24*time.Hour)) {
		return true
	}
	return !to.IsZero() && d.Start.After(lastDay(to))
}

// Inside reports whether all folders below one of those days are to be read.
func (d Days) Inside(from, to time.Time) bool {
	if !from.IsZero() && d.Start.Before(from.UTC().Truncate(24*time.Hour)) {
		return false
	}
	return to.IsZero() || !d.End.AddDate(0, 0, -1).After(lastDay(to))
}

// lastDay is the day of the last folder that may hold events before to.
func lastDay(to time.Time) time.Time { return to.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1) }

// Reason says why a folder outside the range is not read.
func (d Days) Reason() string { return "folder of a " + d.Unit + " outside the time range" }
