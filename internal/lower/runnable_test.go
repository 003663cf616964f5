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

// withSpans returns diagnostics as text, each with the text of its span.
func withSpans(list diag.List) string {
	lines := make([]string, len(list))
	for i, d := range list {
		lines[i] = fmt.Sprintf("%s %s at %s", d.Code, d.Message, d.Span.Text())
	}
	return strings.Join(lines, "\n")
}

// For constructs that lowering refuses without Open, Runnable reports the same diagnostics.
func TestRunnableReportsSameAsLoweringWithoutOpen(t *testing.T) {
	for _, c := range []struct{ detection, open string }{
		{"    s:\n        a|re: 'x(?=y)'\n    condition: s\n", "a matches () /x(?=y)/"},
		{"    s:\n        a|re|i:\n            - '(a)\\1'\n            - ok\n    condition: s\n", "or values\n  a matches (i) /(a)\\1/\n  a matches (i) /ok/"},
		{"    s:\n        '|re': '(?<!x)y'\n    condition: s and not s\n", "and\n  any string matches () /(?<!x)y/\n  not\n    any string matches () /(?<!x)y/"},
		{"    s:\n        a|expand: 'x%nobody%y'\n    condition: s\n", `a equals "x"%nobody%"y"`},
		{"    s:\n        a|expand|contains: '%nobody%*'\n    condition: s\n", `a contains %nobody%*`},
		{"    s:\n        '|expand': '%nobody%'\n    condition: s\n", `any string contains %nobody%`},
		{"    s:\n        a|expand: '%who%%nobody%'\n    condition: s\n", "or values\n  a equals \"root\"%nobody%\n  a equals \"adm\"*%nobody%"},
	} {
		opt := Options{Placeholders: map[string][]string{"who": {"root", "adm*"}}}
		refused, want := lowerWith(t, c.detection, opt)
		if refused != nil || len(want) == 0 {
			t.Errorf("without Open, %s: got %v, want a diagnostic", c.detection, refused)
		}
		opt.Open = true
		query, list := lowerWith(t, c.detection, opt)
		if query == nil || len(list) > 0 {
			t.Errorf("with Open, %s: got %v, want a query", c.detection, list)
			continue
		}
		if got := strings.TrimSpace(ir.Format(query.Where)); got != c.open {
			t.Errorf("got\n%s\nwant\n%s", got, c.open)
		}
		if err := ir.Validate(query.Where, false); err != nil {
			t.Error(err)
		}
		// The two values of %who% result in two predicates, each with the placeholder without values.
		got, expected := withSpans(Runnable(query.Where, nil)), withSpans(want)
		if strings.Contains(c.detection, "%who%") {
			expected += "\n" + expected
		}
		if got != expected {
			t.Errorf("%s\nRunnable reports\n%s\nwant, as lowering reports\n%s", c.detection, got, expected)
		}
	}
}

func TestRunnableUsesBudget(t *testing.T) {
	detection := valuesOf("a|re", 100, func(i int) string { return fmt.Sprintf("([a-z]+x%d){1,900}", i) })
	query, list := lowerWith(t, detection, Options{Open: true})
	if query == nil {
		t.Fatal(list)
	}
	if list := Runnable(query.Where, &Budget{}); len(list) != 1 || list[0].Code != "regex-too-large" {
		t.Errorf("%v", list)
	}
	runs, list := lowerWith(t, valuesOf("a|re", 20, func(i int) string { return fmt.Sprint("x", i) }), Options{Open: true})
	if runs == nil || len(Runnable(runs.Where, nil)) > 0 {
		t.Errorf("%v", list)
	}
}

// Encoded and raw values cannot contain placeholders without values, even with Open.
func TestOpenRefusesPlaceholdersInEncodedAndRawValues(t *testing.T) {
	for _, c := range []struct{ item, code string }{
		{"a|expand|base64offset|contains: '%nobody%'", "modifier-value"},
		{"a|expand|wide|base64: 'x%nobody%'", "modifier-value"},
		{"a|re|expand: 'x%nobody%'", UnresolvedPlaceholder},
		{"a|expand|cidr: '%nobody%'", UnresolvedPlaceholder},
	} {
		query, list := lowerWith(t, "    s:\n        "+c.item+"\n    condition: s\n", Options{Open: true})
		if query != nil || len(list) != 1 || list[0].Code != c.code {
			t.Errorf("%s: got %v %v, want one diagnostic %s", c.item, query, list, c.code)
		}
	}
}

// The IR keeps details of the rule that text languages need.
func TestLoweringKeepsAuthorsForm(t *testing.T) {
	where := func(item string) ir.Expr {
		query, list := lowerItem(t, item)
		if query == nil {
			t.Fatal(item, list)
		}
		return query.Where
	}
	if e := where("a|cidr: '::ffff:192.0.2.77/120'").(*ir.CIDRExpr); e.Text != "::ffff:192.0.2.77/120" || e.Prefix.String() != "192.0.2.0/24" {
		t.Errorf("got text %q, prefix %s", e.Text, e.Prefix)
	}
	if e := where("a|cidr: 192.0.2.7").(*ir.CIDRExpr); e.Text != "192.0.2.7" {
		t.Errorf("got text %q, want 192.0.2.7", e.Text)
	}
	for item, want := range map[string][2]bool{"a: x": {}, "a|cased: x": {true, false}, "a|wide|base64: x": {true, true}, "a|wide|base64|cased: x": {true, false}} {
		if e := where(item).(*ir.StringExpr); e.Cased != want[0] || e.CaseImplied != want[1] {
			t.Errorf("%s: got Cased %v, CaseImplied %v, want %v", item, e.Cased, e.CaseImplied, want)
		}
	}
	for item, want := range map[string]bool{"'|cased': x": false, "'|base64': abc": true} {
		if e := where(item).(*ir.KeywordExpr); !e.Cased || e.CaseImplied != want {
			t.Errorf("%s: got Cased %v, CaseImplied %v, want true and %v", item, e.Cased, e.CaseImplied, want)
		}
	}
	for item, want := range map[string]bool{"a: null": false, "a|exists: false": true} {
		if e := where(item).(*ir.NullExpr); e.Absent != want {
			t.Errorf("%s: got Absent %v, want %v", item, e.Absent, want)
		}
	}
}

func TestTimespanTextIsAsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"title: t\ncorrelation: {type: event_count, rules: [a], timespan: 60m, group-by: [g], condition: {gte: 2}}\n":      "60m",
		"title: t\nlogsource: {product: test}\ndetection: {a: {b: 1}, condition: a | count() by g > 5, timeframe: 120s}\n": "120s",
	} {
		collection, list := sigma.Parse(source.NewFile("rule.yml", text))
		if len(collection.Correlations) != 1 {
			t.Fatal(list)
		}
		c, list := Correlation(collection.Correlations[0], func(string) (ir.Reference, bool) { return ir.Reference{}, true })
		if c == nil || c.TimespanText != want {
			t.Errorf("got %+v (%v), want timespan %s", c, list, want)
		}
	}
}
