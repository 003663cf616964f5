package schema

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/value"
)

// yamlTimePath is a path of the event's time: a text, or a map with `at` and `format`.
type yamlTimePath struct{ at, format string }

func (p *yamlTimePath) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return n.Decode(&p.at)
	}
	pairs, err := orderedPairs(n, "time")
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		switch pair[0].Value {
		case "at":
			p.at = pair[1].Value
		case "format":
			p.format = pair[1].Value
		default:
			return fmt.Errorf("line %d: time: unknown key %s, expected at, format", pair[0].Line, pair[0].Value)
		}
	}
	return nil
}

// timeForm reads a time that is not RFC 3339.
type timeForm func(text []byte) (value.Time, bool)

// The units of numbers, by the name of the format. A number that would be a time outside of some decades is of another unit.
var epochUnits = map[string]int64{
	"epoch_s": int64(time.Second), "epoch_ms": int64(time.Millisecond), "epoch_us": int64(time.Microsecond), "epoch_ns": 1,
}

// loadTime reads the paths of the event's time and the forms in which it is written.
func (s *Schema) loadTime(list []yamlTimePath, fault func(string, ...any)) {
	var texts, formats []string
	for _, p := range list {
		texts = append(texts, p.at)
		if p.format != "" && p.format != "text" && !slices.Contains(formats, p.format) {
			formats = append(formats, p.format)
		}
	}
	if s.Time = s.loadPaths("time", texts, fault); len(s.Time) == 0 {
		fault("time: missing")
	}
	for _, name := range formats {
		switch unit, isEpoch := epochUnits[name]; {
		case isEpoch:
			s.timeForms = append(s.timeForms, func(text []byte) (value.Time, bool) { return epochTime(text, unit) })
		case name == "epoch_object":
			s.timeForms = append(s.timeForms, epochObject)
		default:
			layout, ok := localLayout(name)
			if !ok {
				fault("time: the format %q is not text, epoch_s, epoch_ms, epoch_us, epoch_ns, epoch_object, or one of letters such as M/d/yyyy h:mm:ss a", name)
				continue
			}
			s.timeForms = append(s.timeForms, func(text []byte) (value.Time, bool) {
				t, err := time.Parse(layout, string(text))
				if err != nil || t.Year() < 1678 || t.Year() > 2261 {
					return value.Time{}, false
				}
				return value.Time{Nanos: t.UnixNano()}, true
			})
		}
	}
}

// ParseTime reads the text of an event's time: in the schema's TimeFormat, or in one of the forms of its paths.
func (s *Schema) ParseTime(text []byte) (value.Time, bool) {
	if t, ok := s.TimeFormat.Parse(text); ok {
		return t, true
	}
	for _, form := range s.timeForms {
		if t, ok := form(text); ok {
			return t, true
		}
	}
	return value.Time{}, false
}

// Times of logs are between 1990 and 2150, which tells the units of numbers apart.
var (
	earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	latest   = time.Date(2150, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
)

// maxNumber is the maximum length of a number that may be a time.
const maxNumber = 32

// epochTime reads a number of units since 1970. A fraction and an exponent, as some lakes write large numbers, are
// allowed.
func epochTime(text []byte, unit int64) (value.Time, bool) {
	if len(text) == 0 || len(text) > maxNumber {
		return value.Time{}, false
	}
	perSecond := int64(time.Second) / unit
	n, err := strconv.ParseInt(string(text), 10, 64)
	digits := uint8(0)
	for u := int64(time.Second); u > unit; u /= 10 {
		digits++
	}
	if err != nil {
		whole, fraction, _ := strings.Cut(string(text), ".")
		if n, err = strconv.ParseInt(whole, 10, 64); err != nil || !isDigits(fraction) || n < 0 {
			f, err := strconv.ParseFloat(string(text), 64)
			if err != nil || math.IsNaN(f) || math.Abs(f) > math.MaxInt64/2 {
				return value.Time{}, false
			}
			n, fraction = int64(f), ""
		}
		if unit == int64(time.Second) && fraction != "" {
			fraction = fraction[:min(len(fraction), 9)]
			part, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
			if err != nil || n < earliest || n >= latest {
				return value.Time{}, false
			}
			return value.Time{Nanos: n*int64(time.Second) + part, Digits: uint8(len(fraction))}, true
		}
	}
	if seconds := n / perSecond; seconds < earliest || seconds >= latest {
		return value.Time{}, false
	}
	return value.Time{Nanos: n * unit, Digits: digits}, true
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// epochObject reads an object with the seconds since 1970 and the nanoseconds in that second, as Java writes an Instant.
func epochObject(text []byte) (value.Time, bool) {
	if len(text) == 0 || text[0] != '{' || len(text) > 256 {
		return value.Time{}, false
	}
	seconds, ok := numberAfter(text, `"epochSecond"`)
	if !ok || seconds < earliest || seconds >= latest {
		return value.Time{}, false
	}
	nanos, ok := numberAfter(text, `"nano"`)
	if !ok {
		return value.Time{Nanos: seconds * int64(time.Second)}, true
	}
	if nanos < 0 || nanos >= int64(time.Second) {
		return value.Time{}, false
	}
	return value.Time{Nanos: seconds*int64(time.Second) + nanos, Digits: 9}, true
}

// numberAfter returns the whole number of a key in the text of a flat object.
func numberAfter(text []byte, key string) (int64, bool) {
	_, rest, ok := bytes.Cut(text, []byte(key))
	if !ok {
		return 0, false
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return 0, false
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n\"")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(string(rest[:end]), 10, 64)
	return n, err == nil
}

// The letters of Java's date formats, longest first, and what stands for them in Go's layouts.
var localLetters = []struct{ java, layout string }{
	{"yyyy", "2006"}, {"MMMM", "January"}, {"MMM", "Jan"}, {"MM", "01"}, {"M", "1"}, {"EEE", "Mon"}, {"dd", "02"}, {"d", "2"},
	{"HH", "15"}, {"hh", "03"}, {"h", "3"}, {"mm", "04"}, {"m", "4"}, {"ss", "05"}, {"s", "5"}, {"SSS", "000"}, {"a", "PM"},
	{"XXX", "Z07:00"}, {"XX", "Z0700"}, {"X", "Z07"}, {"Z", "-0700"},
}

// localLayout converts a format in the letters of Java's date formats to Go's layout. It needs at least a year, a month
// and a day.
func localLayout(format string) (string, bool) {
	var layout strings.Builder
	have := map[string]bool{}
next:
	for rest := format; rest != ""; {
		if rest[0] == '\'' { // words that stand for themselves
			word, after, ok := strings.Cut(rest[1:], "'")
			if !ok {
				return "", false
			}
			layout.WriteString(word)
			rest = after
			continue
		}
		for _, letters := range localLetters {
			if strings.HasPrefix(rest, letters.java) {
				layout.WriteString(letters.layout)
				have[letters.java[:1]] = true
				rest = rest[len(letters.java):]
				continue next
			}
		}
		if c := rest[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' && c != 'T' {
			return "", false
		}
		layout.WriteByte(rest[0])
		rest = rest[1:]
	}
	return layout.String(), have["y"] && have["M"] && have["d"]
}
