package testcli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/datadir"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/noise"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// backtest runs rules on real logs, keeps what was measured, and prints it.
func (f *flags) backtest(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, set *ruleset.Set, schemas []*schema.Schema, host Host) error {
	progress, stop := f.progress(host)
	b, err := ruletest.RunBacktest(ctx, set, ruletest.BacktestOptions{Paths: f.logs, Stdin: stdin, Schemas: schemas, Progress: progress})
	stop()
	if err == nil && ctx.Err() == nil && b.Ledger.Records.Evaluated == 0 {
		err = &setup.Error{Kind: setup.Input, Err: errors.New("--backtest: no events of a known log source were read")}
	}
	return f.report(ctx, b, err, stdout, stderr)
}

// inLake does the same in the tables of a lake.
func (f *flags) inLake(ctx context.Context, cmd *cobra.Command, names []string, config *setup.Config, schemas []*schema.Schema, host Host) error {
	progress, stop := f.progress(host)
	b, err := f.tables.run(ctx, names, config, schemas, f.ruleOptions(), host, progress)
	stop()
	return f.report(ctx, b, err, cmd.OutOrStdout(), cmd.ErrOrStderr())
}

// progress returns what shows the progress of a hunt, and a function that removes it from the terminal.
func (f *flags) progress(host Host) (show func(now func() hunt.Progress), stop func()) {
	bar := host.Bar()
	if f.quiet {
		bar = &term.Progress{}
	}
	return func(now func() hunt.Progress) {
		bar.Stop()
		bar.Start(true, func() term.State {
			p := now()
			return term.State{Text: "Reading", Done: p.Done, Total: p.Total}
		})
	}, bar.Stop
}

// report keeps and prints what was measured, or returns the error that a hunt ended with.
func (f *flags) report(ctx context.Context, b *ruletest.Backtest, err error, stdout, stderr io.Writer) error {
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return &setup.Error{Kind: setup.Input, Err: errors.New("stopped by a signal; nothing was kept")}
	}
	kept, err := f.keep(b)
	if err != nil {
		return err
	}
	err = setup.WriteOutput(ctx, f.output, stdout, func(w io.Writer) error {
		if f.format == "json" {
			return writeBacktestJSON(w, b)
		}
		return f.writeBacktest(w, b)
	})
	if err != nil {
		return err
	}
	if kept != "" && !f.quiet {
		fmt.Fprintf(stderr, "Kept in %s; egret rules list --noise shows it.\n", diag.Safe(kept))
	}
	if b.Failed {
		return &setup.Error{Kind: setup.Input, Err: errors.New("some logs could not be read, so that rules may be noisier than this"), Help: "egret hunt names them"}
	}
	return nil
}

// keep adds what was measured to the file of noise and returns its path, "" if there is no place for it.
func (f *flags) keep(b *ruletest.Backtest) (string, error) {
	dir, err := datadir.Dir()
	if err != nil || f.dryRun || b.Failed {
		return "", nil //nolint:nilerr // without a home directory nothing is kept
	}
	scores := map[string]noise.Score{}
	for _, n := range b.Rules {
		scores[strings.ToLower(n.Info.ID)] = noise.Score{Findings: n.Findings, Days: b.Days, Measured: time.Now().UTC().Truncate(time.Second)}
	}
	return filepath.Join(dir, noise.FileName), noise.Add(dir, scores)
}

// writeBacktest writes a row for each rule.
func (f *flags) writeBacktest(w io.Writer, b *ruletest.Backtest) error {
	rows := [][]string{{"A day", "Findings", "Busiest day", "Level", "Rule"}}
	silent := 0
	for _, n := range b.Rules {
		if n.Findings == 0 {
			silent++
			continue
		}
		busiest := ""
		if n.On != "" {
			busiest = fmt.Sprintf("%s on %s", term.Count(n.Busiest), n.On)
		}
		rows = append(rows, []string{perDay(n.PerDay), term.Count(n.Findings), busiest, n.Info.Level, diag.Safe(n.Info.Title)})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], term.Width(cell))
		}
	}
	var out strings.Builder
	if len(rows) > 1 {
		for _, row := range rows {
			for i, cell := range row {
				switch {
				case i < 2: // numbers end in one column
					out.WriteString(strings.Repeat(" ", widths[i]-term.Width(cell)) + cell + "  ")
				case i < len(row)-1:
					out.WriteString(term.Pad(cell, widths[i]+2))
				default:
					out.WriteString(cell + "\n")
				}
			}
		}
	}
	fmt.Fprintf(&out, "%s in %s of logs (%s): %d with findings, %d silent", term.Plural(len(b.Rules), "rule"), days(b.Days),
		term.Plural(b.Ledger.Records.Evaluated, "event"), len(b.Rules)-silent, silent)
	if n := b.CannotRun; n > 0 {
		fmt.Fprintf(&out, "; %s cannot run on the tables", term.Plural(n, "rule"))
	}
	if n := len(b.Unmeasured) - b.CannotRun; n > 0 {
		fmt.Fprintf(&out, "; %s for logs that were not read", term.Plural(n, "rule"))
	}
	out.WriteString("\n")
	_, err := io.WriteString(w, out.String())
	return err
}

// perDay prints a number of findings a day: with two digits if it is small.
func perDay(n float64) string {
	if n >= 100 {
		return term.Count(int64(n + 0.5))
	}
	return strconv.FormatFloat(n, 'f', 2, 64)
}

func days(n float64) string {
	if n == 1 {
		return "1 day or less"
	}
	return strconv.FormatFloat(n, 'f', 1, 64) + " days"
}

func writeBacktestJSON(w io.Writer, b *ruletest.Backtest) error {
	type row struct {
		ID       string  `json:"id"`
		Title    string  `json:"title"`
		Level    string  `json:"level"`
		Path     string  `json:"path"`
		Findings int64   `json:"findings"`
		PerDay   float64 `json:"noise_per_day"`
		Busiest  int64   `json:"busiest_day_findings"`
		On       string  `json:"busiest_day"`
	}
	out := struct {
		Days       float64  `json:"days"`
		Events     int64    `json:"events"`
		Rules      []row    `json:"rules"`
		Unmeasured []string `json:"unmeasured"`
	}{b.Days, b.Ledger.Records.Evaluated, []row{}, []string{}}
	for _, n := range b.Rules {
		path, _ := place(n.Info.Origin.Place())
		out.Rules = append(out.Rules, row{n.Info.ID, n.Info.Title, n.Info.Level, path, n.Findings, n.PerDay, n.Busiest, n.On})
	}
	for _, info := range b.Unmeasured {
		out.Unmeasured = append(out.Unmeasured, info.ID)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
