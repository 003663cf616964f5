package tablecli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/query"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// checkFlags are the flags of `egret table check`.
type checkFlags struct {
	rules  Rules
	choice lakeflags.Choice
	format string
}

// checkFormats are the formats of a check.
var checkFormats = []string{"text", "json"}

func (a *commands) checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use: "check --lake LAKE", Short: "Compare the tables of a lake with their schemas",
		Long: `Compare the tables of a lake with what their table layouts say: columns that are missing, types of another kind (a struct
where text is expected), partition columns, and which rules cannot run for want of them. Only the definitions of the tables
are read, no rows. Columns that are there besides do no harm and are no difference.

Exit codes: 0 the tables are as expected, 1 differences, 2 rules not loaded, 3 usage or configuration, 4 a table or the
engine cannot be asked.`,
		Example: `  egret table check --lake prod
  egret table check --lake prod --table cloudtrail --rules sigma/rules/cloud/aws
  egret table check --lake prod --format json
  egret table check --engine duckdb --table 'logs/*.parquet' --layout cloudtrail/security-lake-v2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := a.host.UntilSignal(cmd.Context())
			defer stop()
			err := a.check(ctx, &f)
			if err == nil {
				return nil
			}
			err = command.EngineFailure(err)
			if f.format == "json" {
				err = errors.Join(err, command.WriteJSON(a.stdout, command.Failed(err)))
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.choice.Register(cmd)
	f.choice.RegisterTables(cmd, a.host)
	f.rules = a.host.RuleFlags(cmd)
	flags.StringVar(&f.format, "format", checkFormats[0], "`FORMAT` of the result: "+strings.Join(checkFormats, ", "))
	command.Complete(cmd, "format", checkFormats)
	return cmd
}

// checkAnswer is the result for all tables.
type checkAnswer struct {
	// OK says that no table has a difference that does harm, and that all could be asked.
	OK     bool      `json:"ok"`
	Lake   string    `json:"lake"`
	Engine string    `json:"engine"`
	Tables []checked `json:"tables"`
}

// checked is the result for a table.
type checked struct {
	tablecheck.Result
	// Error says why the table could not be asked, nil if it could.
	Error *query.ErrorAnswer `json:"error,omitempty"`
}

func (a *commands) check(ctx context.Context, f *checkFlags) error {
	if err := command.OneOf("format", f.format, checkFormats); err != nil {
		return err
	}
	if err := f.rules.Check(); err != nil {
		return err
	}
	f.choice.Config = f.rules.Config()
	l, err := f.choice.Find(a.host)
	if err != nil {
		return err
	}
	if len(l.Tables) == 0 {
		return command.Usage("tables: {cloudtrail: {table: database.name, layout: athena}} in egret.yaml, or --engine duckdb --table … --layout …",
			fmt.Errorf("%s has no tables to check", l.Name()))
	}
	loaded, err := f.rules.Load(ctx, l.Schemas)
	if err != nil {
		return err
	}
	if loaded.Set.Failed > 0 {
		a.host.Fail(command.ExitRules)
	}
	e, err := lakeflags.Open(ctx, l)
	if err != nil {
		return err
	}
	defer lakeflags.Close(e)
	answer := checkAnswer{OK: true, Lake: l.Name(), Engine: e.Info().Name}
	for i := range l.Tables {
		t := &l.Tables[i]
		result, err := tablecheck.Check(ctx, e, setup.Dialect(e), tablecheck.Table{Name: t.Name, Source: t.Source, Layout: t.Layout, Region: t.Region}, loaded.Set)
		check := checked{Result: result}
		if err != nil {
			err = command.EngineFailure(err)
			if kind := engine.KindOf(err); ctx.Err() != nil || kind == engine.Expired || kind == engine.Misconfigured {
				return err // no other table would fare better
			}
			a.host.Complain(err)
			reason := command.Failed(err).Error
			check.Error = &reason
			a.host.Fail(command.ExitCode(err))
		} else if !check.OK {
			a.host.Found()
		}
		answer.OK = answer.OK && check.OK
		answer.Tables = append(answer.Tables, check)
	}
	if f.format == "json" {
		return command.WriteJSON(a.stdout, answer)
	}
	for i := range answer.Tables {
		check := &answer.Tables[i]
		if err := report.WriteTableCheck(a.stdout, &check.Result, check.Error != nil, a.host.Colors(a.stdout)); err != nil {
			return command.Unwritable(err)
		}
	}
	return nil
}
