package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// tableVariable matches the name of a log source in braces, which stands for the lake's table of it.
var tableVariable = regexp.MustCompile(`\{([a-z][a-z0-9_-]*)\}`)

// fillTables puts the names of the lake's tables in the place of log sources in braces. String literals, quoted names and
// comments stay as they are. A known log source without a table is an error; other words in braces stay.
func (l *foundLake) fillTables(ctx context.Context, e engine.Engine, sql string) (string, error) {
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
				if name, err = l.tableOf(ctx, e, source); err != nil {
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

// tableOf is the quoted name of the lake's table of a log source, "" for a word that is no log source.
func (l *foundLake) tableOf(ctx context.Context, e engine.Engine, source string) (string, error) {
	var of []*lakeTable
	for i := range l.tables {
		if l.tables[i].Source == source {
			of = append(of, &l.tables[i])
		}
	}
	switch {
	case len(of) > 1:
		return "", usage("choose one with --table", fmt.Errorf("{%s} stands for several tables: %s", source, tableNames(of)))
	case len(of) == 1:
		live, err := e.Describe(ctx, of[0].Table)
		if err != nil {
			return "", err
		}
		return quotedName(live.Name), nil
	case slices.ContainsFunc(slices.Concat(schema.All(), l.schemas), func(s *schema.Schema) bool { return s.Name == source }):
		return "", usage("name it under tables in egret.yaml, or with --table and --schema", fmt.Errorf("{%s}: lake %s has no table of it", source, l.name()))
	}
	return "", nil
}

// sqlCode is the length of the code at the beginning of a statement: up to a string, a quoted name or a comment.
func sqlCode(sql string) int {
	for i := range len(sql) {
		if !insideWord(sql, i) && sqlQuoted(sql[i:]) > 0 {
			return i
		}
	}
	return len(sql)
}

// insideWord tells of a character within a word that begins a string elsewhere: the E of DATE'2026-01-01', or a dollar sign as
// in a$b$c.
func insideWord(sql string, at int) bool {
	c := sql[at]
	return at > 0 && (c == '$' || c == 'e' || c == 'E') && isWordByte(sql[at-1])
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// dollarTag begins a string of DuckDB that ends with the same tag.
var dollarTag = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)?\$`)

// sqlQuoted is the length of the string, quoted name or comment that a text begins with, 0 if it begins with none. What does
// not end goes to the end of the text: the engine will say so.
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
	case sql[0] == '\'' || sql[0] == '"' || sql[0] == '`': // a doubled quote begins the next one at once
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

// escapedString is the length of a string of DuckDB with backslashes, E'it\'s'.
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

// quotedName puts every part of a table's name into quotes that is not yet.
func quotedName(name string) string {
	var parts []string
	begin, quoted := 0, false
	for i := 0; i <= len(name); i++ {
		switch {
		case i < len(name) && name[i] == '"':
			quoted = !quoted
		case i == len(name) || name[i] == '.' && !quoted:
			part := name[begin:i]
			if !strings.HasPrefix(part, `"`) {
				part = `"` + part + `"`
			}
			parts = append(parts, part)
			begin = i + 1
		}
	}
	return strings.Join(parts, ".")
}

func tableNames(tables []*lakeTable) string {
	var names []string
	for _, t := range tables {
		names = append(names, t.Table)
	}
	return strings.Join(names, ", ")
}
