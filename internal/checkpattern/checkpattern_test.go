package checkpattern_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/checkpattern"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/testkit/schematest"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

const head = "checks:\n  - id: acme-x\n    title: t\n    level: low\n"

const body = head + "    message: m\n    find: {field: a}\n"

// files are texts with the error that Parse gives, "" for none. The JSON schema must agree.
var files = []struct{ text, want string }{
	{body, ""},
	{body + "    why: w\n    help: '{field} {operator} {value}'\n    beside: {}\n    not_beside: {operator: [absent, re], value: ['*', 1, true]}\n    applies: {tag: attack.*, level: [low]}\n", ""},
	{head + "    message: m\n    without: {field: a, shorter_than: 3, longer_than: 0, cased: true, negated: false, alone: true}\n", ""},
	{"[]", "f.yaml:1:1: expected the file as keys with values, found a list"},
	{"checks: []", "f.yaml:1:9: checks: expected a list of 1 to 200 checks"},
	{"checks:\n  - title: t\n    level: low\n    message: m\n    find: {}\n", "f.yaml:2:5: the check lacks id"},
	{head + "    find: {field: a}\n", "f.yaml:2:5: the check lacks message"},
	{head + "    message: m\n", "f.yaml:2:5: the check lacks find or without"},
	{head + "    message: m\n    without: {}\n    beside: {}\n", "f.yaml:2:5: beside and not_beside are about the comparison of find, which is missing"},
	{strings.Replace(body, "acme-x", "acme", 1), `f.yaml:2:9: id: expected lower-case words joined by dashes, such as acme-root-user, found "acme"`},
	{strings.Replace(body, "acme-x", "../acme-x", 1), `f.yaml:2:9: id: expected lower-case words joined by dashes, such as acme-root-user, found "../acme-x"`},
	{strings.Replace(body, "level: low", "level: critical", 1), `f.yaml:4:12: level: expected one of informational, low, medium, high, error, found "critical"`},
	{strings.Replace(body, "title: t", `title: "a\nb"`, 1), `f.yaml:3:12: title: expected one line of at most 500 bytes, found "a\nb"`},
	{body + "    run: sh\n", `f.yaml:7:5: key "run" is not defined; the keys are applies, beside, find, help, id, level, message, not_beside, title, why, without`},
	{body + "    applies: {products: a}\n", `f.yaml:7:15: key "products" is not defined; the nearest key is product`},
	{body + "    beside: {operator: regex}\n", `f.yaml:7:24: operator: expected one of absent, cidr, contains, endswith, equals, exists, fieldref, gt, gte, keyword, lt, lte, re, startswith, time, found "regex"`},
	{body + "    beside: {field: []}\n", "f.yaml:7:21: field: expected 1 to 200 texts"},
	{body + "    beside: {field: [null]}\n", "f.yaml:7:22: field: expected a text of at most 500 bytes, found nothing"},
	{body + "    beside: {shorter_than: 0}\n", `f.yaml:7:28: shorter_than: expected a number from 1 to 1000000, found "0"`},
	{body + "    beside: {alone: 'yes'}\n", `f.yaml:7:21: alone: expected true or false, found "yes"`},
}

// beyond are faults that a JSON schema cannot express.
var beyond = []struct{ text, want string }{
	{"", "f.yaml: empty"},
	{"a: [", "f.yaml:1:1: "},
	{body + "---\n" + body, "f.yaml: expected one document"},
	{body + body[len("checks:\n"):], "f.yaml:7:5: another check has the id acme-x"},
	{body + "    help: '{path}'\n", `f.yaml:7:11: help: the placeholders are {field}, {operator} and {value}, found "{path}"`},
	{head + "    message: '{field}'\n    without: {}\n", "f.yaml:2:5: placeholders are those of the comparison of find, which is missing"},
	{body + "    title: u\n", "f.yaml:7:5: title appears twice"},
	{"a: &a [*a]\n", "f.yaml:1:"},
	{"checks: &a [*a]\n", "f.yaml:1:13: expected the check as keys with values, found "},
	{strings.Repeat("#", 300_000), "f.yaml: larger than 256 kB"},
	{"checks:\n" + strings.Repeat("- {}\n", 201), "f.yaml:2:1: checks: expected a list of 1 to 200 checks"},
}

