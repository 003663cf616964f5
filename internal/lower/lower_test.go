package lower

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// lowerItem lowers a rule whose only selection consists of the given YAML lines.
func lowerItem(t *testing.T, selection string) (*ir.Query, diag.List) {
	t.Helper()
	text := "title: t\nlogsource:\n    product: test\ndetection:\n    s:\n        " + strings.ReplaceAll(selection, "\n", "\n        ") + "\n    condition: s\n"
	collection, list := sigma.Parse(source.NewFile("rule.yml", text))
	if len(collection.Rules) != 1 {
		t.Fatalf("sigma.Parse rejected %q: %v", selection, list)
	}
	return Rule(collection.Rules[0], Options{Placeholders: map[string][]string{"who": {"root", "adm*"}}})
}

func TestRuleConvertsItemsToPredicates(t *testing.T) {
	for _, c := range []struct{ selection, want string }{
		{`a: x`, `a equals "x"`},
		{`a: '*x?\*'`, `a equals *"x"?"*"`},
		{`a: C:\Temp\\*`, `a equals "C:\\Temp\\"*`},
		{`a: ''`, `a equals ""`},
		{`a: 7`, `a = 7`},
		{`a|contains: 7`, `a contains "7"`},
		{`a: true`, `a = true`},
		{`a: null`, `a is null`},
		{`a|exists: true`, `a exists`},
		{`a|exists: false`, `a is absent`},
		{`a|startswith|cased: X`, `a startswith cased "X"`},
		{`a|gte: 1.5`, `a >= 1.5`},
		{`a|re|i|s: 'x.*y'`, `a matches (is) /x.*y/`},
		{`a|cidr: 192.0.2.0/24`, `a in 192.0.2.0/24`},
		{`a|cidr: '::ffff:192.0.2.0/120'`, `a in 192.0.2.0/24`},
		{`a|fieldref|endswith: b.c`, `a endswith field b.c`},
		{`a|hour|lt: 6`, `hour of a < 6`},
		{`a|windash|contains: ' -p --x a-b'`, `a contains " "[-]"p -"[-]"x a-b"`},
		{`a|wide|base64: ab`, `a equals cased "YQBiAA=="`},
		{`a|utf16|base64: a`, `a equals cased "//5hAA=="`},
		{"a:\n    - x\n    - null", "or values\n  a equals \"x\"\n  a is null"},
		{"a|all|contains:\n    - x\n    - y", "and values\n  a contains \"x\"\n  a contains \"y\""},
		{"a|neq:\n    - x\n    - y", "not\n  or values\n    a equals \"x\"\n    a equals \"y\""},
		{"a|expand: '%who%!'", "or values\n  a equals \"root!\"\n  a equals \"adm\"*\"!\""},
		{"a|base64offset|contains: foobar", "or values\n  a contains cased \"Zm9vYmFy\"\n  a contains cased \"Zvb2Jhc\"\n  a contains cased \"mb29iYX\""},
		{"- x\n- y*", "or values\n  any string contains \"x\"\n  any string contains \"y\"*"},
	} {
		query, list := lowerItem(t, c.selection)
		if query == nil {
			t.Errorf("%s: got no query: %v", c.selection, list)
			continue
		}
		if got := strings.TrimSpace(ir.Format(query.Where)); got != c.want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", c.selection, got, c.want)
		}
		if err := ir.Validate(query.Where, false); err != nil {
			t.Errorf("%s: %v", c.selection, err)
		}
	}
}

func TestRuleReportsFaultsWithPosition(t *testing.T) {
	for _, c := range []struct{ selection, code, at string }{
		{`a|re: 'x(?=y)'`, "invalid-regex", `(?=`},
		{`a|cidr: 192.0.2.0/33`, "invalid-cidr", "192.0.2.0/33"},
		{`a|base64: 'x*'`, "modifier-value", `'x*'`},
		{`a|base64offset|contains: x`, "modifier-value", "x"},
		{`a|utf16: x`, "modifier-value", "x"},
		{`a|fieldref: 'b*'`, "modifier-value", `'b*'`},
		{`a|expand: '%nobody%'`, UnresolvedPlaceholder, `'%nobody%'`},
	} {
		query, list := lowerItem(t, c.selection)
		if query != nil {
			t.Errorf("%s: got a query, want a diagnostic:\n%s", c.selection, query)
			continue
		}
		if len(list) != 1 || list[0].Code != c.code || list[0].Span.Text() != c.at {
			t.Errorf("%s: got %v, want %s at %s", c.selection, list, c.code, c.at)
		}
	}
}

func TestHostBitsAreMaskedWithWarning(t *testing.T) {
	query, list := lowerItem(t, "a|cidr: 192.0.2.77/24")
	if query == nil || strings.TrimSpace(ir.Format(query.Where)) != "a in 192.0.2.0/24" {
		t.Errorf("got %v (%v), want a in 192.0.2.0/24", query, list)
	}
	if len(list) != 1 || list[0].Code != "cidr-host-bits" || list[0].Severity != diag.Warning {
		t.Errorf("got %v, want a cidr-host-bits warning", list)
	}
}

func TestSelectorWithNumberBecomesCombinations(t *testing.T) {
	text := "title: t\nlogsource:\n    product: test\ndetection:\n"
	for i := range 3 {
		text += fmt.Sprintf("    s%d:\n        a: %d\n", i, i)
	}
	collection, list := sigma.Parse(source.NewFile("rule.yml", text+"    condition: 2 of s*\n"))
	if len(collection.Rules) != 1 {
		t.Fatal(list)
	}
	query, list := Rule(collection.Rules[0], Options{})
	if query == nil {
		t.Fatal(list)
	}
	want := "or\n  and\n    a = 0\n    a = 1\n  and\n    a = 0\n    a = 2\n  and\n    a = 1\n    a = 2"
	if got := strings.TrimSpace(ir.Format(query.Where)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
