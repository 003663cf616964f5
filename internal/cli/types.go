package cli

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/schema"
)

// typesHelp shows what --types takes.
const typesHelp = "a line for each column, as in: eventid bigint; or the output of DESCRIBE"

// readTypes reads the columns of a table from a file: lines of a name and a type, or the output of DESCRIBE of Trino, Athena
// or DuckDB, as text, in boxes or as CSV.
func readTypes(path string) ([]schema.Column, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usage(typesHelp, fmt.Errorf("--types: %w", err))
	}
	var columns []schema.Column
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		name, word := typeLine(line)
		if name == "" {
			continue
		}
		fault := func(format string, args ...any) error {
			return usage(typesHelp, fmt.Errorf("--types: %s:%d: %s", path, number, fmt.Sprintf(format, args...)))
		}
		if word == "" {
			return nil, fault("%.80q has no type", name)
		}
		typ, ok := lake.ParseType(word)
		if !ok {
			return nil, fault("%.80q is no type", word)
		}
		i := slices.IndexFunc(columns, func(c schema.Column) bool { return strings.EqualFold(c.Name, name) })
		switch {
		case i < 0:
			columns = append(columns, schema.Column{Name: name, Type: typ})
		case columns[i].Type.String() != typ.String(): // Athena lists partition columns twice
			return nil, fault("column %.80q is there twice, with two types", name)
		}
	}
	if len(columns) == 0 {
		return nil, usage(typesHelp, fmt.Errorf("--types: %s has no columns", path))
	}
	return columns, nil
}

// typeLine takes the name and the type of a column out of a line; no name where the line has none.
func typeLine(line string) (name, word string) {
	line = strings.TrimSpace(strings.ReplaceAll(line, "│", "|"))
	if strings.Trim(line, "-+|=:─┌┬┐├┼┤└┴┘ ") == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "--") || strings.HasPrefix(line, "(") {
		return "", ""
	}
	var cells []string
	switch {
	case strings.Contains(line, "|"):
		cells = strings.Split(strings.Trim(line, "|"), "|")
	case strings.Contains(line, "\t"):
		cells = strings.Split(line, "\t")
	case isSheet(line):
		cells, _ = csv.NewReader(strings.NewReader(line)).Read() // a line that is none has no cells
	default:
		cells = nameAndType(line)
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	if len(cells) == 0 {
		return "", ""
	}
	if len(cells) > 1 {
		word = strings.TrimSpace(strings.TrimSuffix(cells[1], ","))
	}
	name = strings.Trim(cells[0], "\"`")
	header := []string{"column", "column_name", "col_name", "name", "field"}
	if slices.Contains(header, strings.ToLower(name)) && slices.Contains([]string{"type", "column_type", "data_type"}, strings.ToLower(word)) {
		return "", ""
	}
	return name, word
}

// isSheet tells lines of CSV from those of a name and a type, which may have commas within brackets.
func isSheet(line string) bool {
	first, _, found := strings.Cut(line, ",")
	return found && (strings.HasPrefix(line, `"`) && strings.HasSuffix(first, `"`) || !strings.ContainsAny(first, " \t:(<\"`"))
}

// nameAndType cuts a line behind the name, which may stand in quotes and have a colon behind it.
func nameAndType(line string) []string {
	end := strings.IndexAny(line, " :")
	if quote := line[0]; quote == '"' || quote == '`' {
		if close := strings.IndexByte(line[1:], quote); close >= 0 {
			end = close + 2
		}
	}
	if end < 0 {
		return []string{line}
	}
	return []string{line[:end], strings.TrimLeft(line[end:], " :")}
}
