package query

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// tableVariable matches the name of a log source in braces, a placeholder for the lake's table of that source.
var tableVariable = lazyre.New(`\{([a-z][a-z0-9_-]*)\}`)

// FillTables replaces log sources in braces by the names of the lake's tables. It leaves string literals, quoted
// names and comments unchanged. A known log source without a table is an error; other words in braces stay.
func FillTables(ctx context.Context, l *setup.Lake, e engine.Engine, sql string) (string, error) {
	var out strings.Builder
	names := map[string]string{}
	for rest := sql; rest != ""; {
		code := sqlCode(rest)
		text := rest[:code]
		for {
			at := tableVariable.FindStringSubmatchIndex(text)
			if at == nil {
				break
			}
			source := text[at[2]:at[3]]
			name, known := names[source]
			if !known {
				var err error
				if name, err = tableOf(ctx, l, e, source); err != nil {
					return "", err
				}
				names[source] = name
			}
			if name == "" {
				name = text[at[0]:at[1]]
			}
			out.WriteString(text[:at[0]] + name)
			text = text[at[1]:]
		}
		out.WriteString(text)
		rest = rest[code:]
		quoted := sqlQuoted(rest)
		out.WriteString(rest[:quoted])
		rest = rest[quoted:]
	}
	return out.String(), nil
}

// tableOf returns the quoted name of the lake's table for a log source, "" for a word that is not a log source.
func tableOf(ctx context.Context, l *setup.Lake, e engine.Engine, source string) (string, error) {
	var of []*setup.Table
	for i := range l.Tables {
		if l.Tables[i].Source == source {
			of = append(of, &l.Tables[i])
		}
	}
	switch {
	case len(of) > 1:
		return "", &setup.Error{Help: "choose one with --table", Err: fmt.Errorf("{%s} stands for several tables: %s", source, setup.TableNames(of))}
	case len(of) == 1:
		live, err := e.Describe(ctx, of[0].Name)
		if err != nil {
			return "", err
		}
		return engine.QuoteName(live.Name), nil
	case slices.ContainsFunc(slices.Concat(schema.All(), l.Schemas), func(s *schema.Schema) bool { return s.Named(source) }):
		return "", &setup.Error{Help: "name it under tables in egret.yaml, or with --table and --layout", Err: fmt.Errorf("{%s}: lake %s has no table of it", source, l.Name())}
	}
	return "", nil
}

// sqlCode returns the length of the code at the start of a statement: up to a string, a quoted name or a comment.
func sqlCode(sql string) int {
	for i := range len(sql) {
		if !insideWord(sql, i) && sqlQuoted(sql[i:]) > 0 {
			return i
		}
	}
	return len(sql)
}

// insideWord reports whether a character that starts a string elsewhere is inside a word: the E of DATE'2026-01-01',
// or a dollar sign as in a$b$c.
func insideWord(sql string, at int) bool {
	c := sql[at]
	return at > 0 && (c == '$' || c == 'e' || c == 'E') && isWordByte(sql[at-1])
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// dollarTag matches the start of a DuckDB string that ends with the same tag.
var dollarTag = lazyre.New(`^\$([A-Za-z_][A-Za-z0-9_]*)?\$`)

// sqlQuoted returns the length of the string, quoted name or comment at the start of a text, 0 if there is none. An
// unterminated one extends to the end of the text; the engine reports the error.
func sqlQuoted(sql string) int {
	until := func(from int, end string) int {
		if i := strings.Index(sql[from:], end); i >= 0 {
			return from + i + len(end)
		}
		return len(sql)
	}
	switch {
	case sql == "":
		return 0
	case strings.HasPrefix(sql, "--"):
		return until(2, "\n")
	case strings.HasPrefix(sql, "/*"):
		return until(2, "*/")
	case sql[0] == '\'' || sql[0] == '"' || sql[0] == '`': // a doubled quote starts the next string at once
		return until(1, sql[:1])
	case len(sql) > 1 && (sql[0] == 'e' || sql[0] == 'E') && sql[1] == '\'':
		return escapedString(sql)
	case sql[0] == '$':
		if tag := dollarTag.FindString(sql); tag != "" {
			return until(len(tag), tag)
		}
	}
	return 0
}

// escapedString returns the length of a DuckDB string with backslash escapes, E'it\'s'.
func escapedString(sql string) int {
	for i := 2; i < len(sql); i++ {
		switch sql[i] {
		case '\\':
			i++
		case '\'':
			return i + 1
		}
	}
	return len(sql)
}
