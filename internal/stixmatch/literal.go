package stixmatch

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/egret-hunt/egret/stix"
)

// A literal is a literal of a pattern in the forms in which it is compared.
type literal struct {
	kind   stix.LiteralKind
	text   string
	number *big.Rat
	time   time.Time
	bytes  []byte
	// loose is Options.Loose.
	loose bool
}

func newLiteral(l stix.Literal) literal {
	out := literal{kind: l.Kind, text: l.Text}
	switch l.Kind {
	case stix.Integer, stix.Float:
		out.number, _ = new(big.Rat).SetString(l.Text)
	case stix.Timestamp:
		out.time, _ = time.Parse(time.RFC3339Nano, l.Text)
	case stix.Hex:
		out.bytes, _ = hex.DecodeString(l.Text)
	case stix.Binary:
		out.bytes, _ = base64.StdEncoding.DecodeString(l.Text)
	case stix.String, stix.Boolean:
	}
	return out
}

// maxNumberText limits the numbers that are compared: one with a large exponent would take much memory.
const maxNumberText = 400

// rat returns the value of a JSON number, nil if it is too large to be compared.
func rat(n json.Number) *big.Rat {
	text := n.String()
	mantissa, exponent, found := strings.Cut(strings.ToLower(text), "e")
	if len(mantissa) > maxNumberText || found && len(strings.TrimLeft(exponent, "+-0")) > 3 {
		return nil
	}
	r, _ := new(big.Rat).SetString(text)
	return r
}

// compare compares a value with the literal. It reports false if their types have no common order.
func (l *literal) compare(value any, p *path) (order int, comparable bool) {
	if l.loose {
		if order, ok := l.compareLoosely(value); ok {
			return order, true
		}
	}
	switch l.kind {
	case stix.String:
		if text, ok := value.(string); ok {
			return strings.Compare(p.text(text), l.text), true // bytes of UTF-8 have the order of code points
		}
	case stix.Integer, stix.Float:
		if n, ok := value.(json.Number); ok {
			if r := rat(n); r != nil && l.number != nil {
				return r.Cmp(l.number), true
			}
		}
	case stix.Boolean:
		if b, ok := value.(bool); ok {
			if b == (l.text == "true") {
				return 0, true
			}
			return 1, true
		}
	case stix.Timestamp:
		if text, ok := value.(string); ok {
			if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
				return t.Compare(l.time), true
			}
		}
	case stix.Hex, stix.Binary:
		if text, ok := value.(string); ok {
			return cmp.Compare(string(p.decode(text)), string(l.bytes)), true
		}
	}
	return 0, false
}

// Bytes reports whether the properties at a path are bytes: their names end in _hex or _bin, which say how they are encoded.
func Bytes(p *stix.Path) bool {
	path := newPath(*p)
	return path.bytes()
}

func (p *path) bytes() bool {
	name := p.name()
	return strings.HasSuffix(name, "_hex") || strings.HasSuffix(name, "_bin")
}

// name returns the last key.
func (p *path) name() string {
	name := ""
	for _, step := range p.steps {
		if !step.list {
			name = step.key
		}
	}
	return name
}

// text returns the text of a property as strings are compared with it: of bytes each is a character.
func (p *path) text(text string) string {
	if !p.bytes() {
		return text
	}
	var b strings.Builder
	for _, c := range p.decode(text) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// decode returns the bytes of a property.
func (p *path) decode(text string) []byte {
	name := p.name()
	var raw []byte
	var err error
	switch {
	case strings.HasSuffix(name, "_hex"):
		raw, err = hex.DecodeString(text)
	case strings.HasSuffix(name, "_bin"):
		raw, err = base64.StdEncoding.DecodeString(text)
	default:
		return []byte(text)
	}
	if err != nil {
		return []byte(text)
	}
	return raw
}

// likeExpr returns a regular expression for a LIKE pattern: % is any text, _ any character; there is no escape.
func likeExpr(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString(`\A`)
	for _, r := range norm.NFC.String(pattern) {
		switch r {
		case '%':
			b.WriteString(`.*`)
		case '_':
			b.WriteByte('.')
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString(`\z`)
	return regexp.Compile("(?s)" + b.String())
}

// matchExpr returns a regular expression of PCRE as Go runs it: the point matches line ends, and a dollar also matches before a
// line feed at the end.
func matchExpr(pattern string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(norm.NFC.String(pattern), syntax.Perl|syntax.DotNL)
	if err != nil {
		return nil, err
	}
	dollars(tree)
	return regexp.Compile(tree.String())
}

// RegexText returns the expression of MATCHES in the syntax of package regexp, as it is applied to text in composed form.
func RegexText(pattern string) (string, error) {
	compiled, err := matchExpr(pattern)
	if err != nil {
		return "", err
	}
	return compiled.String(), nil
}

// Network reads the operand of ISSUBSET and ISSUPERSET: an address or a network, whose host bits are cleared.
func Network(text string) (netip.Prefix, bool) { return network(text) }

// dollars lets each dollar match before a line feed at the end.
func dollars(tree *syntax.Regexp) {
	if tree.Op == syntax.OpEndText && tree.Flags&syntax.WasDollar != 0 {
		lineFeed := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{'\n'}}
		optional := &syntax.Regexp{Op: syntax.OpQuest, Sub: []*syntax.Regexp{lineFeed}}
		end := &syntax.Regexp{Op: syntax.OpEndText}
		*tree = syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{optional, end}}
		return
	}
	for _, sub := range tree.Sub {
		dollars(sub)
	}
}

// network reads an address or a network; host bits are ignored.
func network(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// within reports whether a network is the other one or a part of it.
func within(small, large netip.Prefix) bool {
	return small.Addr().BitLen() == large.Addr().BitLen() && small.Bits() >= large.Bits() && large.Contains(small.Addr())
}
