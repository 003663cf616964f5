package diag

import (
	"encoding/json"

	"github.com/egret-hunt/egret/source"
)

// jsonSpan is a place in JSON: byte offsets from 0, half open; line and column from 1, the column in bytes.
type jsonSpan struct {
	File   string `json:"file"`
	Offset int    `json:"offset"`
	End    int    `json:"end"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

type jsonLabel struct {
	jsonSpan
	Text string `json:"text"`
}

type jsonDiagnostic struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	*jsonSpan
	Labels []jsonLabel `json:"labels,omitempty"`
	Help   string      `json:"help,omitempty"`
	Fix    *jsonLabel  `json:"fix,omitempty"`
}

// MarshalJSON writes the diagnostic as an object: code, severity, message, then file, offset, end, line and column if
// it has a place, labels, help, and fix (a place with the new text). Texts stand as they are, JSON escapes them.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	out := jsonDiagnostic{Code: d.Code, Severity: d.Severity.String(), Message: d.Message, Help: d.Help}
	if d.Span.File != nil {
		span := spanJSON(d.Span)
		out.jsonSpan = &span
	}
	for _, label := range d.Labels {
		if label.Span.File != nil {
			out.Labels = append(out.Labels, jsonLabel{spanJSON(label.Span), label.Text})
		}
	}
	if d.Fix != nil && d.Fix.Span.File != nil {
		out.Fix = &jsonLabel{spanJSON(d.Fix.Span), d.Fix.Text}
	}
	return json.Marshal(out)
}

func spanJSON(span source.Span) jsonSpan {
	position := span.File.Position(span.Start)
	return jsonSpan{span.File.Name, span.Start, span.End, position.Line, position.Column}
}
