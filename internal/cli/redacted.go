package cli

import (
	"io"

	"github.com/egret-hunt/egret/internal/redact"
)

// command is the command line as ledgers and journals keep it.
func (a *app) command() []string {
	list := []string{"egret"}
	for _, arg := range a.args {
		list = append(list, redact.Text(arg))
	}
	return list
}

// redacted is a stream for messages, from which secrets are taken out. Each write is to be a whole message or line.
type redacted struct{ w io.Writer }

func (r *redacted) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, redact.Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
