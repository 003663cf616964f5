package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/serve/api"
)

func TestThePageOfDiagnosticsIsUpToDate(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "diagnostics.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != diagnosticsPage() {
		t.Error("docs/diagnostics.md is not up to date; run `make generate`")
	}
}

func TestThePagesOfSourcesAreUpToDate(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "sources")
	pages := sourcePages()
	for name, want := range pages {
		if page, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(page) != want {
			t.Errorf("docs/sources/%s is not up to date (%v); run `make generate`", name, err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, ok := pages[entry.Name()]; !ok && !slices.Contains([]string{"format.md", securityLakePage, sigmaHQPage}, entry.Name()) {
			t.Errorf("docs/sources/%s does not belong to any source", entry.Name())
		}
	}
}

func TestUnknownCommandErrorListsCommands(t *testing.T) {
	var out, complaint strings.Builder
	if err := run([]string{"nonsense"}, &out, &complaint); err == nil {
		t.Error("got no error for an unknown command")
	}
	for _, c := range subcommands {
		if !strings.Contains(complaint.String(), c.name) {
			t.Errorf("the error does not name %s", c.name)
		}
	}
}

// The pages of docs/stix are what the generator writes.
func TestSTIXPagesAreUpToDate(t *testing.T) {
	for name, page := range map[string]func() (string, error){"connector.md": connectorPage, "mappings.md": mappingsPage} {
		want, err := page()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("../../docs/stix", name))
		if err != nil || string(got) != want {
			t.Errorf("docs/stix/%s is not up to date (%v); run `make generate`", name, err)
		}
	}
}

func TestTheAPIPageIsCurrent(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := apiPage(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != want {
		t.Error("docs/api.md is not up to date; run `make generate`")
	}
}
