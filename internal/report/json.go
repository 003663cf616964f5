package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/redact"
)

// jsonWriter writes one object {"findings","summary","ledger"}. Findings are as in jsonl, one on each line.
type jsonWriter struct {
	w     io.Writer
	buf   []byte
	count int
}

func newJSON(w io.Writer, _ Options) Writer { return &jsonWriter{w: w} }

func (j *jsonWriter) Finding(f *finding.Finding) error {
	j.buf = j.buf[:0]
	if j.count == 0 {
		j.buf = append(j.buf, `{"findings":[`...)
	} else {
		j.buf = append(j.buf, ',')
	}
	j.count++
	j.buf = f.AppendJSON(append(j.buf, '\n'))
	_, err := j.w.Write(j.buf)
	return err
}

func (j *jsonWriter) Close(summary *finding.Summary, ledger *finding.Ledger) error {
	j.buf = j.buf[:0]
	if j.count == 0 {
		j.buf = append(j.buf, `{"findings":[`...)
	}
	for _, part := range []struct {
		before string
		value  any
	}{{"\n],\n\"summary\":", summary}, {",\n\"ledger\":", ledger}} {
		text, err := marshal(part.value, "")
		if err != nil {
			return err
		}
		if part.value == any(ledger) {
			text = []byte(redact.Text(string(text)))
		}
		j.buf = append(append(j.buf, part.before...), text...)
	}
	j.buf = append(j.buf, "\n}\n"...)
	_, err := j.w.Write(j.buf)
	return err
}

// WriteLedger writes the ledger alone as indented JSON.
func WriteLedger(w io.Writer, ledger *finding.Ledger) error {
	text, err := marshal(ledger, "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, redact.Text(string(text))+"\n")
	return err
}

// marshal is the JSON of a value, harmless on a terminal, with <, > and & as they are.
func marshal(v any, indent string) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return finding.EscapeUnsafe(bytes.TrimSuffix(out.Bytes(), []byte{'\n'})), nil
}
