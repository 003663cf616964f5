package testcli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/junit"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/source"
)

// place returns file, line and column of a span.
func place(span source.Span) (string, source.Position) {
	if span.IsZero() {
		return "", source.Position{}
	}
	return span.File.Name, span.File.Position(span.Start)
}

func at(span source.Span) string {
	name, position := place(span)
	return fmt.Sprintf("%s:%d:%d", name, position.Line, position.Column)
}

// writeText writes failed and skipped tests, what is not covered, and the counts.
func (f *flags) writeText(w io.Writer, report *ruletest.Report, color bool) error {
	var b strings.Builder
	for _, res := range report.Results {
		for _, failure := range res.Failures {
			fmt.Fprintf(&b, "%s: %s %s: %s\n    %s\n", diag.Safe(at(failure.Span)), term.Paint(color, term.Error, "FAIL"), diag.Safe(res.Rule),
				diag.Safe(res.Name), diag.Safe(failure.Message))
		}
		if res.Skip != "" && !f.quiet {
			fmt.Fprintf(&b, "%s: %s %s: %s: %s\n", diag.Safe(at(res.Span)), term.Paint(color, term.Warning, "SKIP"), diag.Safe(res.Rule), diag.Safe(res.Name), diag.Safe(res.Skip))
		}
	}
	if c := report.Cover; c != nil {
		for _, info := range c.Untested {
			fmt.Fprintf(&b, "%s: no test: %s\n", diag.Safe(at(info.Origin.Place())), diag.Safe(info.Title))
		}
		for _, u := range c.Uncovered {
			fmt.Fprintf(&b, "%s: %s: %s\n", diag.Safe(at(u.Span)), missing(u), diag.Safe(u.Text))
		}
		fmt.Fprintf(&b, "%d of %s tested, %d of %s made true and false\n", c.Rules-len(c.Untested), term.Plural(c.Rules, "rule"),
			c.Predicates-len(c.Uncovered), term.Plural(c.Predicates, "predicate"))
	}
	if s := report.SQL; s != nil && !f.quiet {
		for _, refused := range s.Refused {
			fmt.Fprintf(&b, "%s: not in SQL: %s: %s\n", diag.Safe(at(refused.Rule.Origin.Place())), diag.Safe(refused.Rule.Title), diag.Safe(refused.Reason))
		}
		fmt.Fprintf(&b, "SQL in %s: %s on %s in %s\n", s.Engine, term.Plural(s.Rules, "rule"), term.Plural(s.Events, "event"), term.Plural(s.Statements, "statement"))
	}
	if f.noSQL != "" && !f.quiet {
		b.WriteString(f.noSQL + "\n")
	}
	passed, failed, skipped := report.Count()
	if !f.quiet || failed > 0 {
		fmt.Fprintf(&b, "%s: %d passed, %d failed, %d skipped\n", term.Plural(len(report.Results), "test"), passed, failed, skipped)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// missing says which results a predicate never had.
func missing(u ruletest.Uncovered) string {
	switch {
	case !u.True && !u.False:
		return "never evaluated"
	case !u.True:
		return "never true"
	}
	return "never false"
}

// The result in JSON; docs/guide/test.md describes it.

type jsonPlace struct {
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

type jsonReport struct {
	Tests   []jsonTest  `json:"tests"`
	Summary jsonSummary `json:"summary"`
	SQL     *jsonSQL    `json:"sql,omitempty"`
	Cover   *jsonCover  `json:"cover,omitempty"`
}

type jsonSummary struct {
	Tests   int `json:"tests"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

type jsonTest struct {
	jsonPlace

	Rule     string        `json:"rule"`
	Name     string        `json:"name"`
	Result   string        `json:"result"`
	Reason   string        `json:"reason,omitempty"`
	Failures []jsonFailure `json:"failures"`
}

type jsonFailure struct {
	jsonPlace

	Message string `json:"message"`
}

type jsonSQL struct {
	Engine     string        `json:"engine"`
	Rules      int           `json:"rules"`
	Events     int           `json:"events"`
	Statements int           `json:"statements"`
	Refused    []jsonRefused `json:"refused"`
}

type jsonRefused struct {
	jsonRule

	Reason string `json:"reason"`
}

type jsonCover struct {
	Rules      int             `json:"rules"`
	Untested   []jsonRule      `json:"untested"`
	Predicates int             `json:"predicates"`
	Uncovered  []jsonUncovered `json:"uncovered"`
}

type jsonRule struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Path  string `json:"path"`
}

type jsonUncovered struct {
	jsonPlace

	RuleID    string `json:"rule_id"`
	Predicate string `json:"predicate"`
	True      bool   `json:"true"`
	False     bool   `json:"false"`
}

func jsonAt(span source.Span) jsonPlace {
	name, position := place(span)
	return jsonPlace{name, position.Line, position.Column}
}

// outcome is passed, failed or skipped.
func outcome(res *ruletest.Result) string {
	switch {
	case len(res.Failures) > 0:
		return "failed"
	case res.Skip != "":
		return "skipped"
	}
	return "passed"
}

func writeJSON(w io.Writer, report *ruletest.Report) error {
	out := jsonReport{Tests: []jsonTest{}}
	out.Summary.Tests = len(report.Results)
	out.Summary.Passed, out.Summary.Failed, out.Summary.Skipped = report.Count()
	for _, res := range report.Results {
		test := jsonTest{jsonPlace: jsonAt(res.Span), Rule: res.Rule, Name: res.Name, Result: outcome(res), Reason: res.Skip, Failures: []jsonFailure{}}
		for _, failure := range res.Failures {
			test.Failures = append(test.Failures, jsonFailure{jsonAt(failure.Span), failure.Message})
		}
		out.Tests = append(out.Tests, test)
	}
	if s := report.SQL; s != nil {
		out.SQL = &jsonSQL{s.Engine, s.Rules, s.Events, s.Statements, []jsonRefused{}}
		for _, refused := range s.Refused {
			out.SQL.Refused = append(out.SQL.Refused, jsonRefused{jsonRule{refused.Rule.ID, refused.Rule.Title, refused.Rule.Path}, refused.Reason})
		}
	}
	if c := report.Cover; c != nil {
		out.Cover = &jsonCover{Rules: c.Rules, Predicates: c.Predicates, Untested: []jsonRule{}, Uncovered: []jsonUncovered{}}
		for _, info := range c.Untested {
			out.Cover.Untested = append(out.Cover.Untested, jsonRule{info.ID, info.Title, info.Path})
		}
		for _, u := range c.Uncovered {
			out.Cover.Uncovered = append(out.Cover.Uncovered, jsonUncovered{jsonAt(u.Span), u.Rule.ID, u.Text, u.True, u.False})
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

// writeJUnit writes a suite for each file of tests.
func writeJUnit(w io.Writer, report *ruletest.Report) error {
	out := &junit.Report{Name: "egret test"}
	byPath := map[string]*junit.Suite{}
	for _, res := range report.Results {
		suite := byPath[res.Path]
		if suite == nil {
			suite = &junit.Suite{Name: res.Path}
			byPath[res.Path] = suite
			out.Suites = append(out.Suites, suite)
		}
		one := junit.Case{Name: res.Name, Class: res.Rule, Skipped: res.Skip}
		for _, failure := range res.Failures {
			one.Failures = append(one.Failures, junit.Failure{Message: failure.Message, Type: "expectation", Text: at(failure.Span) + ": " + failure.Message})
		}
		suite.Cases = append(suite.Cases, one)
	}
	return junit.Write(w, out)
}
