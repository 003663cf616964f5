// Package junit writes reports of tests as JUnit's XML, in the form that the XML schema of Jenkins' xUnit plug-in has
// (junit-10.xsd). It counts what it writes, and replaces characters that XML cannot hold.
package junit

import (
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"
)

// A Report is a list of suites, in the order of the output.
type Report struct {
	Name   string
	Suites []*Suite
}

// A Suite is a list of cases, such as those of a file.
type Suite struct {
	Name  string
	Cases []Case
}

// A Case is one test. It fails if it has Failures; else it is skipped if Skipped, which is the reason, is not empty.
type Case struct {
	Name, Class string
	Failures    []Failure
	Skipped     string
	// Output is text that the test printed; it may be empty.
	Output string
}

// A Failure is one reason why a case fails: in a line, of a type, and with all details.
type Failure struct {
	Message, Type, Text string
}

type suitesElement struct {
	XMLName  xml.Name       `xml:"testsuites"`
	Name     string         `xml:"name,attr"`
	Tests    int            `xml:"tests,attr"`
	Failures int            `xml:"failures,attr"`
	Suites   []suiteElement `xml:"testsuite"`
}

type suiteElement struct {
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Cases    []caseElement `xml:"testcase"`
}

type caseElement struct {
	Name     string           `xml:"name,attr"`
	Class    string           `xml:"classname,attr"`
	Time     string           `xml:"time,attr"`
	Skipped  *skippedElement  `xml:"skipped"`
	Failures []failureElement `xml:"failure"`
	Output   string           `xml:"system-out,omitempty"`
}

type skippedElement struct {
	Message string `xml:"message,attr"`
}

type failureElement struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// Write writes a report. It returns the first error of w.
func Write(w io.Writer, r *Report) error {
	out := suitesElement{Name: clean(r.Name)}
	for _, s := range r.Suites {
		suite := suiteElement{Name: clean(s.Name), Tests: len(s.Cases)}
		for i := range s.Cases {
			c := element(&s.Cases[i])
			if len(c.Failures) > 0 {
				suite.Failures++
			}
			if c.Skipped != nil {
				suite.Skipped++
			}
			suite.Cases = append(suite.Cases, c)
		}
		out.Tests += suite.Tests
		out.Failures += suite.Failures
		out.Suites = append(out.Suites, suite)
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

func element(c *Case) caseElement {
	out := caseElement{Name: clean(c.Name), Class: clean(c.Class), Time: "0", Output: clean(c.Output)}
	if c.Skipped != "" && len(c.Failures) == 0 {
		out.Skipped = &skippedElement{clean(c.Skipped)}
	}
	for _, f := range c.Failures {
		out.Failures = append(out.Failures, failureElement{clean(f.Message), f.Type, clean(f.Text)})
	}
	return out
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
