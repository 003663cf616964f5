package explain

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/term"
)

// PipelineStage is the stage that needs pipelines.
const PipelineStage = "pipeline"

// pipeline prints what each step of the pipelines does to a rule.
func (e *Explainer) pipeline(info *ruleset.Info) {
	if e.opt.Chain == nil || e.opt.Stage != PipelineStage || info.Tree == nil {
		return
	}
	e.heading(PipelineStage, info.Path)
	e.block(info.Tree.String())
	steps, list := e.opt.Chain.Explain(info.Tree, e.document)
	state := ""
	for i := range steps {
		s := &steps[i]
		e.step(i+1, s)
		if s.State != state {
			state = s.State
			e.printf("      %s\n", e.paint(term.Dim, "state "+diag.Safe(state)))
		}
	}
	for _, d := range list {
		e.printf("  %s\n", diag.Safe(d.Severity.String()+": "+d.Message))
	}
}

// step prints one step: whether it ran, its conditions, and the rule if it changed.
func (e *Explainer) step(number int, s *pipeline.Trace) {
	done := "runs, without a change"
	switch {
	case !s.Applied:
		done = "is skipped"
	case s.After != "":
		done = "changes the rule"
	}
	name := s.Kind
	if s.ID != "" {
		name += " " + s.ID
	}
	place := ""
	if s.Span.File != nil {
		at := s.Span.File.Position(s.Span.Start)
		place = fmt.Sprintf(" (%s:%d)", s.Span.File.Name, at.Line)
	}
	indent := strings.Repeat("  ", s.Depth)
	e.printf("  %s%d %s %s%s\n", indent, number, e.paint(term.Bold, diag.Safe(name)), done, e.paint(term.Dim, diag.Safe(place)))
	for i, condition := range s.Conditions {
		word := "does not hold"
		if s.Held[i] {
			word = "holds"
		}
		e.printf("      %s%s: %s\n", indent, diag.Safe(condition), word)
	}
	if s.Joined != "" {
		e.printf("      %sneeded: %s\n", indent, diag.Safe(s.Joined))
	}
	for line := range strings.Lines(s.After) {
		e.printf("      %s%s\n", indent, diag.Safe(strings.TrimRight(line, "\n")))
	}
}

// document returns the tree of a rule or correlation of the set by id or name, nil if there is none.
func (e *Explainer) document(reference string) any {
	for _, rule := range e.set.Rules {
		if rule.IsNamed(reference) {
			return rule.Tree
		}
	}
	for _, correlation := range e.set.Correlations {
		if correlation.IsNamed(reference) {
			return correlation.Tree
		}
	}
	return nil
}
