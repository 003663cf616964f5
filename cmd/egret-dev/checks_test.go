package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/egret-hunt/egret/internal/check"
)

func TestThePagesOfChecksAreUpToDate(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := checkPages(filepath.Join(root, examples))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(root, "docs", "checks")
	for name, want := range pages {
		if page, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(page) != want {
			t.Errorf("docs/checks/%s is not up to date (%v); run `make generate`", name, err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if pages[entry.Name()] == "" {
			t.Errorf("docs/checks/%s does not belong to any check", entry.Name())
		}
	}
}

func TestLintsNameChecks(t *testing.T) {
	for _, row := range lints {
		if check.Find(row[1]) == nil {
			t.Errorf("%s: there is no check %s", row[0], row[1])
		}
	}
}
