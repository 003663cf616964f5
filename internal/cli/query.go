package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/query"
	"github.com/egret-hunt/egret/internal/redact"
)

// queryFlags are the flags of the commands of `egret query`.
type queryFlags struct {
	lakeChoice
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

var queryLong = `Run single queries on a lake, for scripts and connectors: run prints the rows of one; start gives an id, status tells how far the query is, results
gives its rows, delete ends and forgets it. Everything is JSON on stdout, one object a command; errors too, beside the text
on stderr. docs/query.md lists the fields.

On Athena start returns at once, and every command works from any machine that reaches the lake. Queries of Trino and
DuckDB end with the process that started them: there start runs the query to its end and keeps the rows in the state
folder of this user, from where the other commands take them.

The engines are:
` + engineList() + `

Exit codes: 0 done, 2 a rule cannot be converted, 3 usage or configuration, 4 the engine failed or the query is not there,
5 stopped or over a limit.`

func (a *app) queryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "query", Short: "Run single queries on a lake: ping, run, start, status, results, list, delete", Long: queryLong,
		Example: `  egret query ping --lake prod
  id=$(egret query start --lake prod "SELECT count(*) FROM security.cloudtrail_logs" | jq -r .id)
  egret query status --lake prod $id
  egret query results --lake prod $id --format csv`,
		Args: a.noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.queryPing(), a.queryRun(), a.queryStart(), a.queryStatus(), a.queryResults(), a.queryList(), a.queryDelete())
	return cmd
}

// queryCommandOf returns a subcommand of `egret query`. It prints the result of run, or its error, as JSON.
func (a *app) queryCommandOf(cmd *cobra.Command, f *queryFlags, run func(ctx context.Context, args []string) (any, error)) *cobra.Command {
	check := cmd.Args
	cmd.Args = cobra.ArbitraryArgs // so that errors in arguments are printed as JSON too
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, stop := a.untilSignal(cmd.Context())
		defer stop()
		var answer any
		err := check(cmd, args)
		if err == nil {
			answer, err = run(ctx, args)
		}
		if err == nil && answer != nil {
			err = writeJSON(a.stdout, answer)
		}
		if err == nil {
			return nil
		}
		err = engineFailure(err)
		if ctx.Err() != nil && exitCode(err) != exitStopped {
			err = &failure{code: exitStopped, err: fmt.Errorf("stopped by a signal: %w", err)}
		}
		if !f.told && (f.format == "" || f.format == "json") {
			err = errors.Join(err, writeJSON(a.stdout, failedAnswer(err)))
		}
		return err
	}
	cmd.Flags().SortFlags = false
	f.register(cmd)
	f.registerConfig(cmd)
	return cmd
}

// writeJSON writes an object on one line, without escaping names for HTML.
func writeJSON(w io.Writer, v any) error {
	text, err := finding.MarshalSafe(v)
	if err == nil {
		_, err = io.WriteString(w, redact.Text(string(text))+"\n")
	}
	if err != nil {
		return unwritable(err)
	}
	return nil
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

func (a *app) queryPing() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "ping --lake LAKE", Short: "Check that queries would run: address, credentials, workgroup, location of results",
		Example: "  egret query ping --lake prod\n  egret query ping --engine duckdb", Args: cobra.NoArgs,
	}
	return a.queryCommandOf(cmd, &f, func(ctx context.Context, _ []string) (any, error) {
		e, l, err := a.openLake(ctx, &f.lakeChoice)
		if err != nil {
			return nil, err
		}
		defer closeEngine(e)
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

func (a *app) queryStart() *cobra.Command {
	var f queryFlags
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
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) { return a.startQuery(ctx, &f, args) })
	f.registerStatement(cmd)
	f.registerState(cmd)
	return made
}

// registerStatement adds the flags for the statement.
func (f *queryFlags) registerStatement(cmd *cobra.Command) {
	f.registerTables(cmd)
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
func (f *queryFlags) registerState(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.state, "state", "", "`DIR` for queries of trino and duckdb, instead of the user's state folder")
}

// exactlyID checks the id in the arguments. It rejects ids that are paths before anything is opened.
func exactlyID(command string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := exactlyOne("ID", "egret query "+command+" --lake prod ID, with what egret query start printed")(cmd, args); err != nil {
			return err
		}
		id := args[0]
		if id == "" || len(id) > 128 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return usage("it is what egret query start printed", fmt.Errorf("%.140q is no id of a query", id))
		}
		return nil
	}
}

func (a *app) queryStatus() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "status --lake LAKE ID", Short: "Show the state of a query and what it has read", Example: "  egret query status --lake prod " + exampleID,
		Args: exactlyID("status"),
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
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

func (a *app) queryDelete() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "delete --lake LAKE ID", Short: "Stop a query and delete it",
		Long: `End a query, if it still runs, and forget it. Rows in the state folder are deleted. On Athena the objects with the result
stay in the bucket: their life is a matter of the bucket's own rules.`,
		Example: "  egret query delete --lake prod " + exampleID, Args: exactlyID("delete"),
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
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
func (a *app) onQuery(ctx context.Context, f *queryFlags, id string, do func(q query.Query) (any, error)) (any, error) {
	f.noTables = true // a faulty table in egret.yaml does not matter for an existing query
	l, err := a.findLake(&f.lakeChoice)
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
