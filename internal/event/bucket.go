package event

import (
	"strings"
	"time"
)

// Bucket is what the path of a file in CloudTrail's bucket layout says:
// AWSLogs/[organisation/]account/CloudTrail/region/YYYY/MM/DD/account_CloudTrail_region_YYYYMMDDTHHMMZ_unique.json.gz
// (AWS CloudTrail User Guide, "Finding your CloudTrail log files").
type Bucket struct {
	Account, Region string
	// Time is the minute in the file's name: when CloudTrail closed it, shortly after its last event. UTC.
	Time time.Time
	// Kind is "CloudTrail", "CloudTrail-Digest" or "CloudTrail-Insight".
	Kind string
}

// IsZero reports whether the path told nothing.
func (b Bucket) IsZero() bool { return b.Kind == "" }

// parseBucket reads a file's name; folders add nothing that it does not say.
func parseBucket(path string) Bucket {
	name := path[strings.LastIndexAny(path, `/\!`)+1:]
	part := strings.Split(name, "_")
	if len(part) < 4 || !isAccount(part[0]) || !strings.HasPrefix(part[1], "CloudTrail") {
		return Bucket{}
	}
	// A digest has the name of the trail between region and time: account_CloudTrail-Digest_region_trail_region_time.
	for i := 3; i < len(part); i++ {
		stamp, _, _ := strings.Cut(part[i], ".")
		for _, layout := range []string{"20060102T1504Z", "20060102T150405Z"} {
			if at, err := time.Parse(layout, stamp); err == nil {
				return Bucket{Account: part[0], Region: part[2], Time: at, Kind: part[1]}
			}
		}
	}
	return Bucket{}
}

func isAccount(s string) bool { return len(s) == 12 && isDigits(s) }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// leftOut is why a file or folder of CloudTrail's bucket is not read, "" if it is.
func leftOut(name string) string {
	switch {
	case name == "CloudTrail-Digest" || strings.Contains(name, "_CloudTrail-Digest_"):
		return "CloudTrail digest: proves that files are unchanged, holds no events"
	case name == "CloudTrail-Insight" || strings.Contains(name, "_CloudTrail-Insight_"):
		return "CloudTrail Insights: unusual activity that AWS found, holds no API calls"
	}
	return ""
}

// folderDay is the day of a folder …/YYYY/MM/DD in a bucket's layout. A date alone does not tell: logs collected on a
// day may be older, so the path must also name the layout, or a region just above the date.
func folderDay(path string) (time.Time, bool) {
	part := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	n := len(part)
	if n < 3 || len(part[n-3]) != 4 || len(part[n-2]) != 2 || len(part[n-1]) != 2 {
		return time.Time{}, false
	}
	day, err := time.Parse("2006/01/02", strings.Join(part[n-3:], "/"))
	if err != nil {
		return time.Time{}, false
	}
	if n > 3 && isRegion(part[n-4]) {
		return day, true
	}
	for _, p := range part[:n-3] {
		if p == "AWSLogs" || p == "CloudTrail" {
			return day, true
		}
	}
	return time.Time{}, false
}

// isRegion reports whether a text has the form of an AWS region, such as us-gov-west-1.
func isRegion(s string) bool {
	part := strings.Split(s, "-")
	if len(part) < 3 || len(part) > 4 || len(part[0]) != 2 && len(part[0]) != 3 {
		return false
	}
	for _, p := range part[:len(part)-1] {
		for i := range len(p) {
			if p[i] < 'a' || p[i] > 'z' {
				return false
			}
		}
		if p == "" {
			return false
		}
	}
	return isDigits(part[len(part)-1])
}

// outside reports whether a folder of that day holds nothing from the half-open range [from, to); zero times are open.
// Delivery is late, so that the folder of the day after `to` may hold events of the range; none is ever early.
func outside(day, from, to time.Time) bool {
	if !from.IsZero() && day.Before(from.UTC().Truncate(24*time.Hour)) {
		return true
	}
	return !to.IsZero() && day.After(to.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1))
}
