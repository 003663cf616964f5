package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// tellOutcome prints the messages of a conversion: warnings about rules, reasons for rejected rules, fields that the
// table does not have, and assumptions.
func (a *app) tellOutcome(f *convertFlags, l *setup.RuleSet, outcome *convert.Outcome) error {
	list := slices.DeleteFunc(printed(l, f.quiet), func(d diag.Diagnostic) bool { return d.Severity == diag.Error })
	var refused, unserved diag.List
	for i := range outcome.Results {
		r := &outcome.Results[i]
		for _, d := range r.Diagnostics {
			if d.Severity == diag.Error && f.skip && !r.NotLoaded {
				d.Severity = diag.Warning
			}
			switch {
			case f.quiet && d.Severity != diag.Error || d.Severity == diag.Note:
			case d.Code == string(ruleset.UnknownLogSource):
				unserved.Add(d)
			default:
				refused.Add(d)
			}
		}
	}
	list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Code == "unknown-field" && toldUnmapped(d, outcome) })
	// Fields that the table does not have come last: for a large folder they may be the longest part.
	list = slices.Concat(refused, list, unserved)
	if err := a.Diagnose(list); err != nil {
		return err
	}
	if f.quiet {
		return nil
	}
	warn := func(format string, args ...any) {
		fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr(term.Warning, "warning"), diag.Safe(fmt.Sprintf(format, args...)))
	}
	options := f.ruleFlags.options()
	for _, hint := range l.Unmatched(&options) {
		warn("%s", hint)
	}
	if text := outcome.Unmapped(); text != "" {
		warn("%s", text)
	}
	a.tellSchema(f, l)
	return nil
}

// toldUnmapped reports whether an unknown field is also reported as one without a column in the table.
func toldUnmapped(d diag.Diagnostic, outcome *convert.Outcome) bool {
	return slices.ContainsFunc(outcome.Results, func(r convert.Result) bool {
		return slices.ContainsFunc(r.Unmapped, func(name string) bool { return strings.Contains(d.Message, fmt.Sprintf("%q", name)) })
	})
}

// tellSchema says what was taken for granted where no schema was named, and which layouts there are for the rules.
func (a *app) tellSchema(f *convertFlags, l *setup.RuleSet) {
	if f.layout != "" || f.lake != "" || f.types != "" {
		return
	}
	served := map[string]int{}
	for _, rule := range l.Set.Rules {
		for _, s := range f.known {
			if s.Serves(rule.LogSource) && len(s.Layouts()) > 0 {
				served[s.Layouts()[0].FullName()]++
			}
		}
	}
	fmt.Fprintf(a.stderr, "%s: no --layout, so fields are taken for columns of the same names (generic)\n", a.paintErr(term.Note, "note"))
	names := slices.SortedFunc(maps.Keys(served), func(x, y string) int { return cmp.Or(-cmp.Compare(served[x], served[y]), cmp.Compare(x, y)) })
	if len(names) > 0 {
		fmt.Fprintf(a.stderr, "  %s for %d of %s there is --layout %s; egret list layouts names all\n", a.paintErr(term.Help, "help:"),
			served[names[0]], term.Plural(len(l.Set.Rules), "rule"), names[0])
	}
}
