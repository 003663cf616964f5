package jinja

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/pyprint"
)

type testTag struct{ namespace, name string }

func (t testTag) Attr(name string) (any, bool) {
	switch name {
	case "namespace":
		return t.namespace, true
	case "name":
		return t.name, true
	case "_secret":
		return 1, true
	}
	return nil, false
}
func (t testTag) Str() string  { return t.namespace + "." + t.name }
func (t testTag) Type() string { return "Tag" }
func (t testTag) Repr() string {
	return "Tag(namespace=" + pyprint.QuoteString(t.namespace) + ", name=" + pyprint.QuoteString(t.name) + ")"
}

type testRule map[string]any

func (r testRule) Attr(name string) (any, bool) { v, ok := r[name]; return v, ok }
func (r testRule) Str() string                  { return "<Rule>" }
func (r testRule) Repr() string                 { return "<Rule>" }
func (r testRule) Type() string                 { return "Rule" }

// variables are those of testdata/record.py.
func variables() map[string]any {
	list, dict := pyprint.NewList, pyprint.NewDict
	person := func(name string, age, x int64) any { return dict("name", name, "age", age, "at", dict("x", x)) }
	return map[string]any{
		"rule": testRule{
			"title": "Odd Start Of A Tool", "tags": list(testTag{"attack", "execution"}, testTag{"attack", "t1059.001"}),
			"falsepositives": list("Unknown", "The owner's tests"), "author": nil,
			"custom": dict("team", "blue", "items", list(int64(1), int64(2)), "n", int64(3)),
		},
		"query":   `EventID=1 Image="*\\a.exe" <b> & 'c'`,
		"numbers": list(int64(3), int64(1), int64(2)),
		"words":   list("pear", "Apple", "fig", "apple"),
		"people":  list(person("Bo", 3, 1), person("al", 2, 2), person("Cy", 3, 0)),
		"empty":   list(),
		"text":    "two  words\nand a line",
		"d":       dict("b", int64(1), "a", "x", "items", int64(5), "C", nil),
	}
}

func render(text string) (string, error) {
	t, err := Environment{Folder: filepath.Join("testdata", "files")}.Parse("test", text)
	if err != nil {
		return "", err
	}
	return t.Execute(variables(), Limits{})
}

// errorKind is the name that record.py gives to an error.
func errorKind(t *testing.T, err error) string {
	t.Helper()
	fault, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%T without a position: %v", err, err)
	}
	switch {
	case fault.Cause == Syntax:
		return "syntax"
	case strings.Contains(fault.Message, "no such file") || strings.Contains(fault.Message, "outside of the folder"):
		return "missing"
	case fault.Cause == Security:
		return "security"
	}
	return "runtime"
}

