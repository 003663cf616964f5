package event

import (
	"strings"
	"time"
)

// A Bucket is the content of a file name in CloudTrail's bucket layout:
// AWSLogs/[organisation/]account/CloudTrail/region/YYYY/MM/DD/account_CloudTrail_region_YYYYMMDDTHHMMZ_unique.json.gz
// (AWS CloudTrail User Guide, "Finding your CloudTrail log files").
type Bucket struct {
	Account, Region string
	// Time is the minute in the file's name, in UTC: when CloudTrail closed the file, shortly after its last event.
	Time time.Time
	// Kind is "CloudTrail", "CloudTrail-Digest" or "CloudTrail-Insight".
	Kind string
}

// IsZero reports whether the path has no CloudTrail file name.
func (b Bucket) IsZero() bool { return b.Kind == "" }

// parseBucket parses the name of a file; its folders add no information.
func parseBucket(path string) Bucket {
	name := path[strings.LastIndexAny(path, `/\!`)+1:]
	part := strings.Split(name, "_")
	if len(part) < 4 || !isAccount(part[0]) || !strings.HasPrefix(part[1], "CloudTrail") {
		return Bucket{}
	}
	// A digest's name has the trail between two regions: account_CloudTrail-Digest_region_trail_region_time.
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

// LeftOut returns why a file or folder of CloudTrail's bucket is not read, judged by its name, or "" if it is read.
func LeftOut(name string) string {
	switch {
	case name == "CloudTrail-Digest" || strings.Contains(name, "_CloudTrail-Digest_"):
		return "CloudTrail digest: for file integrity, contains no events"
	case name == "CloudTrail-Insight" || strings.Contains(name, "_CloudTrail-Insight_"):
		return "CloudTrail Insights: unusual activity that AWS detected, contains no API calls"
	}
	return ""
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
