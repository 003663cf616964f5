package jinja

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// kind is the kind of a token.
type kind byte

const (
	tokenEnd kind = iota
	tokenData
	tokenVariableBegin
	tokenVariableEnd
	tokenBlockBegin
	tokenBlockEnd
	tokenName
	tokenString
	tokenInteger
	tokenFloat
	tokenOperator
)

var kindNames = [...]string{
	tokenEnd: "the end of the template", tokenData: "text", tokenVariableBegin: "'{{'", tokenVariableEnd: "'}}'",
	tokenBlockBegin: "'{%'", tokenBlockEnd: "'%}'", tokenName: "a name", tokenString: "a text", tokenInteger: "a number",
	tokenFloat: "a number", tokenOperator: "an operator",
}

// token is a piece of a template. text holds names, operators, data and the value of a string.
type token struct {
	kind       kind
	text       string
	value      any
	start, end int
}

// String describes the token in messages.
func (t token) String() string {
	switch t.kind { //nolint:exhaustive // the others have names
	case tokenName, tokenOperator:
		return "'" + t.text + "'"
	case tokenString:
		return "a text"
	}
	return kindNames[t.kind]
}

// lexer splits a template into tokens. Positions are bytes of the source as it was given.
type lexer struct {
	name   string
	source string
	at     int
	tokens []token
	// open holds the brackets that are not closed yet inside the current tag.
	open []token
}

var (
	rawBegin = lazyre.New(`^\{%([-+]?)\s*raw\s*(-%\}\s*|%\})`)
	rawEnd   = lazyre.New(`\{%([-+]?)\s*endraw\s*(\+%\}|-%\}\s*|%\})`)
	floatRE  = lazyre.New(`^(?:[0-9]+_)*[0-9]+(?:(?:\.(?:[0-9]+_)*[0-9]+)?[eE][+-]?(?:[0-9]+_)*[0-9]+|\.(?:[0-9]+_)*[0-9]+)`)
	intRE    = lazyre.New(`^(?i:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?[0-9])*|0(?:_?0)*)`)
)

const whiteSpace = " \t\n\r\v\f\x1c\x1d\x1e\x1f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// lex returns the tokens of a template; the last one is tokenEnd.
func lex(name, source string) ([]token, error) {
	l := &lexer{name: name, source: source}
	// One line break at the end of a template is dropped, as Jinja does.
	end := len(source)
	switch {
	case strings.HasSuffix(source, "\r\n"):
		end -= 2
	case strings.HasSuffix(source, "\n"), strings.HasSuffix(source, "\r"):
		end--
	}
	l.source = source[:end]
	for l.at < len(l.source) {
		if err := l.text(); err != nil {
			return nil, err
		}
	}
	l.add(tokenEnd, "", l.at)
	return l.tokens, nil
}

func (l *lexer) fault(start, end int, format string, args ...any) error {
	return newError(Syntax, l.name, l.source, start, end, format, args...)
}

func (l *lexer) add(k kind, text string, start int) {
	l.tokens = append(l.tokens, token{kind: k, text: text, start: start, end: l.at})
}

// data adds text of the template; its line breaks become \n.
func (l *lexer) data(start, end int, strip bool) {
	s := l.source[start:end]
	if strip {
		s = strings.TrimRight(s, whiteSpace)
	}
	if s != "" {
		l.tokens = append(l.tokens, token{kind: tokenData, text: normalizeLines(s), start: start, end: end})
	}
}

func normalizeLines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// text reads up to the next tag, and that tag.
func (l *lexer) text() error {
	start, open := l.at, -1
	for i := l.at; i+1 < len(l.source); i++ {
		if l.source[i] == '{' && strings.IndexByte("%{#", l.source[i+1]) >= 0 {
			open = i
			break
		}
	}
	if open < 0 {
		l.at = len(l.source)
		l.data(start, l.at, false)
		return nil
	}
	if m := rawBegin.FindStringSubmatch(l.source[open:]); m != nil {
		l.data(start, open, m[1] == "-")
		return l.raw(open, open+len(m[0]))
	}
	l.at = open + 2
	strip := false
	if l.at < len(l.source) && (l.source[l.at] == '-' || l.source[l.at] == '+' && l.source[open+1] != '{') {
		strip = l.source[l.at] == '-'
		l.at++
	}
	l.data(start, open, strip)
	switch l.source[open+1] {
	case '#':
		return l.comment(open)
	case '{':
		l.add(tokenVariableBegin, "", open)
		return l.tag(open, "}}", tokenVariableEnd)
	}
	l.add(tokenBlockBegin, "", open)
	return l.tag(open, "%}", tokenBlockEnd)
}

func (l *lexer) raw(open, from int) error {
	m := rawEnd.FindStringSubmatchIndex(l.source[from:])
	if m == nil {
		return l.fault(open, from, "the tag raw is not closed by endraw")
	}
	l.at = from + m[1]
	l.data(from, from+m[0], l.source[from+m[2]:from+m[3]] == "-")
	return nil
}

func (l *lexer) comment(open int) error {
	end := strings.Index(l.source[l.at:], "#}")
	if end < 0 {
		return l.fault(open, open+2, "the comment is not closed by '#}'")
	}
	at := l.at + end
	strip := at > l.at && l.source[at-1] == '-'
	l.at = at + 2
	if strip {
		l.skipWhite()
	}
	return nil
}

func (l *lexer) skipWhite() {
	l.at = len(l.source) - len(strings.TrimLeft(l.source[l.at:], whiteSpace))
}

