package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/mcp"
	"github.com/egret-hunt/egret/internal/memlimit"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/timetext"
)

// placesFlags choose what a server may read.
type placesFlags struct {
	logs, rules  []string
	lake, config string
	limits       setup.Limits
	threads      int
	s3           s3Flags
}

func (f *placesFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.logs, "logs", nil, "log files that may be read: a file, folder, glob or s3:// `PATH`; repeatable")
	flags.StringVar(&f.lake, "lake", "", "the lake of this `NAME` in egret.yaml, which may be asked")
	flags.StringArrayVar(&f.rules, "rules", nil, "rules to run and to show: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	flags.StringVar(&f.limits.Budget, "budget", "", "stop asking the lake at this `AMOUNT`: 200GB, 5USD")
	flags.StringVar(&f.limits.Price, "price-per-tb", "", "what reading a TB costs, in `USD`; 5 for Athena unless egret.yaml says otherwise")
	flags.StringArrayVar(&f.limits.Accounts, "account", nil, "in the lake only the partitions of the account of this `ID`; repeatable")
	flags.IntVar(&f.limits.InFlight, "in-flight", 0, "run at most `N` queries in the lake at a time; 0 is the engine's default")
	flags.IntVar(&f.threads, "threads", 0, "read logs with `N` threads; 0 is one for each processor")
	flags.StringVar(&f.s3.profile, "profile", "", "for s3://: the `NAME` of a profile in AWS's shared files")
	flags.BoolVar(&f.s3.requestPayer, "request-payer", false, "for s3://: pay for requests to buckets that ask for it")
	flags.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	command.CompleteWith(cmd, "lake", func() []string { return (&lakeflags.Choice{Config: f.config}).Names() })
}

// places reads the configuration and checks that everything that the flags name exists.
func (f *placesFlags) places(ctx context.Context, a *app) (*inquiry.Places, error) {
	if f.threads < 0 {
		return nil, command.Usage("0 is one for each processor", fmt.Errorf("--threads: %d is not a number of threads", f.threads))
	}
	a.evidence = evidenceOf(&huntFlags{}, f.logs)
	c, err := a.loadConfig(f.config)
	if err != nil {
		return nil, err
	}
	p := &inquiry.Places{Logs: f.logs, Lake: f.lake, Limits: f.limits, Rules: f.rules, Config: c, Threads: f.threads, Version: version(), Now: time.Now}
	if p.Threads == 0 {
		p.Threads = runtime.GOMAXPROCS(0)
	}
	if p.Schemas, err = setup.Schemas(c, ""); err != nil {
		return nil, err
	}
	if p.Remote, err = f.s3.remote(ctx, f.logs); err != nil {
		return nil, err
	}
	for _, path := range f.logs {
		if path == "-" {
			return nil, command.Usage("name files or folders", errors.New("--logs does not read stdin"))
		}
		if found, err := filepath.Glob(path); !event.IsRemote(path) && err == nil && len(found) == 0 {
			if _, err := os.Lstat(path); err != nil {
				return nil, command.Usage("--logs takes a file, a folder or a glob", fmt.Errorf("--logs: %w", err))
			}
		}
	}
	if err := p.CheckLake(); err != nil {
		return nil, err
	}
	if _, err := p.LoadRules(ctx, setup.RuleOptions{}); err != nil {
		return nil, err
	}
	return p, nil
}

func (a *app) mcpCommand() *cobra.Command {
	var f placesFlags
	var o mcp.Options
	timeout := "2m"
	cmd := &cobra.Command{
		Use:   "mcp [--logs PATH]... [--lake NAME] [--rules DIR]...",
		Short: "Serve egret's tools to an agent by the Model Context Protocol",
		Long: `Serve tools to an agent by the Model Context Protocol over stdin and stdout: hunt, search, summary, lake_plan,
list_rules, explain, convert, check and coverage. A client starts the command itself; docs/mcp.md says how to register it.

All tools only read, and only what --logs, --lake and --rules name: nothing that an agent sends is taken for a path. The
limits hold whatever an agent asks for. What logs contain stands apart in each result, as data that was written by others,
and secrets are removed.

A hunt in a lake that bills needs a --budget, here or in egret.yaml. It is for all calls together.`,
		Example: `  egret mcp --logs logs/
  egret mcp --logs logs/ --rules ~/sigma/rules/cloud --max-findings 20
  egret mcp --lake prod --budget 200GB
  egret mcp                                      rules alone: explain, convert, check, coverage`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := timetext.Duration(timeout)
			if err != nil || d <= 0 {
				return command.Usage(timetext.DurationHelp, fmt.Errorf("--timeout does not take %q", timeout))
			}
			o.Timeout = d
			return a.mcp(cmd.Context(), &f, o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.register(cmd)
	flags.IntVar(&o.MaxFindings, "max-findings", mcp.DefaultFindings, "at most `N` findings, events or rules in a result; the others are counted")
	flags.IntVar(&o.MaxBytes, "max-bytes", mcp.DefaultBytes, fmt.Sprintf("at most `N` bytes of JSON in a result, at least %d; the rest is counted", mcp.LeastBytes))
	flags.StringVar(&timeout, "timeout", timeout, "end each call after this `DURATION`; a hunt returns what it has found")
	return cmd
}

// mcp runs the command.
func (a *app) mcp(ctx context.Context, f *placesFlags, o mcp.Options) error {
	switch {
	case o.MaxFindings < 1:
		return command.Usage("at least 1", fmt.Errorf("--max-findings: %d is not a number of findings", o.MaxFindings))
	case o.MaxBytes < mcp.LeastBytes:
		return command.Usage(fmt.Sprintf("at least %d", mcp.LeastBytes), fmt.Errorf("--max-bytes: %d is too few for a result", o.MaxBytes))
	case o.Timeout > 24*time.Hour:
		return command.Usage("as in --timeout 10m", errors.New("--timeout: at most a day"))
	}
	scratch.Sweep(os.TempDir()) // leftovers of killed servers
	ctx, stop := a.untilSignal(ctx)
	defer stop()
	p, err := f.places(ctx, a)
	if err != nil {
		return err
	}
	defer memlimit.Limit(memlimit.FilesMemory)()
	return mcp.New(p, o).Serve(ctx, io.NopCloser(a.stdin), a.stdout)
}
