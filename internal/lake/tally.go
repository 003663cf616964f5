package lake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// A Tally counts the events of tables in the engine, by fields and periods.
type Tally struct {
	// Fields returns the fields to count by in events of a schema.
	Fields func(s *schema.Schema) []sqlgen.TallyField
	// Period is the length of periods, 0 for none.
	Period time.Duration
	// Unmapped is what to do about fields that a table does not have.
	Unmapped sqlgen.Unmapped
	// Row is called for each row, with the fields that its table does not have: the texts of fields, nil for a missing one; the beginning of its period, the number of events,
	// and the earliest and the latest time, in nanoseconds since 1970, 0 and false without a time.
	Row func(s *schema.Schema, missing []string, r *TallyRow) error
	// Total, if not nil, is called for rows that have each event once: the same, or those of a second statement by periods alone where
	// a field has several values in an event.
	Total func(r *TallyRow)
	// Missing is called with the fields that a table does not have.
	Missing func(table string, fields []string)
}

// A TallyRow is a combination of values.
type TallyRow struct {
	Values []*string
	Events int64
	// Period, First and Last are valid if Timed is set.
	Period, First, Last int64
	Timed               bool
}

// TallyCounts are the events that were counted.
type TallyCounts struct {
	Events, Timeless int64
	// First and Last are their earliest and latest time in nanoseconds since 1970, valid if some event has a time.
	First, Last int64
}

// add counts the events of a row.
func (c *TallyCounts) add(r *TallyRow) {
	if r.Events == 0 {
		return // the row of an empty table that is counted without fields
	}
	if !r.Timed {
		c.Timeless += r.Events
	} else {
		if c.Events == c.Timeless {
			c.First, c.Last = r.First, r.Last
		}
		c.First, c.Last = min(c.First, r.First), max(c.Last, r.Last)
	}
	c.Events += r.Events
}

// A RefusedError says why the events of a table cannot be counted exactly.
type RefusedError struct {
	Table  string
	Reason diag.Diagnostic
}

func (e *RefusedError) Error() string { return "table " + e.Table + ": " + e.Reason.Message }

// A TallyStatement is a statement of RunTally.
type TallyStatement struct{ Table, SQL string }

// TallyStatements returns the statements that RunTally would run. An error is a *RefusedError.
func (l *Lake) TallyStatements(t *Tally) ([]TallyStatement, error) {
	jobs, err := l.tallyJobs(t)
	var list []TallyStatement
	for i := range jobs {
		list = append(list, TallyStatement{jobs[i].table.Name, jobs[i].sql})
	}
	return list, err
}

// tallyJob is a statement with what is called for its rows.
type tallyJob struct {
	table         *table
	sql           string
	missing       []string
	rows, counted bool
}

// tallyJobs makes the statements.
func (l *Lake) tallyJobs(t *Tally) ([]tallyJob, error) {
	var jobs []tallyJob
	for _, table := range l.tables {
		opt := table.plan.TallyOptions()
		opt.Unmapped = t.Unmapped
		made, list := sqlgen.Tally(t.Fields(table.Layout.Schema), t.Period, opt)
		if made.Select == nil {
			at := max(0, slices.IndexFunc(list, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }))
			return nil, &RefusedError{table.Name, list[at]}
		}
		several := len(made.Select.Joins) > 0
		jobs = append(jobs, tallyJob{table, opt.Dialect.Print(made.Select), made.Missing, true, !several})
		if several {
			made, _ = sqlgen.Tally(nil, t.Period, opt) // what can be said with fields can be said without
			jobs = append(jobs, tallyJob{table, opt.Dialect.Print(made.Select), nil, false, true})
		}
	}
	return jobs, nil
}

