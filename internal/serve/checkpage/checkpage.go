// Package checkpage is the page on which rules are checked as one types, and matched with sample events beside them. All of its work
// is done by the API.
package checkpage

import (
	"embed"
	"io/fs"

	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/serve/workspace"
)

//go:embed assets
var assets embed.FS

// New returns the page.
func New(*workspace.Workspace) (site.Page, error) {
	files, err := fs.Sub(assets, "assets")
	return site.Page{
		Name: "check", Title: "Check and match", About: "What is wrong with a rule, and which events it matches.",
		Files: files, Template: "check.tmpl", Styles: []string{"check.css"}, Scripts: []string{"check.js", "match.js", "testfile.js"}, Load: []string{"check.js"},
	}, err
}
