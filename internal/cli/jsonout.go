package cli

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/egret-hunt/egret/internal/finding"
)

// newJSONEncoder encodes JSON that is harmless to look at on a terminal: outside text may hold control characters and marks
// that turn the direction of writing, which become \u escapes. Names of tables and rules are not changed for HTML.
func newJSONEncoder(w io.Writer) *json.Encoder {
	encoder := json.NewEncoder(safeJSON{w})
	encoder.SetEscapeHTML(false)
	return encoder
}

// safeJSON escapes what is written to it, which must be whole JSON values.
type safeJSON struct{ w io.Writer }

func (s safeJSON) Write(p []byte) (int, error) {
	if _, err := s.w.Write(finding.EscapeUnsafe(bytes.Clone(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// marshal is JSON as it stands, harmless on a terminal, without escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := newJSONEncoder(&b).Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
