package output

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/source"
)

// pages is where the pages of checks are.
const pages = "https://github.com/egret-hunt/egret/blob/main/docs/checks/"

// object is an object of SARIF (OASIS SARIF 2.1.0).
type object = map[string]any

func writeSARIF(w io.Writer, result *check.Result, options Options) error {
	index := map[*check.Check]int{}
	rules := []object{}
	for _, c := range slices.Concat(check.All(), result.Own) {
		index[c] = len(rules)
		rule := object{
			"id": c.ID, "name": pascal(c.ID), "shortDescription": object{"text": c.Title}, "defaultConfiguration": object{"level": sarifLevel(c.Level)},
			"properties": object{"tags": []string{string(c.Group)}, "problem.severity": problem(c.Level)},
		}
		if c.Why != "" {
			rule["fullDescription"] = object{"text": c.Why}
		}
		if c.Group != check.Own {
			rule["helpUri"] = pages + c.ID + ".md"
		}
		rules = append(rules, rule)
	}
	results := []object{}
	for _, d := range result.Diagnostics {
		message := d.Message
		if d.Help != "" {
			message += "; " + d.Help
		}
		one := object{
			"ruleId": d.Check.ID, "ruleIndex": index[d.Check], "level": sarifLevel(d.Level), "message": object{"text": diag.Safe(message)},
			"locations": []object{{"physicalLocation": physical(d.Span)}},
		}
		var related []object
		for i, label := range d.Labels {
			if label.Span.File != nil {
				related = append(related, object{"id": i, "message": object{"text": diag.Safe(label.Text)}, "physicalLocation": physical(label.Span)})
			}
		}
		if related != nil {
			one["relatedLocations"] = related
		}
		if len(d.Fixes) > 0 {
			var replacements []object
			for _, fix := range d.Fixes {
				replacements = append(replacements, object{"deletedRegion": region(fix.Span), "insertedContent": object{"text": fix.Text}})
			}
			one["fixes"] = []object{{"artifactChanges": []object{{"artifactLocation": artifact(d.Span.File.Name), "replacements": replacements}}}}
		}
		results = append(results, one)
	}
	driver := object{"name": "egret", "informationUri": "https://github.com/egret-hunt/egret", "rules": rules}
	if options.Version != "" {
		driver["version"] = options.Version
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []object{{"tool": object{"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}},
	})
}

func sarifLevel(level check.Level) string {
	switch level {
	case check.Error, check.High:
		return "error"
	case check.Medium:
		return "warning"
	case check.Low, check.Informational:
	}
	return "note"
}

// problem returns the severity that GitHub's code scanning shows.
func problem(level check.Level) string {
	if word := sarifLevel(level); word != "note" {
		return word
	}
	return "recommendation"
}

func physical(span source.Span) object {
	return object{"artifactLocation": artifact(span.File.Name), "region": region(span)}
}

// artifact returns the location of a file: a URI reference, relative to the working directory unless the path is absolute.
func artifact(path string) object {
	path = filepath.ToSlash(path)
	u := url.URL{Path: path}
	if strings.HasPrefix(path, "/") {
		u.Scheme = "file"
	}
	return object{"uri": u.String()}
}

// region returns a span with columns that count characters.
func region(span source.Span) object {
	start, end := span.File.Position(span.Start), span.File.Position(span.End)
	column := func(p source.Position) int {
		line := span.File.Line(p.Line)
		return 1 + utf8.RuneCountInString(line[:min(p.Column-1, len(line))])
	}
	return object{"startLine": start.Line, "startColumn": column(start), "endLine": end.Line, "endColumn": column(end)}
}

// pascal returns an id as the word that SARIF wants for names: TagFormat for tag-format.
func pascal(id string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		if word != "" {
			out.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return out.String()
}
