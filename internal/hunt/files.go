package hunt

import (
	"context"
	"io"
	"io/fs"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/gaps"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// Files are log files as a source. Paths is required.
type Files struct {
	// Paths are files, folders, globs, or "-" for Stdin.
	Paths []string
	// Stdin is what "-" reads, nil for the process's standard input. It can be hunted once.
	Stdin io.Reader
	// StdinName is the name of Stdin in the ledger and in the ids of events that have none; "" means <stdin>.
	StdinName string
	// Remote reads paths in buckets; nil means that there are none.
	Remote event.Remote
	// Guard, if not nil, is called for each local file before it is read; an error ends the hunt.
	Guard func(path string, info fs.FileInfo) error
	// Parquet opens Parquet files, as in event.Options; with nil they are only named.
	Parquet func(from io.ReaderAt, size int64) (event.TableFile, error)
	// TextColumns has the columns of logs in text whose files have no header, as in event.Options.
	TextColumns map[string][]string
	// Limits limit the cost of single files.
	Limits event.Limits
}

// fileInput reads files for one hunt.
type fileInput struct {
	*Files
	hunt  *hunt
	files *fileAccount
	paths map[string]int64       // see event.Reader.Paths
	saved map[string]*savedInput // contents of pipes, by path; "-" is standard input
}

func (f *Files) needs(*ruleset.Set) needs {
	return needs{evidenceMemory: defaultEvidenceMemory, correlationMemory: defaultCorrelationMemory}
}

func (f *Files) begin(h *hunt) input {
	return &fileInput{Files: f, hunt: h, files: newFileAccount(h.spool)}
}

func (f *fileInput) read(ctx context.Context) error {
	if err := f.saveInputs(ctx); err != nil {
		return err
	}
	h := f.hunt
	reader := f.reader(h.options.From, h.options.To, true, f.files.add)
	err := reader.Run(ctx, f.Paths, h.options.Threads, func(worker int, b *event.Batch) error {
		return h.workers[worker].batch(b)
	})
	f.paths = reader.Paths()
	return err
}

// reader returns a reader for one pass; it calls done for each file.
func (f *fileInput) reader(from, to time.Time, hash bool, done func(*event.File)) *event.Reader {
	reader := event.NewReader(event.Options{
		From: from, To: to, Stdin: f.stdinReader(), StdinName: f.StdinName, Kept: f.savedReaders(), Limits: f.Limits, NoHash: !hash,
		Remote: f.Remote, Schemas: f.hunt.options.Schemas, Guard: f.Guard, Done: done, TextColumns: f.TextColumns, Parquet: f.Parquet,
		WholeRows: f.hunt.items != nil,
	})
	f.hunt.watch(func() Progress {
		p := reader.Progress()
		return Progress{
			Unit: UnitFiles, Done: p.FilesDone, Total: p.Files, Growing: !p.AllFound, Records: p.Events,
			ReadBytes: p.ReadBytes, TotalBytes: p.TotalBytes,
		}
	})
	return reader
}

// complete does nothing: files contain complete events.
func (f *fileInput) complete(context.Context, *Result) error { return nil }

func (f *fileInput) follow(context.Context, *Result) error { return nil } // read had all records

// nearby reads all files again, including those just outside the time range.
func (f *fileInput) nearby(ctx context.Context, _ *nearbyIndex, workers []*nearbyWorker) error {
	from, to := f.hunt.options.From, f.hunt.options.To
	if !from.IsZero() {
		from = from.Add(-f.hunt.options.Context)
	}
	if !to.IsZero() {
		to = to.Add(f.hunt.options.Context)
	}
	return f.reader(from, to, false, func(*event.File) {}).Run(ctx, f.Paths, len(workers), func(worker int, b *event.Batch) error {
		return workers[worker].batch(b)
	})
}

// accountNearby adds nothing: the ledger covers the first pass.
func (f *fileInput) accountNearby(*finding.Ledger) {}

func (f *fileInput) account(r *Result) error {
	c := &r.Ledger.Records
	c.Paths = f.paths
	c.In += f.files.in
	c.Failed.Merge(f.files.failedRecords)
	c.Skipped.Merge(f.files.otherRecords)
	if err := f.accountFiles(r); err != nil {
		return err
	}
	touched, err := r.touches()
	if err != nil {
		return err
	}
	r.Ledger.Gaps, r.Ledger.Quiet = f.gaps(touched)
	return nil
}

func (f *fileInput) accountFiles(r *Result) error {
	failed, err := f.files.finish(&r.Ledger.Files, r.Ledger.Partial)
	if err != nil {
		return err
	}
	r.InputFailed = failed
	if r.Ledger.Partial {
		return nil
	}
	ranged := f.hunt.from != minNanos || f.hunt.to != maxNanos
	switch records := &r.Ledger.Records; {
	case records.In == 0:
		r.InputFailed = true
		note := "no records were found in the input"
		if ranged {
			note += " of the time range"
		}
		r.Ledger.Notes = append(r.Ledger.Notes, note)
	case records.Evaluated == 0 && records.OutOfRange > 0:
		r.Ledger.Notes = append(r.Ledger.Notes, "no readable record is in the time range")
	}
	return nil
}

// gaps finds where logs are missing: by the names of files that CloudTrail delivered, otherwise by records.
func (f *fileInput) gaps(touched []gaps.Touch) ([]finding.Gap, finding.Quiet) {
	if byName := f.files.byName; len(byName) > 0 {
		return byName.Gaps("files", touched)
	}
	byRecord := gaps.Coverage{}
	for _, w := range f.hunt.workers {
		w.coverage.AddTo(byRecord)
	}
	return byRecord.Gaps("records", touched)
}
