package querycli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/query"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// maxStatement limits the length of a statement in bytes; engines accept less.
const maxStatement = 4 << 20

// startQuery starts a query and returns its state.
func (a *commands) startQuery(ctx context.Context, f *flags, args []string) (any, error) {
	statement, e, l, err := a.statement(ctx, f, args)
	if err != nil {
		return nil, err
	}
	defer lakeflags.Close(e)
	return query.Start(ctx, l, e, statement, f.state, a.host.Version(), time.Now())
}

// statement is the SQL from flags and arguments, with the open engine of its lake, which the caller closes.
func (a *commands) statement(ctx context.Context, f *flags, args []string) (s engine.Statement, e engine.Engine, l *setup.Lake, err error) {
	sql, limit, err := a.asked(f, args)
	if err != nil {
		return s, nil, nil, err
	}
	if l, err = f.Find(a.host); err != nil {
		return s, nil, nil, err
	}
	if e, err = lakeflags.Open(ctx, l); err != nil {
		return s, nil, nil, err
	}
	if f.rule != "" {
		sql, err = a.ruleStatement(ctx, f, l, e)
	} else {
		sql, err = query.FillTables(ctx, l, e, sql)
	}
	if err != nil {
		lakeflags.Close(e)
		return s, nil, nil, err
	}
	if limit == 0 {
		limit = l.Settings.Budget.BytesAt(l.Settings.Price)
	}
	return engine.Statement{SQL: sql, MaxBytes: limit}, e, l, nil
}

// asked checks the flags for the statement. It returns the statement, "" if a rule gives it, and the budget in bytes.
func (a *commands) asked(f *flags, args []string) (sql string, limit int64, err error) {
	if limit, err = f.maxBytes(); err != nil {
		return "", 0, err
	}
	if f.rule == "" && (f.from != "" || f.to != "" || f.last != "" || f.allTime) {
		return "", 0, command.Usage("a statement sets its own time range", errors.New("--from, --to, --last and --all-time go with --rule"))
	}
	if f.rule == "" {
		sql, err = a.readStatement(f, args)
		return sql, limit, err
	}
	if len(args) > 0 || f.file != "" {
		return "", 0, command.Usage("leave the statement out", errors.New("--rule already gives the statement"))
	}
	return "", limit, nil
}

// maxBytes parses --budget.
func (f *flags) maxBytes() (int64, error) {
	if f.budget == "" {
		return 0, nil
	}
	budget, err := config.ParseBudget(f.budget)
	if err != nil || budget.Bytes == 0 {
		return 0, command.Usage("bytes such as 200GB", fmt.Errorf("--budget does not take %q", f.budget))
	}
	return budget.Bytes, nil
}

// readStatement reads the statement from the argument, --file or stdin.
func (a *commands) readStatement(f *flags, args []string) (string, error) {
	var text string
	switch {
	case len(args) > 0 && args[0] != "-":
		if f.file != "" {
			return "", command.Usage("use only one of them", errors.New("the statement is both an argument and in --file"))
		}
		text = args[0]
	case f.file != "" && f.file != "-":
		file, err := os.Open(f.file)
		if err != nil {
			return "", command.Usage("", err)
		}
		defer file.Close()
		if text, err = limited(file); err != nil {
			return "", command.Usage("", fmt.Errorf("%s: %w", f.file, err))
		}
	case len(args) == 0 && f.file == "" && term.IsTerminal(a.stdin):
		return "", command.Usage(`as in: egret query start --lake prod "SELECT 1"`, errors.New("egret query start needs a statement"))
	default:
		var err error
		if text, err = limited(a.stdin); err != nil {
			return "", command.Usage("", fmt.Errorf("stdin: %w", err))
		}
	}
	text = strings.TrimRight(strings.TrimSpace(text), "; \t\r\n") // engines take one statement, without a terminator
	if text == "" {
		return "", command.Usage(`as in: egret query start --lake prod "SELECT 1"`, errors.New("the statement is empty"))
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

// ruleStatement converts a rule to a statement for the lake's table of its log source.
func (a *commands) ruleStatement(ctx context.Context, f *flags, l *setup.Lake, e engine.Engine) (string, error) {
	from, to, err := setup.TimeRange(f.from, f.to, f.last, time.Now().Truncate(time.Second))
	if err != nil {
		return "", err
	}
	if from.IsZero() && !f.allTime && e.Info().Remote {
		return "", command.Usage("as in --last 24h; --all-time reads the whole table", errors.New("--rule needs a time range"))
	}
	loaded, err := a.host.LoadRules(ctx, f.rule, f.Config, l.Schemas)
	if err != nil {
		return "", err
	}
	sql, list, err := query.RuleStatement(ctx, l, e, loaded.Set, f.rule, from, to)
	if err := a.host.Diagnose(list); err != nil {
		return "", err
	}
	return sql, err
}
