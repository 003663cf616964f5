package ruletest

import "testing"

// FuzzQueryTests checks that no file of tests of queries makes the reader panic, and that each test has a rule, a place and one
// expectation.
func FuzzQueryTests(f *testing.F) {
	f.Add("tests:\n- {name: a, rule: {detection: {s: {a: x}, condition: s}}, want: a}\n", false)
	f.Add("tests:\n- rule: |\n    title: a\n  refused: b\n  target: lucene\n  pipelines: [a]\n  exact: true\n  format: x\n", true)
	f.Add("tests: [&a {rule: *a, want: x, skip: y}]", true)
	f.Fuzz(func(t *testing.T, text string, isPipeline bool) {
		r := newReader("tiny.test.yaml", text)
		for _, test := range r.queryTests(QueryFile{Path: "tiny.test.yaml", Tested: "tiny.yaml", Pipeline: isPipeline}) {
			if test.rule == "" || test.Span.IsZero() || (test.want == "") == (test.refused == "") || (test.target == "") == isPipeline {
				t.Errorf("got %+v", test)
			}
		}
	})
}
