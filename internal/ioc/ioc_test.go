package ioc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ioc"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/source"
)

func parse(t testing.TB, text string) *ioc.List {
	t.Helper()
	l, _, err := ioc.Parse(source.NewFile("list.txt", text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// shown returns the kind, value and comment of the only indicator of a line, or the message about it.
func shown(t *testing.T, line string) string {
	t.Helper()
	l, list, err := ioc.Parse(source.NewFile("list.txt", line))
	switch {
	case err != nil:
		t.Fatal(err)
	case len(list) == 1:
		return "fault: " + list[0].Message
	case l.Len() == 0:
		return ""
	}
	e := l.All()[0]
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Kind(), e.Value, e.Comment))
}

func TestLines(t *testing.T) {
	for line, want := range map[string]string{
		"": "", "  ": "", "# a comment": "", "\t# x": "",
		"203.0.113.7":                                "address 203.0.113.7",
		"203.0.113.7 # C2":                           "address 203.0.113.7 C2",
		"203.0.113.7\tC2 # not cut":                  "address 203.0.113.7 C2 # not cut",
		"203.0.113.7\t# C2":                          "address 203.0.113.7 C2",
		"203.0.113.7:443":                            "address 203.0.113.7",
		"203[.]0[.]113[.]7":                          "address 203.0.113.7",
		"203(.)0.113[dot]7":                          "address 203.0.113.7",
		`203\.0\.113\.7`:                             "address 203.0.113.7",
		"hxxp://203[.]0.113[.]7/a?b#c":               "address 203.0.113.7",
		"hxxps[://]user@203.0.113.7:8080":            "address 203.0.113.7",
		"http://[2001:db8::1]:80/":                   "address 2001:db8::1",
		"2001[:]db8::1":                              "address 2001:db8::1",
		"2001:0DB8:0:0::1":                           "address 2001:db8::1",
		"::ffff:203.0.113.7":                         "address 203.0.113.7",
		"203.0.113.7/24":                             "address 203.0.113.0/24",
		"2001:db8::/32":                              "address 2001:db8::/32",
		"network: 203.0.113.0/25":                    "address 203.0.113.0/25",
		"AKIAIOSFODNN7EXAMPLE":                       "key AKIAIOSFODNN7EXAMPLE",
		"key:HIDDEN_KEY":                             "key HIDDEN_KEY",
		"111122223333":                               "account 111122223333",
		"1111-2222-3333":                             "account 111122223333",
		"account: 111122223333 # theirs":             "account 111122223333 theirs",
		"python-requests/2.31.0":                     "agent python-requests/2.31.0",
		"aws-cli/2.15.0 Python/3.11.6 Linux":         "agent aws-cli/2.15.0 Python/3.11.6 Linux",
		"*kali*":                                     "agent *kali*",
		"agent: 203.0.113.7":                         "agent 203.0.113.7",
		"agent: console.amazonaws.com":               "agent console.amazonaws.com",
		"Mozilla/5.0 (a: b)":                         "agent Mozilla/5.0 (a: b)",
		"user#agent":                                 "agent user#agent",
		"203.0.113.7/33":                             "fault: not an address, a network or an account id",
		"203.0.113.256":                              "fault: not an address, a network or an account id",
		"203.0.113.1-203.0.113.9":                    "fault: not an address, a network or an account id",
		"12345":                                      "fault: not an address, a network or an account id",
		"2001:db8:::1":                               "fault: not an address, a network or an account id",
		"0.0.0.0/0":                                  "fault: a network of half of all addresses or more",
		"::/1":                                       "fault: a network of half of all addresses or more",
		"network: x":                                 "fault: not an address or network",
		"account: 1234":                              "fault: not an account id of 12 digits",
		"key:":                                       "fault: not an access key",
		"agent: *":                                   "fault: a user agent that every event has",
		"evil[.]example[.]com":                       "fault: a domain name; if it is a user agent, it needs agent: in front",
		"hxxp://evil.example.com/x":                  "fault: a URL with a name; the logs have addresses only",
		"mallory@example.com":                        "fault: an e-mail address; if it is a user agent, it needs agent: in front",
		"d41d8cd98f00b204e9800998ecf8427e":           "fault: a hash; if it is a user agent, it needs agent: in front",
		"AROAEXAMPLEEXAMPLE12":                       "fault: a principal's id, not an access key",
		strings.Repeat("a", 1025):                    "fault: a value of 1025 bytes; the maximum is 1024",
		"agent: x\t" + strings.Repeat("é", 101):      "agent x " + strings.Repeat("é", 100) + "…",
		"\ufeff203.0.113.7\r\n":                      "address 203.0.113.7",
		"203.0.113.7 # first\n203.0.113.7 # again\n": "address 203.0.113.7 first",
	} {
		if got := shown(t, line); got != want {
			t.Errorf("%.80q: got %q, want %q", line, got, want)
		}
	}
}

// Bad lines have their place, and the others count.
func TestBadLines(t *testing.T) {
	text := "203.0.113.7\r\n  x.example.com # y\n" + strings.Repeat("1.2.3\n", 30) + "203.0.113.8"
	l, list, err := ioc.Parse(source.NewFile("list.txt", text))
	if err != nil || l.Len() != 2 || l.Unread != 31 || len(list) != 21 {
		t.Fatalf("%d indicators, %d lines unread, %d diagnostics, %v; want 2, 31 and 21", l.Len(), l.Unread, len(list), err)
	}
	at := list[0].Span.File.Position(list[0].Span.Start)
	if at.Line != 2 || at.Column != 3 || list[0].Span.Text() != "x.example.com" {
		t.Errorf("got %v %q, want 2:3 and the name", at, list[0].Span.Text())
	}
	if want := "11 more lines are no indicators"; list[20].Message != want {
		t.Errorf("got %q, want %q", list[20].Message, want)
	}
	if got := l.All()[1].Line; got != 33 {
		t.Errorf("the last indicator is on line %d, want 33", got)
	}
}

func TestUnusableFiles(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "binary")
	if err := os.WriteFile(binary, []byte("PK\x03\x04\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "a folder", binary: "not a text file", filepath.Join(dir, "none"): "no such file"} {
		if _, _, err := ioc.Load(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want %q with the path", err, want)
		}
	}
}

// event has a value at a field of a log source, as far as its path has no lists.
func event(field, text string) string {
	keys := strings.Split(field, ".")
	out := fmt.Sprintf("%q", text)
	for _, key := range slices.Backward(keys) {
		out = fmt.Sprintf("{%q:%s}", key, out)
	}
	return out
}

const sample = "203.0.113.7 # C2\n198.51.100.0/24\n2001:db8::1\nAKIAIOSFODNN7EXAMPLE # stolen\n111122223333\npython-requests/2.31.0\n*kali*x\n"

var values = map[string]map[string]string{ // by kind, the value of an event and what is shown of it
	"address": {
		"203.0.113.7": "203.0.113.7 (C2; list.txt:1)", "198.51.100.77": "198.51.100.0/24 (list.txt:2)", "2001:0db8:0::1": "2001:db8::1 (list.txt:3)",
		"203.0.113.8": "", "198.51.101.1": "", "x": "", "2001:db8::2": "",
	},
	"key":     {"AKIAIOSFODNN7EXAMPLE": "AKIAIOSFODNN7EXAMPLE (stolen; list.txt:4)", "AKIAIOSFODNN7EXAMPL2": "", "111122223333": ""},
	"account": {"111122223333": "111122223333 (list.txt:5)", "111122223334": "", "203.0.113.7": ""},
	"agent":   {"Python-Requests/2.31.0": "python-requests/2.31.0 (list.txt:6)", "my KALI lines": "", "my KALI linux x": "*kali*x (list.txt:7)", "python-requests/2.31.01": ""},
}

// Every log source finds the indicators in each of its fields, and nothing else; the rule and what is shown agree, and so
// does the rule with a comparison for each value, which SQL gets.
func TestEveryLogSourceFindsIndicators(t *testing.T) {
	l := parse(t, sample)
	rules := ioc.Rules([]*ioc.List{l}, schema.All()).Rules
	if len(rules) < 8 {
		t.Fatalf("%d rules, want one for most of %d log sources", len(rules), len(schema.All()))
	}
	finder := ioc.NewFinder([]*ioc.List{l})
	tried := 0
	for _, s := range schema.All() {
		for _, rule := range rules {
			if !s.Serves(rule.LogSource) {
				continue
			}
			if !strings.Contains(rule.Description, s.Title) {
				t.Errorf("%s serves the rule of another log source: %s", s.Name, rule.Description)
			}
			paths := ruleset.NewPaths(s)
			native, written := (&ruleset.Set{Rules: []*ruleset.Rule{rule}}).Compile(s).Program, rule.BoundQuery(paths).Where
			expanded := match.Compile([]ir.Expr{written}, nil)
			for kind, cases := range values {
				for _, field := range s.Indicators(kind) {
					path := s.Paths(field)[0].Text
					for text, want := range cases {
						tried++
						doc, err := new(value.Parser).Parse([]byte(event(path, text)))
						if err != nil {
							t.Fatal(err)
						}
						got := ""
						finder.Each(s, doc, func(text string) { got = text })
						if got != want {
							t.Errorf("%s: %s %q shows %q, want %q", s.Name, path, text, got, want)
						}
						matched := len(native.NewMatcher().Match(doc)) > 0
						if other := len(expanded.NewMatcher().Match(doc)) > 0; matched != (want != "") || other != matched {
							t.Errorf("%s: %s %q matches: %v, written out: %v, want %v", s.Name, path, text, matched, other, want != "")
						}
					}
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d values were tried", tried)
	}
}

// A list of a hundred thousand entries costs an event no more than a few look-ups.
func TestLongListsAreFast(t *testing.T) {
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "10.%d.%d.%d\n", i>>16, i>>8&255, i&255)
	}
	l := parse(t, text.String())
	s := schema.ByName("cloudtrail")
	set := &ruleset.Set{Rules: ioc.Rules([]*ioc.List{l}, schema.All()).Rules}
	m := set.Compile(s).Program.NewMatcher()
	doc, err := new(value.Parser).Parse([]byte(`{"sourceIPAddress":"192.0.2.1"}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { m.Match(doc) }); n > 0 {
		t.Errorf("%v allocations for an event, want none", n)
	}
	best := time.Hour
	for range 20 {
		start := time.Now()
		for range 100 {
			m.Match(doc)
		}
		best = min(best, time.Since(start)/100)
	}
	if best > 20*time.Microsecond { // measured 300 ns; a search of all entries takes 1 ms
		t.Errorf("%v for an event", best)
	}
}

// FuzzParse reads mutated lists: the rules of what is read compile, and positions lie within the file.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("hxxp://[::1]:x\nkey:\nagent: **\n1.2.3.4/0x\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, list, err := ioc.Parse(source.NewFile("list.txt", text))
		if err != nil {
			return
		}
		for _, d := range list {
			if d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End {
				t.Errorf("span %d to %d of %d bytes", d.Span.Start, d.Span.End, len(text))
			}
		}
		for _, rule := range ioc.Rules([]*ioc.List{l}, schema.All()).Rules {
			if err := ir.Validate(ir.Expand(rule.Query.Where), false); err != nil {
				t.Error(err)
			}
		}
	})
}
