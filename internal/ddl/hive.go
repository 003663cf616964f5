package ddl

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/schema"
)

// commentWidth is the width at which comment lines are broken.
const commentWidth = 120

// comment writes text as comment lines. Unprintable characters become spaces, so that no text can end the comment, and
// semicolons become commas, since some programs split statements at semicolons even inside comments.
func comment(b *strings.Builder, text string) {
	line := "--"
	for word := range strings.FieldsSeq(strings.ReplaceAll(printable(text), ";", ",")) {
		if len(line) > 2 && len(line)+1+len(word) > commentWidth {
			b.WriteString(line + "\n")
			line = "--  "
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// literal quotes text for Hive: single quotes, with a backslash before quotes and backslashes.
func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// identifier returns a name, in back quotes if Hive needs them.
func identifier(name string) string {
	plain := name != "" && (name[0] < '0' || name[0] > '9') && name[0] != '_'
	for _, c := range []byte(name) {
		plain = plain && (c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	}
	if plain && !reserved[strings.ToUpper(name)] {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

func columnList(b *strings.Builder, columns []schema.Column) {
	for i, c := range columns {
		fmt.Fprintf(b, "  %s %s", identifier(c.Name), typeText(c.Type, "  "))
		if i < len(columns)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
}

func propertyList(b *strings.Builder, list []property) {
	for i, p := range list {
		fmt.Fprintf(b, "  %s = %s", literal(p.key), literal(p.value))
		if i < len(list)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
}

// words maps types of layouts that Athena's DDL names differently, or accepts only with a length.
var words = map[string]string{"integer": "int", "real": "float", "varchar": "string", "char": "string"}

// typeText returns a type in Hive's syntax. A struct that is long or contains another struct takes several lines.
func typeText(t schema.Type, indent string) string {
	switch t.Kind {
	case schema.Array:
		return "array<" + typeText(*t.Element, indent) + ">"
	case schema.Map:
		return "map<string," + typeText(*t.Element, indent) + ">"
	case schema.Struct:
		var short []string
		long := false
		for _, m := range t.Members {
			text := typeText(m.Type, indent)
			long = long || m.Type.Kind == schema.Struct || strings.Contains(text, "\n")
			short = append(short, identifier(m.Name)+":"+text)
		}
		if line := "struct<" + strings.Join(short, ",") + ">"; !long && len(line) < 100 {
			return line
		}
		inner := indent + "  "
		var lines []string
		for _, m := range t.Members {
			lines = append(lines, inner+identifier(m.Name)+":"+typeText(m.Type, inner))
		}
		return "struct<\n" + strings.Join(lines, ",\n") + "\n" + indent + ">"
	case schema.JSON: // the SerDe writes it as text
		return "string"
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date:
	}
	text := t.String()
	if text == schema.LiteralWord { // also text
		return "string"
	}
	if word, ok := words[text]; ok {
		return word
	}
	return text
}
