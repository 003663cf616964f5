package plugincli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/rulestore/fetch"
)

func TestDownload(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	mux.HandleFunc("/a.zip", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("content")) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, plugin.Limits().Archive+1)) })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("part"))
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://example.com/a.zip", http.StatusFound)
	})
	o := fetch.Options{Client: server.Client(), Agent: "egret/1"}
	path, err := download(t.Context(), server.URL+"/a.zip?token=secret", o)
	if text, _ := os.ReadFile(path); err != nil || string(text) != "content" {
		t.Errorf("got %q, %v", text, err)
	}
	for address, want := range map[string]string{
		server.URL + "/large?token=secret": "larger than 32 MB", server.URL + "/cut": "cut off", server.URL + "/none": "404",
		server.URL + "/away": "leads away from https://", "http://example.com/a.zip?token=secret": "only https:// is used", "file:///etc/passwd": "only https:// is used",
	} {
		path, err := download(t.Context(), address, o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %s", address, err, want)
		}
		if path != "" {
			_ = os.Remove(path)
		}
	}
}
