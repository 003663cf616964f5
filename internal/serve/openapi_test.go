package serve

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/serve/api"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
)

// The OpenAPI document has the requests that the server answers, besides pages and their files, and no others.
func TestOpenAPIHasAllRoutes(t *testing.T) {
	w := &workspace.Workspace{Config: &setup.Config{Settings: &config.Config{}}, Schemas: schema.All()}
	var routed, described []string
	for _, page := range pages {
		p, err := page(w)
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range p.Routes {
			routed = append(routed, route.Pattern)
		}
	}
	a, err := api.New(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range a.Routes() {
		routed = append(routed, route.Pattern)
	}
	var document struct{ Paths map[string]map[string]any }
	if err := yaml.Unmarshal([]byte(api.OpenAPI), &document); err != nil {
		t.Fatal(err)
	}
	// Iteration order does not matter: the list is sorted.
	for path, methods := range document.Paths {
		for method := range methods { // as above
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(routed)
	slices.Sort(described)
	if !slices.Equal(described, routed) {
		t.Errorf("the document has\n%s\nthe server\n%s", strings.Join(described, "\n"), strings.Join(routed, "\n"))
	}
}
