package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
)

func (a *app) queryRun() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "run --lake LAKE [SQL]", Short: "Start a query, wait for it and print its rows",
		Long: `Start a query, wait until it has ended, and print its rows: start and results in one. The statement is given as for start.
Nothing is kept. Ctrl-C ends the query.`,
		Example: `  egret query run --lake prod "SELECT count(*) AS n FROM {cloudtrail}" --format csv
  egret query run --lake prod --rule rule.yml --last 24h`,
		Args: oneStatement,
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		if err := f.checkRows(); err != nil {
			return nil, err
		}
		statement, e, _, err := a.statement(ctx, &f, args)
		if err != nil {
			return nil, err
		}
		defer closeEngine(e)
		query, err := e.Start(ctx, statement)
		if err != nil {
			return nil, err
		}
		err = a.printRows(ctx, &f, query.ID(), attached{query})
		if err != nil || f.length > 0 { // a page may end before the rows do
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
			defer cancel()
			_ = query.Stop(stopping) // the reason why it is stopped is the error
		}
		return nil, err
	})
	f.registerStatement(cmd)
	f.registerRows(cmd)
	return made
}

// listedQuery is a query that is kept, as list prints it.
type listedQuery struct {
	statusAnswer
	Created time.Time `json:"created"`
}

// listAnswer is what list prints.
type listAnswer struct {
	Queries []listedQuery `json:"queries"`
}

func (a *app) queryList() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "list --lake LAKE", Short: "List the queries that are kept, the oldest first",
		Long: `List the queries of a lake whose rows are kept in the state folder, the oldest first, with what status tells of each. Athena
keeps its queries itself, for 45 days: its console and aws athena list-query-executions list them.`,
		Example: "  egret query list --lake cluster", Args: cobra.NoArgs,
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, _ []string) (any, error) {
		f.noTables = true
		l, err := a.findLake(&f.lakeChoice)
		if err != nil {
			return nil, err
		}
		entry, err := l.entry()
		if err != nil {
			return nil, err
		}
		if entry.attaches {
			return nil, usage("aws athena list-query-executions lists them", fmt.Errorf("the queries of %s are kept by %s", l.name(), entry.title))
		}
		folder, err := queryFolder(f.state)
		if err != nil {
			return nil, err
		}
		entries, err := journal.List(folder)
		if err != nil {
			return nil, &failure{code: exitInput, err: err}
		}
		answer := listAnswer{Queries: []listedQuery{}}
		for _, e := range entries {
			if !belongs(e.Header, l) {
				continue
			}
			q, err := openStored(folder, e.ID, l)
			if err != nil {
				if engine.KindOf(err) == engine.Missing {
					continue // deleted meanwhile
				}
				return nil, err
			}
			status, counted, err := q.status(ctx)
			q.close()
			if err != nil {
				return nil, err
			}
			answer.Queries = append(answer.Queries, listedQuery{answerOf(e.ID, status, counted), e.Header.Created})
		}
		return answer, nil
	})
	f.registerState(cmd)
	return made
}

// belongs tells whether a kept query is one of a lake.
func belongs(header journal.Header, l *foundLake) bool {
	var settings storedSettings
	return json.Unmarshal(header.Settings, &settings) == nil && settings == storedSettings{l.settings.Name.Value, l.settings.Engine.Value}
}

// completeIDs offers the ids of the queries that are kept.
func (f *queryFlags) completeIDs(cmd *cobra.Command) {
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		folder, err := queryFolder(f.state)
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		entries, _ := journal.List(folder) // where it cannot be read there is nothing to offer
		var ids []string
		for _, e := range entries {
			var settings storedSettings
			if json.Unmarshal(e.Header.Settings, &settings) != nil || f.lake != "" && settings.Lake != f.lake {
				continue
			}
			ids = append(ids, e.ID+"\t"+strings.TrimSpace(cmp.Or(settings.Lake, settings.Engine)+" "+e.Header.Created.Format(time.DateTime)))
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}

// oneStatement takes a statement at most.
func oneStatement(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage(fmt.Sprintf("quotes make one of them: %s --lake prod \"SELECT 1\"", cmd.CommandPath()), fmt.Errorf("one statement, not %d arguments", len(args)))
	}
	return nil
}

// checkRows checks the flags that say how rows are printed.
func (f *queryFlags) checkRows() error {
	if err := oneOf("format", f.format, rowFormats); err != nil {
		f.format = ""
		return err
	}
	if f.offset < 0 || f.length < 0 {
		return usage("rows count from 0", errors.New("--offset and --length are not negative"))
	}
	return nil
}
