package inquiry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// OpenLake plans a hunt, or a job if job is not nil, in the tables of a lake whose engine is open. The caller sets Set, From, To,
// Spellings and Sizes of the options; OpenLake fills in the rest, and sets the range to what is asked of the tables. A job that
// fits its rules to tables replaces what Set points to. A range without an end on a remote engine ends now. Errors in limits, and a range that would read whole tables, have a
// suggestion (setup.Error); others are those of the engine.
func OpenLake(ctx context.Context, e engine.Engine, found *setup.Lake, o *lake.Options, limits setup.Limits, job *Job, schemas []*schema.Schema, now time.Time) (*lake.Lake, error) {
	if len(found.Tables) == 0 {
		return nil, setup.UsageError("name them: tables: {cloudtrail: {table: security.logs, layout: athena}}, or with --table and --layout",
			fmt.Errorf("lake %s has no tables", found.Name()))
	}
	o.Engine, o.OnPause, o.KeywordsOnly = e, found.OnPause, job != nil
	for _, t := range found.Tables {
		o.Tables = append(o.Tables, lake.Table{Name: t.Name, Layout: t.Layout})
	}
	if job != nil && job.Fit != nil {
		live := make([]*engine.Table, len(o.Tables))
		for i, t := range o.Tables {
			var err error
			if live[i], err = e.Describe(ctx, t.Name); err != nil {
				return nil, err
			}
		}
		*o.Set = *job.Fit(schemas, o.Tables, live)
	}
	if err := limits.Apply(found, o); err != nil {
		return nil, err
	}
	o.From = o.From.Truncate(time.Millisecond) // some engines read times with this precision, and would miss events just after a finer bound
	if e.Info().Remote && !o.From.IsZero() && o.To.IsZero() {
		o.To = now.UTC().Truncate(time.Second)
	}
	l, err := lake.Open(ctx, *o)
	if err != nil {
		return nil, windowError(err)
	}
	return l, nil
}

// windowError adds a suggestion to the error of a hunt that would read whole tables.
func windowError(err error) error {
	var unpruned *lake.UnprunedError
	var accounts *lake.AccountsError
	switch {
	case errors.As(err, &accounts) && accounts.Column == "":
		return setup.UsageError("leave --account out, or choose tables with --table", err)
	case errors.As(err, &accounts):
		return setup.UsageError("name the accounts: --account 111122223333, once for each", err)
	case errors.Is(err, lake.ErrNoWindow):
		return setup.UsageError("use --last 24h or --from and --to; --all-time reads everything", err)
	case errors.As(err, &unpruned):
		if unpruned.Bytes >= 0 {
			err = fmt.Errorf("%w (about %s)", err, term.Bytes(unpruned.Bytes))
		}
		return setup.UsageError("check the table's schema with egret table check; --all-time reads it nevertheless", err)
	}
	return err
}