func TestFilesAndTheirSchemaAgree(t *testing.T) {
	schema := schematest.Compile(t, checkpattern.JSONSchema())
	for _, row := range files {
		if got := fault(row.text); got != row.want {
			t.Errorf("%q:\ngot  %s\nwant %s", row.text, got, row.want)
		}
		var value any
		if err := yaml.Unmarshal([]byte(row.text), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != (row.want == "") {
			t.Errorf("%q: the JSON schema says %v, want an error: %t", row.text, err, row.want != "")
		}
	}
	for _, row := range beyond {
		if got := fault(row.text); got == "" || !strings.HasPrefix(got, row.want) {
			t.Errorf("%.60q:\ngot  %s\nwant %s", row.text, got, row.want)
		}
	}
}

func fault(text string) string {
	if _, err := checkpattern.Parse("f.yaml", []byte(text)); err != nil {
		return err.Error()
	}
	return ""
}

// TestJudge: what a pattern finds does not depend on how the rule is written.
func TestJudge(t *testing.T) {
	for _, row := range []struct{ pattern, detection, want string }{
		{"find: {field: a}", "s: {a: x, b: y}\n  condition: s", "a equals x"},
		{"find: {field: a}", "s: {A: x}\n  condition: s", ""},
		{"find: {field: '*name'}", "s: {user.name: x, names: y}\n  condition: s", "user.name equals x"},
		{"find: {operator: contains}", "s: {a|contains: [x, y], b|endswith: z}\n  condition: s", "a contains x; a contains y"},
		{"find: {operator: equals, value: 'X*Z'}", "s: {a: [xyz, xy]}\n  condition: s", "a equals xyz"},
		{"find: {value: '\\*'}", "s: {a: ['*', x]}\n  condition: s", "a equals *"},
		{"find: {operator: [keyword]}", "s: [x, y]\n  condition: s", " keyword x;  keyword y"},
		{"find: {field: '*'}", "s: [x]\n  condition: s", ""},
		{"find: {operator: absent}", "s: {a: null}\n  condition: s", "a absent "},
		{"find: {operator: [gt, lte]}", "s: {a|gt: 5, b|gte: 6}\n  condition: s", "a gt 5"},
		{"find: {operator: cidr}", "s: {a|cidr: 192.0.2.0/24}\n  condition: s", "a cidr 192.0.2.0/24"},
		{"find: {operator: re, value: '*admin*'}", "s: {a|re: '.*admin.*'}\n  condition: s", "a re .*admin.*"},
		{"find: {operator: fieldref, value: b}", "s: {a|fieldref: b}\n  condition: s", "a fieldref b"},
		{"find: {shorter_than: 3}", "s: {a: ['a*b*', abc]}\n  condition: s", "a equals a*b*"},
		{"find: {longer_than: 2}", "s: {a: [äö, äöü]}\n  condition: s", "a equals äöü"},
		{"find: {cased: true}", "s: {a|cased: x, b: y}\n  condition: s", "a equals x"},
		{"find: {negated: true}", "s: {a: x}\n  f: {b: y}\n  condition: s and not f", "b equals y"},
		{"find: {negated: false}", "s: {a: x}\n  f: {b: y}\n  condition: not (not s and f)", "a equals x"},
		{"find: {alone: true}", "s: {a: x}\n  condition: s", "a equals x"},
		{"find: {alone: true}", "s: {a: x}\n  f: {b: y}\n  condition: s or f", "a equals x; b equals y"},
		{"find: {alone: true}", "s: {a: x}\n  f: {b: y}\n  condition: s and f", ""},
		{"find: {alone: true}", "s: {a: x}\n  f: {b: y}\n  condition: not (s or f)", ""},
		{"find: {alone: true}", "s: {a: x}\n  f: {b: y}\n  condition: not (s and f)", "a equals x; b equals y"},
		{"find: {field: a}, beside: {field: b}", "s: {a: x, b: y}\n  condition: s", "a equals x"},
		{"find: {field: a}, beside: {field: b}", "s: {a: x}\n  f: {b: y}\n  condition: s or f", ""},
		{"find: {field: a}, beside: {field: b}", "s: {a: x}\n  f: {b: y}\n  c: {c: z}\n  condition: s and (f or c)", "a equals x"},
		{"find: {field: a}, beside: {field: a}", "s: {a: x, b: y}\n  condition: s", ""},
		{"find: {field: a}, beside: {field: a}", "s: {a|contains|all: [x, y]}\n  condition: s", "a contains x; a contains y"},
		{"find: {field: a}, not_beside: {field: b}", "s: {a: x, b: y}\n  f: {a: z}\n  condition: s or f", "a equals z"},
		{"find: {field: a}, not_beside: {field: b, negated: true}", "s: {a: x}\n  f: {b: y}\n  condition: s and not f", ""},
		{"without: {field: b}", "s: {a: x}\n  condition: s", "-"},
		{"without: {field: b}", "s: {a: x}\n  f: {b: y}\n  condition: s or f", ""},
		{"without: {field: b}, find: {field: a}", "s: {a: x}\n  condition: s", "a equals x"},
		{"without: {field: b}, find: {field: a}", "s: {a: x, b: y}\n  condition: s", ""},
		{"find: {}, applies: {product: AWS, level: [low, high], tag: 'attack.t1078*'}", "s: {a: x}\n  condition: s", "a equals x"},
		{"find: {}, applies: {product: azure}", "s: {a: x}\n  condition: s", ""},
		{"find: {}, applies: {tag: attack.t1105}", "s: {a: x}\n  condition: s", ""},
	} {
		if got := judged(t, row.pattern, row.detection); got != row.want {
			t.Errorf("%s on %q: got %q, want %q", row.pattern, row.detection, got, row.want)
		}
	}
}

var rule = checkpattern.Rule{Product: "aws", Service: "cloudtrail", Level: "high", Tags: []string{"attack.T1078.004"}}

func judged(t *testing.T, pattern, detection string) string {
	t.Helper()
	message := "'{field} {operator} {value}'"
	if !strings.Contains(pattern, "find") {
		message = "'-'"
	}
	specs, err := checkpattern.Parse("f.yaml", []byte("checks: [{id: acme-x, title: t, level: low, message: "+message+", "+pattern+"}]"))
	if err != nil {
		t.Fatal(err)
	}
	file := source.NewFile("rule.yml", "title: t\nlogsource: {product: aws}\ndetection:\n  "+detection+"\n")
	collection, list := sigma.Parse(file)
	if list.HasErrors() {
		t.Fatal(list)
	}
	where, list := lower.Detection(&collection.Rules[0].Detection, lower.Options{Budget: &lower.Budget{}, Open: true})
	if list.HasErrors() {
		t.Fatal(list)
	}
	var out []string
	for _, place := range specs[0].Judge(&rule, where) {
		if pattern[0] == 'f' && place.Span.IsZero() {
			t.Errorf("%s: no position", pattern)
		}
		out = append(out, place.Message)
	}
	return strings.Join(out, "; ")
}

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "b.yml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Replace(body, "acme-x", "acme-"+name[:1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	specs, err := checkpattern.Read(dir)
	if err != nil || len(specs) != 2 || specs[0].ID != "acme-a" || specs[1].ID != "acme-b" {
		t.Errorf("got %v, %v", specs, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c.yaml"), []byte(strings.Replace(body, "acme-x", "acme-a", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := checkpattern.Read(dir); err == nil || !strings.Contains(err.Error(), "also has a check acme-a") {
		t.Errorf("got %v for an id in two files", err)
	}
}

// TestWildcardsTakeLittleTime: a pattern made to go back often does so once for each character at most.
func TestWildcardsTakeLittleTime(t *testing.T) {
	pattern := fmt.Sprintf("find: {value: %q}", strings.Repeat("*a", 200)+"b")
	if got := judged(t, pattern, "s: {a: "+strings.Repeat("a", 100_000)+"}\n  condition: s"); got != "" {
		t.Errorf("got %.40q", got)
	}
}

func FuzzChecks(f *testing.F) {
	for _, row := range files {
		f.Add(row.text, "a*", "xa")
	}
	for _, row := range beyond[:len(beyond)-2] {
		f.Add(row.text, "?\\*", "ä*")
	}
	file := source.NewFile("rule.yml", "title: t\nlogsource: {product: aws}\ndetection:\n  s:\n    - {a|contains|all: [x, y], b: null}\n    - {c|re: z, d|gt: 5}\n  k: [u]\n  condition: s and not k\n")
	collection, _ := sigma.Parse(file)
	where, _ := lower.Detection(&collection.Rules[0].Detection, lower.Options{Budget: &lower.Budget{}, Open: true})
	f.Fuzz(func(t *testing.T, text, pattern, value string) {
		specs, err := checkpattern.Parse("f.yaml", []byte(text))
		if err != nil && !strings.HasPrefix(err.Error(), "f.yaml:") {
			t.Errorf("no place in %v", err)
		}
		for _, s := range specs {
			for _, place := range s.Judge(&rule, where) {
				if s.Find != nil && (place.Span.Start < 0 || place.Span.End > len(file.Text)) {
					t.Errorf("the place %v is not in the file", place.Span)
				}
			}
		}
		words := checkpattern.Rule{Product: value}
		one := checkpattern.Spec{Message: "m", Applies: checkpattern.Applies{Product: []string{pattern}}, Without: &checkpattern.Comparison{Field: []string{"nowhere"}, LongerThan: -1}}
		found := len(one.Judge(&words, where)) > 0
		if plain := strings.ToLower(value); pattern == plain && !strings.ContainsAny(plain, `*?\`) && !found {
			t.Errorf("%q does not fit itself", pattern)
		}
		if pattern == "*" && !found {
			t.Errorf("* does not fit %q", value)
		}
	})
}
