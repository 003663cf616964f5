package sigma

import (
	"fmt"
	"strings"
	"testing"
)

// Every field of the specification is kept; what it does not define stays reachable.
func TestRuleFields(t *testing.T) {
	collection, list := parseText(exampleRule)
	expectCodes(t, list, "")
	rule := collection.Rules[0]
	for name, c := range map[string]struct{ got, want any }{
		"title": {rule.Title, "Trail stopped"}, "id": {rule.ID, "929a690e-bef0-4204-a928-ef5e620d6fcc"},
		"name": {rule.Name, "trail_stopped"}, "taxonomy": {rule.Taxonomy, "sigma"}, "status": {rule.Status, "stable"},
		"description": {rule.Description, "First line\nsecond line\n"}, "license": {rule.License, "DRL-1.1"},
		"references": {fmt.Sprint(rule.References), "[https://example.com/a https://example.com/b?c=d#e]"},
		"author":     {rule.Author, "first author, second author"}, "date": {rule.Date, "2024-02-29"},
		"modified": {rule.Modified, "2025-08-02"}, "fields": {fmt.Sprint(rule.Fields), "[eventName]"},
		"falsepositives": {fmt.Sprint(rule.FalsePositives), "[Administrators]"}, "level": {rule.Level, "medium"},
		"tags": {fmt.Sprint(rule.Tags), "[attack.t1562.008 attack.defense-evasion]"}, "scope": {fmt.Sprint(rule.Scope), "[server]"},
		"related": {rule.Related[0].ID + rule.Related[0].Type + rule.Related[1].Type, "08fbc97d-0a2f-491c-ae21-8ffcfd3174e9derivedsimilar"},
		"product": {rule.LogSource.Product, "aws"}, "service": {rule.LogSource.Service, "cloudtrail"},
		"category": {rule.LogSource.Category, "audit"}, "definition": {rule.LogSource.Definition, "needs: management events"},
		"region": {rule.LogSource.Unknown[0].Value, "any"}, "custom": {rule.Unknown[1].Value, "yes"},
		"simulation": {
			fmt.Sprint(rule.Unknown[0].Value),
			"[map[big:18446744073709551615 float:1.5 list:[[] map[] [1 [2]]] n:3 none:<nil> off:false type:test]]",
		},
		"title place": {rule.TitleSpan.Text(), "Trail stopped"}, "level place": {rule.LevelSpan.Text(), "medium"},
		"searches":   {fmt.Sprint(len(rule.Detection.Searches)), "4"},
		"conditions": {rule.Detection.Conditions[1].Text, "keywords or (selection and keywords)"},
		"span":       {strings.TrimSpace(rule.Span.Text()), strings.TrimSpace(exampleRule)},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", name, c.got, c.want)
		}
	}
}

