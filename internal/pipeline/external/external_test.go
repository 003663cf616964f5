package external

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/pipeline"
)

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/none" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RawQuery+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("X-Key")+" "+string(body))
	}))
	defer server.Close()
	got, err := Source{}.Fetch(t.Context(), pipeline.Request{
		Method: "POST", URL: server.URL + "/?a=1", Params: map[string]string{"b": "2 3"}, Headers: map[string]string{"X-Key": "k"}, JSON: `{"c": 4}`,
	}, 1000)
	if want := `POST a=1&b=2+3 application/json k {"c": 4}`; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	got, err = Source{}.Fetch(t.Context(), pipeline.Request{Method: "POST", URL: server.URL, Form: map[string]string{"d": "5"}}, 1000)
	if want := "POST  application/x-www-form-urlencoded  d=5"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for name, r := range map[string]pipeline.Request{"404": {Method: "GET", URL: server.URL + "/none"}, "more than 3 bytes": {Method: "GET", URL: server.URL}} {
		if _, err := (Source{}).Fetch(t.Context(), r, 3); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		command []string
		shell   bool
		want    string
	}{
		{[]string{"echo a; echo b"}, true, "a\nb\n"},
		{[]string{"echo", "a; b"}, false, "a; b\n"},
	} {
		if got, err := (Source{}).Run(t.Context(), c.command, c.shell, 100); err != nil || string(got) != c.want {
			t.Errorf("%v: got %q, %v, want %q", c.command, got, err, c.want)
		}
	}
	for _, c := range []struct{ command, want string }{{"echo wrong >&2; exit 3", "exit status 3\nwrong"}, {"yes | head -c 1000", "more than 100 bytes"}} {
		if _, err := (Source{}).Run(t.Context(), []string{c.command}, true, 100); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.command, err, c.want)
		}
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Source{}).Run(done, []string{"sleep 60"}, true, 100); err == nil {
		t.Error("got no error for a command that takes too long")
	}
}
