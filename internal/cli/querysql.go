package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// maxStatement is the longest statement that is read, in bytes; engines take less.
const maxStatement = 4 << 20

// startQuery starts a query and tells how far it is.
func (a *app) startQuery(ctx context.Context, f *queryFlags, args []string) (any, error) {
	statement, e, l, err := a.statement(ctx, f, args)
	if err != nil {
		return nil, err
	}
	defer closeEngine(e)
	if !e.Info().Attaches {
		folder, err := queryFolder(f.state)
		if err != nil {
			return nil, err
		}
		q, err := l.store(ctx, folder, e, statement, time.Now())
		if err != nil {
			return nil, err
		}
		defer q.close()
		status, counted, err := q.status(ctx)
		return answerOf(q.id, status, counted), err
	}
	q, err := e.Start(ctx, statement)
	if err != nil {
		return nil, err
	}
	return answerOf(q.ID(), engine.Status{State: engine.Queued, Stats: engine.Stats{ScannedBytes: -1}}, false), nil
}

// statement is what flags and arguments ask, and the open engine of its lake, which the caller closes.
func (a *app) statement(ctx context.Context, f *queryFlags, args []string) (s engine.Statement, e engine.Engine, l *foundLake, err error) {
	sql, limit, err := a.asked(f, args)
	if err != nil {
		return s, nil, nil, err
	}
	if l, err = a.findLake(&f.lakeChoice); err != nil {
		return s, nil, nil, err
	}
	if e, err = l.open(ctx); err != nil {
		return s, nil, nil, err
	}
	if f.rule != "" {
		sql, err = a.ruleStatement(ctx, f, l, e)
	} else {
		sql, err = l.fillTables(ctx, e, sql)
	}
	if err != nil {
		closeEngine(e)
		return s, nil, nil, err
	}
	if limit == 0 {
		limit = budgetBytes(l.settings.Budget, l.settings.Price)
	}
	return engine.Statement{SQL: sql, MaxBytes: limit}, e, l, nil
}

// asked checks the flags that say what is asked: the statement, "" where a rule makes it, and the budget in bytes.
func (a *app) asked(f *queryFlags, args []string) (sql string, limit int64, err error) {
	if limit, err = f.maxBytes(); err != nil {
		return "", 0, err
	}
	if f.rule == "" && (f.from != "" || f.to != "" || f.last != "" || f.allTime) {
		return "", 0, usage("a statement says itself which time it is about", errors.New("--from, --to, --last and --all-time go with --rule"))
	}
	if f.rule == "" {
		sql, err = a.readStatement(f, args)
		return sql, limit, err
	}
	if len(args) > 0 || f.file != "" {
		return "", 0, usage("leave the statement out", errors.New("--rule makes the statement"))
	}
	return "", limit, nil
}

// maxBytes reads --budget.
func (f *queryFlags) maxBytes() (int64, error) {
	if f.budget == "" {
		return 0, nil
	}
	budget, err := config.ParseBudget(f.budget)
	if err != nil || budget.Bytes == 0 {
		return 0, usage("bytes such as 200GB", fmt.Errorf("--budget does not take %q", f.budget))
	}
	return budget.Bytes, nil
}

// budgetBytes is a budget in bytes, 0 for none: money buys them at the price of a TB.
func budgetBytes(b config.Budget, price float64) int64 {
	if b.Dollars > 0 && price > 0 {
		return max(1, int64(min(b.Dollars/price*1e12, 1<<62)))
	}
	return b.Bytes
}

