package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// This file is the front end for Sigma. It converts Sigma documents to entries and filters for the linker.

// parse reads the file.
func (f *loadedFile) parse() {
	f.collection = &sigma.Collection{}
	text, err := readFile(f.folder.FS, f.name)
	if err != nil {
		f.list.Add(diag.Diagnostic{Code: "unreadable-file", Span: source.Span{File: source.NewFile(f.path(), "")}, Message: err.Error()})
		return
	}
	if file := source.NewFile(f.path(), string(text)); threat.IsDocument(file.Text) {
		f.collection, f.threats, f.list = threat.Parse(file)
	} else {
		f.collection, f.list = sigma.Parse(file)
	}
}

// lower lowers the rules, correlations and filters of the file.
func (f *loadedFile) lower(opt Options) {
	collection := f.collection
	rules := collection.Rules
	if f.parsed != nil {
		rules = f.parsed.Rules
	}
	f.collection, f.parsed = nil, nil
	options := lower.Options{Placeholders: opt.Placeholders, Budget: &lower.Budget{}, Open: opt.Open}
	for _, rule := range rules {
		faults, refused := f.removed[rule]
		var query *ir.Query
		if !refused {
			query, faults = lower.Rule(rule, options)
		}
		e := &entry{
			info: f.info(&rule.Meta, rule), inFolder: f.name, sharedID: rule.SharedID, base: rule.Base, faults: faults,
			rule: &Rule{LogSource: logSource(&rule.LogSource), Fields: rule.Fields, Query: query},
		}
		if rule.Base {
			e.filterID = strings.TrimSuffix(rule.ID, "/base")
		}
		f.entries = append(f.entries, e)
	}
	for _, correlation := range collection.Correlations {
		f.entries = append(f.entries, &entry{
			info: f.info(&correlation.Meta, correlation), fields: correlation.Fields, inFolder: f.name, sharedID: correlation.SharedID,
			references: textReferences(correlation.Rules), generates: correlation.Generate,
			lower: func(l *linker) (*ir.Correlation, diag.List) {
				return lower.Correlation(correlation, func(reference string) (ir.Reference, bool) {
					i, ok := l.lookup(reference)
					return ir.Reference{Index: i, Correlation: ok && l.entries[i].lower != nil}, ok
				})
			},
		})
	}
	for _, filter := range collection.Filters {
		where, faults := lower.Detection(&filter.Detection, options)
		f.list.Add(faults...)
		if where == nil {
			continue
		}
		f.filters = append(f.filters, &loadedFilter{
			info: f.info(&filter.Meta, filter), inFolder: f.name, logSource: logSource(&filter.LogSource),
			anyRule: filter.Any, rules: textReferences(filter.Rules), where: where, span: filter.Detection.Span,
		})
	}
	for _, refused := range collection.Refused {
		b := brokenCorrelation{title: refused.Title, references: textReferences(refused.Rules), generates: refused.Generate, span: refused.Span}
		if b.title == "" {
			b.title = f.path()
		}
		f.refused = append(f.refused, b)
	}
}

// refuseRemoved separates the diagnostics of rules that Options.Transform removed, so that they become those of the rules. A
// correlation that it removed is refused like one that cannot be parsed.
func (f *loadedFile) refuseRemoved() {
	for _, rule := range f.parsed.Rules {
		if slices.Contains(f.collection.Rules, rule) {
			continue
		}
		about := func(d diag.Diagnostic) bool {
			return d.Span.File == rule.Span.File && rule.Span.Start <= d.Span.Start && d.Span.Start <= rule.Span.End
		}
		var faults diag.List
		for _, d := range f.list {
			if about(d) {
				faults.Add(d)
			}
		}
		if !faults.HasErrors() {
			continue // it was removed without a fault
		}
		f.list = slices.DeleteFunc(f.list, about)
		if f.removed == nil {
			f.removed = map[*sigma.Rule]diag.List{}
		}
		f.removed[rule] = faults
	}
	f.parsed.Rules = slices.DeleteFunc(f.parsed.Rules, func(rule *sigma.Rule) bool {
		return f.removed[rule] == nil && !slices.Contains(f.collection.Rules, rule)
	})
	for _, correlation := range f.parsed.Correlations {
		if !slices.Contains(f.collection.Correlations, correlation) {
			f.collection.Refused = append(f.collection.Refused, &sigma.RefusedCorrelation{
				Title: correlation.Title, Rules: correlation.Rules, Generate: correlation.Generate, Span: correlation.TitleSpan,
			})
		}
	}
}

// info returns the metadata of a document. tree is the document.
func (f *loadedFile) info(meta *sigma.Meta, tree fmt.Stringer) Info {
	info := Info{
		ID: meta.ID, Name: meta.Name, Title: meta.Title, Level: strings.ToLower(meta.Level), Status: meta.Status, Path: f.path(),
		Tags: meta.Tags, Description: meta.Description, Author: meta.Author, License: meta.License, References: meta.References,
		FalsePositives: meta.FalsePositives, Tree: tree,
		Origin: Origin{Span: meta.Span, Title: meta.TitleSpan, ID: meta.IDSpan, Document: meta.Document},
	}
	f.extension(&info, meta)
	return info
}

// logSource converts the log source of a Sigma rule.
func logSource(log *sigma.LogSource) schema.LogSource {
	return schema.LogSource{Product: log.Product, Service: log.Service, Category: log.Category, Span: log.Span}
}

func textReferences(texts []sigma.Text) []string {
	references := make([]string, len(texts))
	for i, text := range texts {
		references[i] = text.Value
	}
	return references
}
