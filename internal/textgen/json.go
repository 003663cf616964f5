package textgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// An Object is a JSON object with its members in order.
type Object []Member

// A Member is a member of an Object.
type Member struct {
	Name  string
	Value any
}

// AppendJSON appends a document as Python's json.dumps prints it: `, ` and `: ` between values, characters beyond ASCII as \u.
// indent is the number of blanks for each level; 0 prints one line. Documents consist of Object, []any, string, bool, int,
// float64 and nil.
func AppendJSON(dst []byte, v any, indent int) []byte { return appendJSON(dst, v, indent, 0) }

func appendJSON(dst []byte, v any, indent, depth int) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendJSONText(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return append(dst, text...)
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return appendJSON(dst, list, indent, depth)
	case []any:
		if len(v) == 0 {
			return append(dst, "[]"...)
		}
		dst = append(dst, '[')
		for i, item := range v {
			dst = appendBreak(dst, i, indent, depth+1)
			dst = appendJSON(dst, item, indent, depth+1)
		}
		return append(appendEnd(dst, indent, depth), ']')
	case Object:
		if len(v) == 0 {
			return append(dst, "{}"...)
		}
		dst = append(dst, '{')
		for i, m := range v {
			dst = appendBreak(dst, i, indent, depth+1)
			dst = append(appendJSONText(dst, m.Name), ": "...)
			dst = appendJSON(dst, m.Value, indent, depth+1)
		}
		return append(appendEnd(dst, indent, depth), '}')
	}
	panic(fmt.Sprintf("egret bug: document value %T", v))
}

// appendBreak appends what stands before the item at an index.
func appendBreak(dst []byte, i, indent, depth int) []byte {
	if indent == 0 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		return dst
	}
	if i > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, '\n')
	return append(dst, slices.Repeat([]byte{' '}, indent*depth)...)
}

func appendEnd(dst []byte, indent, depth int) []byte {
	if indent == 0 {
		return dst
	}
	dst = append(dst, '\n')
	return append(dst, slices.Repeat([]byte{' '}, indent*depth)...)
}

const hexDigits = "0123456789abcdef"

// appendJSONText appends a text in quotes.
func appendJSONText(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\b':
			dst = append(dst, `\b`...)
		case r == '\f':
			dst = append(dst, `\f`...)
		case r >= 0x20 && r < 0x7f || r == 0x7f:
			dst = append(dst, byte(r))
		case r < 0x10000:
			dst = appendUnit(dst, uint16(r)) //nolint:gosec // r fits
		default:
			high, low := utf16.EncodeRune(r)
			dst = appendUnit(appendUnit(dst, uint16(high)), uint16(low)) //nolint:gosec // surrogates fit
		}
	}
	return append(dst, '"')
}

func appendUnit(dst []byte, u uint16) []byte {
	return append(dst, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}
