package ruleset

import (
	"fmt"
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

// parse reads the file and lowers its rules, correlations and filters.
func (f *loadedFile) parse(opt Options) {
	text, err := readFile(f.folder.FS, f.name)
	if err != nil {
		f.list.Add(diag.Diagnostic{Code: "unreadable-file", Span: source.Span{File: source.NewFile(f.path(), "")}, Message: err.Error()})
		return
	}
	var collection *sigma.Collection
	if file := source.NewFile(f.path(), string(text)); threat.IsDocument(file.Text) {
		collection, f.threats, f.list = threat.Parse(file)
	} else {
		collection, f.list = sigma.Parse(file)
	}
	if opt.Transform != nil {
		f.list.Add(opt.Transform(collection)...)
	}
	options := lower.Options{Placeholders: opt.Placeholders, Budget: &lower.Budget{}, Open: opt.Open}
	for _, rule := range collection.Rules {
		query, faults := lower.Rule(rule, options)
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

// info returns the metadata of a document. tree is the document.
func (f *loadedFile) info(meta *sigma.Meta, tree fmt.Stringer) Info {
	info := Info{
		ID: meta.ID, Name: meta.Name, Title: meta.Title, Level: strings.ToLower(meta.Level), Status: meta.Status, Path: f.path(),
		Tags: meta.Tags, Description: meta.Description, Author: meta.Author, References: meta.References,
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
