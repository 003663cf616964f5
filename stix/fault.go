package stix

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// Each message of this package is built by one function here, so that its wording is in one place.

// found describes the next token.
func found(p *parser) string {
	if p.now.kind == tokenEnd {
		return "the end of the pattern"
	}
	text := p.text()
	if utf8.RuneCountInString(text) > 40 {
		text = string([]rune(text)[:40]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

func syntax(span source.Span, help, format string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{Code: "stix-syntax", Message: fmt.Sprintf(format, args...), Span: span, Help: help}
}

func unexpected(p *parser, what string) diag.Diagnostic {
	help := ""
	switch upper := strings.ToUpper(p.text()); {
	case p.now.kind == tokenName && keywords[upper]:
		help = "keywords are written in capital letters: " + upper
	case p.now.kind == tokenInvalid && strings.ContainsAny(p.text(), "‘’\"“”"):
		help = "strings have straight single quotes: 'text'"
	case p.now.kind == tokenInvalid && p.text() == "\ufeff":
		help = "remove the byte order mark at the beginning"
	case p.now.start == 0 && (p.now.kind == tokenName || p.now.kind == tokenHyphen):
		help = "conditions stand in brackets: [ipv4-addr:value = '192.0.2.1']"
	}
	return syntax(p.span(p.now), help, "got %s, want %s", found(p), what)
}

// noExists reports EXISTS in a pattern of STIX 2.0.
func noExists(p *parser) diag.Diagnostic {
	return syntax(p.span(p.now), "EXISTS came with STIX 2.1", "got %s, want an object path such as ipv4-addr:value", found(p))
}

// notBeforePath reports NOT where only NOT EXISTS is allowed.
func notBeforePath(p *parser) diag.Diagnostic {
	return syntax(p.span(p.now), "NOT stands after the path: [file:name NOT = 'a']", "got %s after NOT, want EXISTS", found(p))
}

func noOperator(p *parser) diag.Diagnostic {
	help := ""
	words := []string{"IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"}
	if word := strings.ToUpper(p.text()); slices.Contains(words, word) {
		help = "keywords are written in capital letters: " + word
	} else if near := diag.Near(word, words); near != "" && p.now.kind == tokenName {
		help = fmt.Sprintf("the nearest operator is %s", near)
	}
	return syntax(p.span(p.now), help, "got %s, want an operator: =, !=, <, <=, >, >=, IN, LIKE, MATCHES, ISSUBSET or ISSUPERSET", found(p))
}

func noKey(p *parser) diag.Diagnostic {
	help := ""
	if p.now.kind == tokenHyphen || p.now.kind == tokenKeyword || p.now.kind == tokenLiteral {
		help = fmt.Sprintf("a key that is no plain name has quotes: '%s'", p.text())
	}
	return syntax(p.span(p.now), help, "got %s, want the name of a property", found(p))
}

// noLiteral explains literals with a prefix and another form as well: they are read as a name and a string.
func noLiteral(p *parser, what string) diag.Diagnostic {
	forms := map[string]string{
		"t": "a timestamp has the form t'2026-03-02T04:05:06.789Z'",
		"h": "a hex value has pairs of the digits 0 to 9 and a to f: h'ffd8'",
		"b": "a binary value is in Base64: b'dGVzdA=='",
	}
	help := ""
	if after := next(p.file.Text, p.now.end); p.now.kind == tokenName && after.start == p.now.end && strings.HasPrefix(p.file.Text[after.start:], "'") {
		help = forms[p.text()]
	}
	switch text := p.text(); {
	case help != "":
	case p.now.kind == tokenInvalid && text == "'":
		help = `the string has no end, or a backslash that escapes neither ' nor \; a backslash itself is written \\`
	case p.now.kind == tokenInvalid && strings.ContainsAny(text, "‘’\"“”"):
		help = "strings have straight single quotes: 'text'"
	case p.now.kind == tokenName && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false")):
		help = "booleans are written in small letters: " + strings.ToLower(text)
	}
	return syntax(p.span(p.now), help, "got %s, want %s", found(p), what)
}

func qualifierTwice(span source.Span, keyword string) diag.Diagnostic {
	return syntax(span, "put the expression with its first qualifier in parentheses", "got the qualifier %s twice for one expression", keyword)
}

func tooDeep(span source.Span) diag.Diagnostic {
	return syntax(span, "", "more than %d parentheses are inside one another", maxDepth)
}

func tooLong(span source.Span) diag.Diagnostic {
	return syntax(span, "", "the pattern is longer than %d MB", maxPattern>>20)
}

func notPositive(l Literal) diag.Diagnostic {
	return diag.Diagnostic{Code: "stix-value", Span: l.Span, Message: fmt.Sprintf("got %s, want a number above 0", l.Text)}
}

func noTime(l Literal) diag.Diagnostic {
	return diag.Diagnostic{Code: "stix-value", Span: l.Span, Message: fmt.Sprintf("the time %s does not exist", l.Text)}
}

func noNetwork(l Literal) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "stix-value", Span: l.Span, Message: fmt.Sprintf("%q is not a network", l.Text),
		Help: "a network is an address and the length of its prefix, such as 192.0.2.0/24 or 2001:db8::/32",
	}
}

func noHash(l Literal, name string, length int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "stix-hash", Severity: diag.Warning, Span: l.Span,
		Message: fmt.Sprintf("no %s has this value: it has %d hex digits", name, 2*length),
	}
}
