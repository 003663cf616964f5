package pipeline

import "testing"

// The rule of the article that described overrides: an export of an instance that did not fail.
const exportRule = `    selection:
        eventName: 'CreateInstanceExportTask'
        eventSource: 'ec2.amazonaws.com'
    filter1:
        errorMessage|contains: '*'
    filter2:
        errorCode|contains: '*'
    filter3:
        responseElements|contains: 'Failure'
    condition: selection and not 1 of filter*`

func TestCloudTrailOverride(t *testing.T) {
	rule := parseRule(t, "title: Export\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n"+exportRule+"\n")
	if _, list := NewChain(nil, Embedded("ecs_cloudtrail")).Rule(rule); len(list) > 0 {
		t.Fatal(list)
	}
	want := `selection:
    event.action: 'CreateInstanceExportTask'
    event.provider: 'ec2.amazonaws.com'
_override_2:
    event.outcome: 'success'
condition: selection and _override_2`
	if got := detectionOf(rule); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOverride(t *testing.T) {
	const pattern = "transformations:\n- type: override\n  field: o\n  value: x\n  patterns:\n  - "
	for name, c := range map[string]struct{ pattern, detection, want string }{
		"leaf in a search":     {"{field: [A, B], value: 'a*'}", "    s:\n        A|startswith: a\n        C: 1\n    condition: s", "s:\n    o: 'x'\n    C: 1\ncondition: s"},
		"other value":          {"{field: A, value: b}", "    s:\n        A: a\n    condition: s", "s:\n    A: 'a'\ncondition: s"},
		"regular expression":   {"{field: A, regex: 'a+$'}", "    s:\n        A: [a, aa]\n    condition: s", "s:\n    o: 'x'\ncondition: s"},
		"one of two values":    {"{field: A, regex: 'a+$'}", "    s:\n        A: [a, b]\n    condition: s", "s:\n    A:\n        - 'a'\n        - 'b'\ncondition: s"},
		"or with a rest":       {"any: [{field: A}, {field: B}]", "    a:\n        A: 1\n    b:\n        B: 1\n    c:\n        C: 1\n    condition: a or c or b", "c:\n    C: 1\n_override_1:\n    o: 'x'\ncondition: _override_1 or c"},
		"a single alternative": {"any: [{field: A}, {field: B}]", "    a:\n        A: 1\n    c:\n        C: 1\n    condition: a or c", "a:\n    A: 1\nc:\n    C: 1\ncondition: a or c"},
		"list of maps":         {"any: [{field: A}, {field: B}]", "    s:\n        - A: 1\n        - B: 1\n    condition: s", "s:\n    - o: 'x'\ncondition: s"},
		"map":                  {"all: [{field: A}, {field: B}]", "    s:\n        A: 1\n        C: 1\n        B: 1\n    condition: s", "s:\n    o: 'x'\n    C: 1\ncondition: s"},
		"and":                  {"all: [{field: A}, not: {field: B}]", "    a:\n        A: 1\n    b:\n        B: 1\n    condition: a and not b", "_override_1:\n    o: 'x'\ncondition: _override_1"},
		"not, neq":             {"not: {field: A, value: 1}", "    s:\n        A|neq: 1\n    condition: s", "s:\n    o: 'x'\ncondition: s"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := apply(t, pattern+c.pattern+"\n", c.detection); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
