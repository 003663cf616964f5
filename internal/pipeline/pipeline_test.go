package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// ruleText returns a rule with the given detection, indented by four blanks.
func ruleText(detection string) string {
	return "title: Odd Start\nid: 0c0d7c3a-5b1e-4a56-9d0a-000000000001\nstatus: test\ntags:\n    - attack.execution\ndate: 2026-03-10\n" +
		"logsource:\n    category: process_creation\n    product: windows\ndetection:\n" + detection + "\nlevel: high\n"
}

const simple = `    sel:
        EventID: 1
        Image|endswith: '\a.exe'
    condition: sel`

// parseRule parses a text with one rule.
func parseRule(t testing.TB, text string) *sigma.Rule {
	t.Helper()
	c, list := sigma.Parse(source.NewFile("rule.yml", text))
	if list.HasErrors() || len(c.Rules) != 1 {
		t.Fatalf("%v\n%s", list, text)
	}
	return c.Rules[0]
}

// mustLoad loads a pipeline without faults.
func mustLoad(t testing.TB, text string, opt Options) *Pipeline {
	t.Helper()
	p, list := Load(source.NewFile("p.yml", text), opt)
	if len(list) > 0 {
		t.Fatalf("%v", list)
	}
	return p
}

// detectionOf returns the detection of a rule as YAML, without indentation of the first level.
func detectionOf(rule *sigma.Rule) string {
	text := rule.String()
	text = text[strings.Index(text, "detection:\n")+len("detection:\n"):]
	var out []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "    ") {
			break
		}
		out = append(out, strings.TrimPrefix(line, "    "))
	}
	return strings.TrimSuffix(strings.Join(out, ""), "\n")
}

// apply applies a pipeline to a rule with a detection and returns its new detection, or the first error.
func apply(t testing.TB, text, detection string) string {
	t.Helper()
	rule := parseRule(t, ruleText(detection))
	_, list := NewChain(nil, mustLoad(t, text, Options{})).Rule(rule)
	if list.HasErrors() {
		return "error: " + list[0].Message
	}
	return detectionOf(rule)
}

func TestWalkingSkeleton(t *testing.T) {
	got := apply(t, `
name: skeleton
priority: 10
transformations:
- id: names
  type: field_name_mapping
  mapping:
    EventID: event_id
    Image: [process, exe]
  rule_conditions:
  - type: logsource
    product: windows
- type: change_logsource
  product: other
- type: add_condition
  conditions:
    index: $product-$service
  template: true
  negated: true
- type: field_name_mapping
  mapping: {event_id: wrong}
  rule_conditions:
  - type: logsource
    product: windows
`, simple)
	want := `sel:
    - event_id: 1
      process|endswith: '\a.exe'
    - event_id: 1
      exe|endswith: '\a.exe'
_cond_1:
    index: 'other-None'
condition: not _cond_1 and sel`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFaultsHaveTheirPositions(t *testing.T) {
	for name, c := range map[string]struct{ text, place, message string }{
		"unknown kind":       {"transformations:\n- type: field_name_maping\n  mapping: {}\n", "2:9", `unknown transformation "field_name_maping"`},
		"unknown parameter":  {"transformations:\n- type: field_name_prefix\n  prefix: a\n  bogus: 1\n", "4:3", `transformation field_name_prefix has no parameter "bogus"`},
		"missing parameter":  {"transformations:\n- type: field_name_prefix\n", "2:9", "transformation field_name_prefix needs the parameter prefix"},
		"unknown key":        {"transformation: []\n", "1:1", `a pipeline has no key "transformation"`},
		"priority":           {"priority: high\n", "1:11", `priority: expected a whole number, found "high"`},
		"a list":             {"- type: embed\n", "1:1", "expected a map, found a list"},
		"broken":             {"transformations:\n- type: [x\n", "2:1", "did not find expected"},
		"empty":              {"\n", "1:1", "the pipeline is empty"},
		"second step":        {"transformations:\n- type: field_name_prefix\n  prefix: a\n- type: bogus\n", "4:9", `unknown transformation "bogus"`},
		"condition":          {"transformations:\n- type: nest\n  items: []\n  rule_conditions:\n  - type: logsourc\n", "5:11", `unknown rule condition "logsourc"`},
		"empty log source":   {"transformations:\n- type: nest\n  items: []\n  rule_conditions:\n  - type: logsource\n", "5:11", "a log source needs category, product or service"},
		"expression":         {"transformations:\n- type: nest\n  items: []\n  rule_cond_expr: a and b\n  rule_conditions:\n    a: {type: is_sigma_rule}\n", "4:25", `rule_cond_expr: no condition is named "b"`},
		"unused condition":   {"transformations:\n- type: nest\n  items: []\n  rule_cond_expr: a\n  rule_conditions:\n    a: {type: is_sigma_rule}\n    b: {type: is_sigma_rule}\n", "7:5", `rule_cond_expr does not use the condition "b"`},
		"expression and op":  {"transformations:\n- type: nest\n  items: []\n  rule_cond_expr: a\n  rule_cond_op: or\n  rule_conditions:\n    a: {type: is_sigma_rule}\n", "4:19", "exclude one another"},
		"regular expression": {"transformations:\n- type: field_name_prefix\n  prefix: a\n  field_name_conditions:\n  - {type: include_fields, fields: ['('], mode: re}\n", "5:36", "fields: error parsing regexp"},
		"mapped to a number": {"transformations:\n- type: field_name_mapping\n  mapping: {EventID: 5}\n", "3:22", "mapping: expected a text or a list of texts, found 5"},
		"python":             {"transformations:\n- type: field_name_transform\n  mapping: {}\n  transform_func: str.lower\n", "2:9", "needs a function in Python"},
	} {
		t.Run(name, func(t *testing.T) {
			p, list := Load(source.NewFile("p.yml", c.text), Options{})
			if p != nil || !list.HasErrors() {
				t.Fatalf("got %v and %v, want an error", p, list)
			}
			at := list[0].Span.File.Position(list[0].Span.Start)
			if got := fmt.Sprintf("%d:%d", at.Line, at.Column); got != c.place || !strings.Contains(list[0].Message, c.message) {
				t.Errorf("got %s %s, want %s %s", got, list[0].Message, c.place, c.message)
			}
		})
	}
}
