package cli

import "github.com/egret-hunt/egret/internal/query"

// failed is the JSON object around an error.
type failed struct {
	OK    bool              `json:"ok"`
	Error query.ErrorAnswer `json:"error"`
}

// failedAnswer returns the printed form of an error.
func failedAnswer(err error) failed {
	answer, fromEngine := query.ErrorOf(err)
	if f := failureOf(err); f != nil {
		answer.Help = f.help
	}
	switch code := exitCode(err); {
	case fromEngine:
	case code == exitUsage, code == exitRules:
		answer.Kind = "usage"
	case code == exitStopped:
		answer.Kind = "stopped"
	}
	return failed{Error: answer}
}
