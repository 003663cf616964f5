package value

import (
	"time"
)

// Time is a point in time with the precision that the log gave it.
type Time struct {
	// Nanos counts nanoseconds since 1970-01-01T00:00:00Z.
	Nanos int64
	// Digits is the number of digits after the second's point in the log, 0 to 9.
	Digits uint8
}

// UTC is the time as the standard library has it.
func (t Time) UTC() time.Time { return time.Unix(0, t.Nanos).UTC() }

// String is RFC 3339 in UTC with the log's precision.
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

// civil is a time as a text has it.
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

// zone is the offset of a zone from UTC in seconds.
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

// number reads two digits, far below zero if they are none.
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

// daysBefore counts the days from 1970-01-01 to the first of a month.
func daysBefore(year, month int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 { // years that begin in March put the leap day last
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 - 719468
}
