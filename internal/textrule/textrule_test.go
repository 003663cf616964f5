package textrule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// parse reads a rule with a detection, which is indented by two blanks, and filters with conditions of the same form.
func parse(t testing.TB, detection string, filters ...string) (*textrule.Rule, string) {
	t.Helper()
	indent := func(text string) string {
		return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
	}
	text := "title: A\nlogsource: {product: windows}\ndetection:\n" + indent(detection)
	for _, f := range filters {
		text += "---\ntitle: F\nlogsource: {product: windows}\nfilter:\n  rules: any\n" + indent(f)
	}
	collection, list := sigma.Parse(source.NewFile("rule.yml", text))
	if len(collection.Rules) == 0 {
		return nil, fmt.Sprint(list)
	}
	r, list := textrule.FromRule(textrule.Filtered(collection.Rules[0], collection.Filters), textrule.Options{
		Placeholders: map[string][]string{"admins": {"root", "adm*"}},
	})
	return r, fmt.Sprint(list)
}

// show returns a tree in one line: `|` for OR, `&` for AND, `!` for NOT, `^` for a comparison under an OR.
func show(n textrule.Node) string {
	list := func(args []textrule.Node, operator string) string {
		texts := make([]string, len(args))
		for i, arg := range args {
			texts[i] = show(arg)
		}
		return "(" + strings.Join(texts, operator) + ")"
	}
	switch n := n.(type) {
	case nil:
		return "nothing"
	case *textrule.And:
		return list(n.Args, " & ")
	case *textrule.Or:
		return list(n.Args, " | ")
	case *textrule.Not:
		return "!" + show(n.Arg)
	case *textrule.Never:
		return "never"
	case *textrule.Match:
		mark := ""
		if n.UnderOr {
			mark = "^"
		}
		return mark + n.Field + "=" + showValue(n.Value)
	}
	panic(fmt.Sprintf("%T", n))
}

func showValue(v textrule.Value) string {
	switch v := v.(type) {
	case *textrule.String:
		var out strings.Builder
		for _, p := range v.Parts {
			out.WriteString(map[ir.PartKind]string{ir.AnyRun: "*", ir.AnyOne: "?", ir.Placeholder: "%"}[p.Kind] + p.Text)
		}
		if v.Cased {
			return "cased:" + out.String()
		}
		return out.String()
	case *textrule.Expansion:
		texts := make([]string, len(v.Values))
		for i, sub := range v.Values {
			texts[i] = showValue(sub)
		}
		return "{" + strings.Join(texts, ",") + "}"
	case *textrule.Regex:
		return "/" + v.Text + "/" + v.Flags()
	case *textrule.CIDR:
		return v.Prefix.String()
	}
	return strings.TrimPrefix(fmt.Sprintf("%+v", v), "&")
}

// The trees are those of pySigma 1.5.1 (sigma/conditions.py, sigma/modifiers.py): its order, its alternatives, its parents.
func TestTreesHaveTheAuthorsShape(t *testing.T) {
	for _, tt := range []struct{ detection, want string }{
		{"a: {A: x, B: [y, z]}\ncondition: a", "(A=x & (^B=y | ^B=z))"},
		{"a: {A|contains|all: [x, y]}\ncondition: a", "(A=*x* & A=*y*)"},
		{"a: {A|windash|contains: ' -f'}\ncondition: a", "A={* -f*,* /f*,* –f*,* —f*,* ―f*}"},
		{"a: {A|base64offset|contains: abc}\ncondition: a", "A={*YWJj*,*FiY*,*hYm*}"},
		{"a: {A|windash|all: ['-a', b]}\ncondition: a", "(A={-a,/a,–a,—a,―a} & A={b})"},
		{"a: {A|re|i: 'x'}\ncondition: a", "A=/x/i"},
		{"a: {A|cased|startswith: x}\ncondition: a", "A=cased:x*"},
		{"a: {A|cidr: 192.0.2.7/24}\ncondition: a", "A=192.0.2.0/24"},
		{"a: {A|neq: x}\ncondition: a", "!A=x"},
		{"a: {A|gt: 1}\ncondition: a", "A={Op:gt Number:1 Part:}"},
		{"a: {A|hour|lt: 6}\ncondition: a", "A={Op:lt Number:6 Part:hour}"},
		{"a: {A|expand: '%admins%'}\ncondition: a", "(^A=root | ^A=adm*)"},
		{"a: {A|expand: '%other%x'}\ncondition: a", "A=%otherx"},
		{`a: {A: 'C:\\*\*?'}` + "\ncondition: a", `A=C:\**?`},
		{"a: {A: 1.50, B: 1e3, C: 7.0}\ncondition: a", "(A={Text:1.5} & B=1e3 & C={Text:7})"},
		{"a: [x, y]\ncondition: a", "(^=x | ^=y)"},
		{"a: [x, y, {B: z}]\ncondition: a", "(^=x | ^=y | ^B=z)"},
		{"a: {A: x}\nb: {B: y}\ncondition: a and not b", "(A=x & !B=y)"},
		// A selector counts as an OR even if it selects one search identifier.
		{"sel_a: {A: x}\ncondition: 1 of sel_*", "^A=x"},
		{"sel_a: {A: x}\ncondition: all of sel_*", "A=x"},
		{"a: {A: x}\nb: {B: y}\nc: {C: z}\ncondition: 2 of them", "((^A=x & ^B=y) | (^A=x & ^C=z) | (^B=y & ^C=z))"},
		{"a: {A: x}\ncondition: a and not 1 of f*", "A=x"},
		{"a: {A: x}\ncondition: a and 1 of f*", "never"},
		{"a: {A: x}\ncondition: a or 1 of f*", "^A=x"},
	} {
		r, list := parse(t, tt.detection)
		if r == nil {
			t.Errorf("%s: %s", tt.detection, list)
			continue
		}
		if got := show(r.Conditions[0]); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.detection, got, tt.want)
		}
	}
}

// A filter is added to each condition, and its names do not meet those of the rule.
func TestFiltersAreAddedToConditions(t *testing.T) {
	r, list := parse(t, "sel: {A: x}\ncondition: [all of them, sel]", "sel: {B: y}\ncondition: not 1 of them")
	if r == nil {
		t.Fatal(list)
	}
	for i, want := range []string{"(A=x & !^B=y)", "(A=x & !^B=y)"} {
		if got := show(r.Conditions[i]); got != want {
			t.Errorf("condition %d: got %s, want %s", i, got, want)
		}
	}
}

func TestValuesWithoutMeaningAreRefused(t *testing.T) {
	for _, detection := range []string{
		"a: {A|base64: 'x*'}\ncondition: a", "a: {A|cidr: x}\ncondition: a", "a: {A|base64offset: x}\ncondition: a",
	} {
		if r, list := parse(t, detection); r != nil || !strings.Contains(list, "error[") {
			t.Errorf("%s: got %v, %s", detection, r, list)
		}
	}
}

func FuzzFromRule(f *testing.F) {
	f.Add("a: {A|windash|contains: ' -f', B|base64offset: abc}\ncondition: a")
	f.Add("a: {A|re|i: 'x', B|cidr: '::1/33', C|fieldref|startswith: D}\nk: [x, {B: y}]\ncondition: not (a or 1 of k*)")
	f.Fuzz(func(t *testing.T, detection string) {
		if r, _ := parse(t, detection, "f: {A: x}\ncondition: not f"); r != nil {
			for _, c := range r.Conditions {
				show(c)
			}
		}
	})
}