// A map is "and", a list of maps "or", a list of values one item of keywords, and lists may mix both.
func TestSearchShapes(t *testing.T) {
	for text, want := range map[string]string{
		"{a: 1, b: [x, y]}":      "AllOf(a=1 b=x,y)",
		"[{a: 1}, {b: 2, c: 3}]": "AnyOf(AllOf(a=1) AllOf(b=2 c=3))",
		"[x, y]":                 "=x,y",
		"word":                   "=word",
		"[x, {a: 1}, y, z]":      "AnyOf(=x AllOf(a=1) =y,z)",
		"[{a: 1}]":               "AnyOf(AllOf(a=1))",
		"{'|all': [x, y]}":       "AllOf(|all=x,y)",
		"{a.b|re|i: x}":          "AllOf(a.b|re|i=x)",
	} {
		collection, list := parseText("title: t\nlogsource: {product: p}\ndetection: {s: " + text + ", condition: s}\n")
		expectCodes(t, list, "")
		if got := searchShape(collection.Rules[0].Detection.Searches[0].Expr); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func searchShape(expr SearchExpr) string {
	list := func(name string, exprs []SearchExpr) string {
		var parts []string
		for _, e := range exprs {
			parts = append(parts, searchShape(e))
		}
		return name + "(" + strings.Join(parts, " ") + ")"
	}
	switch e := expr.(type) {
	case *AllOf:
		return list("AllOf", e.Exprs)
	case *AnyOf:
		return list("AnyOf", e.Exprs)
	case *Item:
		key := e.Field
		for _, m := range e.Modifiers {
			key += "|" + m.Name
		}
		var texts []string
		for _, v := range e.Values {
			texts = append(texts, v.Text)
		}
		return key + "=" + strings.Join(texts, ",")
	}
	return "?"
}

// Only what cannot be given a meaning drops a rule.
func TestRulesThatBreakTheSpecification(t *testing.T) {
	const detection = "detection: {s: {a: b}, condition: s}\n"
	const start = "title: t\nlogsource: {product: p}\n"
	for text, want := range map[string]string{
		"logsource: {product: p}\n" + detection:                         "1:1 warning missing-title",
		"title: t\n" + detection:                                        "1:1 warning missing-logsource",
		"title: t\nlogsource: {}\n" + detection:                         "2:12 warning missing-logsource",
		"title: t\nlogsource: windows\n" + detection:                    "2:12 error wrong-logsource",
		"title: t\nlogsource: {producct: p, service: s}\n" + detection:  "2:13 warning unknown-key",
		start + "id: abc\n" + detection:                                 "3:5 warning invalid-id",
		start + "status: stabel\n" + detection:                          "3:9 warning unknown-status",
		start + "level: severe\n" + detection:                           "3:8 warning unknown-level",
		start + "level: High\n" + detection:                             "3:8 warning unknown-level",
		start + "date: 2024/01/31\n" + detection:                        "3:7 note old-date",
		start + "date: 2023-02-29\n" + detection:                        "3:7 warning invalid-date",
		start + "modified: soon\n" + detection:                          "3:11 warning invalid-date",
		start + "tags: [attack]\n" + detection:                          "3:8 warning invalid-tag",
		start + "tags: [attack.T1078]\n" + detection:                    "3:8 warning invalid-tag",
		start + "related: [{id: x, type: copy}]\n" + detection:          "3:25 warning unknown-relation",
		start + "related: x\n" + detection:                              "3:10 warning wrong-type",
		start + "title2: {a: b}\n" + detection:                          "",
		start + "leve: high\n" + detection:                              "3:1 warning unknown-key",
		start + "references: {a: b}\n" + detection:                      "3:13 warning wrong-type",
		start + "falsepositives: none known\n" + detection:              "",
		start + "detections: {s: {a: b}, condition: s}\n":               "1:1 error not-a-rule",
		start + "detection: {s: {a: b}}\n":                              "3:12 error missing-condition",
		start + "detection: {s: {a: b}, condition: }\n":                 "3:35 error missing-condition",
		start + "detection: {condition: s}\n":                           "3:12 error empty-detection",
		start + "detection: s\n":                                        "3:12 error empty-detection",
		start + "detection: {s: , condition: s}\n":                      "3:13 error empty-search",
		start + "detection: {s: [], condition: s}\n":                    "3:13 error empty-search",
		start + "detection: {s: {}, condition: s}\n":                    "3:13 error empty-search",
		start + "detection: {s: [[a]], condition: s}\n":                 "3:17 error nested-value",
		start + "detection: {s: {a: b}, condition: s, timeframe: 5m}\n": "3:49 warning unused-timeframe",
		start + "detection: {s: {a: b}, condition: [s, not s]}\n":       "",
		start + "action: globl\n" + detection:                           "3:9 error unknown-action",
		"action: repeat\n" + start + detection:                          "1:9 error unknown-action",
	} {
		collection, list := parseText(text)
		expectCodes(t, list, want)
		if loaded := len(collection.Rules) == 1; loaded == list.HasErrors() {
			t.Errorf("%s: loaded is %v", text, loaded)
		}
		for _, d := range list {
			if d.Severity == 0 && d.Code == "unknown-action" && strings.Contains(text, "globl") && d.Fix == nil {
				t.Error("no fix for a near name")
			}
		}
	}
	collection, _ := parseText(start + "level: High\nstatus: odd\n" + detection)
	if rule := collection.Rules[0]; rule.Level != "high" || rule.Status != "odd" {
		t.Errorf("level %q, status %q", rule.Level, rule.Status)
	}
}

func TestFilters(t *testing.T) {
	collection, list := parseText(exampleFilter)
	expectCodes(t, list, "")
	f := collection.Filters[0]
	if f.Any || fmt.Sprint(textValues(f.Rules)) != "[6f3e2987-db24-4c78-a860-b4f4095a7095 login_on_jump_host]" ||
		f.LogSource.Product != "windows" || len(f.Detection.Searches) != 1 || f.Title != "Administrators" {
		t.Errorf("%+v", f)
	}
	const start = "title: t\nlogsource: {product: p}\nfilter: {s: {a: b}, "
	for text, want := range map[string]string{
		"rules: any, condition: not s}":              "any",
		"rules: ANY, condition: not s}":              "any",
		"rules: [any], condition: not s}":            "any",
		"rules: one, condition: not s}":              "one",
		"rules: [one, two], condition: not 1 of s*}": "one two",
		"rules: any, condition: s}":                  "any 3:44 warning filter-without-not",
		"rules: any, condition: s or (s and not s)}": "any",
		"rules: [], condition: not s}":               "3:28 error filter-without-rules",
		"condition: not s}":                          "3:9 error filter-without-rules",
		"rules: any}":                                "3:9 error missing-condition",
	} {
		collection, list := parseText(start + text + "\n")
		var got []string
		for _, f := range collection.Filters {
			if f.Any {
				got = append(got, "any")
			}
			got = append(got, textValues(f.Rules)...)
		}
		if list != nil {
			got = append(got, codes(list))
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%s gives %q, want %q", text, joined, want)
		}
	}
}

// The rule collections of Sigma before 2.0.
func TestActions(t *testing.T) {
	collection, list := parseText(`action: global
title: shared
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
logsource: {product: p}
detection: {condition: 1 of s*}
---
action: global
level: low
---
detection: {s1: {a: 1}}
---
level: high
detection: {s2: {b: 2}}
---
action: repeat
title: again
detection: {s2: {c: 3}, s3: {d: 4}}
---
title: c
correlation: {type: temporal, rules: [x], group-by: [a], timespan: 1h}
---
action: reset
---
title: alone
logsource: {product: q}
detection: {s: {e: 5}, condition: s}
`)
	expectCodes(t, list, "")
	var got []string
	for _, rule := range collection.Rules {
		line := fmt.Sprintf("%s %s %s %v", rule.Title, rule.Level, rule.LogSource.Product, rule.SharedID)
		for _, s := range rule.Detection.Searches {
			line += " " + s.Name + searchShape(s.Expr)
		}
		got = append(got, line)
	}
	want := `shared low p true s1AllOf(a=1)
shared high p true s2AllOf(b=2)
again high p true s2AllOf(b=2 c=3) s3AllOf(d=4)
alone  q false sAllOf(e=5)`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if c := collection.Correlations[0]; c.Level != "" || c.ID != "" {
		t.Errorf("the correlation took from the global document: %+v", c.Meta)
	}
}

func TestNearNamesAreProposed(t *testing.T) {
	_, list := parseText("title: t\nlogsource: {product: p}\ndetection: {selection: {a|contanis: b}, condition: selectoin}\n")
	if len(list) != 2 || list[0].Help != `the nearest name is "contains"` || list[1].Fix == nil || list[1].Fix.Text != "selection" {
		t.Errorf("%+v", list)
	}
}

func TestParseIsSafeForConcurrentUse(t *testing.T) {
	done := make(chan string)
	for range 4 {
		go func() {
			collection, _ := parseText(exampleRule + "---\n" + exampleCorrelation + "---\n" + exampleFilter)
			text, err := Print(collection)
			if err != nil {
				text = err.Error()
			}
			done <- text
		}()
	}
	first := <-done
	for range 3 {
		if <-done != first {
			t.Error("results differ")
		}
	}
}
