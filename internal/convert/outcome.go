package convert

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// An Outcome is the result of converting a whole set: one result for each rule that was converted or refused, and a count of
// the others.
type Outcome struct {
	// Results are in the order of the files, and of the documents in them.
	Results []Result
	// LeftOut counts the rules that the user's options or their status exclude, and duplicates, by reason.
	LeftOut map[ruleset.Reason]int
}

// All converts a set that was loaded with the diagnostics of list. It returns the results of ToSQL, or ToPackedSQL if pack is
// set, a result for each rule that the set skipped because of a fault, and a result for each file with errors that belong
// to none of these rules.
//
// processed is what pipelines made of the rules, nil without pipelines. They do not change packed statements.
func All(set *ruleset.Set, list diag.List, opt sqlgen.Options, pack bool, processed *pipeline.Results) *Outcome {
	to := toSQL
	if pack {
		to = toPackedSQL
	}
	return Complete(set, list, to(set, opt, processed), opt)
}

// Complete adds to the results of rules those of the rules that the set skipped, as All does. The layout of opt stands in
// messages.
func Complete(set *ruleset.Set, list diag.List, results []Result, opt sqlgen.Options) *Outcome {
	o := &Outcome{Results: results, LeftOut: map[ruleset.Reason]int{}}
	reported := make([]bool, len(list)) // errors that are part of a rule's result
	for _, skipped := range set.Skipped {
		if skipped.Reason.Cause() != ruleset.ByFault {
			o.LeftOut[skipped.Reason]++
			continue
		}
		o.Results = append(o.Results, refusedRule(skipped, list, reported, opt))
	}
	byFile := map[string]int{}
	for i, d := range list {
		if reported[i] || d.Severity != diag.Error {
			continue
		}
		path := ""
		if d.Span.File != nil {
			path = d.Span.File.Name
		}
		at, ok := byFile[path]
		if !ok {
			at = len(o.Results)
			byFile[path] = at
			o.Results = append(o.Results, Result{Info: ruleset.Info{Path: path, Origin: ruleset.Origin{Document: -1}}, Reference: notInSet})
		}
		o.Results[at].NotLoaded = o.Results[at].NotLoaded || !strings.HasPrefix(d.Code, "pipeline-")
		o.Results[at].Diagnostics.Add(d)
	}
	sortResults(o.Results)
	return o
}

// notInSet is the reference of a rule that is not in the set.
var notInSet = ir.Reference{Index: -1}

// refusedRule returns the result of a rule that the set skipped, with the errors of its document if it has any.
func refusedRule(skipped ruleset.Skipped, list diag.List, reported []bool, opt sqlgen.Options) Result {
	r := Result{Info: skipped.Info, Reference: notInSet}
	if skipped.Reason == ruleset.Invalid {
		for i, d := range list {
			if d.Severity == diag.Error && d.Span.File == skipped.Origin.Span.File &&
				skipped.Origin.Span.Start <= d.Span.Start && d.Span.Start <= skipped.Origin.Span.End {
				reported[i] = true
				r.Diagnostics.Add(d)
				r.NotLoaded = r.NotLoaded || !strings.HasPrefix(d.Code, "pipeline-") // a pipeline refuses what other pipelines may take
			}
		}
		if r.Diagnostics != nil {
			return r
		}
		r.NotLoaded = true
	}
	r.Diagnostics.Add(skippedFault(skipped, opt))
	return r
}

// Reason returns the code of the first error, or "" if the rule was converted.
func (r *Result) Reason() string {
	if r.Query != "" {
		return ""
	}
	for _, d := range r.Diagnostics {
		if d.Severity == diag.Error {
			return d.Code
		}
	}
	return "refused"
}

// Fault returns the errors of the rule in one line, with their positions, or "" if the rule was converted.
func (r *Result) Fault() string {
	if r.Query != "" {
		return ""
	}
	var faults []string
	for _, d := range r.Diagnostics {
		if d.Severity != diag.Error {
			continue
		}
		position := ""
		if d.Span.File != nil {
			at := d.Span.File.Position(d.Span.Start)
			position = fmt.Sprintf("%s:%d:%d: ", d.Span.File.Name, at.Line, at.Column)
		}
		faults = append(faults, fmt.Sprintf("%s%s [%s]", position, d.Message, d.Code))
	}
	return strings.Join(faults, "; ")
}

// Credits returns the author and the licence of a rule, each as a line, none for what the rule does not say. Files of queries keep
// them in comments: licences of rules, such as the Detection Rule License of SigmaHQ, ask for it.
func Credits(info *ruleset.Info) []string {
	var lines []string
	for _, part := range [][2]string{{"Author: ", info.Author}, {"License: ", info.License}} {
		if part[1] != "" {
			lines = append(lines, part[0]+part[1])
		}
	}
	return lines
}
