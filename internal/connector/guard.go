package connector

import (
	"regexp"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// guardForm matches the mark before a condition that reads columns.
var guardForm = lazyre.New(`##IF ([a-z_0-9.,]*)##\(`)

// unguarded returns a condition without marks: what reads columns that the table does not have is FALSE, since its rows have no such
// object. absent gets these columns. types are the types of the columns by their names.
func unguarded(condition string, types map[string]string, absent func(path string)) string {
	var out strings.Builder
	for {
		at := guardForm.FindStringSubmatchIndex(condition)
		if at == nil {
			out.WriteString(condition)
			return out.String()
		}
		out.WriteString(condition[:at[0]])
		paths := condition[at[2]:at[3]]
		end := closing(condition, at[1]-1)
		known := true
		for _, path := range strings.Split(paths, ",") {
			if path != "" && !typed(types, path) {
				known = false
				absent(path)
			}
		}
		if known {
			out.WriteString("(" + unguarded(condition[at[1]:end], types, absent))
		} else {
			out.WriteString("FALSE")
		}
		condition = condition[end:]
	}
}

// typed reports whether a table has a column and the members behind it.
func typed(types map[string]string, path string) bool {
	keys := strings.Split(path, ".")
	of, ok := types[keys[0]]
	if !ok {
		return false
	}
	for _, key := range keys[1:] {
		if !regexp.MustCompile(`(?i)[(, "]` + regexp.QuoteMeta(key) + `"? `).MatchString(of) {
			return false
		}
	}
	return true
}

// closing returns the offset behind the parenthesis that closes the one at a place; parentheses in quotes do not count.
func closing(text string, at int) int {
	depth, quote := 0, byte(0)
	for i := at; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0 // a doubled quote opens again at once
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
