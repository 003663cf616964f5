package testkit

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"unicode/utf8"
)

// eventKeys are the root keys of random events; some contain dots.
var eventKeys = []string{"a", "a", "b", "b", "n", "o", "o", "list", "list", "ip", "at", "doc", "urldoc", "a.b", "o.k", "o.p.q"}

// innerKeys are the keys of objects inside random events.
var innerKeys = []string{"k", "k", "k", "p", "b", "q", "p.q", "b.c", "k.", ""}

// RandomEvent writes the JSON text of one event, without id and time. There are nulls, empty values, nested arrays,
// keys with dots and strings with JSON text; sometimes a repeated key, invalid UTF-8, or half a surrogate pair.
func RandomEvent(rng *rand.Rand) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range 6 + rng.IntN(9) {
		if i > 0 {
			b.WriteByte(',')
		}
		key := pick(rng, eventKeys)
		writeRandomString(&b, rng, key)
		b.WriteByte(':')
		space(&b, rng)
		switch {
		case key == "doc" && !chance(rng, 6):
			writeRandomString(&b, rng, randomDocument(rng))
		case key == "urldoc" && !chance(rng, 6):
			document := randomDocument(rng)
			if !chance(rng, 4) {
				document = url.PathEscape(document)
			}
			writeRandomString(&b, rng, document)
		case key == "ip" && !chance(rng, 4):
			writeRandomString(&b, rng, pick(rng, addresses))
		case key == "at" && !chance(rng, 4):
			writeRandomString(&b, rng, pick(rng, timestamps))
		case key == "n" && !chance(rng, 4):
			b.WriteString(pick(rng, numerals))
		default:
			writeRandomValue(&b, rng, 3)
		}
		space(&b, rng)
	}
	b.WriteByte('}')
	return b.String()
}

// randomDocument returns JSON text for a string field; it is rarely invalid.
func randomDocument(rng *rand.Rand) string {
	var b bytes.Buffer
	if chance(rng, 4) {
		b.WriteByte('[')
		writeRandomObject(&b, rng, 2)
		b.WriteByte(',')
		writeRandomValue(&b, rng, 1)
		b.WriteByte(']')
	} else {
		writeRandomObject(&b, rng, 2)
	}
	text := strings.ToValidUTF8(b.String(), "?")
	if chance(rng, 20) {
		return text[:len(text)-1]
	}
	if chance(rng, 20) {
		return text + " x"
	}
	return text
}

func writeRandomValue(b *bytes.Buffer, rng *rand.Rand, depth int) {
	n := rng.IntN(20)
	switch {
	case n < 9 || depth == 0:
		writeRandomString(b, rng, randomText(rng))
	case n < 13:
		b.WriteString(pick(rng, numerals))
	case n < 14:
		b.WriteString(pick(rng, []string{"true", "false"}))
	case n < 15:
		b.WriteString("null")
	case n < 17:
		b.WriteByte('[')
		for i := range rng.IntN(5) {
			if i > 0 {
				b.WriteByte(',')
			}
			writeRandomValue(b, rng, depth-1)
			space(b, rng)
		}
		b.WriteByte(']')
	default:
		writeRandomObject(b, rng, depth)
	}
}

// writeRandomObject writes an object without repeated keys: the JSON text of an object with repeated keys is not
// defined.
func writeRandomObject(b *bytes.Buffer, rng *rand.Rand, depth int) {
	b.WriteByte('{')
	seen := map[string]bool{}
	for range rng.IntN(4) {
		key := pick(rng, innerKeys)
		if seen[key] {
			continue
		}
		if len(seen) > 0 {
			b.WriteByte(',')
		}
		seen[key] = true
		space(b, rng)
		writeRandomString(b, rng, key)
		b.WriteByte(':')
		writeRandomValue(b, rng, depth-1)
	}
	b.WriteByte('}')
}

func space(b *bytes.Buffer, rng *rand.Rand) {
	if chance(rng, 8) {
		b.WriteString(pick(rng, []string{" ", "\n", "\t", "  "}))
	}
}

// writeRandomString writes a JSON string in a random form: each character may be escaped.
func writeRandomString(b *bytes.Buffer, rng *rand.Rand, s string) {
	style := rng.IntN(12) // most strings have no unnecessary escapes
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r < 0x20 || style == 0 && r < 0x10000 || style == 1 && r > 0x7f && r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '/' && style == 2:
			b.WriteString(`\/`)
		case r >= 0x10000 && style <= 1:
			r -= 0x10000
			fmt.Fprintf(b, `\u%04X\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			b.WriteRune(r)
		}
	}
	if len(s) > 0 && utf8.ValidString(s) && chance(rng, 200) {
		b.WriteString(pick(rng, []string{`\ud800`, `\udc00x`, "\xff", "\xe2\x82", `\ud83dx`}))
	}
	b.WriteByte('"')
}