// tag reads the tokens of one tag up to its end.
func (l *lexer) tag(open int, end string, endKind kind) error {
	l.open = l.open[:0]
	for {
		l.skipWhite()
		rest := l.source[l.at:]
		if rest == "" {
			return l.fault(open, open+2, "the tag is not closed by '%s'", end)
		}
		if len(l.open) == 0 && l.closes(rest, end, endKind) {
			return nil
		}
		if err := l.token(rest); err != nil {
			return err
		}
	}
}

// closes reads the end of a tag, if it stands here.
func (l *lexer) closes(rest, end string, k kind) bool {
	start := l.at
	switch {
	case strings.HasPrefix(rest, end):
		l.at += len(end)
	case rest[0] == '-' && strings.HasPrefix(rest[1:], end):
		l.at += len(end) + 1
		l.add(k, "", start)
		l.skipWhite()
		return true
	case rest[0] == '+' && k == tokenBlockEnd && strings.HasPrefix(rest[1:], end):
		l.at += len(end) + 1
	default:
		return false
	}
	l.add(k, "", start)
	return true
}

func (l *lexer) token(rest string) error {
	start := l.at
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r >= '0' && r <= '9':
		return l.number(rest)
	case r == '_' || unicode.IsLetter(r):
		for size < len(rest) {
			r, n := utf8.DecodeRuneInString(rest[size:])
			if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
				break
			}
			size += n
		}
		l.at += size
		l.add(tokenName, rest[:size], start)
		return nil
	case r == '\'' || r == '"':
		return l.quoted(rest)
	}
	for _, op := range []string{"//", "**", "==", "!=", ">=", "<="} {
		if strings.HasPrefix(rest, op) {
			l.at += 2
			l.add(tokenOperator, op, start)
			return nil
		}
	}
	if strings.IndexByte("+-/*%~[](){}><=.:|,;", rest[0]) < 0 {
		return l.fault(start, start+size, "unexpected character %q", r)
	}
	l.at++
	op := token{kind: tokenOperator, text: rest[:1], start: start, end: l.at}
	l.tokens = append(l.tokens, op)
	switch op.text {
	case "(", "[", "{":
		l.open = append(l.open, op)
	case ")", "]", "}":
		if len(l.open) == 0 {
			return l.fault(start, l.at, "unexpected '%s'", op.text)
		}
		last := l.open[len(l.open)-1]
		if want := map[string]string{"(": ")", "[": "]", "{": "}"}[last.text]; op.text != want {
			return l.fault(start, l.at, "unexpected '%s', expected '%s'", op.text, want)
		}
		l.open = l.open[:len(l.open)-1]
	}
	return nil
}

func (l *lexer) number(rest string) error {
	start := l.at
	// A digit after a point is an index (`list.0.1`), not a fraction.
	afterPoint := len(l.tokens) > 0 && l.tokens[len(l.tokens)-1].end == start && l.tokens[len(l.tokens)-1].text == "."
	if m := floatRE.FindString(rest); m != "" && !afterPoint {
		f, err := strconv.ParseFloat(strings.ReplaceAll(m, "_", ""), 64)
		if err != nil {
			return l.fault(start, start+len(m), "the number is too large")
		}
		l.at += len(m)
		l.add(tokenFloat, m, start)
		l.tokens[len(l.tokens)-1].value = f
		return nil
	}
	m := intRE.FindString(rest)
	digits := strings.ReplaceAll(m, "_", "")
	n, ok := new(big.Int).SetString(strings.TrimLeft(digits, "0"), 10)
	if strings.ContainsAny(digits, "xXbBoO") {
		n, ok = new(big.Int).SetString(digits, 0)
	} else if strings.Trim(digits, "0") == "" {
		n, ok = new(big.Int), true
	}
	if !ok || n.BitLen() > maxBits {
		return l.fault(start, start+len(m), "the number is too large")
	}
	l.at += len(m)
	l.add(tokenInteger, m, start)
	l.tokens[len(l.tokens)-1].value = small(n)
	return nil
}

func (l *lexer) quoted(rest string) error {
	start := l.at
	quote := rest[0]
	end := 1
	for end < len(rest) && rest[end] != quote {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(rest) {
		return l.fault(start, start+1, "the text is not closed by %c", quote)
	}
	s, ok := unescape(normalizeLines(rest[1:end]))
	if !ok {
		return l.fault(start, start+end+1, "the text has an escape that is not complete or not supported")
	}
	l.at += end + 1
	l.add(tokenString, s, start)
	l.tokens[len(l.tokens)-1].value = s
	return nil
}

var simpleEscapes = map[byte]string{
	'\n': "", '\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// unescape reads the escapes of a Python text. Named characters (\N{...}) and halves of surrogate pairs are refused.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, `\`) {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		c := s[i+1]
		if text, ok := simpleEscapes[c]; ok {
			b.WriteString(text)
			i += 2
			continue
		}
		base, from := 16, i+2
		var to int
		switch c {
		case 'x':
			to = from + 2
		case 'u':
			to = from + 4
		case 'U':
			to = from + 8
		case 'N':
			return "", false
		default:
			if c < '0' || c > '7' {
				b.WriteByte('\\')
				i++
				continue
			}
			base, from = 8, i+1
			for to = from; to < len(s) && to < from+3 && s[to] >= '0' && s[to] <= '7'; {
				to++
			}
		}
		if to > len(s) {
			return "", false
		}
		n, err := strconv.ParseUint(s[from:to], base, 32)
		if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return "", false
		}
		b.WriteRune(rune(n))
		i = to
	}
	return b.String(), true
}
