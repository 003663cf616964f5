// Package output writes the result of checks: as text for people, and as JSON, SARIF, JUnit and annotations of GitHub for programs.
//
// The package runs no checks and opens no files.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/term"
)

// A Format writes a result.
type Format struct {
	Name, Help string
	Write      func(w io.Writer, result *check.Result, options Options) error
}

// Options say how a result is written. The zero value writes plain text.
type Options struct {
	// Color adds terminal colours to text.
	Color bool
	// Version is the version of egret that reports name.
	Version string
	// Quiet leaves out the source lines and the summary of text.
	Quiet bool
}

// Formats are all formats, sorted by name.
var Formats = []Format{
	{"github", "commands that annotate a pull request in a workflow of GitHub", writeGitHub},
	{"json", "one JSON object with diagnostics and a summary", writeJSON},
	{"junit", "JUnit XML: a test case for each rule", WriteJUnit},
	{"sarif", "SARIF 2.1.0, for code scanning", writeSARIF},
	{"text", "diagnostics with source lines, and a summary", writeText},
}

// Names are the names of the formats.
func Names() []string {
	names := make([]string, len(Formats))
	for i := range Formats {
		names[i] = Formats[i].Name
	}
	return names
}

// Find returns the format with a name, nil if there is none.
func Find(name string) *Format {
	for i := range Formats {
		if Formats[i].Name == name {
			return &Formats[i]
		}
	}
	return nil
}

// jsonDiagnostic is a diagnostic in JSON.
type jsonDiagnostic struct {
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	EndLine  int    `json:"end_line"`
	EndCol   int    `json:"end_column"`
	Check    string `json:"check"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	RuleID   string `json:"rule_id"`
	Rule     string `json:"rule_title"`
	Help     string `json:"help,omitempty"`
	Fixable  bool   `json:"fixable"`
}

// jsonCount is a line of the summary in JSON.
type jsonCount struct {
	Check       string `json:"check"`
	Severity    string `json:"severity"`
	Count       int    `json:"count"`
	Description string `json:"description"`
}

func writeJSON(w io.Writer, result *check.Result, _ Options) error {
	summary := result.Summary()
	list := make([]jsonDiagnostic, 0, len(result.Diagnostics))
	for _, d := range result.Diagnostics {
		from, to := d.Span.File.Position(d.Span.Start), d.Span.File.Position(d.Span.End)
		list = append(list, jsonDiagnostic{
			Path: d.Span.File.Name, Line: from.Line, Column: from.Column, EndLine: to.Line, EndCol: to.Column, Check: d.Check.ID,
			Severity: d.Level.String(), Message: d.Message, RuleID: d.Rule, Rule: d.RuleTitle, Help: d.Help, Fixable: len(d.Fixes) > 0,
		})
	}
	counts := make([]jsonCount, 0, len(summary.Checks))
	for _, c := range summary.Checks {
		counts = append(counts, jsonCount{c.Check.ID, c.Level.String(), c.Count, c.Check.Title})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"diagnostics": list,
		"summary": map[string]any{
			"files": result.Files, "documents": result.Documents, "errors": summary.Errors, "condition_errors": summary.Conditions,
			"issues": summary.Issues, "suppressed": result.Suppressed, "checks": counts,
		},
	})
}

func writeText(w io.Writer, result *check.Result, options Options) error {
	for _, d := range result.Diagnostics {
		var err error
		if options.Quiet {
			p := d.Span.File.Position(d.Span.Start)
			_, err = fmt.Fprintf(w, "%s:%d:%d: %s[%s]: %s\n", diag.Safe(d.Span.File.Name), p.Line, p.Column, d.Level, d.Check.ID, diag.Safe(d.Message))
		} else {
			err = diag.List{d.Diag()}.Write(w, diag.Options{Color: options.Color})
		}
		if err != nil {
			return err
		}
	}
	if options.Quiet {
		return nil
	}
	return writeSummary(w, result, options)
}

// writeSummary prints the closing line and the table of checks.
func writeSummary(w io.Writer, result *check.Result, options Options) error {
	s := result.Summary()
	var out strings.Builder
	if len(result.Diagnostics) > 0 {
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "Found %s, %s and %s in %s.\n", term.Plural(s.Errors, "error"), term.Plural(s.Conditions, "condition error"),
		term.Plural(s.Issues, "issue"), term.Plural(result.Files, "file"))
	if result.Suppressed > 0 {
		fmt.Fprintf(&out, "%s silenced by comments and the configuration.\n", term.Plural(result.Suppressed, "diagnostic"))
	}
	if len(s.Checks) > 0 {
		rows := [][4]string{{"Count", "Issue", "Severity", "Description"}}
		widths := [3]int{5, 5, 8}
		for _, c := range s.Checks {
			row := [4]string{term.Count(c.Count), c.Check.ID, c.Level.String(), c.Check.Title}
			rows = append(rows, row)
			for i := range widths {
				widths[i] = max(widths[i], term.Width(row[i]))
			}
		}
		out.WriteByte('\n')
		for i, row := range rows {
			line := fmt.Sprintf("%*s  %s  %s  %s", widths[0], row[0], term.Pad(row[1], widths[1]), term.Pad(row[2], widths[2]), row[3])
			if i == 0 {
				line = term.Paint(options.Color, term.Bold, line)
			}
			out.WriteString(line + "\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// writeGitHub prints workflow commands, which GitHub shows as annotations (docs.github.com, "Workflow commands").
func writeGitHub(w io.Writer, result *check.Result, _ Options) error {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, d := range result.Diagnostics {
		from, to := d.Span.File.Position(d.Span.Start), d.Span.File.Position(d.Span.End)
		message := d.Message
		if d.Help != "" {
			message += "\n" + d.Help
		}
		place := fmt.Sprintf("line=%d,col=%d", from.Line, from.Column)
		if to.Line == from.Line {
			place += fmt.Sprintf(",endColumn=%d", max(to.Column, from.Column+1))
		} else {
			place += fmt.Sprintf(",endLine=%d", to.Line)
		}
		_, err := fmt.Fprintf(w, "::%s file=%s,%s,title=%s::%s\n", githubWord(d.Level), property.Replace(d.Span.File.Name), place,
			property.Replace(d.Check.ID), data.Replace(diag.Safe(message)))
		if err != nil {
			return err
		}
	}
	s := result.Summary()
	_, err := fmt.Fprintf(w, "::notice title=egret check::Found %s, %s and %s in %s.\n", term.Plural(s.Errors, "error"),
		term.Plural(s.Conditions, "condition error"), term.Plural(s.Issues, "issue"), term.Plural(result.Files, "file"))
	return err
}

// githubWord returns the command for a level.
func githubWord(level check.Level) string {
	switch level.Severity() {
	case diag.Error:
		return "error"
	case diag.Warning:
		return "warning"
	case diag.Note:
	}
	return "notice"
}
