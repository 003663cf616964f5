package api

import (
	"context"

	"github.com/egret-hunt/egret/internal/lsp"
)

// maxCompletions is how many completions an answer has.
const maxCompletions = 100

// completeRequest is the body of POST /api/v2/complete. Offset is in bytes.
type completeRequest struct {
	Text   string `json:"text"`
	Offset int    `json:"offset"`
}

// completion is a text that may stand at the place, instead of the bytes from Offset to End.
type completion struct {
	Label  string `json:"label"`
	Detail string `json:"detail"`
	Text   string `json:"text"`
	Offset int    `json:"offset"`
	End    int    `json:"end"`
}

type completeAnswer struct {
	Completions []completion `json:"completions"`
}

func (a *API) complete(_ context.Context, body *completeRequest) (any, error) {
	answer := completeAnswer{Completions: []completion{}}
	for _, c := range lsp.Complete(a.w.Schemas, body.Text, body.Offset) {
		if len(answer.Completions) == maxCompletions {
			break
		}
		answer.Completions = append(answer.Completions, completion{c.Label, c.Detail, c.Text, c.Start, c.End})
	}
	return answer, nil
}
