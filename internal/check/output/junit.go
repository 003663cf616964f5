package output

import (
	"cmp"
	"io"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/junit"
)

// WriteJUnit writes a test case for each rule of each file, a suite for each file. A rule fails once for each of its diagnostics that
// is not informational. The name of a case is the rule's title.
func WriteJUnit(w io.Writer, result *check.Result, _ Options) error {
	byCase := map[check.Case][]*check.Diagnostic{}
	ofFile := map[string]check.Case{}
	for _, c := range result.Cases {
		if _, found := ofFile[c.Path]; !found {
			ofFile[c.Path] = c
		}
		byCase[c] = nil
	}
	for _, d := range result.Diagnostics {
		c := check.Case{Path: d.Span.File.Name, Rule: d.Rule, Title: d.RuleTitle}
		if _, found := byCase[c]; !found {
			c = ofFile[c.Path]
		}
		byCase[c] = append(byCase[c], d)
	}
	out := &junit.Report{Name: "egret check"}
	written := map[check.Case]bool{}
	for _, c := range result.Cases {
		if written[c] {
			continue // a rule that stands in the file twice
		}
		written[c] = true
		if n := len(out.Suites); n == 0 || out.Suites[n-1].Name != c.Path {
			out.Suites = append(out.Suites, &junit.Suite{Name: c.Path})
		}
		one := junit.Case{Name: cmp.Or(c.Title, c.Path), Class: c.Path}
		for _, d := range byCase[c] {
			text := d.Diag().String()
			if d.Level == check.Informational {
				one.Output += text
				continue
			}
			one.Failures = append(one.Failures, junit.Failure{Message: d.Message, Type: d.Check.ID, Text: text})
		}
		suite := out.Suites[len(out.Suites)-1]
		suite.Cases = append(suite.Cases, one)
	}
	return junit.Write(w, out)
}
