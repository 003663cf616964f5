package finding

import (
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/value"
)

// AppendJSON appends the finding as one JSON object on one line, without a final line break. The keys and their order
// are the stable contract of the jsonl format; "context" is present only if Context is not nil.
//
// Characters that could affect a terminal (0x7f to 0x9f, marks that change the writing direction) are written as \u
// escapes, so that it is safe to print a file of findings. The JSON value stays the same.
func (f *Finding) AppendJSON(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, `{"time":`...)
	dst = appendTime(dst, f.Time)
	dst = append(dst, `,"level":`...)
	dst = appendString(dst, f.Level.String())
	dst = append(dst, `,"rule":{"id":`...)
	dst = appendString(dst, f.Rule.ID)
	dst = append(dst, `,"title":`...)
	dst = appendString(dst, f.Rule.Title)
	dst = append(dst, `,"level":`...)
	dst = appendString(dst, f.Level.String())
	dst = append(dst, `,"own_level":`...)
	dst = appendString(dst, f.Rule.OwnLevel.String())
	dst = append(dst, `,"attack":`...)
	dst = appendStrings(dst, f.Rule.Techniques)
	if f.Rule.Indicator != "" {
		dst = append(dst, `,"indicator":`...)
		dst = appendString(dst, f.Rule.Indicator)
	}
	dst = append(dst, `},"schema":`...)
	dst = appendString(dst, f.Schema)
	dst = append(dst, `,"account":`...)
	dst = appendString(dst, f.Account)
	dst = append(dst, `,"principal":`...)
	dst = appendString(dst, f.Principal)
	dst = append(dst, `,"event_ids":`...)
	dst = appendStrings(dst, f.EventIDs)
	dst = append(dst, `,"group":{`...)
	for i, pair := range f.Group {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, pair.Name)
		dst = append(dst, ':')
		dst = appendString(dst, pair.Value)
	}
	dst = append(dst, `},"count":`...)
	dst = strconv.AppendInt(dst, int64(f.Count), 10)
	dst = append(dst, `,"first":`...)
	dst = appendTime(dst, f.First)
	dst = append(dst, `,"last":`...)
	dst = appendTime(dst, f.Last)
	dst = f.Facts.appendJSON(dst)
	dst = append(dst, `,"also":[`...)
	for i := range f.Also {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = f.Also[i].appendJSON(dst)
	}
	dst = append(dst, ']')
	dst = f.Rule.Threat.appendJSON(append(dst, `,"threat":`...))
	dst = append(dst, `,"event":`...)
	dst = appendEvent(dst, f.Event)
	if f.Context != nil {
		dst = append(dst, `,"context":[`...)
		for i := range f.Context {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = f.Context[i].appendJSON(dst)
		}
		dst = append(dst, ']')
	}
	dst = append(dst, '}')
	return escapeUnsafe(dst, start)
}

func (t *Threat) appendJSON(dst []byte) []byte {
	if t.ID == "" {
		return append(dst, '{', '}')
	}
	dst = appendKey(append(dst, '{'), "id", t.ID)
	return append(appendKey(append(dst, ','), "title", t.Title), '}')
}

func (a *Also) appendJSON(dst []byte) []byte {
	dst = appendKey(append(dst, '{'), "id", a.Rule.ID)
	dst = appendKey(append(dst, ','), "title", a.Rule.Title)
	dst = appendKey(append(dst, ','), "level", a.Level.String())
	dst = appendStrings(append(dst, `,"attack":`...), a.Rule.Techniques)
	dst = append(dst, `,"count":`...)
	return append(strconv.AppendInt(dst, int64(a.Count), 10), '}')
}

func (c *ContextEvent) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"time":`...)
	dst = appendTime(dst, c.Time)
	dst = append(dst, `,"id":`...)
	dst = appendString(dst, c.ID)
	if o := c.Facts.OriginOf(c.Address); !o.IsZero() {
		dst = o.appendJSON(append(dst, `,"origin":`...))
	}
	dst = append(dst, `,"event":`...)
	dst = appendEvent(dst, c.Event)
	return append(dst, '}')
}

func appendEvent(dst, event []byte) []byte {
	if len(event) == 0 {
		return append(dst, '{', '}')
	}
	return append(dst, event...)
}

func appendTime(dst []byte, t value.Time) []byte { return appendString(dst, TimeText(t)) }

func appendString(dst []byte, text string) []byte { return value.AppendQuoted(dst, []byte(text)) }

func appendStrings(dst []byte, texts []string) []byte {
	size := len(texts)*len(`"",`) + len("[]")
	for _, text := range texts {
		size += len(text)
	}
	dst = append(slices.Grow(dst, size), '[')
	for i, text := range texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, text)
	}
	return append(dst, ']')
}

// escapeUnsafe escapes the text after start so that no character affects a terminal. In JSON text such characters occur
// only inside strings, where an escape has the same meaning. Invalid UTF-8 becomes U+FFFD, as elsewhere.
func escapeUnsafe(dst []byte, start int) []byte {
	i := start
	for i < len(dst) && dst[i] < 0x7f {
		i++
	}
	if i == len(dst) {
		return dst
	}
	tail := append([]byte(nil), dst[i:]...)
	dst = dst[:i]
	for len(tail) > 0 {
		r, size := utf8.DecodeRune(tail)
		tail = tail[size:]
		if r >= 0x7f && value.ActsOnTerminal(r) { // line breaks between values stay
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				dst = appendEscape(dst, high)
				r = low
			}
			dst = appendEscape(dst, r)
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

func appendEscape(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// EscapeUnsafe returns JSON text with the same value in which no character affects a terminal. It may reuse the memory
// of text.
func EscapeUnsafe(text []byte) []byte { return escapeUnsafe(text, 0) }
