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

// lowerWith lowers a rule whose `detection:` contains the given lines.
func lowerWith(t *testing.T, detection string, opt Options) (*ir.Query, diag.List) {
	t.Helper()
	text := "title: t\nlogsource:\n    product: test\ndetection:\n" + detection
	collection, list := sigma.Parse(source.NewFile("rule.yml", text))
	if len(collection.Rules) != 1 {
		t.Fatalf("sigma.Parse rejected %.200q: %v", text, list)
	}
	return Rule(collection.Rules[0], opt)
}

// valuesOf returns the lines of a search for n values of one field, and the condition.
func valuesOf(field string, n int, value func(i int) string) string {
	var out strings.Builder
	out.WriteString("    s:\n        " + field + ":\n")
	for i := range n {
		fmt.Fprintf(&out, "            - '%s'\n", value(i))
	}
	return out.String() + "    condition: s\n"
}

// nodes returns the number of nodes of an expression, counting shared nodes at each occurrence.
func nodes(e ir.Expr) int { return size(e, 1<<30) }

// A rule that exceeds a limit gets one diagnostic. Ordinary rules stay below the limits.
func TestRuleUsesBoundedResources(t *testing.T) {
	many := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprint("v", i)
		}
		return list
	}
	opt := Options{Placeholders: map[string][]string{"few": many(3), "many": many(60_000), "some": many(300)}}
	fourDashes := func(i int) string { return fmt.Sprintf(" -a%d -b -c -d", i) }
	searches := func(n int, condition string) string {
		var out strings.Builder
		for i := range n {
			fmt.Fprintf(&out, "    s%d:\n        a: v%d\n", i, i)
		}
		return out.String() + "    condition: " + condition + "\n"
	}
	for _, c := range []struct{ name, detection, code string }{
		{"a few dashes", valuesOf("a|windash|base64offset|contains", 100, func(i int) string { return fmt.Sprintf("-a%d -b", i) }), ""},
		{"400 values of four dashes", valuesOf("a|windash|base64offset|contains", 400, fourDashes), "too-many-values"},
		{"400 values of four dashes without offsets", valuesOf("a|windash|wide|base64", 400, fourDashes), "too-many-values"},
		{"a long value of four dashes", valuesOf("a|windash|base64offset", 1, func(int) string { return fourDashes(1) + strings.Repeat("x", 100_000) }), "too-many-values"},
		{"a long placeholder list", valuesOf("a|expand", 1, func(int) string { return "%many%" }), ""},
		{"two long placeholder lists", valuesOf("a|expand", 2, func(int) string { return "%many%" }), "too-many-values"},
		{"a product of placeholder lists", valuesOf("a|expand", 1, func(int) string { return "%some%%some%%some%" }), "too-many-values"},
		{"encoded placeholder lists", valuesOf("a|expand|base64offset", 1, func(int) string { return "%some%%some%" }), "too-many-values"},
		{"the same search in several conditions", searches(20, "1 of s* and not (s1 or s2) or all of s1*"), ""},
		{"1 of them, many times", searches(1000, strings.Repeat("1 of them or ", 2000)+"s1"), "condition-too-wide"},
		{"combinations, many times", searches(40, strings.Repeat("2 of them or ", 2000)+"s1"), "condition-too-wide"},
		{"a long search, many times", strings.Replace(valuesOf("a", 5000, func(i int) string { return fmt.Sprint(i) }),
			"condition: s", "condition: "+strings.Repeat("s or ", 2000)+"s", 1), "condition-too-wide"},
		{"medium expressions", valuesOf("a|re", 20, func(i int) string { return fmt.Sprintf("(abc%d){100}", i) }), ""},
		{"large repetitions", valuesOf("a|re", 100, func(i int) string { return fmt.Sprintf("([a-z]+x%d){1,900}", i) }), "regex-too-large"},
		{"repetitions of long texts", valuesOf("a|re", 1, func(int) string { return "(" + strings.Repeat("abc", 1000) + "){200}" }), "regex-too-large"},
	} {
		query, list := lowerWith(t, c.detection, opt)
		if c.code == "" {
			if query == nil || len(list) > 0 {
				t.Errorf("%s: got %v, want no diagnostics", c.name, list)
			}
			continue
		}
		if query != nil || len(list) != 1 || list[0].Code != c.code {
			t.Errorf("%s: got %d diagnostics, want one %s: %.300v", c.name, len(list), c.code, list)
		}
	}
}

// The budget also bounds a small file with many rules.
func TestRulesOfFileShareBudget(t *testing.T) {
	opt := Options{Budget: &Budget{}}
	rule := valuesOf("a|windash|base64offset|contains", 10, func(i int) string { return fmt.Sprintf(" -a%d -b -c -d", i) })
	made, refused := 0, 0
	for range 50 {
		query, list := lowerWith(t, rule, opt)
		if query == nil {
			if refused++; list[0].Code != "too-many-values" || !strings.Contains(list[0].Message, "the rules of this file") {
				t.Fatal(list)
			}
			continue
		}
		made += nodes(query.Where)
	}
	if made > 100_000 || made < 50_000 || refused == 0 {
		t.Errorf("got %d nodes and %d refused rules, want 50,000 to 100,000 nodes and some refused rules", made, refused)
	}
}
