// Package querycli is egret query: single queries on a lake, for scripts and connectors.
//
// Its input is a statement or a rule, its output JSON or the rows of a query. Package query has what the commands do.
package querycli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/help"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/query"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// Host is the program that the commands run in.
type Host interface {
	lakeflags.Host
	// Streams returns stdin, stdout and stderr.
	Streams() (stdin io.Reader, stdout, stderr io.Writer)
	// Version is the version of egret.
	Version() string
	// LoadRules reads the rules of a file or folder, with what a configuration says of them, and prints diagnostics about
	// them. schemas are the log sources that rules may use.
	LoadRules(ctx context.Context, name, config string, schemas []*schema.Schema) (*setup.RuleSet, error)
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
}

// commands are the commands of egret query.
type commands struct {
	host   Host
	stdin  io.Reader
	stdout io.Writer
}

// flags are the flags of the commands of `egret query`.
type flags struct {
	lakeflags.Choice
	state string
	// file has the statement. rule is a rule to convert to one, for events between from and to or of the last
	// duration; allTime removes the time range.
	file, rule, from, to, last string
	allTime                    bool
	budget                     string
	offset, length             int64
	format, output             string
	// told is true if the error is part of the printed output.
	told bool
}

var long = `Run single queries on a lake, for scripts and connectors: run prints the rows of one; start gives an id, status tells how far the query is, results
gives its rows, delete ends and forgets it. Everything is JSON on stdout, one object a command; errors too, beside the text
on stderr. docs/query.md lists the fields.

On Athena start returns at once, and every command works from any machine that reaches the lake. Queries of Trino and
DuckDB end with the process that started them: there start runs the query to its end and keeps the rows in the state
folder of this user, from where the other commands take them.

The engines are:
` + lakeflags.EngineList() + `

Exit codes: 0 done, 2 a rule cannot be converted, 3 usage or configuration, 4 the engine failed or the query is not there,
5 stopped or over a limit.`

// Command returns egret query.
func Command(host Host) *cobra.Command {
	a := &commands{host: host}
	a.stdin, a.stdout, _ = host.Streams()
	cmd := &cobra.Command{
		Use: "query", Short: "Run single queries on a lake: ping, run, start, status, results, list, delete", Long: long,
		Example: `  egret query ping --lake prod
  id=$(egret query start --lake prod "SELECT count(*) FROM security.cloudtrail_logs" | jq -r .id)
  egret query status --lake prod $id
  egret query results --lake prod $id --format csv`,
		Args: help.NoCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.pingCommand(), a.runCommand(), a.startCommand(), a.statusCommand(), a.resultsCommand(), a.listCommand(), a.deleteCommand())
	return cmd
}

// commandOf returns a subcommand of `egret query`. It prints the result of run, or its error, as JSON.
func (a *commands) commandOf(cmd *cobra.Command, f *flags, run func(ctx context.Context, args []string) (any, error)) *cobra.Command {
	check := cmd.Args
	cmd.Args = cobra.ArbitraryArgs // so that errors in arguments are printed as JSON too
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, stop := a.host.UntilSignal(cmd.Context())
		defer stop()
		var answer any
		err := check(cmd, args)
		if err == nil {
			answer, err = run(ctx, args)
		}
		if err == nil && answer != nil {
			err = command.WriteJSON(a.stdout, answer)
		}
		if err == nil {
			return nil
		}
		err = command.EngineFailure(err)
		if ctx.Err() != nil && command.ExitCode(err) != command.ExitStopped {
			err = &command.ExitError{Code: command.ExitStopped, Err: fmt.Errorf("stopped by a signal: %w", err)}
		}
		if !f.told && (f.format == "" || f.format == "json") {
			err = errors.Join(err, command.WriteJSON(a.stdout, command.Failed(err)))
		}
		return err
	}
	cmd.Flags().SortFlags = false
	f.Register(cmd)
	f.RegisterConfig(cmd)
	return cmd
}

// pingAnswer is the output of ping.
type pingAnswer struct {
	OK        bool   `json:"ok"`
	Lake      string `json:"lake,omitempty"`
	Engine    string `json:"engine"`
	Dialect   string `json:"dialect"`
	Attaches  bool   `json:"attaches"`
	Region    string `json:"region,omitempty"`
	Workgroup string `json:"workgroup,omitempty"`
	URL       string `json:"url,omitempty"`
}

func (a *commands) pingCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "ping --lake LAKE", Short: "Check that queries would run: address, credentials, workgroup, location of results",
		Example: "  egret query ping --lake prod\n  egret query ping --engine duckdb", Args: cobra.NoArgs,
	}
	return a.commandOf(cmd, &f, func(ctx context.Context, _ []string) (any, error) {
		e, l, err := f.Open(ctx, a.host)
		if err != nil {
			return nil, err
		}
		defer lakeflags.Close(e)
		if err := e.Ping(ctx); err != nil {
			return nil, err
		}
		info, at := e.Info(), engine.SettingsOf(l.Settings).Address()
		return pingAnswer{
			OK: true, Lake: l.Settings.Name.Value, Engine: info.Name, Dialect: info.Dialect, Attaches: info.Attaches,
			Region: at.Region, Workgroup: at.Workgroup, URL: at.URL,
		}, nil
	})
}

