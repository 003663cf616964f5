package textconvert_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/peertest"
	"github.com/egret-hunt/egret/internal/textgen"
)

// leastUnread is least for targets whose peer writes queries that cannot be read, or loses a NOT (SecOps). docs/backends has a page
// for each of them.
var leastUnread = map[string]float64{
	"logscale": 97, "logscale_crowdstrike_fdr": 97, "quickwit": 96, "quickwit_windows": 95, "kusto_microsoft_xdr": 99.5,
	"kusto_azure_monitor": 98, "kusto_sentinel_asim": 97, "carbonblack": 98, "cortexxdr": 96, "secops_udm": 90,
}

// A reader finds queries of the peers that the language cannot read, or whose values end their quotes. Those are not followed.
type reader func(query string) bool

// logScaleReads reports whether every regular expression between slashes ends where a filter may end.
func logScaleReads(query string) bool {
	for query != "" {
		i := strings.IndexAny(query, `"/`)
		if i < 0 {
			return true
		}
		m := regexp.MustCompile(`\A(?s)(?:"(?:[^"\\]|\\.)*"|/(?:[^/\\]|\\.)+/[ims]*)`).FindString(query[i:])
		query = query[i:]
		if m == "" {
			return false
		}
		query = query[len(m):]
		if query != "" && strings.IndexByte(" )=!|<>", query[0]) < 0 {
			return false
		}
	}
	return true
}

// quickwitReads reports whether every quoted value ends where a clause may end, and no list has quotes or brackets.
func quickwitReads(query string) bool {
	return regexp.MustCompile(`(?s)\A[^\]"]*(?:(?:IN \[[^\["\]]*\]|"(?:[^"\\]|\\.)*"(?:[ ):]|\z)|/(?:[^/\\]|\\.)*/|\[\S+ TO \S+\])[^\]"]*)*\z`).MatchString(query)
}

// kustoReads reports whether no text stands alone as a condition: where takes conditions only.
func kustoReads(query string) bool {
	texts := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	return !regexp.MustCompile(`(?:where|or|and) \(*"`).MatchString(texts.ReplaceAllString(query, `""`))
}

// cortexReads reports whether every text ends where a condition may end, and every condition has a field and a value.
func cortexReads(query string) bool {
	texts := regexp.MustCompile(`"[^"]*"(?:[ ),]|\z)`)
	rest := texts.ReplaceAllString(query, "x ")
	return !strings.Contains(rest, `"`) && !regexp.MustCompile(`(?:\b(?:and|or|not)|\() ?contains\b|x  ?/`).MatchString(rest)
}

// readers are those of targets whose peer writes queries that cannot be read. Nearly all others must be equal.
var readers = map[string]reader{"log_scale": logScaleReads, "quickwit": quickwitReads, "kusto": kustoReads, "cortexxdr": cortexReads}

// otherMeaning are the cases in which egret reads the rule otherwise than the peer, whatever the target.
var otherMeaning = []string{
	"list-empty",              // an empty list is refused
	"notname",                 // `notsel` is the name of a selection, as in pySigma 2
	"re-contains-alternation", // modifiers after re are refused
	"re-startswith",
	"selector-none",  // a selector without a match is refused
	"utf16",          // utf16 has the byte order mark of UTF-16
	"yaml11-numbers", // texts that YAML 1.1 alone reads as numbers stay texts
	"yaml11-words",
}

