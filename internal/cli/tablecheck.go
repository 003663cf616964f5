package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/query"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// tableCheckFlags are the flags of `egret table check`.
type tableCheckFlags struct {
	ruleFlags
	choice lakeChoice
	format string
}

// checkFormats are the formats of a check.
var checkFormats = []string{"text", "json"}

func (a *app) tableCheckCommand() *cobra.Command {
	var f tableCheckFlags
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
			ctx, stop := a.untilSignal(cmd.Context())
			defer stop()
			err := a.tableCheck(ctx, &f)
			if err == nil {
				return nil
			}
			err = engineFailure(err)
			if f.format == "json" {
				err = errors.Join(err, writeJSON(a.stdout, failedAnswer(err)))
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.choice.register(cmd)
	f.choice.registerTables(cmd)
	flags.StringArrayVar(&f.rules, "rules", nil, "rules that are to run: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	f.ruleFlags.register(flags)
	flags.StringVar(&f.format, "format", checkFormats[0], "`FORMAT` of the result: "+strings.Join(checkFormats, ", "))
	flags.BoolVar(&a.noColor, "no-color", false, "the same as --color never")
	complete(cmd, "format", checkFormats)
	a.completeRules(cmd, &f.ruleFlags)
	return cmd
}

// checkAnswer is the result for all tables.
type checkAnswer struct {
	// OK says that no table has a difference that does harm, and that all could be asked.
	OK     bool         `json:"ok"`
	Lake   string       `json:"lake"`
	Engine string       `json:"engine"`
	Tables []tableCheck `json:"tables"`
}

// tableCheck is the result for a table.
type tableCheck struct {
	tablecheck.Result
	// Error says why the table could not be asked, nil if it could.
	Error *query.ErrorAnswer `json:"error,omitempty"`
}

func (a *app) tableCheck(ctx context.Context, f *tableCheckFlags) error {
	if err := oneOf("format", f.format, checkFormats); err != nil {
		return err
	}
	if err := f.ruleFlags.check(); err != nil {
		return err
	}
	f.choice.config = f.config
	l, err := a.findLake(&f.choice)
	if err != nil {
		return err
	}
	if len(l.Tables) == 0 {
		return usage("tables: {cloudtrail: {table: database.name, layout: athena}} in egret.yaml, or --engine duckdb --table … --layout …",
			fmt.Errorf("%s has no tables to check", l.Name()))
	}
	f.schemas = l.Schemas
	loaded, err := a.loadRules(ctx, &f.ruleFlags)
	if err != nil {
		return err
	}
	if err := a.Diagnose(printed(loaded, false)); err != nil {
		return err
	}
	if loaded.Set.Failed > 0 {
		a.code = exitRules
	}
	e, err := openEngine(ctx, l)
	if err != nil {
		return err
	}
	defer closeEngine(e)
	answer := checkAnswer{OK: true, Lake: l.Name(), Engine: e.Info().Name}
	for i := range l.Tables {
		t := &l.Tables[i]
		result, err := tablecheck.Check(ctx, e, setup.Dialect(e), tablecheck.Table{Name: t.Name, Source: t.Source, Layout: t.Layout, Region: t.Region}, loaded.Set)
		check := tableCheck{Result: result}
		if err != nil {
			err = engineFailure(err)
			if kind := engine.KindOf(err); ctx.Err() != nil || kind == engine.Expired || kind == engine.Misconfigured {
				return err // no other table would fare better
			}
			a.complain(err)
			reason := failedAnswer(err).Error
			check.Error = &reason
			a.code = max(a.code, exitCode(err))
		} else if !check.OK {
			a.Found()
		}
		answer.OK = answer.OK && check.OK
		answer.Tables = append(answer.Tables, check)
	}
	if f.format == "json" {
		return writeJSON(a.stdout, answer)
	}
	for i := range answer.Tables {
		check := &answer.Tables[i]
		if err := report.WriteTableCheck(a.stdout, &check.Result, check.Error != nil, a.colors(a.stdout)); err != nil {
			return unwritable(err)
		}
	}
	return nil
}
