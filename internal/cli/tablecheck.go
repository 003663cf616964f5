package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
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
		Long: `Compare the tables of a lake with what their schema profiles say: columns that are missing, types of another kind (a struct
where text is expected), partition columns, and which rules cannot run for want of them. Only the definitions of the tables
are read, no rows. Columns that are there besides do no harm and are no difference.

Exit codes: 0 the tables are as expected, 1 differences, 2 rules not loaded, 3 usage or configuration, 4 a table or the
engine cannot be asked.`,
		Example: `  egret table check --lake prod
  egret table check --lake prod --table cloudtrail --rules sigma/rules/cloud/aws
  egret table check --lake prod --format json
  egret table check --engine duckdb --table 'logs/*.parquet' --schema cloudtrail/security-lake-v2`,
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
	Table  string `json:"table"`
	Source string `json:"source"`
	Schema string `json:"schema"`
	OK     bool   `json:"ok"`
	// Differences are in the order of lake.Compare.
	Differences []lake.Difference `json:"differences"`
	// Rules is how many rules are about the log source, Run how many of them can run here.
	Rules int `json:"rules"`
	Run   int `json:"run"`
	// CannotRun are the others, in the set's order.
	CannotRun []cannotRun `json:"cannot_run"`
	// Error says why the table could not be asked, nil if it could.
	Error *errorAnswer `json:"error,omitempty"`

	remote bool
}

// cannotRun is a rule that cannot run on a table.
type cannotRun struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Field string `json:"field"`
	// Column is the one that the table lacks or has of another type, "" where the profile has no home for the field: then no
	// table of that form runs the rule.
	Column string `json:"column"`
	Reason string `json:"reason"`
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
	if len(l.tables) == 0 {
		return usage("tables: {cloudtrail: {table: database.name, schema: athena}} in egret.yaml, or --engine duckdb --table … --schema …",
			fmt.Errorf("%s has no tables to check", l.name()))
	}
	f.schemas = l.schemas
	loaded, err := a.loadRules(ctx, &f.ruleFlags)
	if err != nil {
		return err
	}
	if err := loaded.diagnostics(false).Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
		return err
	}
	if loaded.set.Failed > 0 {
		a.code = exitRules
	}
	e, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer closeEngine(e)
	answer := checkAnswer{OK: true, Lake: l.name(), Engine: e.Info().Name}
	for i := range l.tables {
		check, err := checkTable(ctx, e, &l.tables[i], loaded.set)
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
			a.code = max(a.code, exitFindings)
		}
		answer.OK = answer.OK && check.OK
		answer.Tables = append(answer.Tables, check)
	}
	if f.format == "json" {
		return writeJSON(a.stdout, answer)
	}
	for i := range answer.Tables {
		if err := writeCheck(a.stdout, &answer.Tables[i], a.colors(a.stdout)); err != nil {
			return unwritable(err)
		}
	}
	return nil
}

// checkTable compares a table with its profile. What it gives counts also when there is an error.
func checkTable(ctx context.Context, e engine.Engine, t *lakeTable, set *ruleset.Set) (tableCheck, error) {
	check := tableCheck{Table: t.Table, Source: t.Source, Schema: t.Profile.FullName(), Differences: []lake.Difference{}, CannotRun: []cannotRun{}}
	live, err := e.Describe(ctx, t.Table)
	if err != nil {
		return check, err
	}
	spelled, err := lake.Spell(ctx, e, t.Profile, t.Table, live)
	if err != nil {
		return check, err
	}
	dialect := dialectOf(e)
	check.Differences = append(check.Differences, lake.Compare(spelled.Profile, live, e.Info().JSONIsText)...)
	check.Differences = append(check.Differences, spelled.Differences...)
	check.remote = e.Info().Remote
	check.OK = !slices.ContainsFunc(check.Differences, func(d lake.Difference) bool { return d.Harmful(check.remote) })
	columns := []string{}
	for _, c := range live.Columns {
		columns = append(columns, c.Name)
	}
	p := plan.Build(set, spelled.Profile, plan.Options{
		Dialect: dialect, Table: live.Name, Columns: columns, Unfit: lake.Unfit(check.Differences), Region: t.Region,
	})
	for _, c := range p.CannotRun {
		var info *ruleset.Info
		if c.Correlation {
			info = &set.Correlations[c.Rule].Info
		} else {
			info = &set.Rules[c.Rule].Info
		}
		check.CannotRun = append(check.CannotRun, cannotRun{ID: info.ID, Title: info.Title, Field: c.Field, Column: c.Column, Reason: c.Reason})
	}
	check.Rules = rulesOf(t, set)
	check.Run = max(0, check.Rules-len(check.CannotRun))
	return check, nil
}

