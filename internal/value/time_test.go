package value_test

import (
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/value"
)

// TestZones: a zone east of UTC is ahead of it, so that its time is earlier in UTC; one west of it is behind.
func TestZones(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-01T12:00:00Z":      "2026-03-01T12:00:00Z",
		"2026-03-01T12:00:00+02:00": "2026-03-01T10:00:00Z",
		"2026-03-01T12:00:00-02:30": "2026-03-01T14:30:00Z",
		"2026-03-01T23:30:00-01:00": "2026-03-02T00:30:00Z",
		"2026-03-01 00:30:00+01:00": "2026-02-28T23:30:00Z",
	} {
		if got, ok := value.ParseTime([]byte(text)); !ok || got.String() != want {
			t.Errorf("%s is %s (%t), want %s", text, got, ok, want)
		}
		if text[10] == ' ' {
			continue
		}
		if got, ok := value.ParseRFC3339([]byte(text)); !ok || got.Format(time.RFC3339) != want {
			t.Errorf("RFC 3339: %s is %s (%t), want %s", text, got, ok, want)
		}
	}
}

// TestLeapSecondIsInItsMinute, as the table of time parts has it.
func TestLeapSecondIsInItsMinute(t *testing.T) {
	got, ok := value.ParseRFC3339([]byte("2016-12-31T23:59:60Z"))
	if want := time.Date(2016, 12, 31, 23, 59, 59, 0, time.UTC); !ok || !got.Equal(want) {
		t.Errorf("%s (%t), want %s", got, ok, want)
	}
}

func TestTimeFormats(t *testing.T) {
	for _, test := range []struct {
		format value.TimeFormat
		text   string
		want   string // "" if the text is no time
	}{
		{value.EpochSeconds, "1768208400", "2026-01-12T09:00:00Z"},
		{value.EpochSeconds, "0", "1970-01-01T00:00:00Z"},
		{value.EpochSeconds, "-1", ""},
		{value.EpochSeconds, "1768208400.5", ""},
		{value.EpochSeconds, "", ""},
		{value.EpochSeconds, "17682084000", ""},
		{value.EpochSeconds, "9999999999", ""},
		{value.EpochMillis, "1768208400123", "2026-01-12T09:00:00.123Z"},
		{value.EpochMillis, "99999999999999", ""},
		{value.CommonLog, "06/Feb/2026:00:00:38 +0000", "2026-02-06T00:00:38Z"},
		{value.CommonLog, "06/Feb/2026:00:00:38 +0130", "2026-02-05T22:30:38Z"},
		{value.CommonLog, "31/Dec/2026:23:59:59 -0800", "2027-01-01T07:59:59Z"},
		{value.CommonLog, "06/feb/2026:00:00:38 +0000", ""},
		{value.CommonLog, "06/anF/2026:00:00:38 +0000", ""},
		{value.CommonLog, "31/Feb/2026:00:00:38 +0000", ""},
		{value.CommonLog, "06/Feb/2026:00:00:38", ""},
		{value.RFC3339, "2026-02-06 00:00:38", "2026-02-06T00:00:38Z"},
	} {
		got, ok := test.format.Parse([]byte(test.text))
		if ok != (test.want != "") || ok && got.String() != test.want {
			t.Errorf("%s: got %s, %t, want %q", test.text, got, ok, test.want)
		}
	}
}
