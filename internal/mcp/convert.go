package mcp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/textgen"
)

// ConvertInput is what the tool convert takes.
type ConvertInput struct {
	Rule      string   `json:"rule,omitempty"      jsonschema:"id, name or title of a rule of the server; give this or rule_text"`
	Text      string   `json:"rule_text,omitempty" jsonschema:"Sigma rules in YAML"`
	Target    string   `json:"target"              jsonschema:"what to write for, such as athena, trino, duckdb, splunk, kusto, lucene; a wrong name gets the list"`
	Format    string   `json:"format,omitempty"    jsonschema:"format of the queries; default: that of the target"`
	Layout    string   `json:"layout,omitempty"    jsonschema:"for SQL: the layout of the table, such as cloudtrail/athena; default: fields are columns"`
	Table     string   `json:"table,omitempty"     jsonschema:"for SQL: the name of the table, as in database.table; default: that of the layout"`
	Pipelines []string `json:"pipelines,omitempty" jsonschema:"names of built-in processing pipelines, such as ecs_windows"`
	Exact     bool     `json:"exact,omitempty"     jsonschema:"text targets: write what the rule means or refuse it; by default the query is that of sigma-cli"`
}

// converted is the query of a rule, or why there is none.
type converted struct {
	convert.Entry

	// Diagnostics are notes and refusals as text, with positions in the rule.
	Diagnostics string `json:"diagnostics,omitempty"`
}

func targets() []string {
	var names []string
	for _, d := range sqlgen.Dialects() {
		names = append(names, d.Name)
	}
	for _, t := range textgen.Targets() {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return names
}

// nearest returns a suggestion: the nearest word, or all of them.
func nearest(word string, words []string) string {
	if near := diag.Near(word, words); near != "" {
		return "the nearest is " + near
	}
	return "it takes " + strings.Join(words, ", ")
}

func (s *Server) convert(ctx context.Context, in ConvertInput) (*Result, error) {
	dialect, target := sqlgen.DialectByName(in.Target), textgen.FindFormat(in.Target, in.Format)
	if dialect == nil && target == nil {
		return nil, setup.UsageError(nearest(in.Target, targets()), fmt.Errorf("there is no target %q", in.Target))
	}
	chain, err := chainOf(&in, target)
	if err != nil {
		return nil, err
	}
	var outcome *convert.Outcome
	if target == nil {
		outcome, err = s.toSQL(ctx, &in, dialect, chain)
	} else {
		outcome, err = s.toText(ctx, &in, target, chain)
	}
	if err != nil {
		return nil, err
	}
	r := &Result{}
	list := []converted{}
	for i := range outcome.Results {
		one := &outcome.Results[i]
		if in.Text == "" && !one.IsTitled(in.Rule) {
			continue
		}
		if len(list) >= s.options.MaxFindings {
			r.LeftOut.Items++
			continue
		}
		text, err := s.diagnostics(one.Diagnostics)
		if err != nil {
			return nil, err
		}
		list = append(list, converted{one.Entry(), text})
	}
	if len(list) == 0 {
		return nil, errors.New("there is no rule to convert; list_rules finds rules, and check says what is wrong with a text")
	}
	r.Facts = map[string]any{"target": in.Target, "queries": list}
	return r, nil
}

// chainOf returns the built-in pipelines of a call, nil for none. Others are not read: their names would be paths.
func chainOf(in *ConvertInput, target *textgen.Target) (*pipeline.Chain, error) {
	var list []*pipeline.Pipeline
	if target != nil && target.Pipeline != "" {
		list = append(list, pipeline.Embedded(target.Pipeline))
	}
	for _, name := range in.Pipelines {
		p := pipeline.Embedded(name)
		if p == nil {
			return nil, setup.UsageError(nearest(name, pipeline.Names()), fmt.Errorf("there is no built-in pipeline %q", name))
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return pipeline.NewChain(map[string]any{"backend": in.Target, "output_format": in.Format}, list...), nil
}

func (s *Server) toSQL(ctx context.Context, in *ConvertInput, dialect *sqlgen.Dialect, chain *pipeline.Chain) (*convert.Outcome, error) {
	layout, err := setup.Layout(s.places.Schemas, in.Layout)
	if err != nil {
		return nil, err
	}
	if in.Table == "" && strings.Contains(layout.Table, setup.RegionVariable) {
		return nil, setup.UsageError("name the table", fmt.Errorf("%s has a table for each region", layout.FullName()))
	}
	if in.Format != "" && !slices.Contains(convert.FormatNames(), in.Format) {
		return nil, setup.UsageError(nearest(in.Format, convert.FormatNames()), fmt.Errorf("there is no format %q", in.Format))
	}
	transform, processed := chain.Recording()
	set, list, err := s.rules(ctx, in.Rule, in.Text, setup.RuleOptions{Schemas: []*schema.Schema{layout.Schema}, Transform: transform})
	if err != nil {
		return nil, err
	}
	return convert.All(set, list, sqlgen.Options{Dialect: dialect, Layout: layout, Table: in.Table}, false, processed()), nil
}

func (s *Server) toText(ctx context.Context, in *ConvertInput, target *textgen.Target, chain *pipeline.Chain) (*convert.Outcome, error) {
	if in.Layout != "" || in.Table != "" {
		return nil, setup.UsageError("leave them out", fmt.Errorf("layout and table are for SQL, and %s is none", target.Name))
	}
	backend, err := target.Backend(textgen.Options{Exact: in.Exact, Loose: chain != nil})
	if err != nil {
		return nil, err
	}
	name := in.Format
	if name == "" {
		name = "default"
	}
	format := backend.Spec.FormatByName(name)
	if format == nil {
		return nil, setup.UsageError(nearest(name, backend.Spec.FormatNames()), fmt.Errorf("%s has no format %q", target.Name, name))
	}
	transform, processed := chain.Recording()
	set, list, err := s.rules(ctx, in.Rule, in.Text, setup.RuleOptions{Schemas: []*schema.Schema{schema.Generic()}, ForText: true, Transform: transform})
	if err != nil {
		return nil, err
	}
	return textconvert.All(set, list, textconvert.Options{Backend: backend, Format: format, Processed: processed()}), nil
}
