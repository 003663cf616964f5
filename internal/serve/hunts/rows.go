package hunts

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
)

// A Row is a finding, or an event of a search, in a list.
type Row struct {
	// N is its number in the result, from 0.
	N       int    `json:"n"`
	Time    string `json:"time"`
	Level   string `json:"level"`
	Title   string `json:"title"`
	RuleID  string `json:"rule_id"`
	Who     string `json:"who"`
	Account string `json:"account"`
	Address string `json:"address"`
	Action  string `json:"action"`
	Key     string `json:"key"`
	// Outcome is succeeded, refused, failed or unknown. Count is the number of events.
	Outcome string `json:"outcome"`
	Count   int    `json:"count"`
}

const (
	// maxRows is how many rows are listed; the formats have all findings.
	maxRows = 200_000
	// maxCell is the size in bytes of a text in a row.
	maxCell = 300
)

// cell makes a text of a log harmless and short.
func cell(text string) string {
	if len(text) > maxCell {
		text = strings.ToValidUTF8(text[:maxCell], "") + "…"
	}
	return diag.Safe(text)
}

// lister returns a function that writes a row for each finding.
func (w *writer) lister(out io.Writer) func(*finding.Finding) error {
	search := w.run.record.Spec.Kind == Search
	return func(f *finding.Finding) error {
		if w.rows >= maxRows {
			return nil
		}
		r := Row{
			N: w.rows, Time: finding.TimeText(f.First), Level: f.Level.String(), Title: cell(f.Rule.Title), RuleID: cell(f.Rule.ID),
			Who: cell(f.Principal), Account: cell(f.Account), Address: cell(f.Address), Action: cell(f.Action), Key: cell(f.Session),
			Outcome: outcome(f), Count: f.Count,
		}
		if search {
			r.Title, r.Level, r.RuleID = cell(strings.TrimSuffix(f.Service, ".amazonaws.com"))+" "+cell(f.Action), "", ""
		}
		text, err := json.Marshal(&r)
		if err != nil {
			return err
		}
		w.rows++
		_, err = out.Write(append(text, '\n'))
		return err
	}
}

// outcome is the best outcome of the calls of a finding.
func outcome(f *finding.Finding) string {
	o := &f.Facts.Outcomes
	switch {
	case o.Counts[finding.Succeeded] > 0:
		return "succeeded"
	case o.Counts[finding.Refused] > 0:
		return "refused"
	case o.Counts[finding.Failed] > 0:
		return "failed"
	}
	return ""
}

// A Filter chooses rows.
type Filter struct {
	// Level and Outcome are exact, "" for all. Text is looked for in all cells, without letter case.
	Level, Outcome, Text string
	// Skip is how many rows to leave out, Limit how many to return.
	Skip, Limit int
}

// Rows returns the rows that a filter chooses, and how many it chooses without Skip and Limit.
func (s *Store) Rows(ctx context.Context, id string, f Filter) (rows []Row, total int, err error) {
	if _, err := s.Get(id); err != nil {
		return nil, 0, err
	}
	dir, err := s.folder(id)
	if err != nil {
		return nil, 0, err
	}
	file, err := os.Open(filepath.Join(dir, rowsName))
	if errors.Is(err, os.ErrNotExist) {
		return []Row{}, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	rows = []Row{}
	text := []byte(strings.ToLower(f.Text))
	scan := bufio.NewScanner(file)
	scan.Buffer(make([]byte, 64<<10), 1<<20)
	for scan.Scan() {
		if total%1000 == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		line := scan.Bytes()
		if len(text) > 0 && !bytes.Contains(bytes.ToLower(line), text) {
			continue
		}
		var r Row
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, 0, fmt.Errorf("the rows of hunt %s are damaged: %w", id, err)
		}
		if f.Level != "" && r.Level != f.Level || f.Outcome != "" && r.Outcome != f.Outcome {
			continue
		}
		if total++; total > f.Skip && len(rows) < f.Limit {
			rows = append(rows, r)
		}
	}
	return rows, total, scan.Err()
}

// maxFinding is the size in bytes of a finding that is shown.
const maxFinding = 8 << 20

// Finding returns a finding by its number, as a line of the format jsonl.
func (s *Store) Finding(ctx context.Context, id string, n int) ([]byte, error) {
	file, _, err := s.Result(id, "jsonl")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	scan := bufio.NewScanner(unpacked)
	scan.Buffer(make([]byte, 256<<10), maxFinding)
	for i := 0; scan.Scan(); i++ {
		if i == n {
			return scan.Bytes(), nil
		}
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("finding %d cannot be shown: %w", n, err)
	}
	return nil, fmt.Errorf("there is no finding %d: %w", n, ErrUnknown)
}
