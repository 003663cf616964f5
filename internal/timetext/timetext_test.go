package timetext

import (
	"testing"
	"time"
)

var now = time.Date(2023, 7, 12, 15, 30, 45, 0, time.UTC)

func TestTimesAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"2023-07-10":                 "2023-07-10T00:00:00Z",
		"2023-07-10T12:05":           "2023-07-10T12:05:00Z",
		"2023-07-10 12:05":           "2023-07-10T12:05:00Z",
		"2023-07-10T12":              "2023-07-10T12:00:00Z",
		"2023-07-10T12:05:31":        "2023-07-10T12:05:31Z",
		"2023-07-10T12:05:31Z":       "2023-07-10T12:05:31Z",
		"2023-07-10t12:05:31Z":       "2023-07-10T12:05:31Z",
		"2023-07-10T12:05:31.250Z":   "2023-07-10T12:05:31.25Z",
		"2023-07-10T12:05:31.250":    "2023-07-10T12:05:31.25Z",
		"2023-07-10T12:05:31+02:00":  "2023-07-10T10:05:31Z",
		"2023-07-10T12:05+0200":      "2023-07-10T10:05:00Z",
		"2023-07-10 12:05:31 UTC":    "2023-07-10T12:05:31Z",
		"2023-07-10 12:05:31 +02:00": "2023-07-10T10:05:31Z",
		"2023/07/10":                 "2023-07-10T00:00:00Z",
		"20230710":                   "2023-07-10T00:00:00Z",
		"20230710T1205Z":             "2023-07-10T12:05:00Z",
		"10 Jul 2023":                "2023-07-10T00:00:00Z",
		"10 July 2023 12:05":         "2023-07-10T12:05:00Z",
		"Jul 10, 2023":               "2023-07-10T00:00:00Z",
		"Jul 10 2023 12:05:31":       "2023-07-10T12:05:31Z",
		"1688990731":                 "2023-07-10T12:05:31Z",
		"1688990731250":              "2023-07-10T12:05:31.25Z",
		"now":                        "2023-07-12T15:30:45Z",
		"today":                      "2023-07-12T00:00:00Z",
		"Yesterday":                  "2023-07-11T00:00:00Z",
		"24h":                        "2023-07-11T15:30:45Z",
		"2 hours ago":                "2023-07-12T13:30:45Z",
		"-3d":                        "2023-07-09T15:30:45Z",
	} {
		got, err := Time(text, now)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: got %v (%v), want %s", text, got, err, want)
		}
	}
}

func TestWhatIsNoTime(t *testing.T) {
	for _, text := range []string{"", "x", "2023-13-01", "2023-02-30", "25:00", "2023-07-10T25:00", "12", "2023-07-10 12:05 PST", "-"} {
		if got, err := Time(text, now); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5m": 5 * time.Minute, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "7d": 7 * 24 * time.Hour,
		"2w": 14 * 24 * time.Hour, "1.5h": 90 * time.Minute, "10 minutes": 10 * time.Minute,
	} {
		if got, err := Duration(text); err != nil || got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "m", "-5m", "0s", "5y", "99999999999999w", "5m5"} {
		if got, err := Duration(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestZones(t *testing.T) {
	for text, want := range map[string]string{"": "Z", "UTC": "Z", "+02:00": "+02:00", "-0330": "-03:30", "Europe/Berlin": "+02:00"} {
		zone, err := Zone(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := now.In(zone).Format("Z07:00"); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if _, err := Zone("Mars/Olympus"); err == nil {
		t.Error("Mars has a zone")
	}
}
