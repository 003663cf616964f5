package api

import (
	"context"
	"net/http"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/conversion"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/setup"
)

// file is a file in a request.
type file struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// texts returns files with their names, which may be empty.
func texts(files []file, name string) []setup.Text {
	out := make([]setup.Text, len(files))
	for i, f := range files {
		out[i] = setup.Text{Name: f.Name, Text: f.Text}
		if f.Name == "" {
			out[i].Name = name
		}
	}
	return out
}

func tooMany(n int) error {
	if n <= maxFiles {
		return nil
	}
	return &site.StatusError{Status: http.StatusUnprocessableEntity, Message: "the request has more than 5,000 files"}
}

// convertRequest is the body of POST /api/v2/convert.
type convertRequest struct {
	Rules           []file            `json:"rules"`
	Target          string            `json:"target"`
	Format          string            `json:"format"`
	Pipelines       []string          `json:"pipelines"`
	PipelineFiles   []file            `json:"pipeline_files"`
	WithoutPipeline bool              `json:"without_pipeline"`
	AnyTarget       bool              `json:"any_target"`
	Options         map[string]string `json:"options"`
	Method          string            `json:"correlation_method"`
	Exact           bool              `json:"exact"`
	Indent          int               `json:"indent"`
	Layout          string            `json:"layout"`
	Table           string            `json:"table"`
	Region          string            `json:"region"`
	Accounts        []string          `json:"accounts"`
	TimeField       string            `json:"time_field"`
	TimeFormat      string            `json:"time_format"`
	Unmapped        string            `json:"unmapped"`
	From            string            `json:"from"`
	To              string            `json:"to"`
	Last            string            `json:"last"`
	Pack            bool              `json:"pack"`
}

// convertedRule is what became of one rule.
type convertedRule struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Status string `json:"status"`
	// Reason is the code of the first error of a rule without a query.
	Reason   string   `json:"reason,omitempty"`
	Queries  []string `json:"queries"`
	Fields   []string `json:"fields"`
	Unmapped []string `json:"unmapped"`
}

type convertAnswer struct {
	Rules       []convertedRule   `json:"rules"`
	Output      string            `json:"output"`
	Diagnostics []diag.Diagnostic `json:"diagnostics"`
	Summary     string            `json:"summary"`
	Notes       []string          `json:"notes"`
	// Fault says why nothing was converted, "" if something could be.
	Fault string `json:"fault,omitempty"`
}

func (a *API) convert(ctx context.Context, body *convertRequest) (any, error) {
	if err := tooMany(len(body.Rules) + len(body.PipelineFiles)); err != nil {
		return nil, err
	}
	r := &conversion.Request{
		Rules: texts(body.Rules, "rule.yml"), Target: body.Target, Format: body.Format, Pipelines: body.Pipelines,
		Texts: texts(body.PipelineFiles, "pipeline.yml"), WithoutPipeline: body.WithoutPipeline, AnyTarget: body.AnyTarget,
		Options: body.Options, Method: body.Method, Exact: body.Exact, Indent: body.Indent, Layout: body.Layout, Unmapped: body.Unmapped, Pack: body.Pack,
		Table: setup.TableOptions{Table: body.Table, Region: body.Region, Accounts: body.Accounts, TimeField: body.TimeField, TimeFormat: body.TimeFormat},
	}
	var err error
	if r.From, r.To, err = setup.TimeRange(body.From, body.To, body.Last, a.w.Now().Truncate(time.Second)); err != nil {
		return nil, err
	}
	made, err := a.converter.Convert(ctx, r)
	if made == nil {
		return nil, err
	}
	answer := &convertAnswer{
		Rules: []convertedRule{}, Output: made.Output, Diagnostics: append([]diag.Diagnostic{}, made.Diagnostics...), Summary: made.Summary,
		Notes: append([]string{}, made.Notes...),
	}
	if err != nil { // faulty pipelines, which the diagnostics show
		answer.Fault = site.Words(err.Error())
		return answer, nil
	}
	for i := range made.Results {
		result := &made.Results[i]
		one := convertedRule{
			ID: result.ID, Title: result.Title, File: result.Path, Status: "converted", Reason: result.Reason(), Queries: append([]string{}, made.Queries[i]...),
			Fields: append([]string{}, result.Fields...), Unmapped: append([]string{}, result.Unmapped...),
		}
		switch {
		case result.Query != "":
		case result.NotLoaded:
			one.Status = "not-loaded"
		default:
			one.Status = "refused"
		}
		span := result.Origin.Span
		if span.File == nil && len(result.Diagnostics) > 0 { // a document that is no rule
			span = result.Diagnostics[0].Span
		}
		if span.File != nil {
			one.Line = span.File.Position(span.Start).Line
		}
		answer.Rules = append(answer.Rules, one)
	}
	return answer, nil
}

func (a *API) targets(*http.Request) (any, error) { return a.converter.Targets(), nil }

func (a *API) pipelines(r *http.Request) (any, error) {
	return a.converter.Pipelines(r.URL.Query().Get("target")), nil
}

func (a *API) layouts(*http.Request) (any, error) { return a.converter.Layouts(), nil }
