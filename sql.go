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
)

// SQLOptions describe the table for which SQL writes queries. Target is required.
type SQLOptions struct {
	// Target is the engine: one of Targets.
	Target string
	// Layout names the table layout, such as "cloudtrail/athena" (see egret list layouts). The empty string stands for a
	// table whose columns have the names of the fields in rules.
	Layout string
	// Table is the name of the table, such as "security.trail", or "" for the layout's default name.
	Table string
	// Region completes the default table name of layouts that have a table for each region.
	Region string
	// From and To limit the queries to events in the half-open range [From, To). A zero time sets no limit.
	From, To time.Time
}

// A Query is the result of converting one rule.
type Query struct {
	Rule Rule
	// SQL is the statement without a semicolon, or "" if the rule was refused. It returns exactly the events that a hunt finds.
	SQL string
	// Diagnostics are the reasons for refusing the rule, or warnings.
	Diagnostics diag.List
}

// Targets returns the sorted names of the engines for which SQL can write queries.
func Targets() []string {
	var names []string
	for _, d := range sqlgen.Dialects() {
		names = append(names, d.Name)
	}
	return names
}

// SQL converts the rules that have findings, including correlations, to queries in the order of their files. It refuses a
// rule that cannot be expressed exactly for the engine and table and never approximates it. SQL returns an error if the
// options are invalid.
func (r *Rules) SQL(opt SQLOptions) ([]Query, error) {
	if !slices.Contains(Targets(), opt.Target) {
		return nil, fmt.Errorf("unknown target %q; the targets are %s", opt.Target, strings.Join(Targets(), ", "))
	}
	layout := schema.Generic().Layouts()[0]
	if opt.Layout != "" && opt.Layout != layout.FullName() {
		var err error
		if layout, err = schema.FindLayout(r.schemas, opt.Layout); err != nil {
			return nil, err
		}
	}
	if strings.Contains(layout.Table, "{region}") && opt.Table == "" && opt.Region == "" {
		return nil, fmt.Errorf("%s has a table for each region and needs a region", layout.FullName())
	}
	results := convert.ToSQL(r.set, sqlgen.Options{
		Dialect: sqlgen.DialectByName(opt.Target), Layout: layout, Table: opt.Table, Region: opt.Region, From: opt.From, To: opt.To,
	})
	queries := make([]Query, len(results))
	for i := range results {
		queries[i] = Query{
			Rule: ruleOf(&results[i].Info, results[i].Reference.Correlation), SQL: strings.TrimSuffix(results[i].Query, "\n"), Diagnostics: results[i].Diagnostics,
		}
	}
	return queries, nil
}
