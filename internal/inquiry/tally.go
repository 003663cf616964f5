package inquiry

import (
	"io"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tally"
	"github.com/egret-hunt/egret/internal/value"
)

// Summary returns the job that tells what each principal did. order is one of tally.Orders. Text lists the first top principals, all
// if top is 0.
func Summary(order string, top int) *Job {
	job := observing("summary", "what each principal did")
	var all workers[*tally.Summarizer]
	job.Observe = &hunt.Observe{Fields: tally.SummaryFields, New: func() hunt.Observer { return all.add(tally.NewSummarizer()) }}
	grouped := tally.NewSummarizer()
	job.Tally = &lake.Tally{Unmapped: sqlgen.DropUnmapped, Fields: summaryFields, Row: func(s *schema.Schema, missing []string, r *lake.TallyRow) error {
		grouped.Group(s, r.Values, missing, r.Events, momentOf(r.First, r.Timed), momentOf(r.Last, r.Timed))
		return nil
	}}
	merged := sync.OnceValues(func() (*tally.Summary, error) { // once for all formats, since it uses up the counts
		s := tally.Merge(append(all.list, grouped))
		return s, s.Sort(order)
	})
	job.Write = func(w io.Writer, format string, l *finding.Ledger, o report.Options) error {
		s, err := merged()
		if err != nil {
			return err
		}
		return report.WriteSummaryOf(w, format, s, top, l, o)
	}
	return job
}

// Metrics returns the job that counts events by fields, by periods of time, or by both. over is the length of periods, 0 for
// none, and overText the same as its user wrote it. Text lists the first top rows, all if top is 0.
func Metrics(by []string, over time.Duration, overText string, top int) *Job {
	fields := &tally.Fields{Names: by}
	job := observing("metrics", fields.Describe(overText))
	job.Rules = func(schemas []*schema.Schema) (*ruleset.Set, error) {
		if near, err := fields.Check(schemas); err != nil {
			return nil, setup.UsageError(near, err)
		}
		return &ruleset.Set{}, nil
	}
	var all workers[*tally.Counter]
	job.Observe = &hunt.Observe{Fields: fields.Of, New: func() hunt.Observer { return all.add(tally.NewCounter(len(by), over)) }}
	grouped := tally.NewCounter(len(by), over)
	job.Tally = &lake.Tally{
		Period: over, Fields: func(s *schema.Schema) []sqlgen.TallyField { return tallyFields(by, fields.Of(s), false) },
		Row: func(_ *schema.Schema, _ []string, r *lake.TallyRow) error {
			grouped.Group(r.Values, r.Period, r.Timed, r.Events)
			return nil
		},
		Total: func(r *lake.TallyRow) { grouped.Total(r.Period, r.Timed, r.Events) },
	}
	job.Check = func(l *finding.Ledger) error {
		if near, err := fields.CheckSeen(l.Records.Schemas); err != nil {
			return setup.UsageError(near, err)
		}
		return nil
	}
	merged := sync.OnceValue(func() *tally.Metrics { return tally.MergeCounters(append(all.list, grouped), by, over) })
	job.Write = func(w io.Writer, format string, l *finding.Ledger, o report.Options) error {
		return report.WriteMetrics(w, format, merged(), top, l, o)
	}
	return job
}

// observing returns a job without rules.
func observing(name, title string) *Job {
	return &Job{
		Name:    name,
		Rules:   func([]*schema.Schema) (*ruleset.Set, error) { return &ruleset.Set{}, nil },
		Account: func(l *finding.Ledger) { l.Search = title },
	}
}

// workers collects the observers of workers.
type workers[T hunt.Observer] struct {
	mutex sync.Mutex
	list  []T
}

func (w *workers[T]) add(one T) T {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.list = append(w.list, one)
	return one
}

// summaryFields returns the fields of a summary for tables. Those that only some calls have count in events of these.
func summaryFields(s *schema.Schema) []sqlgen.TallyField {
	list := tallyFields(nil, tally.SummaryFields(s), true)
	for _, d := range tally.Details(s) {
		field := tallyFields(nil, []schema.Paths{d.Paths}, true)[0]
		field.When = ofCalls(s, d.Calls)
		list = append(list, field)
	}
	return list
}

// ofCalls returns a predicate that holds for the events of some calls, nil for all.
func ofCalls(s *schema.Schema, calls []schema.Selection) ir.Expr {
	if calls == nil {
		return nil
	}
	any := &ir.OrExpr{}
	for i := range calls {
		all := &ir.AndExpr{}
		for _, part := range []struct {
			paths    schema.Paths
			patterns []schema.Pattern
		}{{s.Service, calls[i].Services}, {s.Action, calls[i].Actions}} {
			if part.patterns == nil || len(part.paths) == 0 {
				continue
			}
			one := &ir.OrExpr{}
			for j := range part.patterns {
				text, before, after := part.patterns[j].Parts()
				op := ir.Equal
				switch {
				case before && after:
					op = ir.Contains
				case before:
					op = ir.EndsWith
				case after:
					op = ir.StartsWith
				}
				one.Operands = append(one.Operands, &ir.StringExpr{
					Field: ir.Field{Name: part.paths[0].Text, Paths: part.paths}, Op: op, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}},
				})
			}
			all.Operands = append(all.Operands, one)
		}
		if len(all.Operands) == 0 {
			return nil
		}
		any.Operands = append(any.Operands, all)
	}
	return any
}

// tallyFields returns fields for tables; those without a name get the text of their first path.
func tallyFields(names []string, paths []schema.Paths, first bool) []sqlgen.TallyField {
	list := make([]sqlgen.TallyField, len(paths))
	for i, p := range paths {
		list[i] = sqlgen.TallyField{First: first, Field: ir.Field{Paths: p}}
		switch {
		case i < len(names):
			list[i].Field.Name = names[i]
		case len(p) > 0:
			list[i].Field.Name = p[0].Text
		}
	}
	return list
}

// momentOf returns a time of a table.
func momentOf(nanos int64, timed bool) value.Time {
	if !timed {
		return finding.NoTime
	}
	t := value.Time{Nanos: nanos}
	for unit := int64(time.Second); nanos%unit != 0 && t.Digits < 9; unit /= 1000 {
		t.Digits += 3
	}
	return t
}