// rulesOf counts the rules and correlations that are about a table's log source.
func rulesOf(t *lakeTable, set *ruleset.Set) int {
	n := 0
	served := make([]bool, len(set.Rules))
	for i, rule := range set.Rules {
		source := rule.Rule.LogSource
		if _, served[i] = t.Profile.Schema.Gate(source.Product, source.Service, source.Category); served[i] {
			n++
		}
	}
	counted := make([]bool, len(set.Correlations)) // those that others count come before them
	for i, c := range set.Correlations {
		counted[i] = slices.ContainsFunc(c.IR.Bases, func(b ir.Base) bool {
			return b.Correlation && counted[b.Index] || !b.Correlation && served[b.Index]
		})
		if counted[i] {
			n++
		}
	}
	return n
}

// shownRules is how many rules a line names.
const shownRules = 3

// writeCheck prints the result for a table.
func writeCheck(w io.Writer, check *tableCheck, color bool) error {
	paint := func(sgr, text string) string {
		if color {
			return "\x1b[" + sgr + "m" + text + "\x1b[0m"
		}
		return text
	}
	var b strings.Builder
	state := paint("1;32", "as expected")
	switch {
	case check.Error != nil:
		state = paint("1;31", "cannot be asked")
	case !check.OK:
		state = paint("1;33", "differs")
	}
	fmt.Fprintf(&b, "%s (%s): %s\n", diag.Safe(check.Table), check.Schema, state)
	width := 0
	for _, d := range check.Differences {
		width = max(width, len(diag.Safe(d.Column)))
	}
	for _, d := range check.Differences {
		fmt.Fprintf(&b, "  %s  %-*s  %s\n", paint(colorOf(d, check.remote), fmt.Sprintf("%-17s", d.Kind)), width, diag.Safe(d.Column), diag.Safe(describe(d)))
	}
	if check.Error == nil {
		fmt.Fprintf(&b, "  %d of %d rules can run\n", check.Run, check.Rules)
		writeReasons(&b, check.CannotRun)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func colorOf(d lake.Difference, remote bool) string {
	if d.Harmful(remote) {
		return "33"
	}
	return "2"
}

// describe says what is expected and what was found, cut where types are long.
func describe(d lake.Difference) string {
	switch {
	case d.Found == "":
		return "expected " + lake.ShortType(d.Expected)
	case d.Expected == "":
		return "found " + lake.ShortType(d.Found)
	}
	return "expected " + lake.ShortType(d.Expected) + ", found " + lake.ShortType(d.Found)
}

// writeReasons groups rules by the reason why they cannot run, in the order of the rules.
func writeReasons(b *strings.Builder, rules []cannotRun) {
	var reasons []string
	titles := map[string][]string{}
	for _, r := range rules {
		if titles[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		titles[r.Reason] = append(titles[r.Reason], r.Title)
	}
	for _, reason := range reasons {
		list := titles[reason]
		shown := strings.Join(list[:min(len(list), shownRules)], "; ")
		if n := len(list) - shownRules; n > 0 {
			shown += fmt.Sprintf("; and %d more", n)
		}
		fmt.Fprintf(b, "  %s: %s\n", diag.Safe(reason), diag.Safe(shown))
	}
}
