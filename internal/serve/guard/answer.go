package guard

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
)

// Refuse answers a request with a status and the reason: as JSON below /api/, and else as a page. help may be empty.
func Refuse(w http.ResponseWriter, r *http.Request, status int, message, help string) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		text, err := json.Marshal(map[string]any{"error": map[string]string{"message": message, "help": help}})
		if err == nil {
			_, _ = w.Write(append(text, '\n')) // the client has gone if it fails
		}
		return
	}
	form := ""
	if status == http.StatusUnauthorized {
		form = `<form method="post" action="` + loginPath + `"><p><label for="token">Token</label> <input id="token" name="token" type="password" autocomplete="off" required autofocus> <button>Open</button></p></form>`
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>egret</title>
<link rel="stylesheet" href="/assets/site/site.css"></head><body><main class="refused"><h1>%s</h1><p>%s</p>%s</main></body></html>
`, html.EscapeString(sentence(message)), html.EscapeString(sentence(help)), form)
}

// sentence begins a text with a capital letter.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
