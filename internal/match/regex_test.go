package match_test

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/value"
)

// holdsFor compiles one regular expression over the field f, so that the index and the filter before it are at work, and
// holds it against a text.
func holdsFor(t *testing.T, e *ir.RegexExpr, text string) bool {
	t.Helper()
	e.Field = ir.Field{Name: "f", Paths: []value.Path{{Text: "f"}}}
	event, err := json.Marshal(map[string]string{"f": text})
	if err != nil {
		t.Fatal(err)
	}
	var parser value.Parser
	doc, err := parser.Parse(event)
	if err != nil {
		t.Fatal(err)
	}
	return len(match.Compile([]ir.Expr{e}, nil).NewMatcher().Match(doc)) > 0
}

// The literal filter must not exclude non-ASCII characters that fold to ASCII letters.
func TestRegexLiteralsKeepFoldedCharacters(t *testing.T) {
	for _, c := range []struct {
		name string
		e    ir.RegexExpr
		text string
		want bool
	}{
		{"a long s in a class", ir.RegexExpr{Text: `[ſs]ecret`}, "the ſecret", true},
		{"a kelvin sign in a class", ir.RegexExpr{Text: `[\x{212A}x]elvin`}, "\u212Aelvin", true},
		{"a kelvin sign beside its letter", ir.RegexExpr{Text: `[\x{212A}x]elvin`}, "kelvin", false},
		{"a long s for s", ir.RegexExpr{Text: `secret`, IgnoreCase: true}, "ſEcret", true},
		{"a kelvin sign for k", ir.RegexExpr{Text: `(?i:key)s`}, "\u212AEYs", true},
		{"a dotted capital i is no i", ir.RegexExpr{Text: `iam`, IgnoreCase: true}, "\u0130AM", false},
		{"a dotted capital i for itself", ir.RegexExpr{Text: `\x{130}AM`}, "x\u0130AM", true},
		{"a quotation that is left open", ir.RegexExpr{Text: `\Qa.b(`, IgnoreCase: true}, "xA.B(x", true},
		{"a quotation that is left open, else", ir.RegexExpr{Text: `\Qa.b(`, IgnoreCase: true}, "xAxB(x", false},
		{"flags reach every alternative", ir.RegexExpr{Text: `^first|^second`, IgnoreCase: true, MultiLine: true}, "x\nSECOND", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := holdsFor(t, &c.e, c.text); got != c.want {
				t.Errorf("%s on %q: got %v", c.e.Text, c.text, got)
			}
		})
	}
}

// The results must be those of package regexp without a filter.
func TestRegexAgreesWithStandardLibrary(t *testing.T) {
	pieces := []string{
		"abc", "key", "ſes", "[ks]ecret", "[Kx]", "[aA]", "(?i:Sky)", "(?i)ask", "x+", "y*", "(ab|cd)", "(secret|key|ſ)", "[^a]", ".",
		`\b`, "^", "$", "é", "[éÉ]", "İ", "a{2,3}", "(?:k|K)", `\.`, `\Qa.`, "|", `[\x{130}i]am`, "(abc)?", "[a-d]bcd",
	}
	texts := []string{"abc", "ABC", "key", "Key", "KEY", "ſes", "secret", "ſecret", "Kecret", "x", "ask", "aſK", "sky", "é", "É", "İ", "İam", "iam", "a.", "d", "aa"}
	rng := rand.New(rand.NewPCG(3, 9))
	held := 0
	for range 4000 {
		var text strings.Builder
		for range 1 + rng.IntN(4) {
			text.WriteString(pieces[rng.IntN(len(pieces))])
		}
		e := &ir.RegexExpr{Text: text.String(), IgnoreCase: rng.IntN(4) == 0}
		if _, err := syntax.Parse(e.Text, e.Syntax()); err != nil {
			continue
		}
		flags := ""
		if e.IgnoreCase {
			flags = "(?i)"
		}
		judge := regexp.MustCompile(flags + e.Text)
		for range 8 {
			var subject strings.Builder
			for range 1 + rng.IntN(4) {
				subject.WriteString(texts[rng.IntN(len(texts))])
			}
			want := judge.MatchString(subject.String())
			if want {
				held++
			}
			if got := holdsFor(t, e, subject.String()); got != want {
				t.Fatalf("%s (ignoring case: %v) on %q: got %v", e.Text, e.IgnoreCase, subject.String(), got)
			}
		}
	}
	if held < 1000 {
		t.Errorf("only %d pairs hold", held)
	}
}
