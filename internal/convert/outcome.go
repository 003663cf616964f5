package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/sigma"
)

// Outcome is what became of a whole set: one result for each rule that is converted or could not be, and a count of the
// rest.
type Outcome struct {
	// Results are in the order of the files, and of the documents in them.
	Results []Result
	// LeftOut counts the rules that the user's own choices leave out, and those whose id another rule had first.
	LeftOut map[ruleset.Reason]int
}

// leftOut are the reasons that come from the user's choices, or of which another line tells.
var leftOut = []ruleset.Reason{
	ruleset.BaseOnly, ruleset.BelowLevel, ruleset.Disabled, ruleset.DuplicateID, ruleset.Excluded, ruleset.NotIncluded,
	ruleset.StatusDeprecated, ruleset.StatusUnsupported,
}

// All converts a set that was loaded with the diagnostics of list. What ToSQL, or ToPackedSQL if pack is set, converts or
// refuses, what the set skipped and the files that hold no rule for their errors each have a result.
func All(set *ruleset.Set, list diag.List, opt sqlgen.Options, pack bool) *Outcome {
	toSQL := ToSQL
	if pack {
		toSQL = ToPackedSQL
	}
	o := &Outcome{Results: toSQL(set, opt), LeftOut: map[ruleset.Reason]int{}}
	told := make([]bool, len(list)) // errors that a rule's result tells
	for _, skipped := range set.Skipped {
		if slices.Contains(leftOut, skipped.Reason) {
			o.LeftOut[skipped.Reason]++
			continue
		}
		o.Results = append(o.Results, refusedRule(skipped, list, told, opt))
	}
	byFile := map[string]int{}
	for i, d := range list {
		if told[i] || d.Severity != diag.Error {
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
			o.Results = append(o.Results, Result{Info: ruleset.Info{Path: path}, NotLoaded: true})
		}
		o.Results[at].Diagnostics.Add(d)
	}
	sortResults(o.Results)
	return o
}

func document(meta *sigma.Meta) int {
	if meta == nil {
		return -1
	}
	return meta.Document
}

// refusedRule is the result of a rule that the set skipped, with the errors of its document if it has any.
func refusedRule(skipped ruleset.Skipped, list diag.List, told []bool, opt sqlgen.Options) Result {
	r := Result{Info: ruleset.Info{ID: skipped.ID, Title: skipped.Title, Path: skipped.Path, Meta: skipped.Meta}}
	if skipped.Reason == ruleset.Invalid {
		r.NotLoaded = true
		for i, d := range list {
			if d.Severity == diag.Error && d.Span.File == skipped.Meta.Span.File &&
				skipped.Meta.Span.Start <= d.Span.Start && d.Span.Start <= skipped.Meta.Span.End {
				told[i] = true
				r.Diagnostics.Add(d)
			}
		}
		if r.Diagnostics != nil {
			return r
		}
	}
	r.Diagnostics.Add(skippedFault(skipped, opt))
	return r
}

// Reason is the code of what refused the rule, "" if it was converted.
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

// Fault says in one line, with its place, what refused the rule; "" if it was converted.
func (r *Result) Fault() string {
	if r.Query != "" {
		return ""
	}
	var faults []string
	for _, d := range r.Diagnostics {
		if d.Severity != diag.Error {
			continue
		}
		place := ""
		if d.Span.File != nil {
			position := d.Span.File.Position(d.Span.Start)
			place = fmt.Sprintf("%s:%d:%d: ", d.Span.File.Name, position.Line, position.Column)
		}
		faults = append(faults, fmt.Sprintf("%s%s [%s]", place, d.Message, d.Code))
	}
	return strings.Join(faults, "; ")
}
