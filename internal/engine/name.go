package engine

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a part of a table's name, in bytes: the longest of Athena, and of most catalogs behind Trino.
const maxName = 255

// SplitName reads a table's name: up to three parts between dots, each as it is or in double quotes, in which a quote is
// doubled. The form is that of sqlgen.Options.Table. The error says what is wrong with it.
func SplitName(table string) ([]string, error) {
	var parts []string
	for rest := table; ; {
		var part string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			var b strings.Builder
			for {
				head, tail, closed := strings.Cut(quoted, `"`)
				if !closed {
					return nil, errors.New("a double quote is open")
				}
				b.WriteString(head)
				if quoted, ok = strings.CutPrefix(tail, `"`); !ok {
					rest = tail
					break
				}
				b.WriteByte('"')
			}
			part = b.String()
		} else {
			end := strings.IndexAny(rest, `."`)
			if end < 0 {
				end = len(rest)
			}
			part, rest = rest[:end], rest[end:]
		}
		switch {
		case part == "":
			return nil, errors.New("a part of it is empty")
		case len(part) > maxName:
			return nil, errors.New("a part of it is too long")
		case !utf8.ValidString(part) || strings.ContainsFunc(part, unicode.IsControl):
			return nil, errors.New("it holds a control character")
		}
		parts = append(parts, part)
		if rest == "" {
			break
		}
		var dot bool
		if rest, dot = strings.CutPrefix(rest, "."); !dot {
			return nil, errors.New("a double quote stands where none can be")
		}
	}
	if len(parts) > 3 {
		return nil, errors.New("expected catalog.schema.table, schema.table or table")
	}
	return parts, nil
}
