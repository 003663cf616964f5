package coveragecli

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/coverage"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/sigma"
)

// reader reads what covers techniques.
type reader struct {
	flags *flags
	host  Host
	stdin io.Reader
	// paths are those of the files that were read.
	paths []string
}

// marks returns the rules or signatures of paths that count by the flags. It prints the diagnostics of documents that cannot be
// read, and goes on with the others.
func (r *reader) marks(ctx context.Context, paths []string) ([]*coverage.Mark, error) {
	pattern := r.flags.pattern
	if pattern == "" && r.flags.suricata {
		pattern = "*.rules"
	}
	files, err := setup.FindRules(paths, pattern, r.stdin, "egret coverage rules/")
	if err != nil {
		return nil, err
	}
	var marks []*coverage.Mark
	var faults diag.List
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := file.Read()
		if err != nil {
			return nil, &setup.Error{Kind: setup.Input, Err: err}
		}
		r.paths = append(r.paths, file.Name)
		if r.flags.suricata {
			list, err := coverage.FromSuricata(file.Name, text)
			if err != nil {
				return nil, &setup.Error{Kind: setup.Input, Err: err}
			}
			marks = append(marks, list...)
			continue
		}
		list, found := coverage.FromRules(file.Name, text)
		marks = append(marks, list...)
		for _, d := range found {
			if d.Severity == diag.Error { // egret check reports the others
				faults = append(faults, d)
			}
		}
	}
	return slices.DeleteFunc(marks, func(m *coverage.Mark) bool { return !r.flags.counts(m) }), r.host.Diagnose(faults)
}

// counts reports whether a mark has the lowest level and status of the flags. As in sigma-cli, a rule without a level or status
// counts as if it had the lowest one.
func (f *flags) counts(m *coverage.Mark) bool {
	reaches := func(words []string, value, least string) bool {
		return least == "" || value == "" || slices.Index(words, strings.ToLower(value)) >= slices.Index(words, least)
	}
	return reaches(sigma.Levels, m.Level, f.minLevel) && reaches(statuses, m.Status, f.minStatus)
}

// findings returns the rules that have findings in a file of a hunt, "-" for stdin.
func (r *reader) findings(path string) ([]*coverage.Mark, error) {
	in := r.stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, &setup.Error{Kind: setup.Input, Err: err}
		}
		defer file.Close()
		in = file
	}
	marks, err := coverage.FromFindings(path, in)
	if err != nil {
		return nil, &setup.Error{Kind: setup.Input, Err: err, Help: "it takes what egret hunt --format jsonl writes"}
	}
	return marks, nil
}
