// Package rulespage is the page that shows the rules: all of them with filters, one of them with its documentation, and two changes:
// a rule is switched off, or gets another level. Changes go to the overlay of the configuration and leave the rules alone.
//
// The pages have no script of their own. Package overlay writes the changes.
package rulespage

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/overlay"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
)

//go:embed assets
var assets embed.FS

// New returns the page.
func New(w *workspace.Workspace) (site.Page, error) {
	files, err := fs.Sub(assets, "assets")
	p := &page{w}
	return site.Page{
		Name: "rules", Title: "Rules", About: "Browse the rules, read them, switch them off, change their levels.",
		Files: files, Template: "rules.tmpl", Styles: []string{"rules.css"}, Data: p.data,
		Routes: []site.Route{{Pattern: "POST /rules/change", Handler: p.change}},
	}, err
}

type page struct{ work *workspace.Workspace }

// rule is a rule in a list or alone.
type rule struct {
	ID, Title, Level, Status, Path, Author, Description, Text string
	Product, Service, Category                                string
	Tags, References, FalsePositives                          []string
	// Off is set if the user has switched the rule off. Why says why it does not run otherwise, "" if it runs.
	Off bool
	Why string
	// Link is the query that shows the rule, and Open the fragment with which other pages open it.
	Link, Open template.URL
}

// choice is a value of a filter with the number of its rules.
type choice struct {
	Value  string
	Count  int
	Chosen bool
}

// view is what the template gets.
type view struct {
	Rules    []*rule
	All      int
	Found    int
	Products []choice
	Services []choice
	Levels   []choice
	Statuses []choice
	Tag      string
	Text     string
	// Before and Next are queries of the pages before and after, "" for none.
	Before, Next template.URL
	// Rule is the one to read, nil for none; Back is the query of the list.
	Rule *rule
	Back string
	// Overlay is the path of the file that changes go to. Editable is set if there is such a place.
	Overlay  string
	Editable bool
	Changed  bool
	// LevelNames are the names of levels.
	LevelNames []string
}

const (
	workTime = 30 * time.Second
	perPage  = 100
	maxField = 200 // bytes of a text in a query
)

func (p *page) data(r *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), workTime)
	defer cancel()
	rules, c, err := p.load(ctx)
	if err != nil {
		return nil, err
	}
	query := r.URL.Query()
	// Iteration order does not matter: any value that is too long gives the same error.
	for _, values := range query {
		for _, value := range values {
			if len(value) > maxField {
				return nil, &site.StatusError{Status: http.StatusBadRequest, Message: "a value of the address is too long"}
			}
		}
	}
	v := &view{All: len(rules), Tag: query.Get("tag"), Text: query.Get("text"), Changed: query.Get("changed") != "", LevelNames: finding.Levels}
	if path, err := c.OverlayPath(); err == nil && p.work.ReadConfig != nil {
		v.Overlay, v.Editable = diag.Safe(path), true
	}
	kept := url.Values{}
	for _, name := range []string{"text", "product", "service", "level", "status", "tag", "off", "page"} {
		if value := query.Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	v.Back = kept.Encode()
	if id := query.Get("id"); id != "" {
		i := slices.IndexFunc(rules, func(one *rule) bool { return strings.EqualFold(one.ID, id) })
		if i < 0 {
			return nil, &site.StatusError{Status: http.StatusNotFound, Message: "no rule has the id " + strconv.Quote(id)}
		}
		v.Rule = rules[i]
		v.Rule.Open = template.URL("rule=" + url.QueryEscape(v.Rule.Text)) //nolint:gosec // it is escaped
	}
	v.choose(rules, query, kept)
	return v, nil
}

// choose fills in the list by the filters of a query.
func (v *view) choose(rules []*rule, query, kept url.Values) {
	filters := []struct {
		name string
		of   func(*rule) string
		out  *[]choice
	}{
		{"product", func(r *rule) string { return r.Product }, &v.Products}, {"service", func(r *rule) string { return r.Service }, &v.Services},
		{"level", func(r *rule) string { return r.Level }, &v.Levels}, {"status", func(r *rule) string { return r.Status }, &v.Statuses},
	}
	words := strings.Fields(strings.ToLower(v.Text))
	tag := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(v.Tag)), "attack.")
	var found []*rule
	for _, one := range rules {
		wanted := true
		for _, f := range filters {
			if value := query.Get(f.name); value != "" && !strings.EqualFold(value, f.of(one)) {
				wanted = false
			}
		}
		text := strings.ToLower(strings.Join([]string{one.Title, one.ID, one.Description, one.Path, one.Author}, "\n"))
		wanted = wanted && !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) &&
			(tag == "" || slices.ContainsFunc(one.Tags, func(t string) bool {
				t = strings.TrimPrefix(strings.ToLower(t), "attack.")
				return t == tag || strings.HasPrefix(t, tag+".")
			})) && (query.Get("off") == "" || one.Off)
		if wanted {
			found = append(found, one)
		}
	}
	for _, f := range filters {
		counts := map[string]int{}
		for _, one := range rules {
			if value := f.of(one); value != "" {
				counts[value]++
			}
		}
		// Iteration order does not matter: the choices are sorted below.
		for value, n := range counts {
			*f.out = append(*f.out, choice{value, n, strings.EqualFold(value, query.Get(f.name))})
		}
		slices.SortFunc(*f.out, func(a, b choice) int { return strings.Compare(a.Value, b.Value) })
	}
	v.Found = len(found)
	number, err := strconv.Atoi(query.Get("page"))
	if err != nil || number < 1 {
		number = 1
	}
	start := min((min(number, len(found)/perPage+1)-1)*perPage, len(found))
	v.Rules = found[start:min(start+perPage, len(found))]
	link := func(n int) template.URL {
		kept.Set("page", strconv.Itoa(n))
		return template.URL(kept.Encode()) //nolint:gosec // it is escaped
	}
	for _, one := range v.Rules {
		one.Link = template.URL("id=" + url.QueryEscape(one.ID) + "&" + v.Back) //nolint:gosec // both are escaped
	}
	if start > 0 {
		v.Before = link(start / perPage)
	}
	if start+perPage < len(found) {
		v.Next = link(start/perPage + 2)
	}
}

