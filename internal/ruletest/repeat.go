package ruletest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// repeated returns copy number i of an event: {i} becomes the number, the time is moved by the interval for each copy, and an id that
// stands in the event gets the number, so that the copies are different events.
func repeated(detector *schema.Detector, text []byte, i int, every time.Duration) []byte {
	out := bytes.ReplaceAll(text, []byte("{i}"), []byte(strconv.Itoa(i)))
	if i == 0 {
		return out
	}
	var parser value.Parser
	doc, err := parser.Parse(out)
	if err != nil {
		return out
	}
	s := detector.Detect(doc, 0)
	if s == nil {
		return out
	}
	var walker value.Walker
	id, hasID := s.AppendEventID(nil, &walker, doc)
	changed := string(out)
	if was := s.Time.Text(&walker, doc); was != "" && every != 0 {
		if at, ok := s.EventTime(&walker, doc); ok {
			changed = strings.ReplaceAll(changed, was, moved(was, at.UTC().Add(time.Duration(i)*every)))
		}
	}
	if !hasID || bytes.Contains(text, []byte("{i}")) && !bytes.Contains(text, id) {
		return []byte(changed) // the number already stands in the id
	}
	quoted := strconv.Quote(string(id))
	return []byte(strings.ReplaceAll(changed, quoted, strconv.Quote(fmt.Sprintf("%s-%d", id, i))))
}

// moved writes a time in the form of another.
func moved(was string, at time.Time) string {
	if _, err := strconv.ParseInt(was, 10, 64); err == nil {
		switch {
		case len(was) <= 10:
			return strconv.FormatInt(at.Unix(), 10)
		case len(was) <= 13:
			return strconv.FormatInt(at.UnixMilli(), 10)
		case len(was) <= 16:
			return strconv.FormatInt(at.UnixMicro(), 10)
		}
		return strconv.FormatInt(at.UnixNano(), 10)
	}
	if _, err := time.Parse("02/Jan/2006:15:04:05 -0700", was); err == nil {
		return at.Format("02/Jan/2006:15:04:05 -0700")
	}
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if _, err := time.Parse(form, was); err == nil {
			return at.Format(form)
		}
	}
	return at.Format(time.RFC3339Nano)
}
