package fetch

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestDownloads(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("plain")) }))
	defer plain.Close()
	mux := http.NewServeMux()
	s := httptest.NewTLSServer(mux)
	defer s.Close()
	to := func(path, address string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusFound) })
	}
	to("/releases/latest/download/a.zip", "/releases/download/r2026-01-02/a.zip")
	to("/releases/download/r2026-01-02/a.zip", "/blob?secret=1")
	to("/away", plain.URL)
	to("/round", "/round")
	mux.HandleFunc("/blob", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "egret/1" {
			t.Errorf("user agent %q", r.Header.Get("User-Agent"))
		}
		_, _ = w.Write([]byte("content"))
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("part"))
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2<<20)) })
	o := Options{Client: s.Client(), Agent: "egret/1", MaxBytes: 1 << 20}
	var got strings.Builder
	d, err := Get(t.Context(), s.URL+"/releases/latest/download/a.zip", &got, o)
	if err != nil || got.String() != "content" || d.Version != "r2026-01-02" || d.URL != s.URL+"/releases/download/r2026-01-02/a.zip" {
		t.Errorf("got %q, %+v, %v", got.String(), d, err)
	}
	if d, err := Get(t.Context(), s.URL+"/blob?secret=1", &strings.Builder{}, o); err != nil || d.URL != s.URL+"/blob" {
		t.Errorf("an address with a query: got %+v, %v", d, err)
	}
	for address, want := range map[string]string{
		plain.URL:                  "only https:// is used",
		"https://":                 "no host",
		s.URL + "/away":            "leads away from https",
		s.URL + "/round":           "more than 10 redirections",
		s.URL + "/cut":             "cut off after 4 bytes",
		s.URL + "/large":           "larger than 1 MB",
		s.URL + "/missing?token=x": "404",
	} {
		_, err := Get(t.Context(), address, &strings.Builder{}, o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "token") {
			t.Errorf("the error shows the query: %v", err)
		}
	}
	// A certificate that nobody vouches for.
	if _, err := Get(t.Context(), s.URL+"/blob", &strings.Builder{}, Options{MaxBytes: 1 << 20}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want an error about the certificate", err)
	}
}
