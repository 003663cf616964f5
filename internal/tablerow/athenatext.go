package tablerow

import (
	"bytes"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Athena writes structs, arrays and maps in CSV results as {type=IAMUser, arn=null} and [{…}, {…}], without quotes or
// escapes. The type of the column tells where values end: at the name of another member. So a value may contain commas and
// brackets, unless it contains the text of a following member, ", arn=". The keys of maps are not known; there a
// comma, a space, a word and an equals sign end a value.

// maxTextDepth is how deep such text may be nested; deeper values stay text.
const maxTextDepth = 32

// appendTyped appends a cell's text as JSON of a type. It returns false if the text does not have the type's form.
func appendTyped(dst []byte, text string, t *schema.Type, depth int) ([]byte, bool) {
	if text == "null" || depth > maxTextDepth {
		return append(dst, "null"...), depth <= maxTextDepth
	}
	switch t.Kind {
	case schema.Struct:
		inner, ok := enclosed(text, '{', '}')
		if !ok {
			return dst, false
		}
		return appendMembers(dst, inner, t, depth)
	case schema.Array:
		inner, ok := enclosed(text, '[', ']')
		if !ok {
			return dst, false
		}
		return appendElements(dst, inner, t.Element, depth)
	case schema.Map:
		inner, ok := enclosed(text, '{', '}')
		if !ok {
			return dst, false
		}
		return appendEntries(dst, inner, t.Element, depth)
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date, schema.JSON:
	}
	return appendPlain(dst, text, t), true
}

func enclosed(text string, open, end byte) (string, bool) {
	if len(text) < 2 || text[0] != open || text[len(text)-1] != end {
		return "", false
	}
	return text[1 : len(text)-1], true
}

// appendMembers appends the members of a struct. Members are in any order, and some may be missing.
func appendMembers(dst []byte, text string, t *schema.Type, depth int) ([]byte, bool) {
	dst = append(dst, '{')
	used := make([]bool, len(t.Members))
	for first := true; text != ""; first = false {
		at := memberAt(text, t.Members, used)
		if at < 0 {
			return dst, false
		}
		used[at] = true
		m := &t.Members[at]
		text = text[len(m.Name)+1:]
		end := memberEnd(text, t.Members, used)
		if !first {
			dst = append(dst, ',')
		}
		dst = append(value.AppendQuoted(dst, []byte(m.Name)), ':')
		var ok bool
		if dst, ok = appendTyped(dst, text[:end], &m.Type, depth+1); !ok {
			return dst, false
		}
		text = strings.TrimPrefix(text[end:], ", ")
	}
	return append(dst, '}'), true
}

// memberAt returns the index of the unused member with which text begins, or -1.
func memberAt(text string, members []schema.Column, used []bool) int {
	for i := range members {
		if name := members[i].Name; !used[i] && len(text) > len(name) && text[len(name)] == '=' && strings.EqualFold(text[:len(name)], name) {
			return i
		}
	}
	return -1
}

// memberEnd returns where the value ends with which text begins: before the next unused member outside of brackets that
// belong to the value, or at the end.
func memberEnd(text string, members []schema.Column, used []bool) int {
	depth := 0
	if text == "" || text[0] != '{' && text[0] != '[' {
		depth = -1 // brackets in plain values do not count
	}
	for i := range len(text) {
		switch c := text[i]; {
		case depth >= 0 && (c == '{' || c == '['):
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth <= 0 && c == ',' && strings.HasPrefix(text[i:], ", ") && memberAt(text[i+2:], members, used) >= 0:
			return i
		}
	}
	return len(text)
}

func appendElements(dst []byte, text string, t *schema.Type, depth int) ([]byte, bool) {
	dst = append(dst, '[')
	for first := true; text != ""; first = false {
		end := elementEnd(text)
		if !first {
			dst = append(dst, ',')
		}
		var ok bool
		if dst, ok = appendTyped(dst, text[:end], t, depth+1); !ok {
			return dst, false
		}
		text = strings.TrimPrefix(text[end:], ", ")
	}
	return append(dst, ']'), true
}

// elementEnd returns the end of the first element: a comma and a space outside of brackets.
func elementEnd(text string) int {
	depth := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth = max(0, depth-1)
		case c == ',' && depth == 0 && strings.HasPrefix(text[i:], ", "):
			return i
		}
	}
	return len(text)
}

func appendEntries(dst []byte, text string, t *schema.Type, depth int) ([]byte, bool) {
	dst = append(dst, '{')
	for first := true; text != ""; first = false {
		key := keyEnd(text)
		if key <= 0 {
			return dst, false
		}
		name := text[:key]
		text = text[key+1:]
		end := entryEnd(text)
		if !first {
			dst = append(dst, ',')
		}
		dst = append(value.AppendQuoted(dst, []byte(name)), ':')
		var ok bool
		if dst, ok = appendTyped(dst, text[:end], t, depth+1); !ok {
			return dst, false
		}
		text = strings.TrimPrefix(text[end:], ", ")
	}
	return append(dst, '}'), true
}

// keyEnd returns the position of the equals sign after the key with which text begins, or -1. Keys of logs are words
// with dots, brackets, hyphens, slashes and colons.
func keyEnd(text string) int {
	for i := 0; i < len(text) && i < maxKeyText; i++ {
		c := text[i]
		switch {
		case c == '=':
			return i
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("._-[]/:$@", c) >= 0:
		default:
			return -1
		}
	}
	return -1
}

// maxKeyText is the maximum length of a key of a map in text.
const maxKeyText = 256

func entryEnd(text string) int {
	depth := 0
	nested := text != "" && (text[0] == '{' || text[0] == '[')
	for i := range len(text) {
		switch c := text[i]; {
		case nested && (c == '{' || c == '['):
			depth++
		case nested && (c == '}' || c == ']'):
			depth = max(0, depth-1)
		case depth == 0 && c == ',' && strings.HasPrefix(text[i:], ", ") && keyEnd(text[i+2:]) > 0:
			return i
		}
	}
	return len(text)
}

// appendPlain appends the text of a value without parts: bare if the type is a number or a boolean and the text is one,
// otherwise as a string.
func appendPlain(dst []byte, text string, t *schema.Type) []byte {
	switch t.Kind {
	case schema.Integer, schema.Double:
		if isNumber(text) {
			return append(dst, text...)
		}
	case schema.Boolean:
		if text == "true" || text == "false" {
			return append(dst, text...)
		}
	case schema.Text:
		if t.Word == schema.LiteralWord && (text == "true" || text == "false" || isNumber(text)) {
			return append(dst, text...)
		}
	case schema.Unknown, schema.Timestamp, schema.Date, schema.JSON, schema.Struct, schema.Array, schema.Map:
	}
	return value.AppendQuoted(dst, []byte(text))
}

func isNumber(text string) bool {
	return text != "" && value.ScanNumber([]byte(text), 0) == len(text)
}

// isJSON reports whether text begins like an object or list.
func isJSON(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) > 1 && (text[0] == '{' || text[0] == '[')
}