func (a *commands) startCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "start --lake LAKE [SQL]", Short: "Start a query and print its id",
		Long: `Start a query and print its id. The statement is an argument, a file (--file), what comes over stdin, or made of a rule
(--rule), as egret convert would for a table of the lake. The name of a log source in braces stands for the lake's table of
it: SELECT count(*) FROM {cloudtrail}. Otherwise it is handed to the engine as it stands, with the rights of the lake's user.

Where queries do not outlive their process (trino, duckdb) it runs to its end, and the rows are kept in the state folder
until delete.`,
		Example: `  egret query start --lake prod "SELECT count(*) FROM {cloudtrail}"
  egret query start --lake prod --file query.sql
  egret query start --lake prod --rule rule.yml --last 24h
  egret query start --engine duckdb --table 'logs/*.parquet' --layout cloudtrail/athena --rule rule.yml --all-time`,
		Args: oneStatement,
	}
	made := a.commandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) { return a.startQuery(ctx, &f, args) })
	f.registerStatement(cmd, a.host)
	f.registerState(cmd)
	return made
}

// registerStatement adds the flags for the statement.
func (f *flags) registerStatement(cmd *cobra.Command, host Host) {
	f.RegisterTables(cmd, host)
	flags := cmd.Flags()
	flags.StringVar(&f.file, "file", "", "`FILE` that holds the statement")
	flags.StringVar(&f.rule, "rule", "", "`FILE` of a rule to run instead, on the lake's table of its log source")
	flags.StringVar(&f.from, "from", "", "with --rule: only events from `TIME` on; without a zone it is UTC")
	flags.StringVar(&f.to, "to", "", "with --rule: only events before `TIME`; a date is its midnight")
	flags.StringVar(&f.last, "last", "", "with --rule: only events of the `DURATION` before now, such as 24h or 7d")
	flags.BoolVar(&f.allTime, "all-time", false, "with --rule: events of all times, even if that is expensive")
	flags.StringVar(&f.budget, "budget", "", "end the query once it has read `BYTES`, such as 200GB, where the engine can; default: the lake's")
}

// registerState adds the flag for the folder of queries that the engine does not keep.
func (f *flags) registerState(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.state, "state", "", "`DIR` for queries of trino and duckdb, instead of the user's state folder")
}

// exactlyID checks the id in the arguments. It rejects ids that are paths before anything is opened.
func exactlyID(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := command.ExactlyOne("ID", "egret query "+name+" --lake prod ID, with what egret query start printed")(cmd, args); err != nil {
			return err
		}
		id := args[0]
		if id == "" || len(id) > 128 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return command.Usage("it is what egret query start printed", fmt.Errorf("%.140q is no id of a query", id))
		}
		return nil
	}
}

func (a *commands) statusCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "status --lake LAKE ID", Short: "Show the state of a query and what it has read", Example: "  egret query status --lake prod " + exampleID,
		Args: exactlyID("status"),
	}
	made := a.commandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		return a.onQuery(ctx, &f, args[0], func(q query.Query) (any, error) {
			status, counted, err := q.Status(ctx)
			if err != nil {
				return nil, err
			}
			return query.AnswerOf(args[0], status, counted), nil
		})
	})
	f.registerState(cmd)
	f.completeIDs(cmd)
	return made
}

// exampleID is the id in examples.
const exampleID = "0e1f2a3b-0000-4000-8000-000000000001"

// deleteAnswer is the output of delete.
type deleteAnswer struct {
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

func (a *commands) deleteCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "delete --lake LAKE ID", Short: "Stop a query and delete it",
		Long: `End a query, if it still runs, and forget it. Rows in the state folder are deleted. On Athena the objects with the result
stay in the bucket: their life is a matter of the bucket's own rules.`,
		Example: "  egret query delete --lake prod " + exampleID, Args: exactlyID("delete"),
	}
	made := a.commandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		return a.onQuery(ctx, &f, args[0], func(q query.Query) (any, error) {
			if err := q.Remove(ctx); err != nil {
				return nil, err
			}
			return deleteAnswer{args[0], true}, nil
		})
	})
	f.registerState(cmd)
	f.completeIDs(cmd)
	return made
}

// onQuery finds a query and calls a function with it.
func (a *commands) onQuery(ctx context.Context, f *flags, id string, do func(q query.Query) (any, error)) (any, error) {
	f.NoTables = true // a faulty table in egret.yaml does not matter for an existing query
	l, err := f.Find(a.host)
	if err != nil {
		return nil, err
	}
	q, err := query.Find(ctx, l, f.state, id)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	return do(q)
}