// load reads the rules, also those that do not run, and the configuration as it is now.
func (p *page) load(ctx context.Context) ([]*rule, *setup.Config, error) {
	c, err := p.work.Settings()
	if err != nil {
		return nil, nil, err
	}
	settings := *c.Settings
	settings.Disabled = nil // so that their log sources are known
	all := *c
	all.Settings = &settings
	l, err := setup.LoadRules(ctx, &all, setup.RuleOptions{Names: p.work.Rules, Schemas: p.work.Schemas, Statuses: []string{"deprecated", "unsupported"}})
	if err != nil {
		return nil, nil, err
	}
	off := map[string]bool{}
	for _, id := range c.Settings.Disabled {
		off[strings.ToLower(id.Value)] = true
	}
	var rules []*rule
	add := func(info *ruleset.Info, logs schema.LogSource, why string) {
		rules = append(rules, ruleOf(info, logs, off[strings.ToLower(info.ID)], why))
	}
	for _, ref := range l.Set.References() {
		info, why := l.Set.Info(ref), ""
		if info.Status == "deprecated" || info.Status == "unsupported" {
			why = "rules of the status " + info.Status + " do not run"
		}
		logs := schema.LogSource{}
		if !ref.Correlation {
			logs = l.Set.Rules[ref.Index].LogSource
		}
		add(info, logs, why)
	}
	for i := range l.Set.Skipped {
		s := &l.Set.Skipped[i]
		add(&s.Info, schema.LogSource{}, strings.TrimSpace(string(s.Reason)+" "+s.Detail))
	}
	slices.SortStableFunc(rules, func(a, b *rule) int { return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)) })
	return rules, c, nil
}

// ruleOf returns a rule for the page. Its texts have no character that turns the direction of writing.
func ruleOf(info *ruleset.Info, logs schema.LogSource, off bool, why string) *rule {
	list := func(texts []string) []string {
		out := make([]string, len(texts))
		for i := range texts {
			out[i] = diag.Safe(texts[i])
		}
		return out
	}
	r := &rule{
		ID: info.ID, Title: diag.Safe(info.Title), Level: info.Level, Status: diag.Safe(info.Status), Path: diag.Safe(info.Path),
		Author: diag.Safe(info.Author), Description: safeLines(info.Description), Text: safeLines(info.Origin.Span.Lines()), Product: diag.Safe(logs.Product),
		Service: diag.Safe(logs.Service), Category: diag.Safe(logs.Category), Tags: list(info.Tags), References: list(info.References),
		FalsePositives: list(info.FalsePositives), Off: off, Why: diag.Safe(why),
	}
	if r.Text == "" && info.Tree != nil {
		r.Text = safeLines(info.Tree.String())
	}
	return r
}

func safeLines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = diag.Safe(lines[i])
	}
	return strings.Join(lines, "\n")
}

// change switches a rule off or on, or changes its level, in the overlay.
func (p *page) change(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := p.edit(r); err != nil {
		site.Fail(w, r, err)
		return
	}
	back, err := url.ParseQuery(r.PostFormValue("back"))
	if err != nil {
		back = url.Values{}
	}
	back.Set("id", r.PostFormValue("id"))
	back.Set("changed", "yes")
	http.Redirect(w, r, "/rules?"+back.Encode(), http.StatusSeeOther) //nolint:gosec // it stays on this page
}

func (p *page) edit(r *http.Request) error {
	id, level := r.PostFormValue("id"), r.PostFormValue("level")
	rules, c, err := p.load(r.Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rules, func(one *rule) bool { return strings.EqualFold(one.ID, id) })
	if i < 0 {
		return &site.StatusError{Status: http.StatusNotFound, Message: "no rule has the id " + strconv.Quote(id)}
	}
	path, err := c.OverlayPath()
	if err != nil {
		return err
	}
	if p.work.ReadConfig == nil {
		return &site.StatusError{Status: http.StatusConflict, Message: "this server changes no rules"}
	}
	action := r.PostFormValue("action")
	if err := allowed(action, level); err != nil {
		return err
	}
	return overlay.Edit(path, func(o *overlay.Overlay) error {
		switch action {
		case "off":
			o.Disable(rules[i].ID)
		case "on":
			if o.Enable(rules[i].ID) == nil && rules[i].Off {
				return &site.StatusError{Status: http.StatusConflict, Message: "egret.yaml itself switches the rule off, not the overlay", Help: "change it there"}
			}
		case "level":
			return o.SetLevel(rules[i].ID, level)
		}
		return nil
	})
}

func allowed(action, level string) error {
	switch {
	case action != "off" && action != "on" && action != "level":
		return &site.StatusError{Status: http.StatusBadRequest, Message: "there is no such change: " + strconv.Quote(action), Help: "it takes off, on, level"}
	case action == "level" && level != "" && !slices.Contains(finding.Levels, level):
		return &site.StatusError{Status: http.StatusBadRequest, Message: "there is no such level: " + strconv.Quote(level), Help: "it takes " + strings.Join(finding.Levels, ", ")}
	}
	return nil
}
