package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/setup"
)

// checkOutput returns the folder that -o names, "" for a file or stdout, and checks that a file can be written.
func (f *convertFlags) checkOutput() (string, error) {
	if strings.HasPrefix(extensions[strings.ToLower(filepath.Ext(f.output))], "json") {
		f.json = true // as the name suggests
	}
	info, err := os.Stat(f.output)
	isFolder := f.output != "" && (strings.HasSuffix(f.output, "/") || strings.HasSuffix(f.output, string(os.PathSeparator)) || err == nil && info.IsDir())
	if !isFolder {
		if err := command.TryOutput(f.output); err != nil {
			return "", err
		}
		return "", nil
	}
	if f.json {
		return "", command.Usage("the folder gets a manifest.json", errors.New("--json does not go with a folder"))
	}
	return f.output, nil
}

// guard keeps an output from replacing rules and schemas.
func (f *convertFlags) guard(l *setup.RuleSet, output string) error {
	g, err := outfile.NewGuard([2]string{"-o", output})
	if err != nil {
		return err
	}
	if f.schemaFolder != "" {
		if err := g.Inputs(f.schemaFolder); err != nil {
			return err
		}
	}
	return guardRules(g, l)
}

// writeOutcome writes the queries. A file or folder appears completely or not at all.
func (a *app) writeOutcome(ctx context.Context, f *convertFlags, p *convertPlan, l *setup.RuleSet, outcome *convert.Outcome, processed *pipeline.Results) error {
	if p.folder != "" {
		return a.writeFolder(ctx, f, p, l, outcome)
	}
	none := !slices.ContainsFunc(outcome.Results, func(r convert.Result) bool { return r.Query != "" })
	if none && !f.json {
		return nil // an empty file would replace one that may still be useful
	}
	out, err := command.OpenOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	switch {
	case f.json:
		err = convert.WriteEntries(out, outcome.Results)
	case p.chain.Finalizes():
		err = a.writeFinal(out, p, outcome, processed)
	default:
		err = convert.WriteQueries(out, p.format, outcome.Results)
	}
	if err != nil {
		return errors.Join(err, out.Abandon())
	}
	return out.Close()
}

// writeFinal writes what the finalizers of the pipelines make of the queries.
func (a *app) writeFinal(w io.Writer, p *convertPlan, outcome *convert.Outcome, processed *pipeline.Results) error {
	text, list := convert.Final(p.chain, outcome.Results, processed)
	if len(list) > 0 {
		if err := a.Diagnose(list); err != nil {
			return err
		}
		if list.HasErrors() {
			return errors.New("a finalizer of the pipelines failed")
		}
	}
	_, err := io.WriteString(w, text)
	return err
}
