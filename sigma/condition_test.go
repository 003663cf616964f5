package sigma

import (
	"fmt"
	"strings"
	"testing"
)

// shape writes a condition with all parentheses, so that precedence shows.
func shape(expr ConditionExpr) string {
	list := func(name string, operands []ConditionExpr) string {
		var parts []string
		for _, operand := range operands {
			parts = append(parts, shape(operand))
		}
		return name + "(" + strings.Join(parts, " ") + ")"
	}
	switch e := expr.(type) {
	case *AndExpr:
		return list("and", e.Operands)
	case *OrExpr:
		return list("or", e.Operands)
	case *NotExpr:
		return "not(" + shape(e.Operand) + ")"
	case *IdentifierExpr:
		return e.Name
	case *SelectorExpr:
		return fmt.Sprintf("%v/%d of %s", e.All, e.Count, e.Pattern)
	}
	return "?"
}

// Sigma rules specification 2.1, "Condition": or binds least, then and, then not, then selectors.
func TestConditionGrammar(t *testing.T) {
	for text, want := range map[string]string{
		"a":                               "a",
		"a and b and c":                   "and(a b c)",
		"a or b and c":                    "or(a and(b c))",
		"a and b or c and not d":          "or(and(a b) and(c not(d)))",
		"not a and b":                     "and(not(a) b)",
		"not (a or b)":                    "not(or(a b))",
		"not not a":                       "not(not(a))",
		"(a or b) and (c)":                "and(or(a b) c)",
		"a and (b and c)":                 "and(a and(b c))",
		"A AND b Or NOT c":                "or(and(A b) not(c))",
		"1 of them":                       "false/1 of them",
		"any of sel*":                     "false/1 of sel*",
		"ALL OF THEM":                     "true/0 of them",
		"3 of *_x and not 1 of filter*":   "and(false/3 of *_x not(false/1 of filter*))",
		"all of a*b*c":                    "true/0 of a*b*c",
		"all and any or of":               "or(and(all any) of)",
		"them":                            "them",
		"sel-1.x and _hidden":             "and(sel-1.x _hidden)",
		"(not(a)and(b))or(c)":             "or(and(not(a) b) c)",
		"\ta\n  or\r\n b":                 "or(a b)",
		"android or order and notable":    "or(android and(order notable))",
		"1 of selection* or 1 of other":   "or(false/1 of selection* false/1 of other)",
		"not 1 of them and all of them":   "and(not(false/1 of them) true/0 of them)",
		"((((a)))) or ((b) and (c or d))": "or(a and(b or(c d)))",
	} {
		expr, ok := parseCondition(text)
		if !ok {
			t.Errorf("%q cannot be read", text)
		} else if got := shape(expr); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// The place is that of the word that cannot stand there, or of the last word where something is missing.
func TestConditionFaults(t *testing.T) {
	for text, want := range map[string]string{
		"a and":                     "condition-syntax and",
		"and a":                     "condition-syntax and",
		"a b":                       "condition-syntax b",
		"a or or b":                 "condition-syntax or",
		"(a or b":                   "condition-syntax (",
		"a)":                        "condition-syntax )",
		"()":                        "condition-syntax )",
		"not":                       "condition-syntax not",
		"1 of":                      "condition-syntax of",
		"0 of a*":                   "condition-syntax 0",
		"some of a*":                "condition-syntax some",
		"all of (a)":                "condition-syntax (",
		"a and nope":                "unknown-search nope",
		"a and ab":                  "unknown-search ab",
		"all of x*":                 "empty-selector all of x*",
		"a | near a":                "near-aggregation near",
		"a | cont() > 5":            "unknown-aggregation cont",
		"a | sum() > 5":             "aggregation-syntax )",
		"a | count() 5":             "aggregation-syntax 5",
		"a | count() >":             "aggregation-syntax >",
		"a | count() > 0x5":         "aggregation-syntax 0x5",
		"a | count() by > 5":        "aggregation-syntax >",
		"a | count() > 5 and a":     "aggregation-syntax and",
		"a | count() by x > 5 by y": "aggregation-syntax by",
		"a |":                       "unknown-aggregation |",
	} {
		collection, list := parseText("title: t\nlogsource: {product: p}\ndetection:\n  a: {f: v}\n  condition: " + text + "\n  timeframe: 1m\n")
		if len(list) == 0 || len(collection.Rules) != 0 {
			t.Errorf("%q is read", text)
			continue
		}
		d := list[0]
		got := d.Code + " " + d.Span.Text()
		if got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestConditionWarnings(t *testing.T) {
	for text, want := range map[string]string{
		"a and not 1 of filter_*": "5:24 warning empty-selector",
		"3 of a*":                 "5:14 warning unreachable-count",
		"1 of _*":                 "",
		"all of them":             "",
	} {
		collection, list := parseText("title: t\nlogsource: {product: p}\ndetection:\n  a: {f: v}\n  condition: " + text + "\n  _b: {f: v}\n")
		expectCodes(t, list, want)
		if len(collection.Rules) != 1 {
			t.Errorf("%q drops the rule", text)
		}
	}
}

func TestSelect(t *testing.T) {
	d := &Detection{}
	for _, name := range []string{"selection_a", "_sel", "filter", "selection_b", "sel"} {
		d.Searches = append(d.Searches, &Search{Name: name})
	}
	for pattern, want := range map[string]string{
		"them": "selection_a filter selection_b sel", "*": "selection_a filter selection_b sel", "_*": "_sel",
		"sel*": "selection_a selection_b sel", "*_b": "selection_b", "s*_*": "selection_a selection_b", "sel": "sel",
		"se*el": "", "s*l": "sel", "*e*t*": "selection_a selection_b", "x*": "",
	} {
		var names []string
		for _, s := range d.Select(pattern) {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("Select(%q) = %q, want %q", pattern, got, want)
		}
	}
}
