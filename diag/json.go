package diag

import (
	"encoding/json"

	"github.com/egret-hunt/egret/source"
)

// jsonSpan is a position in JSON: half-open byte offsets from 0, and line and column from 1. The column counts bytes.
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

// MarshalJSON writes the diagnostic as an object with code, severity and message; file, offset, end, line and column if
// it has a position; labels, help, and fix (a position with the new text). Texts are not redacted or changed except for
// JSON escapes.
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
