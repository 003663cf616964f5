package rulescli

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/rulestore"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// testHost is a host without a terminal and a configuration.
type testHost struct{}

func (testHost) Found()                                                    {}
func (testHost) Colors(io.Writer) bool                                     { return false }
func (testHost) Diagnose(diag.List) error                                  { return nil }
func (testHost) Version() string                                           { return "1" }
func (testHost) Bar() *term.Progress                                       { return &term.Progress{} }
func (testHost) Schemas(_, _ string) ([]*schema.Schema, error)             { return schema.All(), nil }
func (testHost) Config(string) (*setup.Config, error)                      { return setup.ReadConfig("", nil) }
func (testHost) UntilSignal(ctx context.Context) (context.Context, func()) { return ctx, func() {} }
func (testHost) CompletePlaces(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, 0
}

const oneRule = `title: One
id: 0a1b2c3d-0000-4000-8000-000000000001
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: One}, condition: selection}
`

func archive(t *testing.T, version string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range map[string]string{"rules/one.yml": oneRule, "version.txt": version} {
		member, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := member.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestUpdateFromReleases serves a copy of SigmaHQ's releases over HTTPS.
func TestUpdateFromReleases(t *testing.T) {
	text := archive(t, "none")
	cut := false
	mux := http.NewServeMux()
	mux.HandleFunc("/releases/latest/download/sigma_core++.zip", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/releases/download/r2026-02-01/sigma_core++.zip", http.StatusFound)
	})
	mux.HandleFunc("/releases/download/r2026-02-01/sigma_core++.zip", func(w http.ResponseWriter, _ *http.Request) {
		if cut {
			w.Header().Set("Content-Length", "1000000")
		}
		_, _ = w.Write(text)
	})
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	dir := t.TempDir()
	t.Setenv("EGRET_DATA", filepath.Join(dir, "data"))
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Chdir(dir)
	run := func(f updateFlags) (string, error) {
		f.releases, f.client, f.format = server.URL+"/releases", server.Client(), "text"
		var out bytes.Buffer
		cmd := &cobra.Command{}
		cmd.SetOut(&out)
		cmd.SetContext(t.Context())
		err := f.run(cmd, testHost{}, "")
		return out.String(), err
	}
	if got, err := run(updateFlags{packages: []string{"core++"}}); err != nil || !strings.HasPrefix(got, "sigmahq/core++: version r2026-02-01, 1 rule\n") {
		t.Fatalf("got %q, %v", got, err)
	}
	lock, err := rulestore.ReadLock(rulestore.LockName)
	if err != nil || lock.Find("sigmahq", "core++") == nil || lock.Packages[0].URL != server.URL+"/releases/download/r2026-02-01/sigma_core++.zip" {
		t.Errorf("the lock file: got %+v, %v", lock, err)
	}
	// Without --package the installed ones are updated; nothing is new.
	if got, err := run(updateFlags{}); err != nil || !strings.Contains(got, "was installed already") {
		t.Errorf("again: got %q, %v", got, err)
	}
	// A colleague gets the same by the lock file alone.
	t.Setenv("EGRET_DATA", filepath.Join(dir, "colleague"))
	if got, err := run(updateFlags{locked: true}); err != nil || !strings.Contains(got, "version r2026-02-01") {
		t.Errorf("locked: got %q, %v", got, err)
	}
	// The publisher changes the archive: --locked refuses it, and what is installed stays.
	text = archive(t, "changed")
	t.Setenv("EGRET_DATA", filepath.Join(dir, "third"))
	if _, err := run(updateFlags{locked: true}); err == nil || !strings.Contains(err.Error(), "expected "+lock.Packages[0].SHA256) {
		t.Errorf("a changed archive: got %v", err)
	}
	cut = true
	t.Setenv("EGRET_DATA", filepath.Join(dir, "data"))
	if _, err := run(updateFlags{}); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a cut download: got %v", err)
	}
	if _, err := run(updateFlags{packages: []string{"all"}}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a missing archive: got %v", err)
	}
	store, err := setup.Packages()
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.Find("sigmahq", lock)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := store.Intact(p); !ok || err != nil {
		t.Errorf("the old rules: got %v, %v", ok, err)
	}
}
