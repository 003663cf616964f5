package cli

import (
	"os"
	"slices"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/setup"
)

// evidenceOf returns the local files and folders that a hunt reads.
func evidenceOf(f *huntFlags, paths []string) []string {
	list := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == "-" || event.IsRemote(path) })
	if f.lake.choice.Engine != "" {
		list = append(list, f.lake.choice.Tables...)
		for _, given := range f.lake.choice.EngineFlags {
			if given.File && *given.Value != "" {
				list = append(list, *given.Value)
			}
		}
	}
	return list
}

// guardHunt protects a hunt's inputs on the command line from its outputs. Files in folders are checked when they are
// found.
func (a *app) guardHunt(f *huntFlags, paths []string) (*outfile.Guard, error) {
	g, err := outfile.NewGuard([2]string{"-o", f.output}, [2]string{"--ledger", f.ledger})
	if err != nil {
		return nil, err
	}
	if f.output == "" || f.output == "-" || f.ledger == "-" {
		g.Stream(a.stdout)
	}
	if file, ok := a.stdin.(*os.File); ok && slices.Contains(paths, "-") {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			if err := g.File("stdin", info); err != nil {
				return nil, err
			}
		}
	}
	named := evidenceOf(f, paths)
	if f.lake.choice.SchemaFolder != "" {
		named = append(named, f.lake.choice.SchemaFolder)
	}
	return g, g.Inputs(named...)
}

// guardRules checks the files of rules and settings.
func guardRules(g *outfile.Guard, l *setup.RuleSet) error {
	return g.Files(append([]string{l.Config.Path}, l.Set.Paths...)...)
}
