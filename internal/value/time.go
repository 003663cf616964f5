package value

import (
	"math"
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
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || (b[10] != 'T' && b[10] != ' ' && b[10] != 't') || b[13] != ':' || b[16] != ':' {
		return Time{}, false
	}
	year := number(b[0:2])*100 + number(b[2:4])
	month, day := number(b[5:7]), number(b[8:10])
	hour, minute, second := number(b[11:13]), number(b[14:16]), number(b[17:19])
	if year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return Time{}, false
	}
	var t Time
	i := 19
	var nanos int64
	if i < len(b) && b[i] == '.' {
		unit := int64(1e8)
		for i++; i < len(b) && b[i]-'0' <= 9; i++ {
			nanos += int64(b[i]-'0') * unit
			unit /= 10
			if t.Digits < 9 {
				t.Digits++
			}
		}
		if t.Digits == 0 {
			return Time{}, false
		}
	}
	offset, ok := zone(b[i:])
	if !ok {
		return Time{}, false
	}
	days := daysBefore(year, month) + int64(day) - 1
	t.Nanos = (days*86400+int64(hour)*3600+int64(minute)*60+int64(second)-offset)*1e9 + nanos
	return t, true
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
		return math.MinInt32
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
