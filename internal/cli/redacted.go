package cli

import (
	"io"

	"github.com/egret-hunt/egret/internal/redact"
)

// command returns the command line for ledgers and journals.
func (a *app) command() []string {
	list := []string{"egret"}
	for _, arg := range a.args {
		list = append(list, redact.Text(arg))
	}
	return list
}

// redacted is a stream for messages that removes secrets. Each write must be a whole message or line.
type redacted struct{ w io.Writer }

func (r *redacted) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, redact.Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Unwrap returns the underlying stream, for callers that check whether it is a terminal.
func (r *redacted) Unwrap() io.Writer { return r.w }
