// Package pipelines has the parts of the command line that are about processing pipelines: the flags that choose them, and the
// lists of pipelines, transformations and conditions.
package pipelines

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/pipeline/external"
	"github.com/egret-hunt/egret/internal/setup"
)

// Flags choose processing pipelines. Register adds them to a command.
type Flags struct {
	// Own is the embedded pipeline of the target, "" for none. It runs first, unless one of the named pipelines is for that target
	// alone, or there shall be none.
	Own            string
	names          []string
	noCheck, check bool
	without        bool
	external       bool
}

// Register adds the flags to a command. own returns the names of the user's pipelines, for completion.
func (f *Flags) Register(cmd *cobra.Command, own func() []string) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.names, "pipeline", "p", nil, "processing pipeline: a `NAME` (egret list pipelines), a file or a folder of them; repeatable")
	flags.BoolVar(&f.without, "without-pipeline", false, "convert without a pipeline; for targets that usually need one")
	flags.BoolVar(&f.noCheck, "disable-pipeline-check", false, "also use pipelines that are for other targets")
	flags.BoolVar(&f.check, "pipeline-check", false, "refuse pipelines that are for other targets; this is the default")
	flags.BoolVar(&f.external, "allow-external", false, "let pipelines read lists from URLs and run commands; only for pipelines that you trust")
	err := cmd.RegisterFlagCompletionFunc("pipeline", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return append(pipeline.Names(), own()...), cobra.ShellCompDirectiveDefault // a file is fine too
	})
	if err != nil {
		panic("egret bug: " + err.Error())
	}
}

// A Host is the command line that the commands belong to.
type Host interface {
	// Diagnose prints diagnostics to stderr.
	Diagnose(list diag.List) error
	// List prints the rows of a list in a format, text or json.
	List(format string, rows []Row) error
	// OwnPipelines returns the pipelines of the configuration and of plug-ins: their names with the paths of their files.
	OwnPipelines() (map[string]string, error)
}

// A Row is one line of a list.
type Row struct {
	ID    string
	Title string
	// JSON is the entry in JSON.
	JSON any
}

// Chain loads the pipelines that the flags name for a target, "" for none in particular. vars are the variables that the target
// adds. The chain is nil if there are no pipelines.
func (f *Flags) Chain(host Host, target string, vars map[string]any) (*pipeline.Chain, error) {
	if f.without && len(f.names) > 0 {
		return nil, setup.UsageError("leave one of them out", errors.New("--pipeline and --without-pipeline exclude one another"))
	}
	if f.without {
		return nil, nil
	}
	o := setup.PipelineOptions{Names: f.names, Target: target, AnyTarget: f.noCheck && !f.check, Own: f.Own, Vars: vars}
	if f.external {
		o.External = external.Source{}
	}
	chain, list, err := setup.Chain(o)
	if len(list) > 0 {
		if err := host.Diagnose(list); err != nil {
			return nil, err
		}
	}
	return chain, err
}
