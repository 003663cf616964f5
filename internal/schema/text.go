package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// TextLog describes the lines of a log in text. Each line is one event, whose members are columns.
type TextLog struct {
	// Separator is the byte between columns.
	Separator byte
	// Columns are those of a line in the order that applies without a header.
	Columns []TextColumn
	// Least is the number of columns that every line has: older writers leave out columns at the end. Lines under a
	// header have the header's.
	Least int
	// Header is how files name their columns.
	Header TextHeader
	// Names has every column that a header may name, with its type.
	Names map[string]TextName
	// Line has tests on columns that a line without a header passes. A file is recognized by them.
	Line []Test
	// Joined are members made of columns, separated by a space.
	Joined []TextJoin
	// Missing is the text of a value that is missing. In columns of numbers, and without quotes in quoted columns, the
	// event then lacks the member; elsewhere the text stays, as in tables over such files.
	Missing string
	// Markers are texts of which every header has one.
	Markers []string
}

// A TextHeader is how a file names its columns.
type TextHeader uint8

// The kinds of headers: none, a line of names, and a line that begins with "#Fields:".
const (
	NoHeader TextHeader = iota
	NamesHeader
	FieldsHeader
)

// A TextColumn is a column of a line. A value of several names is cut at Cut: the first name ends at the first one, the
// last name begins after the last one.
type TextColumn struct {
	Names []TextName
	// Open is '"' or '[' if values are in quotes or brackets, otherwise 0.
	Open byte
	Cut  byte
	// Longest means that the value ends at the last quote that can end it, since the client of the service wrote it.
	Longest bool
}

// A TextName is the name of a member and its type.
type TextName struct {
	Name   string
	Number bool
}

// A TextJoin is a member made of others.
type TextJoin struct {
	Name  string
	Parts []string
}

// yamlText is the section text of a schema.
type yamlText struct {
	Separator string              `yaml:"separator"`
	Columns   []string            `yaml:"columns"`
	More      []string            `yaml:"more"`
	Least     int                 `yaml:"least"`
	Header    string              `yaml:"header"`
	Markers   []string            `yaml:"markers"`
	Numbers   []string            `yaml:"numbers"`
	Longest   []string            `yaml:"longest"`
	Missing   string              `yaml:"missing"`
	Joined    map[string][]string `yaml:"joined"`
	Line      map[string][]string `yaml:"line"`
}

var textHeaders = map[string]TextHeader{"": NoHeader, "names": NamesHeader, "fields": FieldsHeader}

// loadText loads the format of times and the section text.
func (s *Schema) loadText(f *file, fault func(string, ...any)) {
	format, ok := value.TimeFormats[f.TimeFormat]
	if !ok && f.TimeFormat != "" {
		fault("time_format: %q is not one of %s", f.TimeFormat, strings.Join(slices.Sorted(maps.Keys(value.TimeFormats)), ", "))
	}
	s.TimeFormat = format
	y := f.Text
	if y == nil {
		return
	}
	if f.TablesOnly {
		fault("text: not allowed together with tables_only: true")
	}
	t := &TextLog{Least: y.Least, Missing: y.Missing, Markers: y.Markers, Names: map[string]TextName{}}
	switch y.Separator {
	case "space":
		t.Separator = ' '
	case "tab":
		t.Separator = '\t'
	default:
		fault("text: separator: %q is not one of space, tab", y.Separator)
	}
	if t.Header, ok = textHeaders[y.Header]; !ok {
		fault("text: header: %q is not one of fields, names", y.Header)
	}
	if (t.Header == NamesHeader) != (len(y.Markers) > 0) {
		fault("text: markers: needed with header: names and only there")
	}
	t.loadColumns(y, fault)
	if t.Least == 0 {
		t.Least = len(t.Columns)
	}
	if len(t.Columns) == 0 && t.Header == NoHeader || t.Least > len(t.Columns) {
		fault("text: columns: missing, or fewer than least")
	}
	if len(t.Columns) > 0 && len(y.Line) == 0 {
		fault("text: line: missing; it has the values by which a line without a header is recognized")
	}
	for _, name := range slices.Sorted(maps.Keys(y.Line)) {
		if _, ok := t.Names[name]; !ok || len(y.Line[name]) == 0 {
			fault("text: line: %s is not a column, or has no values", name)
		}
		test := Test{Paths: Paths{{Text: name}}}
		for _, pattern := range y.Line[name] {
			test.Patterns = append(test.Patterns, NewPattern(pattern))
		}
		t.Line = append(t.Line, test)
	}
	for _, name := range slices.Sorted(maps.Keys(y.Joined)) {
		for _, part := range y.Joined[name] {
			if _, ok := t.Names[part]; !ok {
				fault("text: joined %s: %s is not a column", name, part)
			}
		}
		t.Joined = append(t.Joined, TextJoin{name, y.Joined[name]})
	}
	s.Text = t
}

func (t *TextLog) loadColumns(y *yamlText, fault func(string, ...any)) {
	numbers, longest := set(y.Numbers), set(y.Longest)
	for i, text := range slices.Concat(y.Columns, y.More) {
		column := TextColumn{}
		inner := text
		switch {
		case len(text) > 2 && text[0] == '"' && text[len(text)-1] == '"':
			column.Open, inner = '"', text[1:len(text)-1]
		case len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']':
			column.Open, inner = '[', text[1:len(text)-1]
		}
		names := []string{inner}
		if cut := strings.IndexAny(inner, ": "); cut >= 0 {
			column.Cut = inner[cut]
			names = strings.Split(inner, inner[cut:cut+1])
		}
		if len(names) > 3 {
			fault("text: columns: %s has more than three names", text)
		}
		for _, name := range names {
			if _, ok := t.Names[name]; ok || name == "" || strings.ContainsAny(name, `": []`) {
				fault("text: columns: %q is not a name, or listed twice", name)
			}
			column.Names = append(column.Names, TextName{name, numbers[name]})
			t.Names[name] = TextName{name, numbers[name]}
			column.Longest = column.Longest || longest[name] && column.Open != 0
		}
		if i < len(y.Columns) {
			t.Columns = append(t.Columns, column)
		}
	}
	for _, name := range slices.Concat(y.Numbers, y.Longest) {
		if _, ok := t.Names[name]; !ok {
			fault("text: numbers, longest: %s is not a column", name)
		}
	}
}
