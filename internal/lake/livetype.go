package lake

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// liveKinds are the kinds of the engines' words for types: Trino's, Hive's (which are Athena's) and DuckDB's. Words that are
// not here are of a kind of which nothing is known.
var liveKinds = map[string]schema.Kind{
	"string": schema.Text, "varchar": schema.Text, "char": schema.Text, "bpchar": schema.Text, "text": schema.Text, "enum": schema.Text,
	"tinyint": schema.Integer, "smallint": schema.Integer, "int": schema.Integer, "integer": schema.Integer, "bigint": schema.Integer,
	"hugeint": schema.Integer, "utinyint": schema.Integer, "usmallint": schema.Integer, "uinteger": schema.Integer,
	"ubigint": schema.Integer, "uhugeint": schema.Integer,
	"float": schema.Double, "real": schema.Double, "double": schema.Double, "decimal": schema.Double, "numeric": schema.Double,
	"boolean": schema.Boolean, "bool": schema.Boolean, "date": schema.Date, "json": schema.JSON,
	"timestamp": schema.Timestamp, "timestamp_s": schema.Timestamp, "timestamp_ms": schema.Timestamp, "timestamp_ns": schema.Timestamp,
	"timestamptz": schema.Timestamp, "datetime": schema.Timestamp,
}

// maxLiveDepth is how deep types may be nested: the words come from a service.
const maxLiveDepth = 64

// liveType reads a type in an engine's words: varchar(10), array(row(a bigint)), struct<a:string>, STRUCT(a VARCHAR)[]. What it
// cannot read is of an unknown kind.
func liveType(text string) schema.Type {
	p := liveParser{rest: text}
	t := p.parse(0)
	if p.skip(); p.bad || p.rest != "" {
		return schema.Type{}
	}
	return t
}

type liveParser struct {
	rest string
	bad  bool
}

func (p *liveParser) parse(depth int) schema.Type {
	word := strings.ToLower(p.word())
	if word == "" || depth > maxLiveDepth {
		p.bad = true
		return schema.Type{}
	}
	t := schema.Type{Kind: liveKinds[word], Word: word}
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
		if depth++; depth > maxLiveDepth {
			p.bad = true
		}
	}
	return t
}

// qualifiers skips words behind a type that do not change its kind, and reports whether they give it a time zone.
func (p *liveParser) qualifiers() (zoned bool) {
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

// parts reads what stands between the brackets of a type that has parts.
func (p *liveParser) parts(word string, end byte, depth int) schema.Type {
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
			member.Name = "" // a member without a name: what was read is its type, of which nobody can ask
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
	return schema.Type{} // also uniontype<…> and the like
}

// parameters skips numbers or texts in brackets: varchar(10), ENUM('a', 'b').
func (p *liveParser) parameters() {
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

// name is the name of a member: a word, or any text in double or back quotes.
func (p *liveParser) name() string {
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

// word takes everything up to white space or punctuation.
func (p *liveParser) word() string {
	p.skip()
	end := strings.IndexAny(p.rest, " \t\r\n<>(),:[]\"'`")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *liveParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *liveParser) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}
