package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/redact"
)

// jsonWriter writes one object {"findings","summary","ledger"}. Findings are as in jsonl, one per line.
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
	text, err := marshal(summary, "")
	if err != nil {
		return err
	}
	j.buf = append(append(append(j.buf, "\n],\n\"summary\":"...), text...), ",\n\"ledger\":"...)
	if _, err := j.w.Write(j.buf); err != nil {
		return err
	}
	if err := writeLedger(j.w, ledger, ""); err != nil {
		return err
	}
	_, err = io.WriteString(j.w, "\n}\n")
	return err
}

// WriteLedger writes only the ledger, as indented JSON.
func WriteLedger(w io.Writer, ledger *finding.Ledger) error {
	if err := writeLedger(w, ledger, "  "); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// writeLedger writes the ledger, with its inputs one by one since there may be a million.
func writeLedger(w io.Writer, ledger *finding.Ledger, indent string) error {
	rest := *ledger
	rest.Files.Inputs = finding.InputsApart
	text, err := marshal(&rest, indent)
	if err != nil {
		return err
	}
	before, after, _ := strings.Cut(redact.Text(string(text)), finding.InputsMarker)
	if _, err := io.WriteString(w, before+"["); err != nil {
		return err
	}
	line := "" // the text before each element; the list is nested in two objects
	if indent != "" {
		line = "\n" + strings.Repeat(indent, 3)
	}
	between, some := line, false
	if ledger.Files.Inputs.All != nil {
		for input, err := range ledger.Files.Inputs.All {
			if err != nil {
				return err
			}
			input.Name, input.Reason = inputText(input.Name), inputText(input.Reason)
			text, err := marshal(&input, indent)
			if err != nil {
				return err
			}
			if indent != "" {
				text = bytes.ReplaceAll(text, []byte("\n"), []byte(line))
			}
			if _, err := io.WriteString(w, between+string(text)); err != nil {
				return err
			}
			between, some = ","+line, true
		}
	}
	if some && indent != "" {
		after = "\n" + strings.Repeat(indent, 2) + "]" + after
	} else {
		after = "]" + after
	}
	_, err = io.WriteString(w, after)
	return err
}

// inputText redacts secrets in a path or reason. It skips texts that cannot contain one, since there may be a million.
func inputText(text string) string {
	if strings.ContainsAny(text, "=@") || strings.Contains(text, ": ") {
		return redact.Text(text)
	}
	return redact.Known(text)
}

// marshal returns the JSON of a value, safe for a terminal, without escapes of <, > and &.
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
