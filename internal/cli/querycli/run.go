package querycli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/query"
)

func (a *commands) runCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "run --lake LAKE [SQL]", Short: "Start a query, wait for it and print its rows",
		Long: `Start a query, wait until it has ended, and print its rows: start and results in one. The statement is given as for start.
Nothing is kept. Ctrl-C ends the query.`,
		Example: `  egret query run --lake prod "SELECT count(*) AS n FROM {cloudtrail}" --format csv
  egret query run --lake prod --rule rule.yml --last 24h`,
		Args: oneStatement,
	}
	made := a.commandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		if err := f.checkRows(); err != nil {
			return nil, err
		}
		statement, e, _, err := a.statement(ctx, &f, args)
		if err != nil {
			return nil, err
		}
		defer lakeflags.Close(e)
		started, err := e.Start(ctx, statement)
		if err != nil {
			return nil, err
		}
		err = a.printRows(ctx, &f, started.ID(), query.Attached(started))
		if err != nil || f.length > 0 { // a page may end before the rows do
			query.Stop(ctx, started)
		}
		return nil, err
	})
	f.registerStatement(cmd, a.host)
	f.registerRows(cmd)
	return made
}

// listAnswer is the output of list.
type listAnswer struct {
	Queries []query.Listed `json:"queries"`
}

func (a *commands) listCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "list --lake LAKE", Short: "List the queries that are kept, the oldest first",
		Long: `List the queries of a lake whose rows are kept in the state folder, the oldest first, with what status tells of each. Athena
keeps its queries itself, for 45 days: its console and aws athena list-query-executions list them.`,
		Example: "  egret query list --lake cluster", Args: cobra.NoArgs,
	}
	made := a.commandOf(cmd, &f, func(ctx context.Context, _ []string) (any, error) {
		f.NoTables = true
		l, err := f.Find(a.host)
		if err != nil {
			return nil, err
		}
		if driver := l.Driver(); driver.Attaches {
			return nil, command.Usage("aws athena list-query-executions lists them", fmt.Errorf("the queries of %s are kept by %s", l.Name(), driver.Title))
		}
		folder, err := query.Folder(f.state)
		if err != nil {
			return nil, err
		}
		list, err := query.List(ctx, folder, l)
		if err != nil {
			return nil, err
		}
		return listAnswer{list}, nil
	})
	f.registerState(cmd)
	return made
}

// completeIDs completes ids of stored queries.
func (f *flags) completeIDs(cmd *cobra.Command) {
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		folder, err := query.Folder(f.state)
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var ids []string
		for _, q := range query.KeptQueries(folder, f.Lake) {
			ids = append(ids, q.ID+"	"+strings.TrimSpace(q.Lake+" "+q.Created.Format(time.DateTime)))
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}

// oneStatement accepts at most one statement.
func oneStatement(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return command.Usage(fmt.Sprintf("quotes make one of them: %s --lake prod \"SELECT 1\"", cmd.CommandPath()), fmt.Errorf("one statement, not %d arguments", len(args)))
	}
	return nil
}

// checkRows checks the flags for printing rows.
func (f *flags) checkRows() error {
	if err := command.OneOf("format", f.format, query.Formats); err != nil {
		f.format = ""
		return err
	}
	if f.offset < 0 || f.length < 0 {
		return command.Usage("rows count from 0", errors.New("--offset and --length are not negative"))
	}
	return nil
}