// TestHardValues compares the queries for hard values with those of the peers. wrong are the cases in which the peer writes what
// the language cannot read; docs/backends has a page for each target with both texts.
func TestHardValues(t *testing.T) {
	files, err := peertest.ReadFiles(testkit.Shared(t, filepath.FromSlash("peers/hard")))
	if err != nil {
		t.Fatal(err)
	}
	for target, wrong := range map[string][]string{
		"log_scale": {"cased-contains", "cased-wildcard", "re-slash", "star-only"},
		"quickwit":  {"backslash-quote", "injection-quote", "quote-both", "quote-double"},
		"kusto": {
			"bool-true", "kw-cased", "kw-colon", "kw-not", "kw-or-field", "kw-quotes", "kw-re", "list-bools", "list-mixed", "minute-list",
		},
	} {
		t.Run(target, func(t *testing.T) {
			backend, err := textgen.FindTarget(target).Backend(textgen.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				want := f.Outputs[target]
				if want.Output == nil || *want.Output == "" || slices.Contains(otherMeaning, f.Name) {
					continue
				}
				got, list, err := peertest.ConvertText(t.Context(), f.Rule, backend, "default")
				if err != nil {
					t.Fatal(err)
				}
				switch known := slices.Contains(wrong, f.Name); {
				case got != *want.Output && !known:
					t.Errorf("%s\n got %s\nwant %s\n%v", f.Name, got, *want.Output, list)
				case got == *want.Output && known:
					t.Errorf("%s: the query is that of the peer", f.Name)
				}
			}
		})
	}
}

// TestExactTargets checks forms that --exact writes where the peers' bytes mean something else than the rule.
func TestExactTargets(t *testing.T) {
	const head = "title: A\nlogsource: {product: windows}\ndetection:\n"
	for _, tt := range []struct{ target, detection, want string }{
		{"log_scale", "  s: [foo]\n  condition: s", "/foo/i"},
		{"quickwit", "  s: {A: [x, a b]}\n  t: {B: 1}\n  condition: not (s or t)", `NOT (A:"x" OR A:"a b" OR B:1)`},
		{"quickwit", "  s: {A|contains: x}\n  condition: s", ""},
		{"kusto", "  s: {A|all: [x, y]}\n  condition: s", `A =~ "x" and A =~ "y"`},
		{"kusto", "  s: {A: ['a*b', c]}\n  condition: s", ""},
		{"cortexxdr", "  s: {A|contains: 'x*y'}\n  condition: s", `config case_sensitive = false | dataset=xdr_dataset | filter A = "*x*y*"`},
		{"secops", "  s: {A: [x, y]}\n  t: {B|contains: 'a/b'}\n  condition: not (s or t)", `NOT ((A = "x" nocase OR A = "y" nocase) OR B = /a\/b/ nocase)`},
		{"kusto", "  s: {A|cased|endswith: Ab}\n  condition: not s", `not(A endswith_cs "Ab")`},
		{"kusto", "  s: {A|fieldref: B}\n  condition: s", "(isnotempty(A) and A =~ B)"},
		{"secops", "  s: [foo]\n  condition: s", ""},
		{"cortexxdr", "  s: {A|endswith: x}\n  condition: s", `config case_sensitive = false | dataset=xdr_dataset | filter A = "*x"`},
		{"carbonblack", "  s: {A|re: 'a (b'}\n  condition: s", ""},
		{"kusto", "  s: {A: null}\n  condition: s", ""},
		{"log_scale", "  s: {A: x}\n  t: {B|cidr: 192.0.2.0/24}\n  condition: s and not t", "A=/^x$/i| !cidr(B, subnet=192.0.2.0/24)"},
		{"log_scale", "  s: {A: x}\n  t: {B|cidr: 192.0.2.0/24, C: 1}\n  condition: s and not t", "A=/^x$/i not (cidr(B, subnet=192.0.2.0/24) C=1)"},
	} {
		backend, err := textgen.FindTarget(tt.target).Backend(textgen.Options{Exact: true})
		if err != nil {
			t.Fatal(err)
		}
		got, list, err := peertest.ConvertText(t.Context(), head+tt.detection, backend, "default")
		if err != nil {
			t.Fatal(err)
		}
		if got = strings.TrimSuffix(got, "\n"); got != tt.want {
			t.Errorf("%s: %s\n got %s\nwant %s\n%v", tt.target, tt.detection, got, tt.want, list)
		}
	}
}
