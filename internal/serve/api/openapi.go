package api

import (
	_ "embed"
	"net/http"
)

// OpenAPI is the OpenAPI document of the API below /api/v2/, in YAML. docs/api.md is made of it.
//
//go:embed openapi.yaml
var OpenAPI string

func sendOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write([]byte(OpenAPI)) // the client has gone if it fails
}
