package stix_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

func parse(text string, version stix.Version) (*stix.Pattern, diag.List) {
	return stix.Parse(source.NewFile("pattern", text), version)
}

// TestVerdicts compares with the verdicts of OASIS's stix2-patterns. Where its validator dislikes what its grammar accepts (values of
// hashes, a comment at the beginning), the grammar decides; a qualifier given twice is refused as the validator does.
func TestVerdicts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testkit.Shared(t, "data/stix"), "patterns.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		var c struct {
			Pattern, Group       string
			V20, V21             bool
			Grammar20, Grammar21 *bool
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		if c.Grammar21 != nil && c.Group != "qualifiers" {
			c.V20, c.V21 = *c.Grammar20, *c.Grammar21
		}
		for version, want := range map[stix.Version]bool{stix.V20: c.V20, stix.V21: c.V21} {
			p, list := parse(c.Pattern, version)
			if got := p != nil; got != want || got == list.HasErrors() {
				t.Errorf("STIX %v, %s: got %v with %v, want %v", version, c.Pattern, got, list, want)
			}
			n++
		}
	}
	t.Logf("%d verdicts", n)
}

// TestPrintedPatternsAreTheSame reads printed patterns again: the tree and the text stay the same.
func TestPrintedPatternsAreTheSame(t *testing.T) {
	for in, want := range map[string]string{
		// STIX 2.1, section 9.5: AND binds stronger than OR, OR stronger than FOLLOWEDBY.
		`[ a:b == 'x' ]FOLLOWEDBY[a:b<>1]OR[a:b=2]AND[a:b=3]`:     `[a:b = 'x'] FOLLOWEDBY [a:b != 1] OR [a:b = 2] AND [a:b = 3]`,
		`([a:b = 1] FOLLOWEDBY [a:b = 2]) AND [a:b = 3]`:          `([a:b = 1] FOLLOWEDBY [a:b = 2]) AND [a:b = 3]`,
		`[a:b = 1] AND ([a:b = 2] AND [a:b = 3])`:                 `[a:b = 1] AND ([a:b = 2] AND [a:b = 3])`,
		`([a:b = 1] OR [a:b = 2]) WITHIN +5.50 SECONDS`:           `([a:b = 1] OR [a:b = 2]) WITHIN 5.50 SECONDS`,
		`[a:b = 1] OR [a:b = 2] REPEATS 2 TIMES WITHIN 5 SECONDS`: `[a:b = 1] OR [a:b = 2] REPEATS 2 TIMES WITHIN 5 SECONDS`,
		`([a:b = 1] REPEATS 2 TIMES) REPEATS 3 TIMES`:             `([a:b = 1] REPEATS 2 TIMES) REPEATS 3 TIMES`,
		`([a:b = 1]) WITHIN 5 SECONDS WITHIN 6 SECONDS`:           `([a:b = 1]) WITHIN 5 SECONDS WITHIN 6 SECONDS`,
		`((([a:b = 1])))`: `[a:b = 1]`,
		`[a:b = 1 OR a:b = 2 AND (a:b = 3 OR a:b = 4)]`:                                                             `[a:b = 1 OR a:b = 2 AND (a:b = 3 OR a:b = 4)]`,
		`[x-a:'b-c'[*].d[0].'it\'s \\' NOT IN ('a', 1, t'2026-03-02T00:00:00.5Z', h'ff', b'dGVzdA==', true, -0.5)]`: `[x-a:'b-c'[*].d[0].'it\'s \\' NOT IN ('a', 1, t'2026-03-02T00:00:00.5Z', h'ff', b'dGVzdA==', true, -0.5)]`,
		`[NOT EXISTS file:name] START t'2026-03-02T00:00:00Z' STOP t'2026-03-03T00:00:00Z'`:                         `[NOT EXISTS file:name] START t'2026-03-02T00:00:00Z' STOP t'2026-03-03T00:00:00Z'`,
		"[a:b /* one */ = 1] // end": `[a:b = 1]`,
	} {
		p, list := parse(in, stix.V21)
		if p == nil {
			t.Errorf("%s: %v", in, list)
			continue
		}
		if got := p.String(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
		again, _ := parse(p.String(), stix.V21)
		if a, b := tree(t, p), tree(t, again); a != b {
			t.Errorf("%s: the tree of the printed pattern differs:\n%s\n%s", in, a, b)
		}
	}
}

func tree(t *testing.T, p *stix.Pattern) string {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFaultsHaveTheirPlace checks messages, and that the position is that of the first character that cannot be read.
func TestFaultsHaveTheirPlace(t *testing.T) {
	for _, c := range []struct{ pattern, at, message, help string }{
		{`[ipv4-addr:value = '192.0.2.1'`, "", `got the end of the pattern, want ]`, ""},
		{`[file:name matches 'a']`, "matches", "want an operator", "capital letters: MATCHES"},
		{`[file:name LIKES 'a']`, "LIKES", "want an operator", "the nearest operator is LIKE"},
		{`[file:name = "a"]`, `"`, "want a value", "straight single quotes"},
		{`[file:name = 'C:\Windows']`, `'`, "want a value", `a backslash itself is written \\`},
		{`[x:t = t'2026-13-01T00:00:00Z']`, "t", "want a value", "2026-03-02T04:05:06.789Z"},
		{`[NOT file:name = 'a']`, "file", "want EXISTS", "NOT stands after the path"},
		{`[file:hashes.SHA-256 = 'a']`, "SHA-256", "want the name of a property", "'SHA-256'"},
		{`[a:b = 1] followedby [a:b = 2]`, "followedby", "want AND, OR, FOLLOWEDBY", "FOLLOWEDBY"},
		{`[a:b = 1] REPEATS 2 TIMES REPEATS 3 TIMES`, "REPEATS 3 TIMES", "REPEATS twice", "parentheses"},
		{`file:name = 'a'`, "file", "want [ or (", "brackets"},
		{`[a:b > true]`, "true", "has an order", ""},
		{`[a:b = TRUE]`, "TRUE", "want a value", "small letters: true"},
		{strings.Repeat("(", 100_000), "(", "more than 500 parentheses", ""},
	} {
		p, list := parse(c.pattern, stix.V21)
		if p != nil || len(list) != 1 {
			t.Errorf("%.60s: got %v and %v, want one error", c.pattern, p, list)
			continue
		}
		d := list[0]
		if d.Span.Text() != c.at || !strings.Contains(d.Message, c.message) || !strings.Contains(d.Help, c.help) {
			t.Errorf("%.60s: got %q at %q, help %q", c.pattern, d.Message, d.Span.Text(), d.Help)
		}
	}
}

// TestGrammarCorners checks what the public verdicts leave open. The verdicts are those of stix2-patterns 2.1.2.
func TestGrammarCorners(t *testing.T) {
	for pattern, want := range map[string][2]bool{ // 2.0, 2.1
		`[a:b = b'']`:                    {false, false},
		`[a:b IN (b'')]`:                 {false, false},
		`[a:b = b'AAAA']`:                {true, true},
		`[a:b = h'']`:                    {true, true},
		`[a:EXISTS = 1]`:                 {true, false},
		`[EXISTS:a = 1]`:                 {true, false},
		`[a:'EXISTS' = 1]`:               {true, true},
		`[EXISTS a:b]`:                   {false, true},
		`[NOT EXISTS a:b]`:               {false, true},
		`[a:b = 1] FOLLOWEDBY[a:b IN()]`: {true, true},
	} {
		for i, version := range []stix.Version{stix.V20, stix.V21} {
			if p, list := parse(pattern, version); (p != nil) != want[i] {
				t.Errorf("STIX %v, %s: got %v, want %v", version, pattern, list, want[i])
			}
		}
	}
}

// TestCheck checks faults beyond the grammar.
func TestCheck(t *testing.T) {
	for pattern, want := range map[string]string{
		`[a:b = 1] REPEATS 0 TIMES`:                                            "stix-value 0",
		`[a:b = 1] WITHIN 0.0 SECONDS`:                                         "stix-value 0.0",
		`[a:b = 1] WITHIN 0.1 SECONDS`:                                         "",
		`[a:b > t'2026-02-30T00:00:00Z']`:                                      "stix-value t'2026-02-30T00:00:00Z'",
		`[a:b > t'2028-02-29T00:00:00Z']`:                                      "",
		`[a:b > t'2026-03-02T10:05:60Z']`:                                      "stix-value t'2026-03-02T10:05:60Z'",
		`[ipv4-addr:value ISSUBSET '300.0.0.0/8']`:                             "stix-value '300.0.0.0/8'",
		`[ipv6-addr:value ISSUPERSET '2001:db8::/32']`:                         "",
		`[file:hashes.MD5 = 'x' OR file:hashes.MD5 LIKE 'x%']`:                 "stix-hash 'x'",
		`[file:hashes.MD5 = 'CEAD3F77F6CDA6EC00F57D76C9A6879F']`:               "",
		`[file:hashes.ssdeep = 'x']`:                                           "",
		`([a:b = 1] REPEATS 2 TIMES) REPEATS 3 TIMES`:                          "",
		`[a:b = 1] START t'2026-03-02T00:00:00Z' STOP t'2026-03-32T00:00:00Z'`: "syntax",
	} {
		p, list := parse(pattern, stix.V21)
		if want == "syntax" {
			if p != nil {
				t.Errorf("%s was read", pattern)
			}
			continue
		}
		if p == nil {
			t.Errorf("%s: %v", pattern, list)
			continue
		}
		got := ""
		for _, d := range stix.Check(p) {
			got += d.Code + " " + d.Span.Text()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
	for pattern, version := range map[string]stix.Version{
		`[a:b = 1] REPEATS 2 TIMES WITHIN 5 SECONDS REPEATS 3 TIMES`:   stix.V20,
		`([a:b = 1]) REPEATS 2 TIMES WITHIN 5 SECONDS REPEATS 3 TIMES`: stix.V21,
	} {
		p, _ := parse(pattern, version)
		if list := stix.Check(p); len(list) != 1 || !strings.Contains(list[0].Message, "REPEATS twice") {
			t.Errorf("%s: got %v", pattern, list)
		}
	}
}

// FuzzParse checks that every pattern that is read can be printed and read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`[a:b = 'x'] FOLLOWEDBY ([c:d[*].e IN (1, true)]) WITHIN 5 SECONDS`, `[NOT EXISTS a:'b']`, "[a:b = t'2026-03-02T00:00:00Z'", "/*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, version := range []stix.Version{stix.V20, stix.V21} {
			p, list := parse(text, version)
			if (p == nil) != list.HasErrors() {
				t.Fatalf("got %v with %v", p, list)
			}
			if p == nil {
				continue
			}
			stix.Check(p)
			again, list := parse(p.String(), version)
			if again == nil || tree(t, again) != tree(t, p) {
				t.Fatalf("%q is printed as %q, which is read as %v, %v", text, p, again, list)
			}
		}
	})
}
