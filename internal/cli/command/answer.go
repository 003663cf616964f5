package command

import (
	"io"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/query"
	"github.com/egret-hunt/egret/internal/redact"
)

// FailedAnswer is the JSON object around an error.
type FailedAnswer struct {
	OK    bool              `json:"ok"`
	Error query.ErrorAnswer `json:"error"`
}

// Failed returns the printed form of an error.
func Failed(err error) FailedAnswer {
	answer, fromEngine := query.ErrorOf(err)
	if f := FailureOf(err); f != nil {
		answer.Help = f.Help
	}
	switch code := ExitCode(err); {
	case fromEngine:
	case code == ExitUsage, code == ExitRules:
		answer.Kind = "usage"
	case code == ExitStopped:
		answer.Kind = "stopped"
	}
	return FailedAnswer{Error: answer}
}

// WriteJSON writes an object on one line, without escaping names for HTML.
func WriteJSON(w io.Writer, v any) error {
	text, err := finding.MarshalSafe(v)
	if err == nil {
		_, err = io.WriteString(w, redact.Text(string(text))+"\n")
	}
	if err != nil {
		return Unwritable(err)
	}
	return nil
}