func TestTemplatesRenderAsInJinja(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Template string  `json:"t"`
		Want     *string `json:"want"`
		Error    string  `json:"error"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		got, err := render(c.Template)
		switch {
		case err != nil && c.Want != nil:
			t.Errorf("%s: %v, Jinja renders %q", c.Template, err, *c.Want)
		case err == nil && c.Want == nil:
			t.Errorf("%s: %q, Jinja reports an error (%s)", c.Template, got, c.Error)
		case err != nil:
			if kind := errorKind(t, err); kind != c.Error {
				t.Errorf("%s: %v (%s), Jinja reports an error of the kind %s", c.Template, err, kind, c.Error)
			}
		case got != *c.Want:
			t.Errorf("%s:\n got %q\nwant %q", c.Template, got, *c.Want)
		}
	}
}

func TestLimitsEndTemplates(t *testing.T) {
	for name, text := range map[string]string{
		"loops":          `{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}`,
		"doubling":       `{% set ns = namespace(a='x') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}`,
		"repeat":         `{{ 'x' * 99999999999 }}`,
		"repeat list":    `{{ [0] * 99999999999 }}`,
		"repeat empty":   `{{ '' * 99999999999 }}{{ 'x' * 99999999999 }}`,
		"output":         `{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}`,
		"center":         `{{ 'x' | center(99999999999) }}`,
		"indent":         `{{ 'x' | indent(99999999999) }}`,
		"format":         `{{ '%99999d' % 1 }}`,
		"power":          `{{ 9 ** 99 ** 99 }}`,
		"factorial":      `{% set ns = namespace(n=2) %}{% for i in range(99) %}{% set ns.n = ns.n * ns.n %}{% endfor %}`,
		"range":          `{% for i in range(99999999) %}{% endfor %}`,
		"macro":          `{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}`,
		"include":        `{% include 'loop.j2' %}`,
		"recursive loop": `{% set l = [] %}{% set _ = l.append(l) %}{% for i in l recursive %}{{ loop(i) }}{% endfor %}`,
		"list in itself": `{% set l = [] %}{% set _ = l.append(l) %}{{ l }}`,
		"equal lists":    `{% set l = [] %}{% set _ = l.append(l) %}{% set m = [] %}{% set _ = m.append(m) %}{{ l == m }}`,
		"repeated lists": `{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}`,
		"replace":        `{{ ('a' * 99999) | replace('a', 'b' * 99999) }}`,
		"join":           `{{ ([1] * 99999) | join('b' * 99999) }}`,
		"deep parens":    `{{ ` + strings.Repeat("(", 2000) + `1` + strings.Repeat(")", 2000) + ` }}`,
		"deep not":       `{{ ` + strings.Repeat("not ", 2000) + `1 }}`,
		"deep minus":     `{{ ` + strings.Repeat("-", 2000) + `1 }}`,
		"long sum":       `{{ 1` + strings.Repeat("+1", 5000) + ` }}`,
		"deep if":        strings.Repeat("{% if 1 %}", 2000) + strings.Repeat("{% endif %}", 2000),
		"long source":    strings.Repeat("x", maxSource+1),
	} {
		_, err := render(text)
		if fault, ok := errors.AsType[*Error](err); !ok || fault.Cause != Limit {
			t.Errorf("%s: %v, want an error of a limit", name, err)
		}
	}
}

func TestTimeEndsTemplates(t *testing.T) {
	tmpl, err := Parse("test", `{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tmpl.Execute(nil, Limits{Steps: 1 << 40, Memory: 1 << 40, Time: time.Nanosecond})
	if fault, ok := errors.AsType[*Error](err); !ok || fault.Cause != Limit {
		t.Errorf("got %v, want an error of a limit", err)
	}
}

func TestFilesAreReadBelowTheFolderOnly(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.j2"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "in")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "secret.j2"), filepath.Join(folder, "link.j2")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../secret.j2", "link.j2", filepath.Join(dir, "secret.j2"), "/../secret.j2", "", "."} {
		tmpl, err := Environment{Folder: folder}.Parse("test", `{% include name %}`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tmpl.Execute(map[string]any{"name": name}, Limits{})
		if err == nil || strings.Contains(got, "secret") {
			t.Errorf("include %q: %q, %v, want an error", name, got, err)
		}
	}
	tmpl, err := Parse("test", `{% include 'part.j2' %}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tmpl.Execute(nil, Limits{}); err == nil {
		t.Errorf("include without a folder: %q, want an error", got)
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"a\n  {{ nothing.more }}":         "test:2:6: 'nothing' is undefined",
		"{{ 'a' | uper }}":                "test:1:10: unknown filter 'uper'; did you mean 'upper'?",
		"{% fro x in y %}":                "test:1:4: unknown statement 'fro'; did you mean 'for'?",
		"x\r\n{{ 1 / 0 }}":                "test:2:4: division by zero",
		"{% extends 'a' %}":               "test:1:4: inheritance of templates is not supported; use include or import",
		"{% include 'broken.j2' %}":       "broken.j2:1:7: expected an expression, found '%}'",
		"{% if x %}\n{{ y }}":             "test:2:8: the template ends before 'endif'",
		"{{ [1, 2}}":                      "test:1:9: unexpected '}', expected ']'",
		"{{ 'é' }}\n\n{{ 'b' | int + x}}": "test:3:4: 'x' is undefined",
		"{{ 1 | random }}":                "test:1:8: unknown filter 'random': its result would differ from run to run",
	} {
		_, err := render(text)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestFuncIsCalled(t *testing.T) {
	tmpl, err := Parse("test", `{{ f(1, b='x') }}{{ f() }}`)
	if err != nil {
		t.Fatal(err)
	}
	f := Func(func(positional []any, named map[string]any) (any, error) {
		if len(positional) == 0 {
			return nil, errors.New("no arguments")
		}
		return []any{positional[0], named["b"]}, nil
	})
	_, err = tmpl.Execute(map[string]any{"f": f}, Limits{})
	if want := "test:1:21: no arguments"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzTemplate(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "recorded.json"))
	if err != nil {
		f.Fatal(err)
	}
	var cases []struct {
		Template string `json:"t"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		f.Fatal(err)
	}
	for i, c := range cases {
		if i < 260 || i%50 == 0 {
			f.Add(c.Template)
		}
	}
	limits := Limits{Steps: 20_000, Output: 1 << 16, Memory: 1 << 22, Depth: 20}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := Environment{Folder: filepath.Join("testdata", "files")}.Parse("test", text)
		var got string
		if err == nil {
			got, err = tmpl.Execute(variables(), limits)
		}
		if len(got) > limits.Output {
			t.Fatalf("%d bytes", len(got))
		}
		if err == nil {
			return
		}
		fault, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("%T without a position: %v", err, err)
		}
		if fault.Name == "test" && (fault.Offset < 0 || fault.End < fault.Offset || fault.End > len(text)) {
			t.Fatalf("the fault is at %d to %d of %d bytes", fault.Offset, fault.End, len(text))
		}
	})
}
