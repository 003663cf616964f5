// Package ruletest reads tests of rules and runs them. A test has events and says what a rule finds in them.
//
// Find reads the tests that belong to the rules of a set: files named <rule>.test.yaml beside the rules, tests in the rules
// themselves, samples named <rule>.events.json, and SigmaHQ's regression data. Run runs them with the code of a hunt: detection rules
// are matched against the events, correlations are hunted.
//
// Faults in test files are diagnostics. A test that cannot run never counts as passed.
package ruletest

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/source"
)

// A Case is one test.
type Case struct {
	// Name is what the file calls the test, else "match 1", "no match 2" and so on.
	Name string
	// Path is the file of the test, which may be that of the rule.
	Path string
	// Rules are the rules that the test is about; more than one if any of them may have the finding.
	Rules []ir.Reference
	// Rule is the title of the rule, or the words of the test for a rule that does not run.
	Rule string
	// Span is the expectation in the file.
	Span source.Span
	// Events are JSON texts in the order of the file.
	Events [][]byte
	// Want is what the test expects.
	Want Want
	// Skip is why the test does not run, "" if it runs.
	Skip string
	// Broken is why the test cannot run although it should, such as a rule with an error; it fails with this text.
	Broken string
}

// Any is a number in Want that any number of at least one satisfies.
const Any = -1

// Want is what a test expects.
type Want struct {
	// Count is the number of findings: matched events of a detection rule, bursts of a correlation. Any means at least one.
	Count int
	// Findings are the findings of a correlation, each once, in any order; Listed is set if the test lists them, and Count is then
	// their number.
	Findings []WantFinding
	Listed   bool
}

// A WantFinding is a finding that a test expects.
type WantFinding struct {
	Span source.Span
	// Group are the names and values of the group that the test names, in its order. Names that it leaves out are not compared.
	Group [][2]string
	// Events is the number of events, Any if the test does not say.
	Events int
}

// A Failure is one difference between what a test expects and what was found.
type Failure struct {
	Span source.Span
	// Message says what was expected and what was found, in one line.
	Message string
}

// A Result is the result of a test.
type Result struct {
	*Case
	// Failures are empty for a test that passed or was skipped.
	Failures []Failure
}
