package output

import (
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/check"
)

// The elements of JUnit's reports, as the XML schema of Jenkins' xUnit plug-in has them (junit-10.xsd).

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
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
	Failures  []junitFailure `xml:"failure"`
	Output    string         `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

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
	out := junitSuites{Name: "egret check"}
	written := map[check.Case]bool{}
	for _, c := range result.Cases {
		if written[c] {
			continue // a rule that stands in the file twice
		}
		written[c] = true
		if n := len(out.Suites); n == 0 || out.Suites[n-1].Name != clean(c.Path) {
			out.Suites = append(out.Suites, junitSuite{Name: clean(c.Path)})
		}
		suite := &out.Suites[len(out.Suites)-1]
		one := junitCase{Name: clean(c.Title), Classname: clean(c.Path), Time: "0"}
		if one.Name == "" {
			one.Name = one.Classname
		}
		for _, d := range byCase[c] {
			text := d.Diag().String()
			if d.Level == check.Informational {
				one.Output += clean(text)
				continue
			}
			one.Failures = append(one.Failures, junitFailure{clean(d.Message), d.Check.ID, clean(text)})
		}
		suite.Tests++
		out.Tests++
		if len(one.Failures) > 0 {
			suite.Failures++
			out.Failures++
		}
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
