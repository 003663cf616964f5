package pipeline

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/source"
)

// The results are those that sigma-cli 3.1.0 with pySigma 1.5.1 gives, written as Sigma.
func TestValues(t *testing.T) {
	for name, c := range map[string]struct{ pipeline, detection, want string }{
		"case keeps wildcards": {
			"{type: case, method: upper}", "    s:\n        A|startswith: 'ß?x'\n        B|cased: aB\n    condition: s",
			"s:\n    A: 'SS?X*'\n    B|cased: 'AB'\ncondition: s",
		},
		"snake case":     {"{type: case, method: snake_case}", "    s:\n        A: FooBar Baz\n    condition: s", "s:\n    A: 'foo_bar _baz'\ncondition: s"},
		"number to text": {"{type: convert_type, target_type: str}", "    s:\n        A: [1.50, -3]\n        B: true\n        C: null\n    condition: s", "s:\n    A:\n        - '1.5'\n        - '-3'\n    B: true\n    C: null\ncondition: s"},
		"text to number": {"{type: convert_type, target_type: num}", "    s:\n        A: ['1', '-3', '007']\n    condition: s", "s:\n    A:\n        - 1\n        - -3\n        - 7\ncondition: s"},
		"no number":      {"{type: convert_type, target_type: num}", "    s:\n        A: abc\n    condition: s", `error: "abc" is not a number`},
		"map with wildcards": {
			`{type: map_string, mapping: {'*x': [y, 'z*'], w: v}}`, "    s:\n        A|endswith: x\n        B: [w, x]\n    condition: s",
			"s:\n    A:\n        - 'y'\n        - 'z*'\n    B:\n        - 'v'\n        - 'x'\ncondition: s",
		},
		"brackets": {
			"{type: regex}", "    s:\n        A: 'a.B*?1'\n        B: ''\n        C: 5\n    condition: s",
			"s:\n    A|re: '[aA]\\.[bB].*.1'\n    B: ''\n    C: 5\ncondition: s",
		},
		"flag, mixed": {
			"{type: regex, method: ignore_case_flag}", "    s:\n        A: [a, 5]\n    condition: s",
			"s:\n    - A|re|i: 'a'\n    - A: 5\ncondition: s",
		},
		"replace": {
			`{type: replace_string, regex: '\\(\w+)\.exe', replacement: '/\1'}`, "    s:\n        A|endswith: '\\a.exe'\n        B: 1\n    condition: s",
			"s:\n    A: '*/a'\n    B: '1'\ncondition: s",
		},
		"replace between wildcards": {
			`{type: replace_string, regex: 'a+', replacement: '*', skip_special: true, interpret_special: true}`, "    s:\n        A: 'xaay?z'\n    condition: s",
			"s:\n    A: 'x*y?z'\ncondition: s",
		},
		"set":                {"{type: set_value, value: new*}", "    s:\n        A: [1, 2]\n    condition: s", "s:\n    A:\n        - 'new*'\n        - 'new*'\ncondition: s"},
		"set forced":         {"{type: set_value, value: '5', force_type: num}", "    s:\n        A|contains: x\n    condition: s", "s:\n    A: 5\ncondition: s"},
		"neq becomes and":    {"{type: regex}", "    s:\n        A|neq: [a, 5]\n    condition: s", "s:\n    A|re|neq: '[aA]'\n    A|neq: 5\ncondition: s"},
		"drop":               {"{type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: A}]}", "    s:\n        A: 1\n        B: 2\n    o:\n        A: 3\n    condition: s and not o", "s:\n    B: 2\ncondition: s"},
		"drop all":           {"{type: drop_detection_item}", simple, "error: the pipeline drops all items of the rule, so that nothing is left to search for"},
		"hashes":             {"{type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: File}", "    s:\n        Hashes|contains: ['SHA1=AB', 'MD5=CD', 'IMPHASH=EE', 'MD5=EF']\n    condition: s", "s:\n    - FileSHA1: 'AB'\n    - FileMD5:\n          - 'CD'\n          - 'EF'\ncondition: s"},
		"hash by its length": {"{type: hashes_fields, valid_hash_algos: [MD5]}", "    s:\n        Hash: 987B65CD9B9F4E9A1AFD8F8B48CF64A7\n    condition: s", "s:\n    MD5: '987B65CD9B9F4E9A1AFD8F8B48CF64A7'\ncondition: s"},
		"no hash":            {"{type: hashes_fields, valid_hash_algos: [MD5]}", "    s:\n        Hashes: 'SHA1=AB'\n    condition: s", "error: no value of Hashes is a hash of MD5"},
		"extract": {
			`{type: extract_fields, regex: '(?P<kind>[A-Za-z]+):(?P<v>[0-9]+)', field_prefix: reg}`, "    s:\n        r: ['Dword:00001', 'Qword:5']\n    condition: s",
			"s:\n    - reg.kind: 'Dword'\n      reg.v: '00001'\n    - reg.kind: 'Qword'\n      reg.v: 5\ncondition: s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := apply(t, "transformations:\n- "+c.pipeline+"\n", c.detection); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestPlaceholders(t *testing.T) {
	const vars = "vars:\n  admins: [adm, 'b*', root]\n  one: x\n  num: [1, true]\ntransformations:\n- "
	for name, c := range map[string]struct{ pipeline, values, want string }{
		"values":      {"{type: value_placeholders}", "'%admins%'", "A:\n    - 'adm'\n    - 'b*'\n    - 'root'"},
		"product":     {"{type: value_placeholders}", "'%one%-%num%'", "A:\n    - 'x-1'\n    - 'x-True'"},
		"excluded":    {"{type: value_placeholders, exclude: [num]}", "'%one%-%num%'", "A|expand: 'x-%num%'"},
		"unknown":     {"{type: value_placeholders}", "'%nobody%'", `error: placeholder %nobody%: no variable of the pipelines is named "nobody"`},
		"wildcard":    {"{type: wildcard_placeholders}", "'a%x%'", "A: 'a*'"},
		"expression":  {"{type: query_expression_placeholders, expression: '[{field} {id}]'}", "'%x%'", "A|expand: '%x%'"},
		"mixed":       {"{type: query_expression_placeholders, expression: '[{field} {id}]'}", "'a%x%'", "error: a placeholder that the query looks up must be the whole value"},
		"nest":        {"{type: nest, items: [{type: value_placeholders}]}", "'%one%'", `error: placeholder %one%: no variable of the pipelines is named "one"`},
		"not allowed": {"{type: command_placeholders, cmd: [echo, x]}", "'%one%'", "error: placeholder %one%: " + errNotExternal.Error()},
		"no folder":   {"{type: file_placeholders, path: l}", "'%one%'", "error: placeholder %one%: the pipeline has no folder, and can read no files"},
	} {
		t.Run(name, func(t *testing.T) {
			got := apply(t, vars+c.pipeline+"\n", "    s:\n        A|expand: "+c.values+"\n    condition: s")
			want := c.want
			if c.want[:2] == "A:" || c.want[:2] == "A|" {
				want = "s:\n    " + indent(c.want) + "\ncondition: s"
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	got := apply(t, vars+"{type: value_placeholders}\n", "    s:\n        A|re|expand: '^%one%\\.$'\n    condition: s")
	if want := "s:\n    A|re: '^x\\.$'\ncondition: s"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// indent indents all lines but the first.
func indent(text string) string {
	out := ""
	for i, c := range text {
		out += string(c)
		if c == '\n' && i+1 < len(text) {
			out += "    "
		}
	}
	return out
}

func TestLokiSource(t *testing.T) {
	rule := parseRule(t, ruleText("    a:\n        User: [alice, 'b*']\n        Host|re: '(?i)h+`'\n    b:\n        Env: x\n    condition: a and not b"))
	p := mustLoad(t, "transformations:\n- type: set_custom_log_source\n  selection:\n    9-u|fieldref: User\n    h|fieldref: Host\n    e|fieldref: Env\n    none|fieldref: Z\n", Options{})
	result, list := NewChain(nil, p).Rule(rule)
	if len(list) > 0 {
		t.Fatal(list)
	}
	if got, want := result.Attributes[LokiSelection], "{_9_u=~`alice|b.*`,h=~\"(?i)h+`\",e!=`x`}"; got != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// A pipeline that multiplies what it gets ends with an error, not with the memory of the machine.
func TestLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("needs sizes at its limits: left out with -short")
	}
	repeat := func(n int, step string) string {
		return "transformations:\n" + strings.Repeat("- "+step+"\n", n)
	}
	for name, c := range map[string]struct{ pipeline, detection, want string }{
		"fields":         {repeat(30, "{type: field_name_mapping, mapping: {A: [A, A, A]}}"), "    s:\n        A: 1\n    condition: s", "makes more than"},
		"values":         {repeat(30, "{type: map_string, mapping: {a: [a, a, a]}}"), "    s:\n        A: a\n    condition: s", "makes more than"},
		"text":           {repeat(40, "{type: replace_string, regex: a, replacement: aaa}"), "    s:\n        A: a\n    condition: s", "bytes"},
		"work":           {repeat(9000, "{type: field_name_suffix, suffix: '', rule_conditions: [{type: contains_field, field: Z}]}"), "    s:\n        - A: [" + strings.Repeat("1, ", 50_000) + "2]\n    condition: s", "look at more than"},
		"expansions":     {"vars:\n  x: [" + strings.Repeat("a, ", 200) + "b]\ntransformations:\n- {type: value_placeholders}\n", "    s:\n        A|expand: '%x%%x%'\n    condition: s", "values together"},
		"added searches": {repeat(3000, "{type: add_condition, conditions: {a: 1}}") + "- {type: rule_failure, message: reached}\n", "    s:\n        A: 1\n    condition: s", "reached"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := apply(t, c.pipeline, c.detection); !strings.HasPrefix(got, "error: ") || !strings.Contains(got, c.want) {
				t.Errorf("got %.200s, want an error with %q", got, c.want)
			}
		})
	}
	for name, text := range map[string]string{
		"steps":   repeat(maxSteps+1, "{type: nest, items: []}"),
		"nesting": "transformations:\n- " + strings.Repeat("{type: nest, items: [", 30) + strings.Repeat("]}", 30),
		"aliases": "vars:\n  a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]\n  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n  e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n  f: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n",
		"regex":   "transformations:\n- {type: replace_string, replacement: '', regex: '((((a{99}){99}){99}){99})'}\n",
	} {
		if p, list := Load(source.NewFile("p.yml", text), Options{}); p != nil || !list.HasErrors() {
			t.Errorf("%s: got %v, want an error", name, list)
		}
	}
}
