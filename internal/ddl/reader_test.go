package ddl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

// statement is a CREATE EXTERNAL TABLE as this file parses it. The parser is independent of the writer: it follows
// Hive's language manual ("LanguageManual DDL", "LanguageManual Types").
type statement struct {
	comments              []string
	name                  string
	columns, partitions   []column
	serde, input, output  string
	delimiter             string
	serdeProperties, rest map[string]string
	location              string
}

type column struct{ name, typ string }

// token is a word, a quoted name, a literal or a punctuation character.
type token struct {
	kind byte // w, n, s, or the character itself
	text string
}

// tokens splits a statement; comments are the second result.
func tokens(text string) (list []token, comments []string, err error) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case strings.HasPrefix(text[i:], "--"):
			end := strings.IndexAny(text[i:], "\n\r")
			if end < 0 {
				end = len(text) - i
			}
			comments = append(comments, text[i:i+end])
			i += end
		case c == '`':
			var b strings.Builder
			for i++; ; i++ {
				if i >= len(text) {
					return nil, nil, fmt.Errorf("a quoted name does not end")
				}
				if text[i] == '`' {
					if i+1 >= len(text) || text[i+1] != '`' {
						break
					}
					i++
				}
				b.WriteByte(text[i])
			}
			list = append(list, token{'n', b.String()})
			i++
		case c == '\'' || c == '"':
			var b strings.Builder
			for i++; ; i++ {
				if i >= len(text) {
					return nil, nil, fmt.Errorf("a literal does not end")
				}
				if text[i] == c {
					break
				}
				if text[i] == '\\' {
					if i++; i >= len(text) || !strings.ContainsRune(`\'"`, rune(text[i])) {
						return nil, nil, fmt.Errorf("a literal has an unknown escape")
					}
				}
				b.WriteByte(text[i])
			}
			list = append(list, token{'s', b.String()})
			i++
		case strings.IndexByte("(),=<>:;.", c) >= 0:
			list = append(list, token{c, string(c)})
			i++
		default:
			end := i
			for end < len(text) && (text[end] == '_' || text[end] >= '0' && text[end] <= '9' || text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z') {
				end++
			}
			if end == i {
				return nil, nil, fmt.Errorf("unexpected character %q", c)
			}
			list = append(list, token{'w', text[i:end]})
			i = end
		}
	}
	return list, comments, nil
}

// reader consumes the tokens; it keeps the first error.
type reader struct {
	list []token
	err  error
}

func (r *reader) next() token {
	if r.err != nil || len(r.list) == 0 {
		if r.err == nil {
			r.err = fmt.Errorf("the statement ends early")
		}
		return token{}
	}
	t := r.list[0]
	r.list = r.list[1:]
	return t
}

func (r *reader) peek(text string) bool {
	return r.err == nil && len(r.list) > 0 && r.list[0].kind != 's' && r.list[0].kind != 'n' && r.list[0].text == text
}

// words expects words and punctuation.
func (r *reader) words(text string) {
	for want := range strings.FieldsSeq(text) {
		if t := r.next(); r.err == nil && (t.text != want || t.kind == 's' || t.kind == 'n') {
			r.err = fmt.Errorf("expected %s, found %q", want, t.text)
		}
	}
}

func (r *reader) literal() string {
	t := r.next()
	if r.err == nil && t.kind != 's' {
		r.err = fmt.Errorf("expected a literal, found %q", t.text)
	}
	return t.text
}

// hiveWords lists some words of the grammar that cannot be unquoted names.
var hiveWords = strings.Fields("date timestamp end start time table partition from to user interval")

func (r *reader) identifier() string {
	t := r.next()
	if r.err == nil && t.kind != 'w' && t.kind != 'n' {
		r.err = fmt.Errorf("expected a name, found %q", t.text)
	}
	for _, word := range hiveWords {
		if t.kind == 'w' && strings.EqualFold(t.text, word) {
			r.err = fmt.Errorf("the reserved word %s is not quoted", t.text)
		}
	}
	return t.text
}

// typ reads a type and returns its text without white space.
func (r *reader) typ() string {
	t := r.next()
	if t.kind != 'w' {
		r.err = fmt.Errorf("expected a type, found %q", t.text)
		return ""
	}
	text := t.text
	if !r.peek("<") {
		return text
	}
	r.words("<")
	text += "<"
	for first := true; first || r.peek(","); first = false {
		if !first {
			r.words(",")
			text += ","
		}
		if t.text == "struct" {
			text += r.identifier() + ":"
			r.words(":")
		}
		text += r.typ()
		if r.err != nil {
			return ""
		}
	}
	r.words(">")
	return text + ">"
}

func (r *reader) columns() (list []column) {
	r.words("(")
	for first := true; r.err == nil && (first || r.peek(",")); first = false {
		if !first {
			r.words(",")
		}
		list = append(list, column{r.identifier(), r.typ()})
	}
	r.words(")")
	return list
}

func (r *reader) properties() map[string]string {
	list := map[string]string{}
	r.words("(")
	for first := true; r.err == nil && (first || r.peek(",")); first = false {
		if !first {
			r.words(",")
		}
		key := r.literal()
		r.words("=")
		if _, twice := list[key]; twice {
			r.err = fmt.Errorf("duplicate property %s", key)
		}
		list[key] = r.literal()
	}
	r.words(")")
	return list
}

// read reads exactly one statement.
func read(text string) (*statement, error) {
	list, comments, err := tokens(text)
	if err != nil {
		return nil, err
	}
	r, s := &reader{list: list}, &statement{comments: comments}
	r.words("CREATE EXTERNAL TABLE")
	s.name = r.identifier()
	if r.peek(".") {
		r.words(".")
		s.name += "." + r.identifier()
	}
	s.columns = r.columns()
	if r.peek("PARTITIONED") {
		r.words("PARTITIONED BY")
		s.partitions = r.columns()
	}
	r.words("ROW FORMAT")
	if r.peek("DELIMITED") {
		r.words("DELIMITED FIELDS TERMINATED BY")
		s.delimiter = r.literal()
	} else {
		r.words("SERDE")
		s.serde = r.literal()
		if r.peek("WITH") {
			r.words("WITH SERDEPROPERTIES")
			s.serdeProperties = r.properties()
		}
		r.words("STORED AS INPUTFORMAT")
		s.input = r.literal()
		r.words("OUTPUTFORMAT")
		s.output = r.literal()
	}
	r.words("LOCATION")
	s.location = r.literal()
	if r.peek("TBLPROPERTIES") {
		r.words("TBLPROPERTIES")
		s.rest = r.properties()
	}
	r.words(";")
	if r.err == nil && len(r.list) > 0 {
		r.err = fmt.Errorf("unexpected %q after the statement", r.list[0].text)
	}
	return s, r.err
}

func mustRead(t *testing.T, text string) *statement {
	t.Helper()
	s, err := read(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

// plain returns a layout's type as a table over files has it: JSON is a string there, and types have Hive's names.
func plain(t schema.Type) string {
	if t.Word == schema.LiteralWord {
		return "string"
	}
	switch t.Kind {
	case schema.JSON:
		return "string"
	case schema.Array:
		return "array<" + plain(*t.Element) + ">"
	case schema.Map:
		return "map<string," + plain(*t.Element) + ">"
	case schema.Struct:
		var members []string
		for _, m := range t.Members {
			members = append(members, m.Name+":"+plain(m.Type))
		}
		return "struct<" + strings.Join(members, ",") + ">"
	default:
		return t.String()
	}
}
