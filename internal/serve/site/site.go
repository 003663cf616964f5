// Package site renders the pages of egret serve: the layout around each page, the navigation, and the files that pages load.
//
// It makes an http.Handler of a list of pages. Templates escape all texts; the handler serves the files that pages list
// and no others, so that no path of a request reaches a file system. It knows nothing of rules, and does not check who asks.
package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/serve/guard"
)

//go:embed assets
var own embed.FS

// shared are the files that every page loads, and those that scripts of pages may import.
var shared = []string{"site.css", "site.js", "editor.js", "codemirror.js"}

// A Site has all pages. It is immutable and safe for concurrent use.
type Site struct {
	pages   []*rendered
	version string
	mux     *http.ServeMux
}

// rendered is a page with its parsed template.
type rendered struct {
	*Page
	template *template.Template
	// scripts and styles are addresses.
	scripts, styles []string
}

// view is what the layout gets.
type view struct {
	Page    *Page
	Pages   []*rendered
	Scripts []string
	Styles  []string
	Version string
	Data    any
}

// New returns the site of pages, in the order of the navigation. The first one is also at /.
func New(version string, pages []Page) (*Site, error) {
	s := &Site{version: version, mux: http.NewServeMux()}
	files, err := fs.Sub(own, "assets")
	if err != nil {
		return nil, err
	}
	base := &rendered{}
	for _, name := range shared {
		address, err := s.file("site", files, name)
		if err != nil {
			return nil, err
		}
		switch name {
		case "site.css":
			base.styles = append(base.styles, address)
		case "site.js":
			base.scripts = append(base.scripts, address)
		}
	}
	layout, err := template.ParseFS(files, "*.tmpl")
	if err != nil {
		return nil, err
	}
	for i := range pages {
		r, err := s.page(layout, base, &pages[i])
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", pages[i].Name, err)
		}
		s.pages = append(s.pages, r)
	}
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/"+s.pages[0].Name, http.StatusFound)
	})
	s.mux.HandleFunc("/", s.missing)
	return s, nil
}

// missing answers requests that nothing else answers: with 405 if other methods have the path.
func (s *Site) missing(w http.ResponseWriter, r *http.Request) {
	var methods, exact []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if _, pattern := s.mux.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host}); strings.HasPrefix(pattern, method+" ") {
			methods = append(methods, method)
			if !strings.Contains(pattern, "{") {
				exact = append(exact, method)
			}
		}
	}
	if exact != nil { // what a pattern with a variable takes is another request
		methods = exact
	}
	switch {
	case methods != nil:
		list := strings.Join(methods, ", ")
		w.Header().Set("Allow", list)
		guard.Refuse(w, r, http.StatusMethodNotAllowed, fmt.Sprintf("%.20q is no method for this path", r.Method), "it takes "+list)
	case strings.HasPrefix(r.URL.Path, "/api/"):
		guard.Refuse(w, r, http.StatusNotFound, "there is no such request", "docs/api.md lists them all, with their methods")
	default:
		guard.Refuse(w, r, http.StatusNotFound, "there is no such page", "the navigation of / names them all")
	}
}

// page adds a page with its files and routes.
func (s *Site) page(layout *template.Template, base *rendered, p *Page) (*rendered, error) {
	if p.Name == "" || p.Name == "site" || p.Name == "assets" || p.Name == "api" || strings.ToLower(p.Name) != p.Name {
		return nil, fmt.Errorf("%q cannot be the name of a page", p.Name)
	}
	own, err := layout.Clone()
	if err != nil {
		return nil, err
	}
	if own, err = own.ParseFS(p.Files, p.Template); err != nil {
		return nil, err
	}
	r := &rendered{Page: p, template: own, scripts: slices.Clone(base.scripts), styles: slices.Clone(base.styles)}
	for _, name := range p.Styles {
		address, err := s.file(p.Name, p.Files, name)
		if err != nil {
			return nil, err
		}
		r.styles = append(r.styles, address)
	}
	for _, name := range p.Scripts {
		address, err := s.file(p.Name, p.Files, name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(p.Load, name) {
			r.scripts = append(r.scripts, address)
		}
	}
	s.mux.HandleFunc("GET /"+p.Name, func(w http.ResponseWriter, q *http.Request) { s.render(w, q, r) })
	for _, route := range p.Routes {
		s.mux.HandleFunc(route.Pattern, route.Handler)
	}
	return r, nil
}

// types are the content types of files by their endings.
var types = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// file serves a file of a page and returns its address, which changes with its content. Browsers ask again each time whether it
// has changed, since modules import one another by plain names.
func (s *Site) file(page string, files fs.FS, name string) (string, error) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return "", err
	}
	kind, ok := types[path.Ext(name)]
	if !ok {
		return "", fmt.Errorf("%s has no content type", name)
	}
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	address := "/assets/" + page + "/" + path.Base(name)
	s.mux.HandleFunc("GET "+address, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(content) // the client has gone if it fails
	})
	return address, nil
}

// render writes a page. Nothing is sent before the whole page is there.
func (s *Site) render(w http.ResponseWriter, r *http.Request, p *rendered) {
	v := view{Page: p.Page, Pages: s.pages, Scripts: p.scripts, Styles: p.styles, Version: s.version}
	if p.Data != nil {
		data, err := p.Data(r)
		if err != nil {
			Fail(w, r, err)
			return
		}
		v.Data = data
	}
	var text bytes.Buffer
	if err := p.template.ExecuteTemplate(&text, "layout.tmpl", v); err != nil {
		panic("egret bug: " + err.Error())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes()) // the client has gone if it fails
}

// Fail answers a request with an error: with the status and advice of a *StatusError, or 422 for any other.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	fault := &StatusError{Status: http.StatusUnprocessableEntity, Message: err.Error()}
	errors.As(err, &fault)
	guard.Refuse(w, r, fault.Status, fault.Message, fault.Help)
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Handle adds a route that belongs to no page.
func (s *Site) Handle(route Route) { s.mux.HandleFunc(route.Pattern, route.Handler) }
