package tablecheck

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// typeKinds maps the engines' type names to kinds: those of Trino, Hive (and so Athena) and DuckDB. Other names have
// an unknown kind.
var typeKinds = map[string]schema.Kind{
	"string": schema.Text, "varchar": schema.Text, "char": schema.Text, "bpchar": schema.Text, "text": schema.Text, "enum": schema.Text,
	"tinyint": schema.Integer, "smallint": schema.Integer, "int": schema.Integer, "integer": schema.Integer, "bigint": schema.Integer,
	"hugeint": schema.Integer, "utinyint": schema.Integer, "usmallint": schema.Integer, "uinteger": schema.Integer,
	"ubigint": schema.Integer, "uhugeint": schema.Integer,
	"float": schema.Double, "real": schema.Double, "double": schema.Double, "decimal": schema.Double, "numeric": schema.Double,
	"boolean": schema.Boolean, "bool": schema.Boolean, "date": schema.Date, "json": schema.JSON,
	"timestamp": schema.Timestamp, "timestamp_s": schema.Timestamp, "timestamp_ms": schema.Timestamp, "timestamp_ns": schema.Timestamp,
	"timestamptz": schema.Timestamp, "datetime": schema.Timestamp,
}

// maxTypeDepth limits the nesting of types, since type names come from a remote service.
const maxTypeDepth = 64

// ParseType parses a type of Trino, Athena or DuckDB; it returns false for invalid text. An unsupported type name,
// such as uuid, gives a type of unknown kind.
func ParseType(text string) (schema.Type, bool) {
	p := typeParser{rest: text}
	t := p.parse(0)
	p.skip()
	return t, !p.bad && p.rest == ""
}

// typeOf parses an engine's type: varchar(10), array(row(a bigint)), struct<a:string>, STRUCT(a VARCHAR)[].
// Unreadable text gives an unknown kind.
func typeOf(text string) schema.Type {
	p := typeParser{rest: text}
	t := p.parse(0)
	if p.skip(); p.bad || p.rest != "" {
		return schema.Type{}
	}
	return t
}

type typeParser struct {
	rest string
	bad  bool
}

func (p *typeParser) parse(depth int) schema.Type {
	word := strings.ToLower(p.word())
	if word == "" || depth > maxTypeDepth {
		p.bad = true
		return schema.Type{}
	}
	t := schema.Type{Kind: typeKinds[word], Word: word}
	p.skip()
	switch {
	case p.take('<'):
		t = p.parts(word, '>', depth)
	case p.take('('):
		switch word {
		case "array", "map", "row", "struct":
			t = p.parts(word, ')', depth)
		default:
			p.parameters()
		}
	}
	zoned := p.qualifiers() || word == "timestamptz"
	if t.Kind == schema.Timestamp {
		t = schema.TimestampType(zoned)
	}
	for p.skip(); !p.bad && p.take('['); p.skip() { // DuckDB's lists
		p.rest = strings.TrimLeft(p.rest, "0123456789")
		p.bad = !p.take(']')
		element := t
		t = schema.Type{Kind: schema.Array, Element: &element}
		if depth++; depth > maxTypeDepth {
			p.bad = true
		}
	}
	return t
}

// qualifiers skips words after a type that do not change its kind, and reports whether they give it a time zone.
func (p *typeParser) qualifiers() (zoned bool) {
	for _, phrase := range []string{"varying", "precision", "with time zone", "without time zone", "with local time zone"} {
		before := p.rest
		for word := range strings.FieldsSeq(phrase) {
			if !strings.EqualFold(p.word(), word) {
				p.rest = before
				break
			}
		}
		zoned = zoned || p.rest != before && strings.HasPrefix(phrase, "with ")
	}
	return zoned
}

// parts parses the text between the brackets of a type that has parts.
func (p *typeParser) parts(word string, end byte, depth int) schema.Type {
	var members []schema.Column
	for !p.bad {
		var member schema.Column
		if word == "row" || word == "struct" {
			member.Name = p.name()
			p.skip()
			p.take(':')
			p.skip()
		}
		if member.Name != "" && p.rest != "" && (p.rest[0] == ',' || p.rest[0] == end) {
			member.Name = "" // a member without a name: the parsed word is its type, and it cannot be queried
		} else {
			member.Type = p.parse(depth + 1)
		}
		members = append(members, member)
		if p.skip(); p.take(end) {
			break
		}
		p.bad = p.bad || !p.take(',')
	}
	switch {
	case p.bad:
	case word == "array" && len(members) == 1:
		return schema.Type{Kind: schema.Array, Element: &members[0].Type}
	case word == "map" && len(members) == 2:
		return schema.Type{Kind: schema.Map, Element: &members[1].Type}
	case word == "row" || word == "struct":
		return schema.Type{Kind: schema.Struct, Members: members}
	}
	return schema.Type{} // also uniontype<…> and similar types
}

// parameters skips numbers or strings in brackets: varchar(10), ENUM('a', 'b').
func (p *typeParser) parameters() {
	quoted := false
	for i := range len(p.rest) {
		switch c := p.rest[i]; {
		case c == '\'':
			quoted = !quoted
		case c == ')' && !quoted:
			p.rest = p.rest[i+1:]
			return
		}
	}
	p.bad = true
}

// name parses the name of a member: a word, or text in double quotes or backquotes.
func (p *typeParser) name() string {
	if p.skip(); p.rest == "" {
		p.bad = true
		return ""
	}
	quote := p.rest[0]
	if quote != '"' && quote != '`' {
		return p.word()
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch {
		case p.rest[i] != quote:
			b.WriteByte(p.rest[i])
		case i+1 < len(p.rest) && p.rest[i+1] == quote:
			b.WriteByte(quote)
			i++
		default:
			p.rest = p.rest[i+1:]
			return b.String()
		}
	}
	p.bad = true
	return ""
}

// word reads up to white space or punctuation.
func (p *typeParser) word() string {
	p.skip()
	end := strings.IndexAny(p.rest, " \t\r\n<>(),:[]\"'`")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *typeParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *typeParser) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}
