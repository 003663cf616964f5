// Package huntpage is the page that hunts: over the logs or the lake that the server was started with, with progress, a list of what
// was found, and everything as a file. Package hunts runs the hunts and keeps them.
//
// It answers with the page, JSON, a stream of progress, and results as files.
package huntpage

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/serve/guard"
	"github.com/egret-hunt/egret/internal/serve/hunts"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/tally"
)

//go:embed assets
var assets embed.FS

// page answers the requests of the page.
type page struct {
	store *hunts.Store
}

// New returns the page.
func New(w *workspace.Workspace) (site.Page, error) {
	files, err := fs.Sub(assets, "assets")
	p := &page{store: w.Hunts}
	if p.store == nil {
		p.store = hunts.New("", w.Places())
	}
	return site.Page{
		Name: "hunt", Title: "Hunt", About: "Run rules over the logs, look at what they find, and keep it.",
		Files: files, Template: "hunt.tmpl", Styles: []string{"hunt.css"}, Scripts: []string{"hunt.js", "result.js", "text.js"}, Load: []string{"hunt.js"},
		Data: p.data, Routes: p.routes(),
	}, err
}

func (p *page) routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /api/v2/hunts", Handler: p.json(func(*http.Request) (any, error) { return p.list() })},
		{Pattern: "POST /api/v2/hunts", Handler: p.json(p.start)},
		{Pattern: "POST /api/v2/hunts/plan", Handler: p.json(p.plan)},
		{Pattern: "GET /api/v2/hunts/{id}", Handler: p.json(func(r *http.Request) (any, error) { return p.store.Get(r.PathValue("id")) })},
		{Pattern: "GET /api/v2/hunts/{id}/progress", Handler: p.progress},
		{Pattern: "POST /api/v2/hunts/{id}/stop", Handler: p.json(p.act(p.store.Stop))},
		{Pattern: "POST /api/v2/hunts/{id}/resume", Handler: p.json(p.act(p.store.Resume))},
		{Pattern: "POST /api/v2/hunts/{id}/delete", Handler: p.json(p.act(p.store.Delete))},
		{Pattern: "GET /api/v2/hunts/{id}/rows", Handler: p.json(p.rows)},
		{Pattern: "GET /api/v2/hunts/{id}/findings/{n}", Handler: p.json(p.finding)},
		{Pattern: "GET /hunt/{id}/report", Handler: p.report},
		{Pattern: "GET /hunt/{id}/result/{format}", Handler: p.result},
	}
}

// shown is what the template gets.
type shown struct {
	Logs   []string
	Lake   string
	Budget string
	Levels []string
	Orders []string
}

func (p *page) data(*http.Request) (any, error) {
	places := p.store.Places()
	return shown{Logs: places.Logs, Lake: places.Lake, Budget: places.Limits.Budget, Levels: finding.Levels, Orders: tally.Orders}, nil
}

const (
	// maxBody is the size of a request in bytes.
	maxBody = 128 << 10
	// planTime is how long planning may take.
	planTime = 50 * time.Second
	// rowTime is how long looking through the rows of a hunt may take.
	rowTime = 20 * time.Second
	// maxRows is how many rows an answer has.
	maxRows = 200
)

// json answers a request with JSON.
func (p *page) json(answer func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		value, err := answer(r)
		if err != nil {
			fail(w, r, err)
			return
		}
		text, ok := value.(json.RawMessage)
		if !ok {
			if text, err = json.Marshal(value); err != nil {
				panic("egret bug: " + err.Error())
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // the client has gone if it fails
	}
}

// fail answers a request with an error: its suggestion, and no secrets.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	status, help := http.StatusUnprocessableEntity, ""
	var of *setup.Error
	var e *engine.Error
	var given *site.StatusError
	switch {
	case errors.As(err, &given):
		status, help = given.Status, given.Help
	case errors.Is(err, hunts.ErrUnknown):
		status = http.StatusNotFound
	case errors.Is(err, hunts.ErrState):
		status = http.StatusConflict
	case errors.As(err, &of):
		help = of.Help
		if errors.Is(err, hunts.ErrBusy) {
			status = http.StatusConflict
		}
	case errors.As(err, &e):
		help = e.Help
	}
	guard.Refuse(w, r, status, site.Words(redact.Fault(err.Error())), site.Words(help))
}

// read reads a Spec from a request.
func read(r *http.Request) (hunts.Spec, error) {
	var spec hunts.Spec
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&spec); err != nil {
		status := http.StatusBadRequest
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			status = http.StatusRequestEntityTooLarge
		}
		return spec, &site.StatusError{Status: status, Message: "the request is not a hunt: " + err.Error()}
	}
	return spec, nil
}

func (p *page) list() (any, error) {
	list, err := p.store.List()
	return map[string]any{"hunts": list}, err
}

func (p *page) start(r *http.Request) (any, error) {
	spec, err := read(r)
	if err != nil {
		return nil, err
	}
	id, err := p.store.Start(spec)
	return map[string]string{"id": id}, err
}

// plan says what a hunt in the lake would ask and cost.
func (p *page) plan(r *http.Request) (any, error) {
	spec, err := read(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), planTime)
	defer cancel()
	outline, err := p.store.Plan(ctx, spec)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	if err := report.WriteOutline(&text, outline); err != nil {
		return nil, err
	}
	return map[string]any{
		"text": text.String(), "queries": outline.Queries, "bytes": outline.Bytes, "dollars": outline.Dollars, "billed": outline.Billed,
		"budget_bytes": outline.BudgetBytes,
	}, nil
}

// act does something with a hunt.
func (p *page) act(do func(id string) error) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) { return map[string]bool{"done": true}, do(r.PathValue("id")) }
}

// number reads a number of a query, 0 for none.
func number(r *http.Request, name string) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	return whole(name, text)
}

func whole(name, text string) (int, error) {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' || len(text) > 9 {
			return 0, &site.StatusError{Status: http.StatusBadRequest, Message: fmt.Sprintf("%s is not a number: %.20q", name, text)}
		}
		n = 10*n + int(c-'0')
	}
	return n, nil
}

func (p *page) rows(r *http.Request) (any, error) {
	query := r.URL.Query()
	f := hunts.Filter{Level: query.Get("level"), Outcome: query.Get("outcome"), Text: query.Get("text"), Limit: maxRows}
	var err error
	if f.Skip, err = number(r, "skip"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), rowTime)
	defer cancel()
	rows, total, err := p.store.Rows(ctx, r.PathValue("id"), f)
	return map[string]any{"rows": rows, "total": total}, err
}

func (p *page) finding(r *http.Request) (any, error) {
	n, err := whole("n", r.PathValue("n"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), rowTime)
	defer cancel()
	text, err := p.store.Finding(ctx, r.PathValue("id"), n)
	return json.RawMessage(text), err
}
