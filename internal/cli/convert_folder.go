package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// writeFolder writes one file for each rule and the manifest. It writes all files under temporary names first and
// renames them once everything is on disk, the manifest last.
func (a *app) writeFolder(ctx context.Context, f *convertFlags, p *convertPlan, l *setup.RuleSet, outcome *convert.Outcome) error {
	if err := os.MkdirAll(p.folder, 0o755); err != nil {
		return err
	}
	old := convert.OldFiles(p.folder)
	var names []string // of the files of this run
	var outputs []*command.Output
	write := func(name, text string) error {
		path := filepath.Join(p.folder, name)
		names = append(names, name)
		if err := f.guard(l, path); err != nil { // it may be a link to a rule
			return err
		}
		out, err := command.OpenOutput(ctx, path, nil)
		if err != nil {
			return err
		}
		outputs = append(outputs, out)
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
		return out.Settle()
	}
	err := outcome.EachFile(p.format, &p.sql, version(), write)
	for _, out := range outputs {
		if err == nil {
			err = out.Close()
		} else {
			err = errors.Join(err, out.Abandon())
		}
	}
	if err != nil {
		return err
	}
	if gone := slices.DeleteFunc(old, func(name string) bool { return slices.Contains(names, name) }); len(gone) > 0 && !f.quiet {
		more := ""
		if n := len(gone) - maxStale; n > 1 {
			gone, more = gone[:maxStale], fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(a.stderr, "%s: still present from an earlier run: %s%s\n", a.paintErr(term.Warning, "warning"),
			diag.Safe(filepath.Join(p.folder, strings.Join(gone, ", "))), more)
	}
	return nil
}

// maxStale limits how many files of an earlier run are listed.
const maxStale = 5
