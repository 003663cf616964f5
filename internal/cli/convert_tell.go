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
)

// tellOutcome prints what people should know of a conversion: warnings of the rules, why rules were refused, fields that
// the table does not have, and what was taken for granted.
func (a *app) tellOutcome(f *convertFlags, l *loaded, outcome *convert.Outcome) error {
	list := slices.DeleteFunc(l.diagnostics(f.quiet), func(d diag.Diagnostic) bool { return d.Severity == diag.Error })
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
	// What the table was not made for comes last: of a large folder it may be most.
	list = slices.Concat(refused, list, unserved)
	if err := list.Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
		return err
	}
	if f.quiet {
		return nil
	}
	warn := func(format string, args ...any) {
		fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr("1;33", "warning"), diag.Safe(fmt.Sprintf(format, args...)))
	}
	for _, hint := range l.unmatched(&f.ruleFlags) {
		warn("%s", hint)
	}
	if text := unmappedLine(outcome); text != "" {
		warn("%s", text)
	}
	a.tellSchema(f, l)
	return nil
}

// toldUnmapped tells whether an unknown field is told as one without a home in the table, too.
func toldUnmapped(d diag.Diagnostic, outcome *convert.Outcome) bool {
	return slices.ContainsFunc(outcome.Results, func(r convert.Result) bool {
		return slices.ContainsFunc(r.Unmapped, func(name string) bool { return strings.Contains(d.Message, fmt.Sprintf("%q", name)) })
	})
}

// unmappedLine names the fields of converted rules that the table does not have, with the number of rules: in conditions
// they count as missing, and a list of fields to show leaves them out.
func unmappedLine(outcome *convert.Outcome) string {
	count := map[string]int{}
	for i := range outcome.Results {
		if outcome.Results[i].Query == "" {
			continue // its error names the field
		}
		for _, field := range outcome.Results[i].Unmapped {
			count[field]++
		}
	}
	if len(count) == 0 {
		return ""
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		if n := count[name]; n > 1 {
			name += fmt.Sprintf(" (%d rules)", n)
		}
		names = append(names, name)
	}
	return "fields without a home in the table, taken for missing or left out: " + strings.Join(names, ", ")
}

// tellSchema says what was taken for granted where no schema was named, and which profiles there are for the rules.
func (a *app) tellSchema(f *convertFlags, l *loaded) {
	if f.schema != "" || f.lake != "" || f.types != "" {
		return
	}
	served := map[string]int{}
	for _, rule := range l.set.Rules {
		source := rule.Rule.LogSource
		for _, s := range f.known {
			if _, ok := s.Gate(source.Product, source.Service, source.Category); ok && len(s.Profiles()) > 0 {
				served[s.Profiles()[0].FullName()]++
			}
		}
	}
	fmt.Fprintf(a.stderr, "%s: no --schema, so fields are taken for columns of the same names (generic)\n", a.paintErr("1;36", "note"))
	names := slices.SortedFunc(maps.Keys(served), func(x, y string) int { return cmp.Or(-cmp.Compare(served[x], served[y]), cmp.Compare(x, y)) })
	if len(names) > 0 {
		fmt.Fprintf(a.stderr, "  %s for %d of %d rules there is --schema %s; egret list schemas names all\n", a.paintErr("1;32", "help:"),
			served[names[0]], len(l.set.Rules), names[0])
	}
}

// outcomeLine counts the results: "converted 56 of 57 rules to SQL for athena, schema cloudtrail/athena; 1 refused (unmapped-field 1)".
func outcomeLine(p *convertPlan, outcome *convert.Outcome) string {
	converted := 0
	refused, notLoaded := map[string]int{}, map[string]int{}
	for i := range outcome.Results {
		switch r := &outcome.Results[i]; {
		case r.Query != "":
			converted++
		case r.NotLoaded:
			notLoaded[r.Reason()]++
		default:
			refused[r.Reason()]++
		}
	}
	text := fmt.Sprintf("converted %d of %s to SQL for %s, schema %s", converted, counted(len(outcome.Results), "rule"), p.sql.Dialect.Name,
		p.sql.Profile.FullName())
	leftOut := map[string]int{}
	for reason, n := range outcome.LeftOut {
		leftOut[string(reason)] = n
	}
	for _, part := range []struct {
		word  string
		count map[string]int
	}{{"refused", refused}, {"not loaded", notLoaded}, {"left out", leftOut}} {
		if len(part.count) > 0 {
			text += "; " + reasonCounts(part.word, part.count)
		}
	}
	return text
}

// reasonCounts writes "3 refused (regex-in-sql 2, unmapped-field 1)", the most frequent first.
func reasonCounts(word string, count map[string]int) string {
	total := 0
	var parts []string
	reasons := slices.SortedFunc(maps.Keys(count), func(x, y string) int { return cmp.Or(-cmp.Compare(count[x], count[y]), cmp.Compare(x, y)) })
	for _, reason := range reasons {
		total += count[reason]
		parts = append(parts, fmt.Sprintf("%s %d", reason, count[reason]))
	}
	return fmt.Sprintf("%d %s (%s)", total, word, strings.Join(parts, ", "))
}

// counted writes "1 rule" and "2 rules".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
