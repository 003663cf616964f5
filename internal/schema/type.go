package schema

import (
	"fmt"
	"strings"
)

// scalars maps the names of types without parts, as Hive, Athena and Trino write them.
var scalars = map[string]Kind{
	"string": Text, "varchar": Text, "char": Text,
	"tinyint": Integer, "smallint": Integer, "int": Integer, "integer": Integer, "bigint": Integer,
	"float": Double, "real": Double, "double": Double,
	"boolean": Boolean, LiteralWord: Text, "date": Date, "json": JSON, ObjectWord: JSON,
}

// ObjectWord is the type name of JSON text that is null or an object whose top-level keys contain no dot. Queries can
// skip the search for arrays at its root and for such keys.
const ObjectWord = "object"

// LiteralWord is the type name of text that is not a string in the log, such as true or 5, in a table with a string
// column. Keywords do not search it.
const LiteralWord = "literal"

// maxTypeDepth is how deep types may be nested, so that a user's file cannot exhaust the stack.
const maxTypeDepth = 64

// ParseType reads a type in Hive's syntax: string, int, bigint, double, boolean, timestamp, date, json (JSON text),
// object (JSON text of an object without dots in its top-level keys), literal (text of a value that is not a string in
// the log), array<T>, map<string,T>, struct<name:T,...>. Member names may be in backquotes.
func ParseType(text string) (Type, error) {
	p := typeParser{rest: text}
	t, err := p.parse(0)
	if err == nil && p.peek() != 0 {
		err = fmt.Errorf("expected the end of the type, found %q", p.rest)
	}
	if err != nil {
		return Type{}, fmt.Errorf("type %q: %w", text, err)
	}
	return t, nil
}

type typeParser struct{ rest string }

func (p *typeParser) parse(depth int) (Type, error) {
	if depth > maxTypeDepth {
		return Type{}, fmt.Errorf("nested more than %d deep", maxTypeDepth)
	}
	switch name := strings.ToLower(p.word()); name {
	case "array":
		element, err := p.element(depth)
		return Type{Kind: Array, Element: element}, err
	case "map":
		if err := p.expect('<'); err != nil {
			return Type{}, err
		}
		key, err := p.parse(depth + 1)
		if err != nil {
			return Type{}, err
		}
		if key.Kind != Text {
			return Type{}, fmt.Errorf("the keys of a map must be strings")
		}
		if err := p.expect(','); err != nil {
			return Type{}, err
		}
		element, err := p.parse(depth + 1)
		if err != nil {
			return Type{}, err
		}
		return Type{Kind: Map, Element: &element}, p.expect('>')
	case "struct":
		return p.members(depth)
	case "timestamp", "timestamptz":
		return p.timestamp(name)
	default:
		kind, ok := scalars[name]
		if !ok {
			return Type{}, fmt.Errorf("expected a type, found %q", name+p.rest)
		}
		return Type{Kind: kind, Word: name}, nil
	}
}

// These words name timestamps with a known zone property; "timestamp" alone leaves it open.
const (
	zonedWord   = "timestamp with time zone"
	unzonedWord = "timestamp without time zone"
)

// Zone reports whether a timestamp has a time zone; known is false if its type leaves that open.
func (t Type) Zone() (has, known bool) {
	return t.Word == zonedWord, t.Word == zonedWord || t.Word == unzonedWord
}

// TimestampType returns the type of timestamps with or without a time zone.
func TimestampType(zoned bool) Type {
	if zoned {
		return Type{Kind: Timestamp, Word: zonedWord}
	}
	return Type{Kind: Timestamp, Word: unzonedWord}
}

// timestamp parses what may follow the first word of a timestamp: its precision and zone.
func (p *typeParser) timestamp(name string) (Type, error) {
	if p.peek() == '(' {
		digits, rest, ok := strings.Cut(p.rest[1:], ")")
		if !ok || strings.Trim(digits, "0123456789 ") != "" {
			return Type{}, fmt.Errorf("expected a precision such as (6), found %q", p.rest)
		}
		p.rest = rest
	}
	if name == "timestamptz" {
		return TimestampType(true), nil
	}
	for _, t := range []Type{TimestampType(true), TimestampType(false)} {
		before := p.rest
		for _, word := range strings.Fields(t.Word)[1:] {
			if !strings.EqualFold(p.word(), word) {
				p.rest = before
				break
			}
		}
		if p.rest != before {
			return t, nil
		}
	}
	return Type{Kind: Timestamp, Word: name}, nil
}

func (p *typeParser) element(depth int) (*Type, error) {
	if err := p.expect('<'); err != nil {
		return nil, err
	}
	t, err := p.parse(depth + 1)
	if err != nil {
		return nil, err
	}
	return &t, p.expect('>')
}

func (p *typeParser) members(depth int) (Type, error) {
	if err := p.expect('<'); err != nil {
		return Type{}, err
	}
	t := Type{Kind: Struct}
	for {
		name, err := p.name()
		if err != nil {
			return Type{}, err
		}
		for _, m := range t.Members {
			if strings.EqualFold(m.Name, name) {
				return Type{}, fmt.Errorf("two members are named %s", name)
			}
		}
		member, err := p.parse(depth + 1)
		if err != nil {
			return Type{}, err
		}
		t.Members = append(t.Members, Column{name, member})
		if p.peek() != ',' {
			return t, p.expect('>')
		}
		p.rest = p.rest[1:]
	}
}

// name reads the name of a member and the colon after it.
func (p *typeParser) name() (string, error) {
	if p.peek() == '`' {
		name, rest, ok := strings.Cut(p.rest[1:], "`")
		if !ok || name == "" {
			return "", fmt.Errorf("expected a name in backquotes, found %q", p.rest)
		}
		p.rest = rest
		return name, p.expect(':')
	}
	name := p.word()
	if name == "" {
		return "", fmt.Errorf("expected the name of a member, found %q", p.rest)
	}
	return name, p.expect(':')
}

// word reads up to white space or punctuation.
func (p *typeParser) word() string {
	p.peek()
	end := strings.IndexAny(p.rest, " \t\r\n<>(),:`")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *typeParser) expect(c byte) error {
	if p.peek() != c {
		return fmt.Errorf("expected %q, found %q", string(c), p.rest)
	}
	p.rest = p.rest[1:]
	return nil
}

// peek skips white space and returns the next byte, 0 at the end.
func (p *typeParser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

var kindNames = [...]string{Unknown: "unknown", Text: "string", Integer: "bigint", Double: "double", Boolean: "boolean",
	Timestamp: "timestamp", Date: "date", JSON: "json", Struct: "struct", Array: "array", Map: "map"}

// String returns the kind's name in ParseType, or the usual one of several.
func (k Kind) String() string { return kindNames[k] }

// String formats the type as ParseType reads it.
func (t Type) String() string {
	switch t.Kind {
	case Array:
		return "array<" + t.Element.String() + ">"
	case Map:
		return "map<string," + t.Element.String() + ">"
	case Struct:
		var b strings.Builder
		b.WriteString("struct<")
		for i, m := range t.Members {
			if i > 0 {
				b.WriteByte(',')
			}
			name := m.Name
			if strings.ContainsAny(name, " \t\r\n<>,:") {
				name = "`" + name + "`"
			}
			b.WriteString(name + ":" + m.Type.String())
		}
		return b.String() + ">"
	case Unknown, Text, Integer, Double, Boolean, Timestamp, Date, JSON:
	}
	if t.Word != "" {
		return t.Word
	}
	return t.Kind.String()
}
