package querycli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/query"
	"github.com/egret-hunt/egret/internal/setup"
)

func (a *commands) resultsCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "results --lake LAKE ID", Short: "Print the rows of a query; it waits for those of one that still runs",
		Long: `Print the rows of a query. A query that still runs is waited for.

json is one object with columns and rows, and says whether there are more; jsonl is an object a row; csv has a header. With
--offset and --length rows come page by page. Rows keep their order from page to page.`,
		Example: "  egret query results --lake prod " + exampleID + "\n  egret query results --lake prod " + exampleID + " --offset 1000 --length 1000\n" +
			"  egret query results --lake prod " + exampleID + " --format csv -o rows.csv",
		Args: exactlyID("results"),
	}
	made := a.commandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		if err := f.checkRows(); err != nil {
			return nil, err
		}
		return a.onQuery(ctx, &f, args[0], func(q query.Query) (any, error) { return nil, a.printRows(ctx, &f, args[0], q) })
	})
	f.registerRows(cmd)
	f.registerState(cmd)
	f.completeIDs(cmd)
	return made
}

// registerRows adds the flags for printing rows.
func (f *flags) registerRows(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Int64Var(&f.offset, "offset", 0, "leave out the first `N` rows")
	flags.Int64Var(&f.length, "length", 0, "print at most `N` rows; 0 is all")
	flags.StringVar(&f.format, "format", query.Formats[0], "`FORMAT` of the rows: "+strings.Join(query.Formats, ", "))
	flags.StringVarP(&f.output, "output", "o", "", "write the rows to `FILE`; it appears once it is complete")
	command.Complete(cmd, "format", query.Formats)
}

// errEnough stops reading when the page is full.
var errEnough = errors.New("enough rows")

// printRows prints a page of a query's rows.
func (a *commands) printRows(ctx context.Context, f *flags, id string, q query.Query) error {
	if err := guardConfig(f); err != nil {
		return err
	}
	out, err := command.OpenOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	p := query.NewPrinter(f.format, out, id, f.offset)
	at, printed := int64(0), int64(0)
	err = q.Read(ctx, engine.Result{
		Columns: p.Columns,
		Row: func(row []any) error {
			at++
			switch {
			case at <= f.offset:
				return nil
			case f.length > 0 && printed == f.length:
				return errEnough
			}
			printed++
			return p.Row(row)
		},
	})
	more := errors.Is(err, errEnough)
	if more {
		err = nil
	}
	if err != nil {
		err = command.EngineFailure(err)
		f.told = p.Begun() && f.format == "json" && !out.IsFile()
	}
	var failed *query.ErrorAnswer
	if err != nil {
		answer := command.Failed(err).Error
		failed = &answer
	}
	if end := p.End(printed, more, failed); err == nil && end != nil {
		err = query.OwnFault(command.Unwritable(end))
	}
	if err != nil && out.IsFile() {
		return errors.Join(err, out.Abandon())
	}
	if closed := out.Close(); err == nil && closed != nil {
		err = query.OwnFault(closed)
	}
	return err
}

// guardConfig keeps the output from replacing the configuration that defines the lake.
func guardConfig(f *flags) error {
	guard, err := outfile.NewGuard([2]string{"-o", f.output})
	if err != nil {
		return err
	}
	place, err := setup.FindConfig(f.Config, nil)
	if err != nil || place.Path == "" {
		return nil //nolint:nilerr // none was read
	}
	return guard.Inputs(place.Path)
}
