package finding

import (
	"bytes"
	"encoding/json"
	"io"
)

// NewSafeEncoder returns an encoder of JSON that is harmless to look at on a terminal: untrusted text may hold control characters
// and marks that turn the direction of writing, which become \u escapes. Names of tables and rules are not changed for HTML.
func NewSafeEncoder(w io.Writer) *json.Encoder {
	encoder := json.NewEncoder(safeJSON{w})
	encoder.SetEscapeHTML(false)
	return encoder
}

// safeJSON escapes what is written to it, which must be whole JSON values.
type safeJSON struct{ w io.Writer }

func (s safeJSON) Write(p []byte) (int, error) {
	if _, err := s.w.Write(EscapeUnsafe(bytes.Clone(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// MarshalSafe returns the JSON of a value as NewSafeEncoder writes it, without a line break.
func MarshalSafe(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := NewSafeEncoder(&b).Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
