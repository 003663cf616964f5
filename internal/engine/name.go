package engine

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the maximum length of a part of a table's name, in bytes: the longest of Athena, and of most catalogs in
// Trino.
const maxName = 255

// SplitName splits a table's name: up to three parts separated by dots, each plain or in double quotes, where a quote
// is doubled. The form is that of sqlgen.Options.Table. The error states what is wrong with the name.
func SplitName(table string) ([]string, error) {
	var parts []string
	for rest := table; ; {
		var part string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			var b strings.Builder
			for {
				head, tail, closed := strings.Cut(quoted, `"`)
				if !closed {
					return nil, errors.New("a double quote is not closed")
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
			return nil, errors.New("a part of the name is empty")
		case len(part) > maxName:
			return nil, errors.New("a part of the name is too long")
		case !utf8.ValidString(part) || strings.ContainsFunc(part, unicode.IsControl):
			return nil, errors.New("the name contains a control character")
		}
		parts = append(parts, part)
		if rest == "" {
			break
		}
		var dot bool
		if rest, dot = strings.CutPrefix(rest, "."); !dot {
			return nil, errors.New("a double quote is at a wrong position")
		}
	}
	if len(parts) > 3 {
		return nil, errors.New("expected catalog.schema.table, schema.table or table")
	}
	return parts, nil
}

// QuoteName returns a table's name for a statement, with each of its parts in double quotes. A name that SplitName
// cannot read counts as one part.
func QuoteName(table string) string {
	parts, err := SplitName(table)
	if err != nil {
		parts = []string{table}
	}
	for i, part := range parts {
		parts[i] = `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}