// RunTally runs one statement for each table, over the whole time range. An error is a *RefusedError before any query runs, that of
// the engine, or the context's. A query is not repeated, since its rows were passed on already.
func (l *Lake) RunTally(ctx context.Context, t *Tally) (TallyCounts, error) {
	var counts TallyCounts
	jobs, err := l.tallyJobs(t)
	if err != nil {
		return counts, err
	}
	for _, j := range jobs {
		if len(j.missing) > 0 && t.Missing != nil {
			t.Missing(j.table.Name, j.missing)
		}
	}
	l.spent = map[string]cost{}
	l.count(func(c *totals) { c.Tasks = len(jobs) })
	for _, j := range jobs {
		row := &TallyRow{}
		if j.rows {
			row.Values = make([]*string, len(t.Fields(j.table.Layout.Schema)))
		}
		err := l.tally(ctx, j.sql, func(cells []any) error {
			if err := row.read(cells); err != nil {
				return err
			}
			if j.counted {
				counts.add(row)
				if t.Total != nil && row.Events > 0 {
					t.Total(row)
				}
			}
			if !j.rows || row.Events == 0 {
				return nil
			}
			return t.Row(j.table.Layout.Schema, j.missing, row)
		})
		if err != nil {
			return counts, fmt.Errorf("table %s: %w", j.table.Name, err)
		}
		l.count(func(c *totals) { c.Done++ })
	}
	return counts, nil
}

// tally runs one statement.
func (l *Lake) tally(ctx context.Context, sql string, row func(cells []any) error) error {
	s := engine.Statement{SQL: sql}
	if l.opt.Budget > 0 {
		l.mutex.Lock()
		s.MaxBytes = max(1, l.opt.Budget-l.billed())
		l.mutex.Unlock()
	}
	q, err := l.opt.Engine.Start(ctx, s)
	if err != nil {
		return err
	}
	l.count(func(c *totals) { c.Queries++ })
	rows := int64(0)
	stats, err := q.Read(ctx, engine.Result{Row: func(cells []any) error {
		rows++
		return row(cells)
	}})
	spent := l.spend(q.ID(), stats)
	l.count(func(c *totals) { c.Rows += rows })
	if err != nil && ctx.Err() != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		_ = q.Stop(stopping) // the reason for stopping counts
		l.afterStop(ctx, q, spent)
	}
	return err
}

// read takes the cells of a row.
func (r *TallyRow) read(cells []any) error {
	if len(cells) != len(r.Values)+4 {
		return fmt.Errorf("got %d columns, expected %d", len(cells), len(r.Values)+4)
	}
	for i := range r.Values {
		r.Values[i] = nil
		if cells[i] != nil {
			text := fmt.Sprint(cells[i])
			r.Values[i] = &text
		}
	}
	rest := cells[len(r.Values):]
	numbers := []*int64{&r.Period, &r.Events, &r.First, &r.Last}
	for i, cell := range rest {
		*numbers[i] = 0
		if cell == nil {
			continue
		}
		if _, err := fmt.Sscan(fmt.Sprint(cell), numbers[i]); err != nil {
			return fmt.Errorf("got %v for a number: %w", cell, err)
		}
	}
	r.Timed = rest[2] != nil
	return nil
}

// AccountTally fills in a ledger after RunTally.
func (l *Lake) AccountTally(ledger *finding.Ledger, c TallyCounts) {
	moment := func(nanos int64, known bool) finding.Moment {
		if !known {
			return finding.Moment{Time: finding.NoTime}
		}
		return finding.Moment{Time: value.Time{Nanos: nanos}}
	}
	ledger.From, ledger.To = moment(l.opt.From.UnixNano(), !l.opt.From.IsZero()), moment(l.opt.To.UnixNano(), !l.opt.To.IsZero())
	ledger.First, ledger.Last = moment(c.First, c.Events > c.Timeless), moment(c.Last, c.Events > c.Timeless)
	ledger.Gaps, ledger.Notes = []finding.Gap{}, []string{}
	r := &ledger.Records
	r.In, r.Evaluated, r.WithoutTime, r.Unseen, r.Schemas = c.Events, c.Events, c.Timeless, []finding.Unseen{}, map[string]int64{}
	l.Account(ledger)
	ledger.Lake.NoTable, ledger.Lake.CannotRun = 0, finding.Reasons{} // of rules, which did not run
}
