package testcli

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
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

// The elements of JUnit's reports, as the XML schema of Jenkins' xUnit plug-in has them (junit-10.xsd).

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string         `xml:"name,attr"`
	Classname string         `xml:"classname,attr"`
	Time      string         `xml:"time,attr"`
	Skipped   *junitSkipped  `xml:"skipped"`
	Failures  []junitFailure `xml:"failure"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes a suite for each file of tests.
func writeJUnit(w io.Writer, report *ruletest.Report) error {
	out := junitSuites{Name: "egret test"}
	byPath := map[string]*junitSuite{}
	for _, res := range report.Results {
		suite := byPath[res.Path]
		if suite == nil {
			suite = &junitSuite{Name: clean(res.Path)}
			byPath[res.Path] = suite
			out.Suites = append(out.Suites, suite)
		}
		one := junitCase{Name: clean(res.Name), Classname: clean(res.Rule), Time: "0"}
		for _, failure := range res.Failures {
			one.Failures = append(one.Failures, junitFailure{clean(failure.Message), "expectation", clean(at(failure.Span) + ": " + failure.Message)})
		}
		switch outcome(res) {
		case "failed":
			suite.Failures++
			out.Failures++
		case "skipped":
			suite.Skipped++
			one.Skipped = &junitSkipped{clean(res.Skip)}
		}
		suite.Tests++
		out.Tests++
		suite.Cases = append(suite.Cases, one)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// clean replaces characters that XML cannot hold.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 && c != '\n' && c != '\t' || c == 0x7f || c == utf8.RuneError || c == 0xfffe || c == 0xffff {
			return '?'
		}
		return c
	}, text)
}
