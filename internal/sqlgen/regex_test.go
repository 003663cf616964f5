package sqlgen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// What is expected follows the descriptions of RE2 (https://github.com/google/re2/wiki/Syntax) and of Oniguruma with
// Java's syntax (https://trino.io/docs/476/functions/regexp.html), where they part from Go.
func TestTranslateRegex(t *testing.T) {
	for _, c := range []struct {
		e             ir.RegexExpr
		duckdb, trino string
	}{
		{ir.RegexExpr{Text: `^arn:aws:iam::\d{12}:`}, `^arn:aws:iam::[0-9]{12}:`, `^arn:aws:iam::[0-9]{12}:`},
		{ir.RegexExpr{Text: `\.(exe|dll)$`}, `\.(?:exe|dll)$`, `\.(?:exe|dll)\z`},
		{ir.RegexExpr{Text: `^a.*b$`, MultiLine: true}, `(?m:^)a.*b(?m:$)`, `(?<![^\n])a.*b(?![^\n])`},
		{ir.RegexExpr{Text: `a.+`, DotAll: true}, `(?s)a.+`, `(?s)a.+`},
		{ir.RegexExpr{Text: `a.(?s:.)`}, `a.(?s:.)`, `a.(?s:.)`},
		{ir.RegexExpr{Text: `Task`, IgnoreCase: true}, `(?i:task)`, `[Tt][Aa][Ss\x{17F}][Kk\x{212A}]`},
		{ir.RegexExpr{Text: `aé`, IgnoreCase: true}, `(?i:a)[\x{C9}\x{E9}]`, `[Aa][\x{C9}\x{E9}]`},
		{ir.RegexExpr{Text: `\bsudo\b`}, `\bsudo\b`, `(?<![0-9A-Za-z_])sudo(?![0-9A-Za-z_])`},
		{ir.RegexExpr{Text: `x*?[^/&]+?y??`}, `x*[^\&/]+y?`, `x*[^\&/]+y?`},
		{ir.RegexExpr{Text: `foo|foobar`}, `foo(?:bar)?`, `foo(?:bar)?`},
		{ir.RegexExpr{Text: `[[:^alpha:]][\[\]^]`}, `[^A-Za-z][\[\]\^]`, `[^A-Za-z][\[\]\^]`},
		{ir.RegexExpr{Text: ``}, `(?:)`, `(?:)`},
		{ir.RegexExpr{Text: `a{0}`}, `(?:)`, `(?:)`},
		{ir.RegexExpr{Text: `[\x{d800}\x{d900}]`}, `[^\x{0}-\x{10FFFF}]`, `(?!)`},
		{ir.RegexExpr{Text: `a\x00é`}, `a\x{0}\x{E9}`, `a\x{0}\x{E9}`},
		{ir.RegexExpr{Text: `(^|b){2}`, MultiLine: true}, `(?:(?m:^)|b){2}`, `(?:(?<![^\n])|b)(?:(?<![^\n])|b)`},
		{ir.RegexExpr{Text: `(a?){3,}`}, `(?:a?){3,}`, `(?:a?)*`},
		{ir.RegexExpr{Text: `a?$`}, `a?$`, `a?(?!(?s:.))`},
		{ir.RegexExpr{Text: `a^`}, `[^\n]*a^`, `a^`},
	} {
		for flavor, want := range map[sqlregex.Flavor]string{sqlregex.RE2: c.duckdb, sqlregex.Joni: c.trino} {
			got, err := sqlregex.Translate(&c.e, flavor)
			if err != nil || got != want {
				t.Errorf("%s: %s, %v; want %s", c.e.Text, got, err, want)
			}
		}
	}
}

func TestTranslateRegexRefuses(t *testing.T) {
	for _, c := range []struct {
		text   string
		flavor sqlregex.Flavor
		reason string
	}{
		{`(`, sqlregex.RE2, "no regular expression"},
		{`a\x{d800}`, sqlregex.Joni, "surrogate"},
		{strings.Repeat(`\pL{1000}`, 2), sqlregex.RE2, "too large"},
		{`(?m:^|` + strings.Repeat("x", 1000) + `){1000}`, sqlregex.Joni, "too many repetitions"},
	} {
		_, err := sqlregex.Translate(&ir.RegexExpr{Text: c.text}, c.flavor)
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%.40s: %v; want %s", c.text, err, c.reason)
		}
	}
}

