package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/setup"
)

// huntLakeFlags are the flags of a lake hunt.
type huntLakeFlags struct {
	choice                              lakeflags.Choice
	budget, price, chunk, state, resume string
	// command is the name of the command that resumes, "" for hunt.
	command         string
	inFlight        int
	accounts        []string
	allTime, dryRun bool
}

func (f *huntLakeFlags) register(cmd *cobra.Command, host lakeflags.Host) {
	f.choice.Register(cmd)
	f.choice.RegisterTables(cmd, host)
	flags := cmd.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "show the queries and the cost of a hunt in a lake, without running it")
	flags.BoolVar(&f.allTime, "all-time", false, "a hunt in a lake may read whole tables")
	flags.StringArrayVar(&f.accounts, "account", nil, "in a lake only the partitions of the account of this `ID`; repeatable")
	flags.StringVar(&f.budget, "budget", "", "stop a hunt in a lake at this `AMOUNT`: 200GB, 5USD")
	flags.StringVar(&f.price, "price-per-tb", "", "what reading a TB costs, in `USD`; 5 for Athena unless egret.yaml says otherwise")
	flags.StringVar(&f.chunk, "chunk", "", "ask a lake for this `DURATION` at a time, whole days; by default as the engine estimates what a query reads")
	flags.IntVar(&f.inFlight, "in-flight", 0, "run at most `N` queries at a time; 0 is the engine's default")
	flags.StringVar(&f.state, "state", "", "keep the state of a hunt in a lake in `DIR` instead of the user's state folder")
	flags.StringVar(&f.resume, "resume", "", "resume the hunt with this `ID`; latest is the most recent one")
	command.CompleteWith(cmd, "resume", f.unfinished)
}

// asked reports whether the hunt is a lake hunt.
func (f *huntLakeFlags) asked() bool { return f.choice.Asked() || f.resume != "" }

// lakeOnly are flags, besides those of engines, that do not apply to a hunt in files. Some would change its cost or
// result, so they are not ignored silently.
var lakeOnly = []string{
	"account", "dry-run", "all-time", "budget", "price-per-tb", "chunk", "in-flight", "state", "table", "layout", "region",
}

// misplaced returns an error for lake flags on a hunt in files.
func misplaced(flags *pflag.FlagSet) error {
	for _, name := range append(slices.Clone(lakeOnly), lakeflags.EngineFlagNames()...) {
		if flags.Changed(name) {
			return command.Usage("as in: egret hunt --lake prod --last 24h", fmt.Errorf("--%s goes with --lake or --engine", name))
		}
	}
	return nil
}

// dir returns the folder of journals.
func (f *huntLakeFlags) dir() (string, error) {
	if f.state != "" {
		return f.state, nil
	}
	return journal.DefaultDir()
}

// lakeHunt is a lake hunt, from the flags to the result.
type lakeHunt struct {
	command string // that resumes the hunt
	engine  engine.Engine
	found   *setup.Lake
	lake    *lake.Lake
	options lake.Options
	journal *journal.Journal // nil until needed
	// temporary is the folder of a journal that is not kept, "" for one that is.
	temporary *scratch.Folder
	from, to  time.Time
	// sizes and spellings are those of a resumed hunt, nil for a new one.
	sizes     []lake.Size
	spellings []lake.Spelling
}

// close releases all resources.
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

// limits returns the limits on what the hunt may read and cost.
func (f *huntLakeFlags) limits() setup.Limits {
	return setup.Limits{
		Budget: f.budget, Price: f.price, Chunk: f.chunk, InFlight: f.inFlight, Accounts: f.accounts, AllTime: f.allTime,
	}
}

// openHunt opens the lake and plans the hunt. The caller closes the result even if there is an error.
func (a *app) openHunt(ctx context.Context, f *huntFlags, l *lakeHunt, set *ruleset.Set) error {
	var err error
	f.lake.choice.Config = f.config
	if l.engine, l.found, err = f.lake.choice.Open(ctx, host{a}); err != nil {
		return err
	}
	l.options.Set, l.options.Spellings, l.options.Sizes = set, l.spellings, l.sizes
	l.options.From, l.options.To = l.from, l.to
	l.lake, err = inquiry.OpenLake(ctx, l.engine, l.found, &l.options, f.lake.limits(), f.job, f.schemas, time.Now())
	l.from, l.to = l.options.From, l.options.To
	return command.EngineFailure(err)
}

// code returns the exit code for the ledger's entry of a lake.
func (l *lakeHunt) code(ledger *finding.Ledger, stopped bool) int {
	code := command.ExitClean
	switch {
	case l.lake == nil:
		return command.ExitClean
	case stopped || ledger.Lake.BudgetUsed:
		code = command.ExitStopped
	case ledger.Lake.Left.Total > 0:
		code = command.ExitInput // chunks that failed
	}
	return max(code, command.ExitCode(command.EngineFailure(l.lake.Fault())))
}

// outline prints the queries that a lake hunt would run. asked is called once the engine has answered all requests.
func (a *app) outline(ctx context.Context, f *huntFlags, l *lakeHunt, asked func()) error {
	o, err := l.lake.Outline(ctx)
	asked()
	if err != nil {
		return command.EngineFailure(err)
	}
	out, err := command.OpenOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	if strings.HasPrefix(f.format, "json") {
		encoder := finding.NewSafeEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(o)
	} else {
		err = report.WriteOutline(out, o)
	}
	if err != nil {
		return errors.Join(err, out.Abandon())
	}
	return out.Close()
}
