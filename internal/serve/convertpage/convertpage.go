// Package convertpage is the page on which rules become queries as one types. All of its work is done by the API; what it shares is
// kept in the fragment of the address, which browsers do not send.
package convertpage

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
		Name: "convert", Title: "Convert", About: "Sigma rules as queries of other tools, as you type.",
		Files: files, Template: "convert.tmpl", Styles: []string{"convert.css"}, Scripts: []string{"convert.js", "fragment.js"}, Load: []string{"convert.js"},
	}, err
}