// What is just small enough for re2Size must be so for DuckDB.
func TestLargestRegexRuns(t *testing.T) {
	parts := []string{"a", "[^/]", `\pL`, "(?i:k)", `(?:a|b\b)`, "(?:a*b|c)", ".", "[a-zé-漢]"}
	var printed []string
	for _, part := range parts {
		for n := 1 << 18; n > 0; n = n * 3 / 4 {
			rounds := fmt.Sprintf("(?:%s){%d}", part, min(n, 1000))
			text := "^(?:z|" + strings.Repeat(rounds+"-", max(1, n/1000)) + ")$"
			if pattern, err := sqlregex.Translate(&ir.RegexExpr{Text: text}, sqlregex.RE2); err == nil {
				printed = append(printed, pattern)
				break
			}
		}
	}
	if len(printed) != len(parts) {
		t.Fatalf("%d of %d", len(printed), len(parts))
	}
	engine := sqltest.DuckDB(t)
	for _, pattern := range printed {
		_, rows, err := engine.Query(t.Context(), DialectByName("duckdb").Print(&sqltree.Select{
			Columns: []sqltree.Column{{Of: DialectByName("duckdb").Regex(sqltree.Name{"x"}, pattern)}}, From: sqltree.Source{Unnest: []sqltree.Expr{sqltree.List{sqltree.Text("z")}}, Columns: []string{"x"}, As: "u"},
		}))
		if err != nil || rows[0][0] != true {
			t.Errorf("%.80s: %v %v", pattern, rows, err)
		}
	}
}

// matches is what a pattern means, one part after the other.
func matches(p ir.Pattern, op ir.StringOp, text string) bool {
	switch op {
	case ir.StartsWith:
		return matches(append(slices.Clip(p), ir.Part{Kind: ir.AnyRun}), ir.Equal, text)
	case ir.EndsWith:
		return matches(append(ir.Pattern{{Kind: ir.AnyRun}}, p...), ir.Equal, text)
	case ir.Contains:
		return matches(append(ir.Pattern{{Kind: ir.AnyRun}}, p...), ir.StartsWith, text)
	}
	if len(p) == 0 {
		return text == ""
	}
	switch p[0].Kind {
	case ir.Literal:
		rest, ok := strings.CutPrefix(text, p[0].Text)
		return ok && matches(p[1:], op, rest)
	case ir.AnyRun:
		for i := range text {
			if matches(p[1:], op, text[i:]) {
				return true
			}
		}
		return matches(p[1:], op, "")
	}
	for i, r := range text {
		if i == 0 && (p[0].Kind == ir.AnyOne || strings.ContainsRune("-/–—―", r)) {
			return matches(p[1:], op, text[len(string(r)):])
		}
	}
	return false
}

func TestPatternRegexAgreesIntegration(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	pieces := []string{"a", "b", "-", "/", "–", "—", "―", "\n", ".", "*", "%", "_", "é", "😀", "\\", "a-b", "["}
	random := func(n int) string {
		text := ""
		for range r.IntN(n) {
			text += pieces[r.IntN(len(pieces))]
		}
		return text
	}
	var patterns []ir.Pattern
	texts := []string{"", "-", "–", "\n"}
	for range 100 {
		var p ir.Pattern
		text := ""
		for range r.IntN(6) {
			switch kind := ir.PartKind(r.IntN(4)); {
			case kind != ir.Literal:
				p = append(p, ir.Part{Kind: kind})
				text += map[ir.PartKind]string{ir.AnyRun: random(3), ir.AnyOne: pieces[r.IntN(15)], ir.Dash: pieces[2+r.IntN(5)]}[kind]
			case len(p) == 0 || p[len(p)-1].Kind != ir.Literal:
				p = append(p, ir.Part{Kind: ir.Literal, Text: "a" + random(3)})
				text += p[len(p)-1].Text
			}
		}
		patterns = append(patterns, p)
		texts = append(texts, text, random(3)+text, text+random(3), random(5))
	}
	onEngines(t, func(t *testing.T, engine sqltest.Engine, d *sqltree.Dialect) {
		var printed []string
		var want []func(string) bool
		for _, p := range patterns {
			for op := ir.Equal; op <= ir.Contains; op++ {
				printed = append(printed, sqlregex.Pattern(p, op, d.RegexFlavor))
				want = append(want, func(text string) bool { return matches(p, op, text) })
			}
		}
		agree(t, engine, d, texts, printed, want)
	})
}
