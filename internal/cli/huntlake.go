package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// huntLakeFlags are the flags of a hunt in a lake.
type huntLakeFlags struct {
	choice                              lakeChoice
	budget, price, slice, state, resume string
	inFlight                            int
	allTime, dryRun                     bool
}

func (f *huntLakeFlags) register(cmd *cobra.Command) {
	f.choice.register(cmd)
	f.choice.registerTables(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what a hunt in a lake would ask and cost, and ask nothing")
	flags.BoolVar(&f.allTime, "all-time", false, "a hunt in a lake may read whole tables")
	flags.StringVar(&f.budget, "budget", "", "stop a hunt in a lake at this `AMOUNT`: 200GB, 5USD")
	flags.StringVar(&f.price, "price-per-tb", "", "what reading a TB costs, in `USD`; 5 for Athena unless egret.yaml says otherwise")
	flags.StringVar(&f.slice, "slice", "", "ask a lake for this `DURATION` at a time, whole days; 1d unless egret.yaml says otherwise")
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
	"dry-run", "all-time", "budget", "price-per-tb", "slice", "in-flight", "state", "database", "table", "schema", "region", "schema-folder",
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

// latest is the word for the hunt that was changed last.
const latest = "latest"

// unfinished are the hunts that can be resumed, for completion.
func (f *huntLakeFlags) unfinished() []string {
	dir, err := f.dir()
	if err != nil {
		return nil
	}
	entries, err := journal.List(dir)
	if err != nil {
		return nil
	}
	var ids []string
	for _, e := range entries {
		if !e.Finished && e.Err == nil {
			ids = append(ids, e.ID)
		}
	}
	return append(ids, latest)
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
	// temporary is the folder of a journal that nobody needs afterwards, "" for one that is kept.
	temporary string
	from, to  time.Time
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
	if l.temporary != "" {
		err = errors.Join(err, os.RemoveAll(l.temporary))
	}
	return err
}

// settings are the flags of a hunt as its journal keeps them, so that --resume needs no other.
type settings struct {
	Flags map[string][]string `json:"flags"`
	From  time.Time           `json:"from,omitzero"`
	To    time.Time           `json:"to,omitzero"`
	// Dir is the working folder, where relative paths of the flags start.
	Dir string `json:"dir"`
}

// notKept are flags that each run has its own of.
var notKept = []string{"resume", "state", "dry-run", "help", "from", "to", "last"}

// keep takes the flags that were set.
func keep(flags *pflag.FlagSet, from, to time.Time) (settings, error) {
	s := settings{Flags: map[string][]string{}, From: from, To: to}
	flags.Visit(func(f *pflag.Flag) {
		if slices.Contains(notKept, f.Name) {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			s.Flags[f.Name] = list.GetSlice()
		} else {
			s.Flags[f.Name] = []string{f.Value.String()}
		}
	})
	var err error
	s.Dir, err = os.Getwd()
	return s, err
}

// restore sets the flags of an earlier run that this one does not set itself.
func (s settings) restore(flags *pflag.FlagSet) error {
	for name, values := range s.Flags {
		f := flags.Lookup(name)
		if f == nil || f.Changed {
			continue
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			if err := list.Replace(values); err != nil {
				return err
			}
			f.Changed = true
			continue
		}
		for _, value := range values {
			if err := flags.Set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// resume opens the journal of a hunt that is to go on, and takes its flags.
func (f *huntLakeFlags) resumeJournal(flags *pflag.FlagSet, h *lakeHunt) error {
	for _, name := range []string{"output", "ledger"} {
		// A path of this run starts at this run's folder.
		if f := flags.Lookup(name); f.Changed && f.Value.String() != "-" && f.Value.String() != "" {
			if whole, err := filepath.Abs(f.Value.String()); err == nil {
				_ = flags.Set(name, whole) // a text takes every text
			}
		}
	}
	for _, name := range []string{"from", "to", "last", "lake", "engine", "table"} {
		if flags.Changed(name) {
			return usage("a hunt that is resumed keeps its lake, tables and time range", fmt.Errorf("--%s does not go with --resume", name))
		}
	}
	dir, err := f.dir()
	if err != nil {
		return usage("name a folder with --state", err)
	}
	id := f.resume
	if id == latest {
		entry, err := journal.Latest(dir)
		if err != nil {
			return usage("", err)
		}
		if entry == nil {
			return usage("", fmt.Errorf("no hunt in %s can be resumed", dir))
		}
		id = entry.ID
	}
	j, err := journal.Open(dir, id)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return usage("the hunts are in "+dir, fmt.Errorf("no hunt %s is known", id))
	case err != nil:
		return usage("", err)
	}
	h.journal = j
	if j.Finished() {
		return usage("run it again without --resume", fmt.Errorf("hunt %s came to its end", id))
	}
	var s settings
	if err := json.Unmarshal(j.Header().Settings, &s); err != nil {
		return usage("run it again without --resume", fmt.Errorf("hunt %s: its settings cannot be read: %w", id, err))
	}
	if dir, err := os.Getwd(); err == nil && dir != s.Dir && s.Dir != "" {
		if err := os.Chdir(s.Dir); err != nil {
			return usage("", fmt.Errorf("hunt %s was started in %s: %w", id, s.Dir, err))
		}
	}
	if err := s.restore(flags); err != nil {
		return usage("run it again without --resume", fmt.Errorf("hunt %s: %w", id, err))
	}
	h.from, h.to = s.From, s.To
	return nil
}

// check reads what stands for numbers in the flags, over what egret.yaml says.
func (f *huntLakeFlags) check(l *lakeHunt) error {
	set := l.found.settings
	o := &l.options
	o.AllTime = f.allTime
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

// defaultPrice is what Athena costs in most regions, USD a TB (https://aws.amazon.com/athena/pricing/, read 2026-11).
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
	l.options.Engine, l.options.Set = l.engine, set
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
	if l.lake, err = lake.Describe(ctx, l.options); err != nil {
		return engineFailure(err)
	}
	return windowFailure(l.lake.Check(ctx))
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

// keepHunts is how long hunts that were not finished can be resumed.
const keepHunts = 30 * 24 * time.Hour

// openJournal makes the journal of a new hunt, or checks that of one that goes on.
func (f *huntLakeFlags) openJournal(a *app, flags *pflag.FlagSet, l *lakeHunt) error {
	fingerprint := l.lake.Fingerprint()
	if l.journal != nil {
		if l.journal.Header().Fingerprint != fingerprint {
			return usage("run it again without --resume, or with the rules, schemas and version of egret that it had",
				fmt.Errorf("hunt %s asked something else: rules, tables or egret have changed since", l.journal.ID()))
		}
		l.lake.Use(l.journal)
		return nil
	}
	s, err := keep(flags, l.from, l.to)
	if err != nil {
		return usage("", err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return usage("", err)
	}
	dir, err := f.dir()
	if f.state == "" && !l.engine.Info().Remote {
		// What this machine has read for nothing is as quickly read again.
		dir, err = os.MkdirTemp("", "egret-hunt-")
		l.temporary = dir
	}
	if err != nil {
		return usage("name a folder with --state", err)
	}
	// What was given up long ago is log data of others that nobody needs any more.
	if _, err := journal.Prune(dir, keepHunts, time.Now()); err != nil && !errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(a.stderr, "%s: old hunts cannot be removed: %s\n", a.paintErr("1;33", "warning"), diag.Safe(err.Error()))
	}
	l.journal, err = journal.Create(dir, journal.Header{
		Created: time.Now().UTC(), Version: version(), Command: append([]string{"egret"}, a.args...), Settings: text, Fingerprint: fingerprint,
	})
	if err != nil {
		return &failure{code: exitInput, err: err, help: "name another folder with --state"}
	}
	l.lake.Use(l.journal)
	return nil
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

// finish closes the journal of a hunt that came to its end, and says how another can go on.
func (a *app) finish(l *lakeHunt, ledger *finding.Ledger, quiet bool) error {
	if l.lake == nil {
		return nil
	}
	if fault := l.lake.Fault(); fault != nil {
		a.complain(engineFailure(fault))
	}
	if !ledger.Partial && ledger.Lake.Left.Total == 0 {
		return l.journal.Finish()
	}
	if l.temporary != "" || quiet {
		return nil
	}
	resume := "egret hunt --resume " + l.journal.ID()
	dir := filepath.Dir(l.journal.Path())
	if usual, err := journal.DefaultDir(); err != nil || dir != usual {
		resume += " --state " + dir
	}
	fmt.Fprintf(a.stderr, "%s %s\n", a.paintErr("1;32", "to go on:"), safeLines(resume))
	if ledger.Lake.BudgetUsed {
		fmt.Fprintf(a.stderr, "  %s the budget is that of all runs together: say a larger one with --budget\n", a.paintErr("1;32", "help:"))
	}
	return nil
}

// outline prints what a hunt in a lake would ask. asked is called once all answers are there.
func (a *app) outline(ctx context.Context, f *huntFlags, l *lakeHunt, asked func()) error {
	o, err := l.lake.Outline(ctx)
	asked()
	if err != nil {
		return engineFailure(err)
	}
	out, err := openOutput(f.output, a.stdout)
	if err != nil {
		return err
	}
	if strings.HasPrefix(f.format, "json") {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
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
