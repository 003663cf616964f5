package check

import (
	"fmt"
	"slices"

	"github.com/egret-hunt/egret/internal/checkpattern"
	"github.com/egret-hunt/egret/source"
)

// OwnChecks returns checks that users and plug-ins wrote as rows like those of All, in the order of the list. The error names the first
// whose id stands for something else already.
func OwnChecks(specs []*checkpattern.Spec) ([]*Check, error) {
	var list []*Check
	for _, s := range specs {
		if _, err := Named(s.ID, nil); err == nil || slices.ContainsFunc(list, func(c *Check) bool { return c.ID == s.ID }) {
			return nil, fmt.Errorf("%s: there is already a check %s", s.Path, s.ID)
		}
		level, _ := ParseLevel(s.Level) // the reader knows the same words
		list = append(list, &Check{
			ID: s.ID, Level: level, Title: s.Title, Group: Own, Why: s.Why, kinds: rules,
			document: func(r *reporter, d *Document) { reportOwn(r, d, s) },
		})
	}
	return list, nil
}

// reportOwn reports what a check of a user or plug-in finds in a rule. Rules that cannot be lowered have faults of their own.
func reportOwn(r *reporter, d *Document, s *checkpattern.Spec) {
	if d.where == nil {
		return
	}
	rule := &checkpattern.Rule{
		Product: d.logSource.Product, Category: d.logSource.Category, Service: d.logSource.Service, Level: d.Level, Status: d.Status, Tags: d.Tags,
	}
	seen := map[source.Span]bool{} // a value that is expanded, or used twice, is several comparisons
	for _, place := range s.Judge(rule, d.where) {
		span := place.Span
		if span.IsZero() {
			span = d.place("detection")
		}
		if !seen[span] {
			seen[span] = true
			r.report(span, place.Message).Help = place.Help
		}
	}
}

// find returns a check of egret or of the options, nil if there is none.
func (o *Options) find(id string) *Check {
	if c := Find(id); c != nil {
		return c
	}
	return findIn(o.Own, id)
}

func findIn(own []*Check, id string) *Check {
	if i := slices.IndexFunc(own, func(c *Check) bool { return c.ID == id }); i >= 0 {
		return own[i]
	}
	return nil
}
