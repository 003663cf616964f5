package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/conversion"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/setup"
)

// This file answers the requests of sigconverter.io, with the paths of its pages, which name a version of sigma-cli, and of its back
// ends, which do not. All versions are answered alike. Answers differ in one point: they have the queries of all rules.

// legacyVersion is the only version that is listed.
const legacyVersion = "egret"

func (a *API) legacyRoutes() []site.Route {
	routes := []site.Route{{Pattern: "GET /api/v1/sigma-versions", Handler: a.get(func(*http.Request) (any, error) { return []string{legacyVersion}, nil })}}
	for _, prefix := range []string{"/api/v1/", "/api/v1/{version}/"} {
		routes = append(routes,
			site.Route{Pattern: "GET " + prefix + "targets", Handler: a.get(a.legacyTargets)},
			site.Route{Pattern: "GET " + prefix + "formats", Handler: a.get(a.legacyFormats)},
			site.Route{Pattern: "GET " + prefix + "pipelines", Handler: a.get(a.legacyPipelines)},
			site.Route{Pattern: "POST " + prefix + "convert", Handler: a.legacyConvert},
		)
	}
	return routes
}

// described is a target or a format. Target is set if formats of all targets are listed.
type described struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Target      string `json:"target,omitempty"`
}

func (a *API) legacyTargets(*http.Request) (any, error) {
	list := []described{}
	for _, t := range a.converter.Targets() {
		list = append(list, described{Name: t.Name, Description: t.Title})
	}
	return list, nil
}

func (a *API) legacyFormats(r *http.Request) (any, error) {
	list := []described{}
	query := r.URL.Query()
	for _, t := range a.converter.Targets() {
		for _, f := range t.Formats {
			switch {
			case len(query) == 0:
				list = append(list, described{f.Name, f.Title, t.Name})
			case query.Get("target") == t.Name:
				list = append(list, described{Name: f.Name, Description: f.Title})
			}
		}
	}
	return list, nil
}

func (a *API) legacyPipelines(r *http.Request) (any, error) {
	type entry struct {
		Name    string   `json:"name"`
		Targets []string `json:"targets"`
	}
	list := []entry{}
	query := r.URL.Query()
	if len(query) > 0 && !query.Has("target") {
		return list, nil
	}
	for _, p := range a.converter.Pipelines(query.Get("target")) {
		list = append(list, entry{p.Name, p.Targets})
	}
	return list, nil
}

// legacyRequest is the body of POST /api/v1/convert. Rule and PipelineYML are Base64; the latter may hold several documents.
type legacyRequest struct {
	Rule        string   `json:"rule"`
	Pipeline    []string `json:"pipeline"`
	PipelineYML string   `json:"pipelineYml"`
	Target      string   `json:"target"`
	Format      string   `json:"format"`
	HTML        string   `json:"html"`
}

func (a *API) legacyConvert(w http.ResponseWriter, r *http.Request) {
	release, err := a.body(w, r)
	if err != nil {
		legacyFail(w, err)
		return
	}
	var body legacyRequest
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		release()
		legacyFail(w, errors.New("the body is not JSON with rule, pipeline, pipelineYml, target and format"))
		return
	}
	value, err := a.run(r.Context(), release, func(ctx context.Context) (any, error) { return a.legacy(ctx, &body) })
	text, ok := value.(string)
	if err != nil || !ok {
		legacyFail(w, err)
		return
	}
	if body.HTML == "true" {
		text = html.EscapeString(text)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(text)) // the policy keeps scripts in it from running
}

// legacy returns the output of a conversion.
func (a *API) legacy(ctx context.Context, body *legacyRequest) (any, error) {
	rule, err := base64.StdEncoding.DecodeString(body.Rule)
	if err != nil {
		return nil, errors.New("rule is not Base64")
	}
	own, err := base64.StdEncoding.DecodeString(body.PipelineYML)
	if err != nil {
		return nil, errors.New("pipelineYml is not Base64")
	}
	request := &conversion.Request{Rules: []setup.Text{{Name: "rule.yml", Text: string(rule)}}, Target: body.Target, Format: body.Format, Pipelines: body.Pipeline, AnyTarget: true}
	for i, text := range strings.Split(string(own), "\n---") {
		if strings.TrimSpace(text) != "" {
			request.Texts = append(request.Texts, setup.Text{Name: fmt.Sprintf("pipeline-%d.yml", i+1), Text: text})
		}
	}
	answer, err := a.converter.Convert(ctx, request)
	if answer == nil {
		return nil, err
	}
	for _, d := range answer.Diagnostics {
		if d.Severity == diag.Error {
			return nil, errors.New("SigmaError: " + positionOf(d) + d.Message)
		}
	}
	return answer.Output, err
}

// positionOf returns the position of a diagnostic with a colon and a blank, "" for none.
func positionOf(d diag.Diagnostic) string {
	if d.Span.File == nil {
		return ""
	}
	at := d.Span.File.Position(d.Span.Start)
	return fmt.Sprintf("%s:%d:%d: ", d.Span.File.Name, at.Line, at.Column)
}

// legacyFail answers with status 400 and a text, as sigconverter does for every fault, or the status of the server's limits.
func legacyFail(w http.ResponseWriter, err error) {
	status, message := http.StatusBadRequest, "the conversion failed"
	var limit *site.StatusError
	if errors.As(err, &limit) {
		status = limit.Status
	}
	if err != nil {
		message = words(err.Error())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(html.EscapeString(message))) // the client has gone if it fails
}
