package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/scratch"
)

// huntLakeFlags are the flags of a hunt in a lake.
type huntLakeFlags struct {
	choice                              lakeChoice
	budget, price, slice, state, resume string
	inFlight                            int
	accounts                            []string
	allTime, dryRun                     bool
}

func (f *huntLakeFlags) register(cmd *cobra.Command) {
	f.choice.register(cmd)
	f.choice.registerTables(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what a hunt in a lake would ask and cost, and ask nothing")
	flags.BoolVar(&f.allTime, "all-time", false, "a hunt in a lake may read whole tables")
	flags.StringArrayVar(&f.accounts, "account", nil, "in a lake only the partitions of the account of this `ID`; repeatable")
	flags.StringVar(&f.budget, "budget", "", "stop a hunt in a lake at this `AMOUNT`: 200GB, 5USD")
	flags.StringVar(&f.price, "price-per-tb", "", "what reading a TB costs, in `USD`; 5 for Athena unless egret.yaml says otherwise")
	flags.StringVar(&f.slice, "slice", "", "ask a lake for this `DURATION` at a time, whole days; by default as the engine estimates what a query reads")
	flags.IntVar(&f.inFlight, "in-flight", 0, "run at most `N` queries at a time; 0 is what the engine takes well")
	flags.StringVar(&f.state, "state", "", "keep what a hunt in a lake has done in `DIR` instead of the user's state folder")
	flags.StringVar(&f.resume, "resume", "", "go on with the hunt of this `ID`; latest is the last one")
	completeWith(cmd, "resume", f.unfinished)
}

// asked tells whether the hunt is one in a lake.
func (f *huntLakeFlags) asked() bool { return f.choice.asked() || f.resume != "" }

// lakeOnly are flags that mean nothing to a hunt in files. Some would change what it costs or does, so that they are not
// passed over in silence.
var lakeOnly = []string{
	"account", "dry-run", "all-time", "budget", "price-per-tb", "slice", "in-flight", "state", "database", "table", "schema", "region",
}

// misplaced is the error for flags of a lake at a hunt in files.
func misplaced(flags *pflag.FlagSet) error {
	for _, name := range lakeOnly {
		if flags.Changed(name) {
			return usage("as in: egret hunt --lake prod --last 24h", fmt.Errorf("--%s goes with --lake or --engine", name))
		}
	}
	return nil
}

// dir is the folder of journals.
func (f *huntLakeFlags) dir() (string, error) {
	if f.state != "" {
		return f.state, nil
	}
	return journal.DefaultDir()
}

// lakeHunt is a hunt in a lake, from the flags to the end.
type lakeHunt struct {
	engine  engine.Engine
	found   *foundLake
	lake    *lake.Lake
	options lake.Options
	journal *journal.Journal // nil until it is needed
	// temporary is the folder of a journal that nobody needs afterwards, nil for one that is kept.
	temporary *scratch.Folder
	from, to  time.Time
	// sizes and spellings are those of a hunt that goes on, nil for a new one.
	sizes     []lake.Size
	spellings []lake.Spelling
}

// close gives everything back.
func (l *lakeHunt) close() error {
	var err error
	if l.journal != nil {
		err = l.journal.Close()
	}
	if l.engine != nil {
		err = errors.Join(err, l.engine.Close())
	}
	return errors.Join(err, l.temporary.Remove())
}

// check reads what stands for numbers in the flags, over what egret.yaml says.
func (f *huntLakeFlags) check(l *lakeHunt) error {
	set := l.found.settings
	o := &l.options
	o.AllTime, o.Accounts = f.allTime, f.accounts
	if err := checkAccountIDs(f.accounts); err != nil {
		return err
	}
	o.Price = set.Price
	budget := set.Budget
	var err error
	if f.price != "" {
		if o.Price, err = config.ParsePrice(f.price); err != nil {
			return usage("as in --price-per-tb 5", fmt.Errorf("--price-per-tb: %w", err))
		}
	}
	if o.Price == 0 && l.engine.Info().Billed {
		o.Price = defaultPrice
	}
	if f.budget != "" {
		if budget, err = config.ParseBudget(f.budget); err != nil {
			return usage("as in --budget 200GB or --budget 5USD", fmt.Errorf("--budget: %w", err))
		}
	}
	o.Budget = budget.Bytes
	if budget.Dollars > 0 {
		if o.Price == 0 {
			return usage("say what reading a TB costs with --price-per-tb", errors.New("a budget in money needs a price"))
		}
		o.Budget = budgetBytes(budget, o.Price)
	}
	if o.Slice = set.Slice; f.slice != "" {
		if o.Slice, err = parseDuration(f.slice); err != nil {
			return usage(durationHelp, fmt.Errorf("--slice: %w", err))
		}
	}
	const day = 24 * time.Hour
	if o.Slice%day != 0 {
		return usage("as in --slice 1d", fmt.Errorf("a slice is whole days, not %s", o.Slice))
	}
	if f.inFlight < 0 {
		return usage("0 is what the engine takes well", fmt.Errorf("--in-flight: %d is no number of queries", f.inFlight))
	}
	o.InFlight = cmp.Or(f.inFlight, set.Concurrency)
	return nil
}

// defaultPrice is what Athena costs in most regions, USD a TB (https://aws.amazon.com/athena/pricing/).
const defaultPrice = 5

// openHunt opens the lake and plans the hunt. What it gives is to be closed, also with an error.
func (a *app) openHunt(ctx context.Context, f *huntFlags, l *lakeHunt, set *ruleset.Set) error {
	var err error
	f.lake.choice.config = f.config
	if l.engine, l.found, err = a.openLake(ctx, &f.lake.choice); err != nil {
		return err
	}
	if len(l.found.tables) == 0 {
		return usage("name them: tables: {cloudtrail: {table: security.logs, schema: athena}}, or with --table and --schema",
			fmt.Errorf("lake %s has no tables", l.found.name()))
	}
	l.options.Engine, l.options.Set, l.options.Waits, l.options.Spellings = l.engine, set, l.found.waits, l.spellings
	for _, t := range l.found.tables {
		l.options.Tables = append(l.options.Tables, lake.Table{Name: t.Table, Profile: t.Profile})
	}
	if err := f.lake.check(l); err != nil {
		return err
	}
	l.from = l.from.Truncate(time.Millisecond) // engines read some times of events no finer, and would leave out those just behind it
	l.options.From, l.options.To = l.from, l.to
	remote := l.engine.Info().Remote
	if remote && !l.from.IsZero() && l.to.IsZero() {
		l.options.To = time.Now().UTC().Truncate(time.Second)
		l.to = l.options.To
	}
	if err := l.options.CheckWindow(); err != nil {
		return windowFailure(err)
	}
	if l.lake, err = lake.Describe(ctx, l.options); err != nil {
		var accounts *lake.AccountsError
		if errors.As(err, &accounts) {
			if accounts.Column == "" {
				return usage("leave --account out, or choose tables with --table", err)
			}
			return usage("name the accounts: --account 111122223333, once for each", err)
		}
		return engineFailure(err)
	}
	if err := l.lake.Check(ctx); err != nil {
		return windowFailure(err)
	}
	if l.sizes != nil {
		l.lake.Resize(l.sizes)
		return nil
	}
	return engineFailure(l.lake.Measure(ctx))
}

// windowFailure says what to do where a hunt would read whole tables.
func windowFailure(err error) error {
	var unpruned *lake.UnprunedError
	switch {
	case errors.Is(err, lake.ErrNoWindow):
		return usage("say --last 24h or --from and --to; --all-time reads everything", err)
	case errors.As(err, &unpruned):
		if unpruned.Bytes >= 0 {
			err = fmt.Errorf("%w (about %s)", err, bytesOf(unpruned.Bytes))
		}
		return usage("check the table's schema with egret table check; --all-time reads it nevertheless", err)
	}
	return engineFailure(err)
}

// code is the exit code of what the ledger tells of a lake.
func (l *lakeHunt) code(ledger *finding.Ledger, stopped bool) int {
	code := exitClean
	switch {
	case l.lake == nil:
		return exitClean
	case stopped || ledger.Lake.BudgetUsed:
		code = exitStopped
	case ledger.Lake.Left.Total > 0:
		code = exitInput // slices that failed
	}
	return max(code, exitCode(engineFailure(l.lake.Fault())))
}

// outline prints what a hunt in a lake would ask. asked is called once all answers are there.
func (a *app) outline(ctx context.Context, f *huntFlags, l *lakeHunt, asked func()) error {
	o, err := l.lake.Outline(ctx)
	asked()
	if err != nil {
		return engineFailure(err)
	}
	out, err := openOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	if strings.HasPrefix(f.format, "json") {
		encoder := newJSONEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(o)
	} else {
		err = writeOutline(out, o)
	}
	if err != nil {
		return errors.Join(err, out.abandon())
	}
	return out.close()
}
