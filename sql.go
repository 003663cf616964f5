package egret

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/sigma"
)

// SQLOptions say for which table queries are written. Target is needed.
type SQLOptions struct {
	// Target is the engine: one of Targets.
	Target string
	// Profile says how the logs are stored, such as "cloudtrail/athena" (egret list schemas); "": as columns of the names that
	// rules use.
	Profile string
	// Table is the name of the table, such as "security.trail"; "": the profile's usual one. Region fills the name of a table
	// that is kept by region.
	Table, Region string
	// From and To bound the time of events, From included, To excluded; zero times are open ends.
	From, To time.Time
}

// Query is what became of one rule.
type Query struct {
	Rule Rule
	// SQL is the statement, without a semicolon; "" where the rule was refused. It returns exactly the events that a hunt finds.
	SQL string
	// Diagnostics say why the rule was refused, or what was noticed.
	Diagnostics diag.List
}

// Targets are the engines that SQL writes for, sorted.
func Targets() []string {
	var names []string
	for _, d := range sqlgen.Dialects() {
		names = append(names, d.Name)
	}
	return names
}

// SQL writes the rules and correlations that report as queries, in the order of their files. A rule that the engine or the
// table cannot take exactly is refused, never approximated. The error is of the options.
func (r *Rules) SQL(opt SQLOptions) ([]Query, error) {
	if !slices.Contains(Targets(), opt.Target) {
		return nil, fmt.Errorf("%q is no target; the targets are %s", opt.Target, strings.Join(Targets(), ", "))
	}
	profile := schema.Generic().Profiles()[0]
	if opt.Profile != "" && opt.Profile != profile.FullName() {
		var err error
		if profile, err = schema.FindProfile(r.schemas, opt.Profile); err != nil {
			return nil, err
		}
	}
	if strings.Contains(profile.Table, "{region}") && opt.Table == "" && opt.Region == "" {
		return nil, fmt.Errorf("%s has a table for each region and needs a region", profile.FullName())
	}
	results := convert.ToSQL(r.set, sqlgen.Options{
		Dialect: sqlgen.DialectByName(opt.Target), Profile: profile, Table: opt.Table, Region: opt.Region, From: opt.From, To: opt.To,
	})
	correlations := map[*sigma.Meta]bool{}
	for _, c := range r.set.Correlations {
		correlations[c.Meta] = true
	}
	queries := make([]Query, len(results))
	for i := range results {
		queries[i] = Query{
			Rule: ruleOf(&results[i].Info, correlations[results[i].Meta]), SQL: strings.TrimSuffix(results[i].Query, "\n"), Diagnostics: results[i].Diagnostics,
		}
	}
	return queries, nil
}
