package textgen_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/textgen"
)

// minimal is a spec with nothing but what is needed.
const minimal = "name: tiny\ntitle: Tiny\noperators: {and: AND, or: OR, not: NOT, separator: ' '}\nstring: {quote: '\"', escape: '\\', escaped: '\\', many: '*', one: '?'}\nmatch: {equal: '{field}={value}'}\n"

func TestMinimalSpecConverts(t *testing.T) {
	b, err := textgen.New("tiny.yaml", []byte(minimal), textgen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for detection, want := range map[string]string{
		"a: {A: x, B: [y, z]}\ncondition: a":             `A="x" AND (B="y" OR B="z")`,
		"a: {A: x}\nb: {B: y}\ncondition: not (a and b)": `NOT (A="x" AND B="y")`,
		`a: {A|contains: 'q"\'}` + "\ncondition: a":      `A="*q\"\\*"`,
		"a: {A|re: x}\ncondition: a":                     "refused: unsupported-by-target",
		"a: {A: 1}\ncondition: a":                        "refused: unsupported-by-target",
	} {
		if got, _ := query(b, rule(t, detection), "default"); got != want {
			t.Errorf("%s: got %q, want %q", detection, got, want)
		}
	}
}

// A fault in a spec names the file, the line and what is near.
func TestFaultySpecsAreRefused(t *testing.T) {
	for change, want := range map[string]string{
		"titel: x\n":                                    `tiny.yaml:6: "titel" is not a key`,
		"match: {equal: x}\n":                           `already defined`,
		"regex: {escaped: [a], flgs: {}}\n":             `tiny.yaml:6: "flgs" is not a key of regex ; the nearest key is flags`,
		"query: '{rule.magic}'\n":                       "{rule.magic} is not a name of this template",
		"state: {a: '{state.a}'}\n":                     "{state.a} is not a name of this template",
		"regex: {escaped: ['']}\n":                      "`regex.escaped` has an empty text",
		"strategies: [magic]\n":                         `"magic" is not a strategy`,
		"query: '{qery}'\n":                             `{qery} is not a name of this template`,
		"query: '{query'\n":                             `expected a name in braces`,
		"in: {or: IN}\n":                                "`in` has an operator but no `template`",
		"field: {quote_if: '('}\n":                      "tiny.yaml:6: error parsing regexp",
		"departures: {magic: x}\n":                      `"magic" is not a feature`,
		"formats: [{name: a}, {name: a}]\n":             "each format needs a name of its own",
		"formats: [{name: a, document: {x: '=magic'}}]": `"magic" is not a value`,
		"formats: [{name: a, text: '{query|magic}'}]\n": `"magic" is not a filter`,
		"correlation: {default: a, methods: {}}\n":      `"a" is not one of`,
		"correlation: {default: a, methods: {a: }}\n":   "tiny.yaml:6: `correlation.methods.a` is empty",
		"formats: [{name: a}, null]\n":                  "tiny.yaml:6: `formats` has an empty item",
		"formats:\n  - ~\n":                             "tiny.yaml:7: `formats` has an empty item",
		"exact: {formats: [~]}\n":                       "tiny.yaml:6: `exact.formats` has an empty item",
		"values: {x: &a [1], y: *a}\n":                  "a spec has no aliases",
	} {
		_, err := textgen.New("tiny.yaml", []byte(minimal+change), textgen.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", change, err, want)
		}
	}
	if _, err := textgen.New("tiny.yaml", []byte(strings.Repeat("#", 300<<10)), textgen.Options{}); err == nil {
		t.Error("a spec of 300 KB is read")
	}
}

// treeTargets write the tree or the query of a rule, which this test does not have.
var treeTargets = map[string]bool{"sigma": true, "stix": true}

// Every embedded target can be read, has a page, and writes a rule in each of its formats.
func TestTargetsAreComplete(t *testing.T) {
	r := rule(t, "a: {A: x, B|contains: [y, z]}\ncondition: a")
	r.State = map[string]any{"data_model_set": "a.b", "fields": []string{"c"}}
	for _, target := range textgen.Targets() {
		for _, exact := range []bool{false, true} {
			b := backend(t, target.Name, textgen.Options{Exact: exact})
			for _, format := range b.Spec.Formats {
				if got, _ := query(b, r, format.Name); strings.HasPrefix(got, "refused") && !exact && !treeTargets[target.Name] {
					t.Errorf("%s, format %s: %s", target.Name, format.Name, got)
				}
			}
		}
		if _, err := os.Stat(filepath.Join(testkit.Root(t), "docs", "backends", target.Name+".md")); err != nil {
			t.Errorf("%s has no page: %v", target.Name, err)
		}
		for _, alias := range target.Aliases {
			if textgen.FindTarget(alias) != target {
				t.Errorf("the alias %s of %s leads elsewhere", alias, target.Name)
			}
		}
	}
}

// Every strategy is used, has help, and is on the page of the format.
func TestStrategiesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs", "backends", "format.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := textgen.StrategyNames()
	if !slices.IsSorted(names) {
		t.Errorf("the strategies are not sorted: %v", names)
	}
	for _, name := range names {
		if textgen.StrategyHelp(name) == "" {
			t.Errorf("%s has no help", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/backends/format.md does not name %s", name)
		}
		if !slices.ContainsFunc(textgen.Targets(), func(target *textgen.Target) bool { return slices.Contains(target.Strategies(), name) }) {
			t.Errorf("no target uses %s", name)
		}
	}
}

// No value leaves its quotes: the query of a value has as many unescaped quotes as that of a letter.
func TestValuesStayInQuotes(t *testing.T) {
	quotes := func(query, quote, escape string) int {
		n := 0
		for i := 0; i < len(query); i++ {
			switch {
			case strings.HasPrefix(query[i:], escape):
				i++
			case strings.HasPrefix(query[i:], quote):
				n++
			}
		}
		return n
	}
	for _, target := range []string{"splunk", "splunk_spl2", "eql"} {
		b := backend(t, target, textgen.Options{})
		plain, _ := query(b, rule(t, "a: {A: x}\ncondition: a"), "default")
		want := quotes(plain, `"`, `\`)
		for _, value := range []string{`"`, `\`, `\\`, `a\`, `a"b`, `\"`, `\\"`, `a\\\`, `" OR 1=1 "`, `*\`, `\*"`} {
			got, _ := query(b, rule(t, "a: {A: '"+value+"'}\ncondition: a"), "default")
			if n := quotes(got, `"`, `\`); n != want {
				t.Errorf("%s: the value %s has %d quotes in %s, want %d", target, value, n, got, want)
			}
			if strings.Contains(value, `*`) {
				continue
			}
			expression, _ := query(b, rule(t, "a: {A|re: '"+strings.ReplaceAll(value, `\`, `\\`)+"'}\ncondition: a"), "default")
			if n := quotes(expression, `"`, `\`); target != "splunk_spl2" && n != 2 {
				t.Errorf("%s: the expression %s has %d quotes in %s, want 2", target, value, n, expression)
			}
		}
	}
}

func FuzzSpec(f *testing.F) {
	f.Add(minimal)
	paths, err := filepath.Glob("data/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := textgen.New("spec.yaml", []byte(text), textgen.Options{})
		if err != nil {
			return
		}
		r := rule(t, "a: {A: x, B|contains: ['y?', 'z\"\\'], C|re: 'a/b', D: 1, E: null, F|cidr: 192.0.2.0/24}\nk: [word]\ncondition: a and not k")
		for _, format := range b.Spec.Formats {
			query(b, r, format.Name)
		}
	})
}

func TestTheFileOfATargetHasItsName(t *testing.T) {
	var names []string
	for _, target := range textgen.Targets() {
		names = append(names, target.Name)
	}
	if got := textgen.TargetNames(); !slices.Equal(got, names) {
		t.Errorf("the names of the files are %q, those in the specs %q", got, names)
	}
}
