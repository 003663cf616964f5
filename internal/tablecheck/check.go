// Package tablecheck compares live tables with their layouts before a query runs on them.
//
// Its input is the columns that an engine lists (engine.Table) and a layout (schema.Layout). Its output is the
// differences, the layout adapted to the live table, the format of its partitions, and the rules that cannot run on
// it. The package also parses the type names of engines. It reads table definitions, never rows.
package tablecheck

import (
	"context"
	"slices"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Table is a table to check.
type Table struct {
	// Name is the name of the table in the engine. Source is the name of its log source.
	Name, Source string
	Layout       *schema.Layout
	// Region is the region of the table's events, "" if its name does not depend on one.
	Region string
}

// Result is the result of Check. Its lists are never nil.
type Result struct {
	Table  string `json:"table"`
	Source string `json:"source"`
	Schema string `json:"schema"`
	// OK is true if no difference affects queries.
	OK bool `json:"ok"`
	// Differences are in the order of Compare, followed by those in the format of partitions.
	Differences []Difference `json:"differences"`
	// Rules is the number of rules for the log source. Run is how many of them can run on the table.
	Rules int `json:"rules"`
	Run   int `json:"run"`
	// CannotRun are the other rules, in the set's order.
	CannotRun []CannotRun `json:"cannot_run"`
	// Remote is as in engine.Info; it decides which differences affect queries.
	Remote bool `json:"-"`
}

// CannotRun is a rule that cannot run on a table.
type CannotRun struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Field string `json:"field"`
	// Column is the column that is missing or has another type. It is "" if the layout has no column for the field:
	// then the rule runs on no table of that layout.
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// Check compares a table with its layout and plans the rules of a set for it. It returns the engine's error; the
// Result names the table even then.
func Check(ctx context.Context, e engine.Engine, dialect *sqlgen.Dialect, t Table, set *ruleset.Set) (Result, error) {
	info := e.Info()
	check := Result{
		Table: t.Name, Source: t.Source, Schema: t.Layout.FullName(), Differences: []Difference{}, CannotRun: []CannotRun{},
		Remote: info.Remote,
	}
	live, err := e.Describe(ctx, t.Name)
	if err != nil {
		return check, err
	}
	spelled, err := Spell(ctx, e, t.Layout, t.Name, live)
	if err != nil {
		return check, err
	}
	var opened []Difference
	spelled.Layout, opened = Open(spelled.Layout, live, info.JSONIsText)
	check.Differences = append(check.Differences, Compare(spelled.Layout, live, info.JSONIsText)...)
	check.Differences = append(append(check.Differences, opened...), spelled.Differences...)
	check.OK = !slices.ContainsFunc(check.Differences, func(d Difference) bool { return d.Harmful(check.Remote) })
	columns := []string{}
	for _, c := range live.Columns {
		columns = append(columns, c.Name)
	}
	p := plan.Build(set, spelled.Layout, plan.Options{
		Dialect: dialect, Table: live.Name, Columns: columns, Unfit: Unfit(check.Differences), Region: t.Region,
	})
	for _, c := range p.CannotRun {
		info := set.Info(c.Reference)
		check.CannotRun = append(check.CannotRun, CannotRun{ID: info.ID, Title: info.Title, Field: c.Field, Column: c.Column, Reason: c.Reason})
	}
	check.Rules = rulesOf(t.Layout.Schema, set)
	check.Run = max(0, check.Rules-len(check.CannotRun))
	return check, nil
}

// rulesOf counts the rules and correlations for a log source.
func rulesOf(source *schema.Schema, set *ruleset.Set) int {
	n := 0
	served := make([]bool, len(set.Rules))
	for i, rule := range set.Rules {
		if served[i] = source.Serves(rule.LogSource); served[i] {
			n++
		}
	}
	counted := make([]bool, len(set.Correlations)) // a correlation comes after those that it counts
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
