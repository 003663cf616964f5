package tablecheck

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// ReadColumns reads the columns of a table from a file: lines with a name and a type, or the output of DESCRIBE from
// Trino, Athena or DuckDB, as text, in boxes or as CSV. It returns at least one column, in the file's order. The
// error names the file and, if possible, the line.
func ReadColumns(path string) ([]schema.Column, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
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
			return fmt.Errorf("%s:%d: %s", path, number, fmt.Sprintf(format, args...))
		}
		if word == "" {
			return nil, fault("%.80q has no type", name)
		}
		typ, ok := ParseType(word)
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
		return nil, fmt.Errorf("%s has no columns", path)
	}
	return columns, nil
}

// typeLine extracts the name and the type of a column from a line; the name is "" if the line has none.
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
		cells, _ = csv.NewReader(strings.NewReader(line)).Read() // an invalid line has no cells
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

// isSheet distinguishes CSV lines from lines with a name and a type, which may have commas inside brackets.
func isSheet(line string) bool {
	first, _, found := strings.Cut(line, ",")
	return found && (strings.HasPrefix(line, `"`) && strings.HasSuffix(first, `"`) || !strings.ContainsAny(first, " \t:(<\"`"))
}

// nameAndType splits a line after the name, which may be quoted and followed by a colon.
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