// readStatement takes the statement from where the command line says.
func (a *app) readStatement(f *queryFlags, args []string) (string, error) {
	var text string
	switch {
	case len(args) > 0 && args[0] != "-":
		if f.file != "" {
			return "", usage("one of them is enough", errors.New("the statement is both an argument and in --file"))
		}
		text = args[0]
	case f.file != "" && f.file != "-":
		file, err := os.Open(f.file)
		if err != nil {
			return "", usage("", err)
		}
		defer file.Close()
		if text, err = limited(file); err != nil {
			return "", usage("", fmt.Errorf("%s: %w", f.file, err))
		}
	case len(args) == 0 && f.file == "" && isTerminal(a.stdin):
		return "", usage(`as in: egret query start --lake prod "SELECT 1"`, errors.New("egret query start needs a statement"))
	default:
		var err error
		if text, err = limited(a.stdin); err != nil {
			return "", usage("", fmt.Errorf("stdin: %w", err))
		}
	}
	text = strings.TrimRight(strings.TrimSpace(text), "; \t\r\n") // engines take one statement, without its end
	if text == "" {
		return "", usage(`as in: egret query start --lake prod "SELECT 1"`, errors.New("the statement is empty"))
	}
	return text, nil
}

func limited(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxStatement+1))
	if err == nil && len(text) > maxStatement {
		err = fmt.Errorf("longer than %d MB, no statement", maxStatement>>20)
	}
	return string(text), err
}

// ruleStatement makes the statement of a rule, for the table of the lake that has its log source.
func (a *app) ruleStatement(ctx context.Context, f *queryFlags, l *foundLake, e engine.Engine) (string, error) {
	from, to, err := timeRange(f.from, f.to, f.last, time.Now().Truncate(time.Second))
	if err != nil {
		return "", err
	}
	if from.IsZero() && !f.allTime && e.Info().Remote {
		return "", usage("as in --last 24h; --all-time reads the whole table", errors.New("--rule needs a time range"))
	}
	rules := ruleFlags{rules: []string{f.rule}, config: f.config, stdin: a.stdin, schemas: l.schemas}
	loaded, err := a.loadRules(ctx, &rules)
	if err != nil {
		return "", err
	}
	if err := loaded.diagnostics(false).Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
		return "", err
	}
	table, err := l.tableFor(loaded.set)
	if err != nil {
		return "", err
	}
	live, err := e.Describe(ctx, table.Table)
	if err != nil {
		return "", err
	}
	results := convert.ToSQL(loaded.set, sqlgen.Options{Dialect: dialectOf(e), Profile: lake.Fit(table.Profile, live, e.Info().JSONIsText), Table: live.Name, From: from, To: to})
	if len(results) != 1 {
		return "", usage("convert them one by one, or hunt: egret hunt --lake "+l.name(), fmt.Errorf("%s has %d rules that run here, and a query is made of one", f.rule, len(results)))
	}
	if results[0].Query == "" {
		if err := results[0].Diagnostics.Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
			return "", err
		}
		return "", &failure{code: exitRules, err: fmt.Errorf("%s cannot be said for %s", f.rule, table.Profile.FullName()), help: "egret hunt decides such rules itself"}
	}
	return strings.TrimRight(strings.TrimSpace(results[0].Query), ";"), nil
}

// tableFor is the table that has the log source of a set's rules.
func (l *foundLake) tableFor(set *ruleset.Set) (*lakeTable, error) {
	var fits []*lakeTable
	for i := range l.tables {
		if serves(l.tables[i].Profile.Schema, set) {
			fits = append(fits, &l.tables[i])
		}
	}
	if len(fits) == 1 {
		return fits[0], nil
	}
	if len(fits) == 0 {
		return nil, usage("tables: in egret.yaml names those that a lake has", fmt.Errorf("%s has no table of the rule's log source", l.name()))
	}
	return nil, usage("choose one with --table", fmt.Errorf("the rule's log source has several tables: %s", tableNames(fits)))
}

// serves tells whether a log source has events for any rule of a set.
func serves(s *schema.Schema, set *ruleset.Set) bool {
	for _, rule := range set.Rules {
		source := rule.Rule.LogSource
		if _, ok := s.Gate(source.Product, source.Service, source.Category); ok {
			return true
		}
	}
	return false
}
