package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
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
	// HTML is true if it is the text "true".
	HTML any `json:"html"`
}

// legacyAnswer is the answer to a conversion: a text, or JSON if the target writes JSON documents.
type legacyAnswer struct {
	text   string
	isJSON bool
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
		legacyFail(w, errors.New("the body is not a JSON object with rule, pipeline, pipelineYml, target and format: "+err.Error()))
		return
	}
	value, err := a.run(r.Context(), release, func(ctx context.Context) (any, error) { return a.legacy(ctx, &body) })
	answer, ok := value.(*legacyAnswer)
	if err != nil || !ok {
		legacyFail(w, err)
		return
	}
	kind := "text/html; charset=utf-8"
	switch {
	case answer.isJSON:
		kind = "application/json"
	case body.HTML == "true":
		answer.text = forPage.Replace(answer.text)
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write([]byte(answer.text)) // the policy keeps scripts in it from running
}

// forPage and forText replace what HTML gives a meaning: everywhere, as Python's html.escape does, and outside of tags.
var (
	forPage = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;")
	forText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

// decoded reads Base64 as Python's base64.b64decode does, which passes over characters of other alphabets.
func decoded(key, text string) (string, error) {
	text = strings.Map(func(c rune) rune {
		if c == '+' || c == '/' || c == '=' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			return c
		}
		return -1
	}, text)
	out, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("%s is not Base64", key)
	}
	return string(out), nil
}

// legacy returns the output of a conversion. Its errors begin as those of sigconverter do, in the same order.
func (a *API) legacy(ctx context.Context, body *legacyRequest) (any, error) {
	rule, err := decoded("rule", body.Rule)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(rule) == "" {
		return nil, errors.New("SigmaError: the request has no rule")
	}
	own, err := decoded("pipelineYml", body.PipelineYML)
	if err != nil {
		return nil, err
	}
	request := &conversion.Request{Rules: []setup.Text{{Name: "rule.yml", Text: rule}}, Target: body.Target, Format: body.Format, Pipelines: body.Pipeline, AnyTarget: true}
	for i, text := range strings.Split(own, "\n---") {
		if strings.TrimSpace(text) != "" {
			request.Texts = append(request.Texts, setup.Text{Name: fmt.Sprintf("pipeline-%d.yml", i+1), Text: text})
		}
	}
	prefix := a.legacyUnknown(body)
	answer, err := a.converter.Convert(ctx, request)
	if answer == nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %s", prefix, site.Words(err.Error()))
	}
	for _, d := range answer.Diagnostics {
		if d.Severity == diag.Error {
			if d.Span.File != nil && strings.HasPrefix(d.Span.File.Name, "pipeline-") {
				prefix = "YamlError: Malformed Pipeline Yaml"
			}
			return nil, errors.New(prefix + ": " + positionOf(d) + d.Message)
		}
	}
	return legacyOutput(answer), err
}

// legacyUnknown is how an error about a request begins.
func (a *API) legacyUnknown(body *legacyRequest) string {
	if !slices.ContainsFunc(a.converter.Targets(), func(t conversion.Target) bool {
		return t.Name == body.Target || slices.Contains(t.Aliases, body.Target)
	}) {
		return "Unknown Target"
	}
	known := a.converter.Pipelines("")
	for _, name := range body.Pipeline {
		if !slices.ContainsFunc(known, func(p conversion.Pipeline) bool { return p.Name == name }) {
			return "Unknown Builtin Pipeline"
		}
	}
	return "SigmaError"
}

// legacyOutput returns the output of a conversion. JSON documents become one document: the only one, or a list.
func legacyOutput(answer *conversion.Answer) *legacyAnswer {
	isObject := func(text string) bool { return strings.HasPrefix(text, "{") && json.Valid([]byte(text)) }
	if isObject(answer.Output) {
		return &legacyAnswer{answer.Output, true}
	}
	var list []string
	for _, queries := range answer.Queries {
		for _, query := range queries {
			if !isObject(query) {
				return &legacyAnswer{answer.Output, false}
			}
			list = append(list, query)
		}
	}
	if len(list) == 0 {
		return &legacyAnswer{answer.Output, false}
	}
	return &legacyAnswer{"[" + strings.Join(list, ",") + "]", true}
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
		message = site.Words(err.Error())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(forText.Replace(message))) // the client has gone if it fails
}
