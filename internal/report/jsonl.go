package report

import (
	"io"

	"github.com/egret-hunt/egret/internal/finding"
)

// jsonl writes one JSON object per line, the stable contract of finding.AppendJSON.
type jsonl struct {
	w   io.Writer
	buf []byte
}

func newJSONL(w io.Writer, _ Options) Writer { return &jsonl{w: w} }

func (j *jsonl) Finding(f *finding.Finding) error {
	j.buf = append(f.AppendJSON(j.buf[:0]), '\n')
	_, err := j.w.Write(j.buf)
	return err
}

func (j *jsonl) Close(*finding.Summary, *finding.Ledger) error { return nil }
