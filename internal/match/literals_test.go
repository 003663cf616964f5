package match

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
)

func TestLiteralsFindContainedTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	word := func(most int) string {
		var b strings.Builder
		for range 1 + rng.IntN(most) {
			b.WriteByte("abcd"[rng.IntN(4)])
		}
		return b.String()
	}
	for round := range 300 {
		set := &literalSet{}
		var texts []string
		for i := range 1 + rng.IntN(12) {
			text := word(5)
			set.add(text, i)
			texts = append(texts, text)
		}
		l := set.build()
		if round%2 == 0 {
			l.dense = nil // as in a set that is too large to be written out
		}
		for range 50 {
			text := word(12)
			m := &Matcher{epoch: 1, marked: make([]uint32, len(texts))}
			l.search([]byte(text), m.mark)
			for i, literal := range texts {
				if got, want := slices.Contains(m.queue, i), strings.Contains(text, literal); got != want {
					t.Fatalf("%q in %q: got %v, want %v", literal, text, got, want)
				}
			}
			if l.found([]byte(text)) != (len(m.queue) > 0) {
				t.Fatalf("found and search differ on %q with %q", text, texts)
			}
		}
	}
}

// The literals of a regular expression must not exclude texts that the expression matches.
func TestRegexLiteralsKeepMatches(t *testing.T) {
	for _, c := range []struct {
		text    string
		fold    bool
		filters bool
		matches []string
	}{
		{`^abc`, false, true, []string{"abc", "abcd"}},
		{`(read|recover)[-_ ]?me`, true, true, []string{"READ-ME", "recoverme", "x Read_Me"}},
		{`x?y+z*`, false, true, []string{"y", "xyyz"}},
		{`x*`, false, false, []string{"", "q"}},
		{`[a-z]+`, false, false, []string{"q"}},
		{`a.b|c`, false, true, []string{"a-b", "c"}},
		{`ſtop`, true, true, []string{"ſtop", "STOP", "stop"}},
		{`stop`, true, true, []string{"ſTOP", "stop"}},
		{`kilo`, true, true, []string{"KILO", "\u212aILO"}},
		{`(?i)ab(?-i)C`, false, true, []string{"abC", "ABC"}},
		{`(a|b|c|d)(a|b|c|d)(a|b|c|d)x`, false, true, []string{"abcx", "ddax"}},
		{`a{2,3}b`, false, true, []string{"aab", "xaaab"}},
		{`\bfoo\b`, false, true, []string{"a foo b"}},
		{`[Kk]ey`, false, true, []string{"Key", "key"}},
	} {
		e := &ir.RegexExpr{Field: ir.Field{Name: "f"}, Text: c.text, IgnoreCase: c.fold}
		filter := regexFilter(e)
		if (filter != nil) != c.filters {
			t.Errorf("%s: literals %q", c.text, regexLiterals(e))
		}
		text := c.text
		if c.fold {
			text = "(?i)" + text
		}
		for _, match := range c.matches {
			if !regexp.MustCompile(text).MatchString(match) {
				t.Errorf("%s does not match %q", text, match)
			}
			if filter != nil && !filter.found([]byte(lowerString(match))) {
				t.Errorf("%s: %q is refused by %q", c.text, match, regexLiterals(e))
			}
		}
	}
}
