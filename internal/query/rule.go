package query

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// RuleStatement returns the SQL of the only rule of a set, for the lake's table of its log source. A zero time means
// no bound. name is the rule's file, for messages. If the rule cannot be expressed in SQL it returns an error and
// diagnostics with the reasons.
func RuleStatement(ctx context.Context, l *setup.Lake, e engine.Engine, set *ruleset.Set, name string, from, to time.Time) (string, diag.List, error) {
	table, err := l.TableFor(set)
	if err != nil {
		return "", nil, err
	}
	live, err := e.Describe(ctx, table.Name)
	if err != nil {
		return "", nil, err
	}
	results := convert.ToSQL(set, sqlgen.Options{
		Dialect: setup.Dialect(e), Layout: tablecheck.Fit(table.Layout, live, e.Info().JSONIsText), Table: live.Name, From: from, To: to,
	})
	if len(results) != 1 {
		return "", nil, &setup.Error{
			Err:  fmt.Errorf("%s has %d rules that run here, and a query is made of one", name, len(results)),
			Help: "convert them one by one, or hunt: egret hunt --lake " + l.Name(),
		}
	}
	if results[0].Query == "" {
		return "", results[0].Diagnostics, &setup.Error{
			Kind: setup.Rules, Err: fmt.Errorf("%s cannot be said for %s", name, table.Layout.FullName()), Help: "egret hunt decides such rules itself",
		}
	}
	return strings.TrimRight(strings.TrimSpace(results[0].Query), ";"), nil, nil
}
