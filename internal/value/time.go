package value

import (
	"strings"
	"time"
)

// A Time is a time with the precision of the log.
type Time struct {
	// Nanos is the number of nanoseconds since 1970-01-01T00:00:00Z.
	Nanos int64
	// Digits is the number of fractional digits of the second in the log, 0 to 9.
	Digits uint8
}

// UTC returns the time as a time.Time.
func (t Time) UTC() time.Time { return time.Unix(0, t.Nanos).UTC() }

// String formats the time by RFC 3339 in UTC with the log's precision.
func (t Time) String() string {
	layout := "2006-01-02T15:04:05.000000000"
	if t.Digits == 0 {
		return t.UTC().Format(layout[:19]) + "Z"
	}
	return t.UTC().Format(layout[:20+min(int(t.Digits), 9)]) + "Z"
}

// ParseTime reads an RFC 3339 time. A space or a small t may stand for the T, a small z for the Z; a text without zone is
// UTC. It reports false for anything else and for years outside 1678 to 2261, which 64 bits of nanoseconds cannot hold.
func ParseTime(b []byte) (Time, bool) {
	c, ok := parseCivil(b)
	if !ok || c.year < 1678 || c.year > 2261 {
		return Time{}, false
	}
	days := daysBefore(c.year, c.month) + int64(c.day) - 1
	seconds := days*86400 + int64(c.hour*3600+c.minute*60+c.second) - c.offset
	return Time{Nanos: seconds*1e9 + c.nanos, Digits: c.digits}, true
}

// ParseRFC3339 reads a time by the letter of RFC 3339, section 5.6: with a T and a zone, of any year. It is what time
// parts read. A leap second, 23:59:60Z, is within the minute and day that it is written in: the second 59 stands for it.
func ParseRFC3339(b []byte) (time.Time, bool) {
	c, ok := parseCivil(b)
	if !ok || !c.zoned || b[10] == ' ' {
		return time.Time{}, false
	}
	t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, min(c.second, 59), int(c.nanos), time.UTC)
	return t.Add(-time.Duration(c.offset) * time.Second), true
}

// A TimeFormat is a form in which a log writes times.
type TimeFormat uint8

// The formats of times: as ParseTime reads them, seconds or milliseconds since 1970, and 06/Feb/2026:00:00:38 +0000 as
// web servers write it.
const (
	RFC3339 TimeFormat = iota
	EpochSeconds
	EpochMillis
	CommonLog
)

// TimeFormats has the names of the formats in schemas.
var TimeFormats = map[string]TimeFormat{"rfc3339": RFC3339, "epoch_s": EpochSeconds, "epoch_ms": EpochMillis, "common_log": CommonLog}

// Parse reads a time in the format. It reports false for any other text, and for years that Time cannot hold.
func (f TimeFormat) Parse(b []byte) (Time, bool) {
	switch f {
	case EpochSeconds:
		return parseEpoch(b, 1e9, 0)
	case EpochMillis:
		return parseEpoch(b, 1e6, 3)
	case CommonLog:
		return parseCommonLog(b)
	case RFC3339:
	}
	return ParseTime(b)
}

// maxEpochDigits keeps a number of seconds within the years that Time can hold; milliseconds have three digits more.
const maxEpochDigits = 10

func parseEpoch(b []byte, unit int64, digits uint8) (Time, bool) {
	if len(b) == 0 || len(b) > maxEpochDigits+int(digits) {
		return Time{}, false
	}
	var n int64
	for _, c := range b {
		if c -= '0'; c > 9 {
			return Time{}, false
		}
		n = n*10 + int64(c)
	}
	if n > (1<<63-1)/unit {
		return Time{}, false
	}
	return Time{Nanos: n * unit, Digits: digits}, true
}

// months has the names of the months in order, without separators.
const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// parseCommonLog reads 06/Feb/2026:00:00:38 +0000.
func parseCommonLog(b []byte) (Time, bool) {
	if len(b) != len("06/Feb/2026:00:00:38 +0000") || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[20] != ' ' {
		return Time{}, false
	}
	month := strings.Index(months, string(b[3:6]))
	if month < 0 || month%3 != 0 {
		return Time{}, false
	}
	month = month/3 + 1
	var buf [25]byte
	copy(buf[:], "0000-00-00T00:00:00+00:00")
	copy(buf[0:], b[7:11])
	buf[5], buf[6] = byte('0'+month/10), byte('0'+month%10)
	copy(buf[8:], b[0:2])
	copy(buf[11:], b[12:20])
	copy(buf[19:], b[21:24])
	copy(buf[23:], b[24:26])
	return ParseTime(buf[:])
}

// civil is the date and time of a text.
type civil struct {
	year, month, day, hour, minute, second int
	nanos                                  int64
	digits                                 uint8
	offset                                 int64 // from UTC, in seconds
	zoned                                  bool
}

func parseCivil(b []byte) (c civil, ok bool) {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || (b[10] != 'T' && b[10] != ' ' && b[10] != 't') || b[13] != ':' || b[16] != ':' {
		return c, false
	}
	c.year = number(b[0:2])*100 + number(b[2:4])
	c.month, c.day = number(b[5:7]), number(b[8:10])
	c.hour, c.minute, c.second = number(b[11:13]), number(b[14:16]), number(b[17:19])
	if c.year < 0 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > daysIn(c.year, c.month) ||
		c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60 {
		return c, false
	}
	i := 19
	if i < len(b) && b[i] == '.' {
		unit := int64(1e8)
		for i++; i < len(b) && b[i]-'0' <= 9; i++ {
			c.nanos += int64(b[i]-'0') * unit
			unit /= 10
			if c.digits < 9 {
				c.digits++
			}
		}
		if c.digits == 0 {
			return c, false
		}
	}
	c.zoned = i < len(b)
	c.offset, ok = zone(b[i:])
	return c, ok
}

// zone returns the offset of a zone from UTC in seconds.
func zone(b []byte) (int64, bool) {
	switch {
	case len(b) == 0, len(b) == 1 && b[0]|0x20 == 'z':
		return 0, true
	case len(b) != 6 || (b[0] != '+' && b[0] != '-') || b[3] != ':':
		return 0, false
	}
	hours, minutes := number(b[1:3]), number(b[4:6])
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	offset := int64(hours*3600 + minutes*60)
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// number reads two digits. It returns a number far below zero if they are not digits.
func number(b []byte) int {
	x, y := b[0]-'0', b[1]-'0'
	if x > 9 || y > 9 {
		return -1 << 20
	}
	return int(x)*10 + int(y)
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// daysBefore returns the number of days from 1970-01-01 to the first of a month.
func daysBefore(year, month int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 { // years that begin in March put the leap day last
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 - 719468
}
