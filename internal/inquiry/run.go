package inquiry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/origin"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/story"
)

// A Question is one inquiry.
type Question struct {
	// Job is what runs instead of rules, nil for a hunt.
	Job *Job
	// Rules choose among the rules of the places; Names, Stdin and whatever else names a file count for nothing.
	Rules setup.RuleOptions
	// From and To are the half-open range of event times; a zero time is an open end. MinLevel leaves out findings below it.
	From, To time.Time
	MinLevel finding.Level
	// Unfolded lets each finding stand for itself, as in hunt.Options.
	Unfolded bool
	// InLake asks the lake of the places instead of its logs. Budget is what may be billed, as in setup.Limits; "" for that of the
	// places.
	InLake bool
	Budget string
	// StateDir is the folder in which the journal of a hunt in the lake is kept, so that the same question goes on where it
	// stopped; with "" the journal ends with the run.
	StateDir string
	// Progress is as in hunt.Options.
	Progress func(now func() hunt.Progress)
	// Spent, if not nil, is called once before Run returns if the lake was asked, also after an error: queries that ran before it
	// are billed. It gets the counts of the ledger.
	Spent func(*finding.LakeCounts)
}

// An Answer is what an inquiry came to. Close must be called.
type Answer struct {
	// Rules are the rules that ran.
	Rules *setup.RuleSet
	// Ledger is complete, except for the findings that Write counts.
	Ledger *finding.Ledger
	// Result has the findings, or the events of a search; nil for a job that observes the tables of a lake. A job that observes has
	// none in it.
	Result *hunt.Result
	// Fault is the error of the engine that ended a hunt in a lake, nil if none did.
	Fault error
	// CannotRun are the rules and correlations that could not run in the tables of a lake.
	CannotRun []plan.CannotRun

	job     *Job
	schemas []*schema.Schema
	origins *origin.Finder
	close   []func() error
	telling sync.Mutex
	story   *story.Story
}

// Run answers a question. When the context ends, the answer has what was found so far and its ledger is marked partial. Errors
// are those of setup, of the engine before anything is read, and of temporary files.
func (p *Places) Run(ctx context.Context, q Question) (answer *Answer, err error) {
	if err := p.Check(q.InLake); err != nil {
		return nil, err
	}
	a := &Answer{job: q.Job, schemas: p.Schemas}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.load(ctx, p, &q); err != nil {
		return nil, err
	}
	if a.origins, err = setup.Origins(p.Config, nil); err != nil {
		return nil, err
	}
	if a.origins != nil {
		a.close = append(a.close, a.origins.Close)
	}
	o := hunt.Options{
		Set: a.Rules.Set, Indicators: a.Rules.Indicators, Schemas: p.Schemas, From: q.From, To: q.To, MinLevel: q.MinLevel,
		Threads: p.Threads, Trace: q.Job == nil, Unfolded: q.Unfolded, Origins: a.origins, Progress: q.Progress,
		Source: &hunt.Files{Paths: p.Logs, Remote: p.Remote, Parquet: parquetrow.Reader},
	}
	if q.Job != nil {
		o.Observe = q.Job.Observe
	}
	var tables *tables
	if q.InLake {
		if tables, err = p.openTables(ctx, &q, a); err != nil {
			return nil, err
		}
		if q.Spent != nil {
			defer func() { q.Spent(tables.spent()) }()
		}
		if q.Job.observes() {
			if err := tables.tally(ctx, a); err != nil {
				return nil, err
			}
			return a, a.describe(ctx, p)
		}
		o.Source, o.From, o.To = hunt.Tables(tables.lake), tables.options.From, tables.options.To
	}
	if a.Result, err = hunt.Run(ctx, o); err != nil {
		return nil, err
	}
	a.close = append(a.close, a.Result.Close)
	a.Ledger = &a.Result.Ledger
	if tables != nil {
		err = tables.finish(a)
	}
	return a, errors.Join(err, a.describe(ctx, p))
}

// load loads the rules of a hunt, or makes those of its job.
func (a *Answer) load(ctx context.Context, p *Places, q *Question) error {
	var err error
	if q.Job == nil {
		rules := q.Rules
		rules.Stdin, rules.IOC, rules.STIX, rules.Schemas = nil, nil, setup.STIXOptions{}, nil
		a.Rules, err = p.LoadRules(ctx, rules)
		return err
	}
	var set *ruleset.Set
	if set, err = q.Job.Rules(p.Schemas); err != nil {
		return err
	}
	a.Rules = &setup.RuleSet{Set: set, Config: p.Config.Place}
	return nil
}

// describe completes the ledger.
func (a *Answer) describe(ctx context.Context, p *Places) error {
	l := a.Ledger
	a.Rules.Account(l)
	l.Version = p.Version
	if ctx.Err() != nil {
		l.Stopped = "stopped before the end"
	}
	if a.job != nil {
		a.job.Account(l)
		if a.job.Check != nil {
			return a.job.Check(l)
		}
	}
	return nil
}

// Formats returns the formats in which Write prints the answer to a job, nil for a hunt.
func Formats(job *Job) []report.Format {
	switch {
	case job == nil:
		return report.Formats
	case job.Observe != nil:
		return report.TallyFormats
	}
	return report.EventFormats
}

// An Output is a format of Formats with where it goes.
type Output struct {
	Format string
	Writer io.Writer
}

// Story returns what the findings of a hunt mean together. It is told once.
func (a *Answer) Story(ctx context.Context) (*story.Story, error) {
	a.telling.Lock()
	defer a.telling.Unlock()
	if a.story == nil {
		told, err := a.Result.Story(ctx)
		if err != nil {
			return nil, err
		}
		a.story = told
	}
	return a.story, nil
}

// Write prints the answer in several formats, in one pass over the findings. limit is how many findings are printed, 0 for all; each, if
// not nil, gets them too. Neither has a meaning for a job that observes. Write may be called any number of times, also
// concurrently if each call has a ledger of its own, in which it counts the findings.
func (a *Answer) Write(ctx context.Context, outs []Output, limit int, each func(*finding.Finding) error, l *finding.Ledger, o report.Options) (finding.Summary, error) {
	formats := Formats(a.job)
	o.Origin, o.Schemas, o.Mappings = a.origins.Of, a.schemas, a.Rules.Mappings
	var writers []report.Writer
	for _, out := range outs {
		i := slices.IndexFunc(formats, func(f report.Format) bool { return f.Name == out.Format })
		if i < 0 {
			return finding.Summary{}, fmt.Errorf("there is no format %q", out.Format)
		}
		if a.job.observes() {
			if err := a.job.Write(out.Writer, out.Format, l, o); err != nil {
				return finding.Summary{}, err
			}
			continue
		}
		if formats[i].Story && o.Story == nil {
			var err error
			if o.Story, err = a.Story(ctx); err != nil {
				return finding.Summary{}, err
			}
		}
		writers = append(writers, formats[i].New(out.Writer, o))
	}
	if a.job.observes() {
		return finding.Summary{}, nil
	}
	summary, err := a.Result.Each(ctx, limit, &l.Findings, func(f *finding.Finding) error {
		for _, w := range writers {
			if err := w.Finding(f); err != nil {
				return err
			}
		}
		if each != nil {
			return each(f)
		}
		return nil
	})
	for _, w := range writers {
		if err == nil {
			err = w.Close(&summary, l)
		}
	}
	return summary, err
}

// Close frees all resources of the answer.
func (a *Answer) Close() error {
	var err error
	for _, c := range slices.Backward(a.close) {
		err = errors.Join(err, c())
	}
	a.close = nil
	return err
}
