package lsp

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/schema"
)

// A Completion is a text that may stand at a place of a rule.
type Completion struct {
	Label  string
	Detail string // what it is, "" if there is nothing to say
	Text   string
	// Start and End are the bytes that Text replaces.
	Start, End int
}

// Complete returns what may stand at a byte offset of a text with rules, the best first, as an editor gets it from the server; more than 500
// are left out. Correlations may name the rules of the text itself. It returns nil for a place where nothing is known.
func Complete(schemas []*schema.Schema, text string, offset int) []Completion {
	if len(text) > maxText {
		return nil
	}
	index := check.NewIndex(check.Options{Schemas: schemas})
	d := &document{uri: "rule.yml", language: "sigma", lines: newLines(text), project: &project{schemas: schemas, index: index}}
	index.Put(d.file(), true)
	k := &completer{s: &server{encoding: utf8Units}, d: d, c: d.lines.at(min(max(offset, 0), len(text)))}
	k.complete()
	slices.SortStableFunc(k.items, func(a, b completionItem) int { return strings.Compare(a.SortText, b.SortText) })
	var list []Completion
	for _, item := range k.items {
		list = append(list, Completion{
			Label: item.Label, Detail: item.Detail, Text: item.TextEdit.NewText,
			Start: d.lines.offset(item.TextEdit.Range.Start, utf8Units), End: d.lines.offset(item.TextEdit.Range.End, utf8Units),
		})
	}
	return list
}
