package site

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// Paths that there are not get 404, and other methods for paths that there are 405 with those that work.
func TestMissing(t *testing.T) {
	files := fstest.MapFS{"one.tmpl": {Data: []byte(`{{define "body"}}{{end}}`)}}
	answer := func(http.ResponseWriter, *http.Request) {}
	s, err := New("test", []Page{{Name: "one", Title: "One", Files: files, Template: "one.tmpl", Routes: []Route{{"POST /api/x/{id}", answer}, {"GET /api/x/all", answer}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(Route{"GET /api/y", answer})
	s.Handle(Route{"POST /api/y", answer})
	for _, tt := range []struct {
		method, path string
		want         int
		allow, says  string
	}{
		{"GET", "/one", 200, "", "One"},
		{"HEAD", "/one", 200, "", ""},
		{"POST", "/one", 405, "GET", "it takes GET"},
		{"POST", "/", 405, "GET", "It takes GET"},
		{"GET", "/api/x/1", 405, "POST", "it takes POST"},
		{"PUT", "/api/x/all", 405, "GET", "it takes GET"},
		{"DELETE", "/api/y", 405, "GET, POST", "it takes GET, POST"},
		{"POST", "/api/y", 200, "", ""},
		{"GET", "/api/x/1/2", 404, "", "no such request"},
		{"PATCH", "/api/", 404, "", "no such request"},
		{"GET", "/two", 404, "", "no such page"},
		{"POST", "/assets/site/layout.tmpl", 404, "", "no such page"},
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.want || w.Header().Get("Allow") != tt.allow || !strings.Contains(strings.ToLower(w.Body.String()), strings.ToLower(tt.says)) {
			t.Errorf("%s %s: got %d, Allow %q, %s; want %d, %q, %s", tt.method, tt.path, w.Code, w.Header().Get("Allow"), w.Body, tt.want, tt.allow, tt.says)
		}
	}
}
