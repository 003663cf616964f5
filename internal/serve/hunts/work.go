package hunts

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/report/htmlreport"
	"github.com/egret-hunt/egret/internal/setup"
)

// work runs the hunt and writes its results: first those that the page shows, then the other formats.
func (r *run) work() {
	defer close(r.written)
	defer func() { _ = r.lock.Close() }() // it only tells that a process works on the hunt
	defer r.cancel()
	rest, err := r.answer()
	if err != nil {
		err = r.change(func(rec *Record) { rec.fail(err) })
	}
	r.end()
	if rest != nil {
		err = errors.Join(err, rest())
	}
	if err != nil {
		_ = r.change(func(rec *Record) { rec.Writing, rec.Why = false, redact.Fault(err.Error()) }) // the disk is full, most likely
	}
}

// end tells watchers that the state is final.
func (r *run) end() {
	r.mutex.Lock()
	if r.idle != nil {
		r.idle.Stop()
	}
	r.mutex.Unlock()
	close(r.ended)
}

// fail sets the state of a hunt that has failed.
func (r *Record) fail(err error) {
	r.State, r.Ended, r.Writing = Failed, time.Now().UTC(), false //nolint:forbidigo // when it ended is no result
	r.Resumable = r.Spec.InLake && r.Spec.Kind != Summary
	if errors.Is(err, context.Canceled) && r.Why != "" {
		r.State = Stopped
		return
	}
	r.Why = redact.Fault(err.Error())
	var s *setup.Error
	var e *engine.Error
	switch {
	case errors.As(err, &s):
		r.Help = s.Help
	case errors.As(err, &e):
		r.Help = e.Help
	}
}

// answer runs the hunt and writes what the page shows. The returned function writes the rest and frees the answer; it is nil after an
// error.
func (r *run) answer() (rest func() error, err error) {
	q := r.question
	var spent float64
	q.Spent = func(l *finding.LakeCounts) { spent = l.Dollars }
	a, err := r.store.places.Run(r.ctx, q)
	if err != nil {
		return nil, errors.Join(err, r.change(func(rec *Record) { rec.Dollars = spent }))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	// What a stopped hunt has found is written too.
	ctx := context.WithoutCancel(r.ctx)
	w := &writer{run: r, answer: a, ledger: *a.Ledger}
	first := []string{"html", "jsonl"}
	formats := report.NamesOf(inquiry.Formats(r.question.Job))
	first = slices.DeleteFunc(first, func(name string) bool { return !slices.Contains(formats, name) })
	if err := w.write(ctx, first, true); err != nil {
		return nil, err
	}
	answer, err := w.text(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := htmlreport.Policy()
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(slices.Clone(formats), func(name string) bool { return slices.Contains(first, name) })
	err = r.change(func(rec *Record) {
		rec.State, rec.Ended, rec.Answer, rec.Ledger, rec.Policy = Done, time.Now().UTC(), answer, w.ledgerText(), policy //nolint:forbidigo // as above
		rec.Formats, rec.Writing, rec.Records = first, len(others) > 0, w.ledger.Records.Evaluated
		rec.Findings, rec.Shown, rec.Levels = w.ledger.Findings.Total, w.rows, w.levels
		rec.about(a, &w.ledger)
	})
	if err != nil {
		return nil, err
	}
	return func() error {
		err := w.write(ctx, others, false)
		err = errors.Join(err, a.Close())
		return errors.Join(err, r.change(func(rec *Record) {
			rec.Writing = false
			if err == nil {
				rec.Formats = formats
			}
		}))
	}, nil
}

// about says how a hunt has ended that gave an answer.
func (r *Record) about(a *inquiry.Answer, l *finding.Ledger) {
	if l.Partial {
		r.State = Stopped
	} else {
		r.Why = ""
	}
	if l.Lake == nil {
		return
	}
	r.Dollars = l.Lake.Dollars
	r.Resumable = r.Spec.Kind != Summary && (l.Partial || l.Lake.Left.Total > 0)
	switch {
	case a.Fault != nil:
		r.State, r.Why = Failed, redact.Fault(a.Fault.Error())
	case l.Lake.BudgetUsed:
		r.State, r.Why = Stopped, "the budget is used up"
	case l.Lake.Left.Total > 0 && !l.Partial:
		r.Why = "parts of the tables could not be read; the ledger says why"
	}
}

// writer writes the formats of an answer.
type writer struct {
	run    *run
	answer *inquiry.Answer
	ledger finding.Ledger
	rows   int
	levels map[string]int
}

// output is a file that is being written.
type output struct {
	file *os.File
	gzip *gzip.Writer // nil if the file is not packed
}

func (o *output) Write(text []byte) (int, error) {
	if o.gzip != nil {
		return o.gzip.Write(text)
	}
	return o.file.Write(text)
}

func (o *output) Close() error {
	var err error
	if o.gzip != nil {
		err = o.gzip.Close()
	}
	return errors.Join(err, o.file.Close())
}

// create opens a file in the folder of the hunt.
func (w *writer) create(name string, packed bool) (*output, error) {
	dir, err := w.run.store.folder(w.run.id())
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	o := &output{file: f}
	if packed {
		o.gzip, _ = gzip.NewWriterLevel(f, gzip.BestSpeed) // the level is known
	}
	return o, nil
}

// write writes formats in one pass over the findings, and with rows what the page lists.
func (w *writer) write(ctx context.Context, formats []string, rows bool) (err error) {
	var files []*output
	defer func() {
		for _, f := range files {
			err = errors.Join(err, f.Close())
		}
	}()
	var outs []inquiry.Output
	for _, name := range formats {
		path, packed := fileName(name)
		f, err := w.create(path, packed)
		if err != nil {
			return err
		}
		files = append(files, f)
		outs = append(outs, inquiry.Output{Format: name, Writer: f})
	}
	var each func(*finding.Finding) error
	if rows {
		f, err := w.create(rowsName, false)
		if err != nil {
			return err
		}
		files = append(files, f)
		each = w.lister(f)
	}
	summary, err := w.answer.Write(ctx, outs, 0, each, &w.ledger, report.Options{})
	if rows {
		w.levels = map[string]int{}
		for i := range summary.Levels {
			w.levels[summary.Levels[i].Name] = summary.Levels[i].Findings
		}
	}
	return err
}

// text is what the page says first: the story of a hunt, or the text of a summary.
func (w *writer) text(ctx context.Context) (string, error) {
	var b bytes.Buffer
	switch w.run.record.Spec.Kind {
	case Hunt:
		story, err := w.answer.Story(ctx)
		if err != nil {
			return "", err
		}
		if err := report.WriteStory(&b, story, report.Options{}); err != nil {
			return "", err
		}
	case Summary:
		if _, err := w.answer.Write(ctx, []inquiry.Output{{Format: "text", Writer: &b}}, 0, nil, &w.ledger, report.Options{}); err != nil {
			return "", err
		}
	case Search:
	}
	return short(b.String()), nil
}

func (w *writer) ledgerText() string {
	var b strings.Builder
	_ = report.WriteLedgerText(&b, &w.ledger, report.Options{}) // a builder takes everything
	return short(strings.TrimSpace(b.String()))
}

// short cuts a text that is too long for a record.
func short(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "\n… (the rest is in the formats)"
}

var _ io.Writer = (*output)(nil)
