package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/redact"
)

// queryFlags are the flags of the commands of `egret query`.
type queryFlags struct {
	lakeChoice
	state string
	// file holds the statement, rule is a rule to be made one, for events from, to or the last; allTime for all.
	file, rule, from, to, last string
	allTime                    bool
	budget                     string
	offset, length             int64
	format, output             string
	// told says that the error is part of what was printed.
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
	query := &cobra.Command{
		Use: "query", Short: "Run single queries on a lake: ping, run, start, status, results, list, delete", Long: queryLong,
		Example: `  egret query ping --lake prod
  id=$(egret query start --lake prod "SELECT count(*) FROM security.cloudtrail_logs" | jq -r .id)
  egret query status --lake prod $id
  egret query results --lake prod $id --format csv`,
		Args: a.noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	query.AddCommand(a.queryPing(), a.queryRun(), a.queryStart(), a.queryStatus(), a.queryResults(), a.queryList(), a.queryDelete())
	return query
}

// queryCommandOf makes a command of `egret query`. What run gives is printed as JSON, and so are errors.
func (a *app) queryCommandOf(cmd *cobra.Command, f *queryFlags, run func(ctx context.Context, args []string) (any, error)) *cobra.Command {
	check := cmd.Args
	cmd.Args = cobra.ArbitraryArgs // so that their errors are JSON as well
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

// writeJSON writes an object on a line of its own. Names of tables and rules are not changed for HTML.
func writeJSON(w io.Writer, v any) error {
	text, err := marshal(v)
	if err == nil {
		_, err = io.WriteString(w, redact.Text(string(text))+"\n")
	}
	if err != nil {
		return unwritable(err)
	}
	return nil
}

// pingAnswer is what ping prints.
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
		Use: "ping --lake LAKE", Short: "Check that queries would run: address, credentials, workgroup, place of results",
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
		info, s := e.Info(), l.settings
		return pingAnswer{
			OK: true, Lake: s.Name.Value, Engine: info.Name, Dialect: info.Dialect, Attaches: info.Attaches,
			Region: s.Athena.Region.Value, Workgroup: s.Athena.Workgroup.Value, URL: s.Trino.URL.Value,
		}, nil
	})
}

// statusAnswer is what start and status print.
type statusAnswer struct {
	ID    string       `json:"id"`
	State engine.State `json:"state"`
	// Ended says that the state will not change any more.
	Ended  bool   `json:"ended"`
	Reason string `json:"reason,omitempty"`
	// ScannedBytes and Rows are null where nobody knows.
	ScannedBytes *int64 `json:"scanned_bytes"`
	BilledBytes  int64  `json:"billed_bytes"`
	Rows         *int64 `json:"rows"`
	QueuedMS     int64  `json:"queued_ms"`
	RanMS        int64  `json:"ran_ms"`
	Reused       bool   `json:"reused"`
}

