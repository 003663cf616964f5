package sqltest

import (
	"slices"
	"strings"
)

// clauses end the conditions behind a WHERE.
var clauses = []string{"group", "order", "having", "limit", "offset", "fetch", "window", "union", "except", "intersect", "select"}

// Bounds reads engine.Statement.Bounds from the text of a statement that a test wrote: the names behind each WHERE, in lower
// case, with the number of conditions that have them. Texts and comments are left out.
func Bounds(sql string) map[string]int {
	names := map[string]int{}
	// inside are the conditions that have begun, each at a depth of parentheses.
	type condition struct {
		depth int
		names map[string]bool
	}
	var inside []condition
	depth := 0
	leave := func(down int) {
		for len(inside) > 0 && inside[len(inside)-1].depth >= down {
			inside = inside[:len(inside)-1]
		}
	}
	for sql != "" {
		word, quoted, rest := token(sql)
		sql = rest
		switch lower := strings.ToLower(word); {
		case word == "":
		case word == "(" && !quoted:
			depth++
		case word == ")" && !quoted:
			leave(depth)
			depth--
		case lower == "where" && !quoted:
			leave(depth)
			inside = append(inside, condition{depth, map[string]bool{}})
		case slices.Contains(clauses, lower) && !quoted:
			leave(depth)
		case len(inside) > 0:
			if last := inside[len(inside)-1].names; !last[lower] {
				last[lower] = true
				names[lower]++
			}
		}
	}
	return names
}

// token splits off the first word, name in quotes or other character of a statement; word is "" for texts and comments.
func token(sql string) (word string, quoted bool, rest string) {
	switch c := sql[0]; {
	case c == '\'' || c == '"':
		end := 1
		for end < len(sql) && (sql[end] != c || strings.HasPrefix(sql[end+1:], string(c))) {
			if sql[end] == c {
				end++
			}
			end++
		}
		end = min(end, len(sql))
		if c == '"' {
			word = strings.ReplaceAll(sql[1:end], `""`, `"`)
		}
		return word, true, sql[min(end+1, len(sql)):]
	case strings.HasPrefix(sql, "--"):
		_, rest, _ = strings.Cut(sql, "\n")
		return "", false, rest
	case strings.HasPrefix(sql, "/*"):
		_, rest, _ = strings.Cut(sql[2:], "*/")
		return "", false, rest
	case wordByte(c):
		end := 1
		for end < len(sql) && wordByte(sql[end]) {
			end++
		}
		return sql[:end], false, sql[end:]
	default:
		return sql[:1], false, sql[1:]
	}
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
