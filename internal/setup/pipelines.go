package setup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/source"
)

// A Text is a file in memory: a rule or a pipeline that does not come from a disk.
type Text struct{ Name, Text string }

// PipelineOptions choose processing pipelines.
type PipelineOptions struct {
	// Names are embedded pipelines, and files and folders of them unless Embedded is set. Texts are pipelines in memory, which can
	// read no files.
	Names []string
	Texts []Text
	// Embedded refuses names that are not those of embedded pipelines.
	Embedded bool
	// Target is the target of the rules, "" for none in particular. AnyTarget takes pipelines that are for other targets too.
	Target    string
	AnyTarget bool
	// Own is the embedded pipeline of the target, "" for none. It runs first, unless one of the others is for that target alone.
	Own string
	// External gets lists from outside, nil if pipelines must not.
	External pipeline.External
	// Vars are variables that the target adds, see pipeline.TargetVars.
	Vars map[string]any
}

// Chain loads the pipelines of options. It is nil if there are none. The list has the diagnostics of files and texts; with errors
// among them there is an error too.
func Chain(o PipelineOptions) (*pipeline.Chain, diag.List, error) {
	own := pipeline.Embedded(o.Own)
	if len(o.Names)+len(o.Texts) == 0 && own == nil {
		return nil, nil, nil
	}
	target := o.Target
	if o.AnyTarget {
		target = ""
	}
	if o.Embedded {
		for _, name := range o.Names {
			if pipeline.Embedded(name) == nil {
				return nil, nil, pipelineError(&pipeline.NotFoundError{Name: name})
			}
		}
	}
	pipelines, list, err := pipeline.Find(o.Names, target, o.External)
	if err != nil {
		return nil, nil, pipelineError(err)
	}
	for _, text := range o.Texts {
		p, faults := pipeline.Load(source.NewFile(text.Name, text.Text), pipeline.Options{External: o.External})
		list.Add(faults...)
		if p == nil {
			continue
		}
		if target != "" && !p.Allows(target) {
			return nil, list, pipelineError(&pipeline.NotAllowedError{Name: p.ID, Target: target, Backends: p.Backends})
		}
		pipelines = append(pipelines, p)
	}
	if list.HasErrors() {
		names := slices.Clone(o.Names)
		for _, text := range o.Texts {
			names = append(names, text.Name)
		}
		return nil, list, UsageError("", fmt.Errorf("the pipelines have faults: %s", strings.Join(names, ", ")))
	}
	if len(o.Texts) > 0 {
		pipeline.SortPipelines(pipelines)
	}
	replaces := func(p *pipeline.Pipeline) bool { return slices.Equal(p.Backends, []string{o.Target}) }
	if own != nil && !slices.ContainsFunc(pipelines, replaces) {
		pipelines = append([]*pipeline.Pipeline{own}, pipelines...)
	}
	return pipeline.NewChain(o.Vars, pipelines...), list, nil
}

// pipelineError adds advice to an error about a pipeline.
func pipelineError(err error) error {
	help := "egret list pipelines names the embedded ones"
	var missing *pipeline.NotFoundError
	var other *pipeline.NotAllowedError
	switch {
	case errors.As(err, &missing):
		if near := diag.Near(missing.Name, pipeline.Names()); near != "" {
			help = "the nearest is " + near
		}
	case errors.As(err, &other):
		help = "use it anyway with --disable-pipeline-check"
	}
	return UsageError(help, fmt.Errorf("--pipeline: %w", err))
}