// answerOf puts a status into the form that is printed. counted says that all rows were read.
func answerOf(id string, s engine.Status, counted bool) statusAnswer {
	answer := statusAnswer{
		ID: id, State: s.State, Ended: s.State.Ended(), Reason: s.Reason, BilledBytes: s.Stats.BilledBytes,
		QueuedMS: s.Stats.Queued.Milliseconds(), RanMS: s.Stats.Ran.Milliseconds(), Reused: s.Stats.Reused,
	}
	if s.Stats.ScannedBytes >= 0 {
		answer.ScannedBytes = &s.Stats.ScannedBytes
	}
	if counted {
		answer.Rows = &s.Stats.Rows
	}
	return answer
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
  egret query start --engine duckdb --table 'logs/*.parquet' --schema cloudtrail/athena --rule rule.yml --all-time`,
		Args: oneStatement,
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) { return a.startQuery(ctx, &f, args) })
	f.registerStatement(cmd)
	f.registerState(cmd)
	return made
}

// registerStatement adds the flags that say what is asked.
func (f *queryFlags) registerStatement(cmd *cobra.Command) {
	f.registerTables(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.file, "file", "", "`FILE` that holds the statement")
	flags.StringVar(&f.rule, "rule", "", "`FILE` of a rule to run instead, on the lake's table of its log source")
	flags.StringVar(&f.from, "from", "", "with --rule: only events from `TIME` on; without a zone it is UTC")
	flags.StringVar(&f.to, "to", "", "with --rule: only events before `TIME`; a date is its midnight")
	flags.StringVar(&f.last, "last", "", "with --rule: only events of the `DURATION` before now, such as 24h or 7d")
	flags.BoolVar(&f.allTime, "all-time", false, "with --rule: events of all times, even where that is dear")
	flags.StringVar(&f.budget, "budget", "", "end the query once it has read `BYTES`, such as 200GB, where the engine can; default: the lake's")
}

// registerState adds the flag that says where queries are kept that do not outlive their process.
func (f *queryFlags) registerState(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.state, "state", "", "`DIR` for queries of trino and duckdb, instead of the user's state folder")
}

// exactlyID checks the id among the arguments. What could lead elsewhere than to a query is refused before anything is asked.
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
		Use: "status --lake LAKE ID", Short: "Tell how far a query is and what it has read", Example: "  egret query status --lake prod " + exampleID,
		Args: exactlyID("status"),
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		return a.onQuery(ctx, &f, args[0], func(q keptQuery) (any, error) {
			status, counted, err := q.status(ctx)
			if err != nil {
				return nil, err
			}
			return answerOf(args[0], status, counted), nil
		})
	})
	f.registerState(cmd)
	f.completeIDs(cmd)
	return made
}

// exampleID stands for ids in examples.
const exampleID = "0e1f2a3b-0000-4000-8000-000000000001"

// deleteAnswer is what delete prints.
type deleteAnswer struct {
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

func (a *app) queryDelete() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "delete --lake LAKE ID", Short: "End a query and forget it",
		Long: `End a query, if it still runs, and forget it. Rows in the state folder are deleted. On Athena the objects with the result
stay in the bucket: their life is a matter of the bucket's own rules.`,
		Example: "  egret query delete --lake prod " + exampleID, Args: exactlyID("delete"),
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		return a.onQuery(ctx, &f, args[0], func(q keptQuery) (any, error) {
			if err := q.remove(ctx); err != nil {
				return nil, err
			}
			return deleteAnswer{args[0], true}, nil
		})
	})
	f.registerState(cmd)
	f.completeIDs(cmd)
	return made
}

// keptQuery is a query that was started earlier: one of an engine that attaches, or one in the state folder.
type keptQuery interface {
	// status tells how far it is; counted says that the number of rows is known.
	status(ctx context.Context) (status engine.Status, counted bool, err error)
	// read hands over its rows once it has ended.
	read(ctx context.Context, r engine.Result) error
	// remove ends and forgets it.
	remove(ctx context.Context) error
}

// onQuery finds a query and does something with it.
func (a *app) onQuery(ctx context.Context, f *queryFlags, id string, do func(q keptQuery) (any, error)) (any, error) {
	f.noTables = true // a table that is wrong in egret.yaml is no matter for a query that runs or ran
	l, err := a.findLake(&f.lakeChoice)
	if err != nil {
		return nil, err
	}
	entry, err := l.entry()
	if err != nil {
		return nil, err
	}
	if !entry.attaches {
		folder, err := queryFolder(f.state)
		if err != nil {
			return nil, err
		}
		q, err := openStored(folder, id, l)
		if err != nil {
			return nil, err
		}
		defer q.close()
		return do(q)
	}
	e, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	defer closeEngine(e)
	q, err := e.Attach(ctx, id)
	if err != nil {
		return nil, err
	}
	return do(attached{q})
}

// attached is a query that the engine keeps.
type attached struct{ query engine.Query }

func (q attached) status(ctx context.Context) (engine.Status, bool, error) {
	s, err := q.query.Status(ctx)
	return s, false, err
}

func (q attached) read(ctx context.Context, r engine.Result) error {
	_, err := q.query.Read(ctx, r)
	return err
}

func (q attached) remove(ctx context.Context) error { return q.query.Stop(ctx) }

// stopWithin is how long ending a query may take after the command itself was stopped.
const stopWithin = 10 * time.Second
