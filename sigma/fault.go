package sigma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// Each message of this package is built by one function, here or in another fault file, so that its wording is in one
// place. A diagnostic of severity error drops the document.

// nearHelp suggests a name; it returns "" if there is none.
func nearHelp(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("the nearest name is %q", near)
}

// nearFix returns a fix that replaces the span with a similar name, nil if there is none.
func nearFix(span source.Span, near string) *diag.Fix {
	if near == "" {
		return nil
	}
	return &diag.Fix{Span: span, Text: near}
}

func nearOf(name string, known []string) string { return diag.Near(name, known) }

// joinHelp joins help texts and skips empty ones.
func joinHelp(helps ...string) string {
	return strings.Join(slices.DeleteFunc(helps, func(h string) bool { return h == "" }), "; ")
}

// orList joins words: "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// values joins at most eight texts of a list.
func values(list []Text) string {
	var words []string
	for i, t := range list {
		if i == 8 {
			words = append(words, "…")
			break
		}
		words = append(words, t.Value)
	}
	return strings.Join(words, ", ")
}

func searchNames(searches []*Search) []Text {
	names := make([]Text, 0, len(searches))
	for _, s := range searches {
		names = append(names, Text{Value: s.Name})
	}
	return names
}

func notUTF8(span source.Span, encoding string) diag.Diagnostic {
	message := "invalid UTF-8"
	if encoding != "" {
		message = "the file is encoded as " + encoding + ", expected UTF-8"
	}
	return diag.Diagnostic{Code: "not-utf8", Message: message, Span: span, Help: "save the file as UTF-8"}
}

func controlCharacter(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "control-character", Span: span,
		Message: fmt.Sprintf("control character %+q is not allowed in YAML", span.Text()),
		Help:    `write it as an escape in double quotes, such as "\x07"`,
	}
}

func emptyFile(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "empty-file", Severity: diag.Warning, Span: span,
		Message: "the file has no rule", Help: "remove the file or add a rule",
	}
}

func documentTooLarge(span source.Span, size int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "document-too-large", Span: span,
		Message: fmt.Sprintf("the document has %d bytes, more than the limit of %d", size, maxDocument),
		Help:    "split long lists of values into several rules",
	}
}

func yamlSyntax(span source.Span, message string) diag.Diagnostic {
	help := ""
	switch {
	case strings.Contains(message, "mapping values are not allowed"):
		help = "quote a text that contains a colon and a space, or indent the line like its neighbors"
	case strings.Contains(message, "did not find expected key"):
		help = "indent the line like its neighbors"
	case strings.Contains(message, "tab character"):
		help = "indent with spaces"
	case strings.Contains(message, "unknown anchor"), strings.Contains(message, "alphabetic or numeric"):
		help = "quote a text that begins with *"
	case strings.Contains(message, "cannot start any token"):
		help = "indent with spaces, and quote a text that begins with %, @ or `"
	case strings.Contains(message, "unknown escape"):
		help = "use single quotes for texts with backslashes"
	}
	return diag.Diagnostic{Code: "yaml-syntax", Message: "not valid YAML: " + message, Span: span, Help: help}
}

func nestedTooDeeply(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "nested-too-deeply", Span: span,
		Message: fmt.Sprintf("maps and lists are nested more than %d deep", maxDepth),
	}
}

func cyclicAlias(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "cyclic-alias", Span: span,
		Message: fmt.Sprintf("alias %q is inside the value that it refers to", name),
	}
}

func tooManyAliases(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "too-many-aliases", Span: span,
		Message: fmt.Sprintf("aliases add more than %d values to the document", aliasAllowance),
	}
}

// severityOf returns Error if losing the entry would change what a rule finds, otherwise Warning.
func severityOf(strict bool) diag.Severity {
	if strict {
		return diag.Error
	}
	return diag.Warning
}

func invalidKey(span source.Span, strict bool) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-key", Severity: severityOf(strict), Span: span,
		Message: "expected a string as the key, found a list, a map or null",
	}
}

func duplicateKey(span, first source.Span, key string, strict bool) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "duplicate-key", Severity: severityOf(strict), Span: span,
		Labels:  []diag.Label{{Span: first, Text: "the first"}},
		Message: fmt.Sprintf("duplicate key %q", key),
		Help:    "only the first one is used",
	}
	if strict {
		d.Help = "put all values in one list, or use a second search identifier"
	}
	return d
}

func invalidMerge(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-merge", Span: span,
		Message: "expected a map or a list of maps after the merge key <<",
	}
}

func wrongType(span source.Span, key, expected string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "wrong-type", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("expected %s as %s", expected, key),
	}
}

func unusableTag(span source.Span, tag string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unusable-tag", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("YAML tag %q does not fit the value, which is read as a string", tag),
	}
}

func nothingToRepeat(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-action", Span: span,
		Message: "no rule precedes this document, so there is nothing to repeat",
	}
}

func unknownAction(span source.Span, name string) diag.Diagnostic {
	near := diag.Near(name, []string{"global", "repeat", "reset"})
	return diag.Diagnostic{
		Code: "unknown-action", Span: span, Fix: nearFix(span, near),
		Message: fmt.Sprintf("action %q is not defined, expected global, repeat or reset", name),
		Help:    nearHelp(near),
	}
}

func tooManyMerged(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "document-too-large", Span: span,
		Message: fmt.Sprintf("action documents add more than %d values to the rules of this file", maxMerged),
	}
}

func notARule(span source.Span, near string) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "not-a-rule", Span: span,
		Message: "expected a section detection, correlation or filter, found none",
	}
	if near != "" {
		d.Help = fmt.Sprintf("the key %q looks like a misspelled section", near)
	}
	return d
}
