package sigma

import (
	"reflect"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/source"
)

// FuzzParse holds what must be true of any text: no panic, positions inside the file, a printed tree parses to itself.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		exampleRule, exampleCorrelation, exampleFilter,
		"action: global\ntitle: t\n---\ndetection: {a: [x, 1, null], condition: a | count(f) by g > 5, timeframe: 1h}\n",
		"a: &a [*a]\n", "x: {<<: {a: 1}, <<: [{b: 2}]}\ndetection: {s: {<<: {f|re|i: x}}, condition: 1 of s*}\n",
		"detection:\n  s:\n    - k\n    - f|contains|all: ['*\\\\\\x', \"\\u2028\\n\"]\n      g: >-\n        folded\n        text\n  condition:\n    - not (s or s)\n    - all of them\n",
		"\ufeffdetection: {\"ä\": é, condition: \"ä\"}\n...\n---\n%YAML 1.1\n--- !!map\n? [a]\n: b\n",
		"detection: {s: [{a: 1, 'a ': 2, '': k, '|re': x}, [k]], condition: s}\n",
		"title: a\rdetection:\r  s: {a: b}\u2028  condition: s\u0085",
		"? '" + strings.Repeat("k", 1200) + "'\n: v\ndetection: {s: {? '" + strings.Repeat("f", 1200) + "' : [a, b]}, condition: s}\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("rule.yml", text)
		collection, list := Parse(file)
		checkSpans(t, file, collection)
		for i := range list {
			if list[i].Span.File == nil {
				t.Fatalf("%s has no place", list[i].Code)
			}
			checkSpans(t, file, list[i])
			if list[i].Message == "" || strings.TrimSpace(list[i].String()) == "" {
				t.Fatalf("%s says nothing", list[i].Code)
			}
		}
		checkRoundTrip(t, collection)
	})
}

// FuzzCondition holds what must be true of any condition: no panic, one fault at most, a formatted tree parses to
// itself.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		"a", "a and not (b or c)", "1 of x* AND NOT all of them", "((a))", "not not a", "a or b | count(x) by y, z >= 5",
		"all and of", "1 of", "a | near b", "(", ")", "2 of them or 1 of *", "a|count()>5", "\u00a0ä or ö",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		expr, ok := parseCondition(text)
		if !ok {
			return
		}
		formatted := FormatCondition(expr)
		again, ok := parseCondition(formatted)
		if !ok {
			t.Fatalf("%q was formatted as %q, which cannot be read", text, formatted)
		}
		if !reflect.DeepEqual(bare(expr), bare(again)) {
			t.Fatalf("%q was formatted as %q, which is another tree: %s and %s", text, formatted, dump(bare(expr)), dump(bare(again)))
		}
	})
}

// parseCondition parses a condition that stands alone in a file.
func parseCondition(text string) (ConditionExpr, bool) {
	file := source.NewFile("condition", text)
	r := &reader{file: file}
	p := &conditionParser{text: text, place: &placer{r: r}, tokens: tokenize(text)}
	expr := p.or()
	if p.fault == nil && p.at < len(p.tokens) {
		if p.tokens[p.at].text == "|" {
			p.aggregation()
		} else {
			p.fail(p.at, unexpectedInCondition)
		}
	}
	if p.fault != nil && expr != nil && p.at == 0 {
		return nil, false
	}
	return expr, p.fault == nil
}
