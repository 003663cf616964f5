package check

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
)

// eachSelector returns a check of each "1 of x*" of a rule's conditions.
func eachSelector(judge func(r *reporter, d *Document, s *sigma.SelectorExpr)) func(*reporter, *Document) {
	return func(r *reporter, d *Document) {
		for _, c := range d.detection.Conditions {
			sigma.WalkCondition(c.Expr, func(e sigma.ConditionExpr) bool {
				if s, ok := e.(*sigma.SelectorExpr); ok {
					judge(r, d, s)
				}
				return true
			})
		}
	}
}

// simple returns a selector as the condition would name it, "" if it selects more or less than one identifier.
func simple(d *Document, s *sigma.SelectorExpr) []diag.Fix {
	if selected := d.detection.Select(s.Pattern); len(selected) == 1 {
		return []diag.Fix{{Span: s.Span, Text: selected[0].Name}}
	}
	return nil
}

func conditionChecks() []*Check {
	return []*Check{
		{
			ID: "all-of-them-condition", Level: Medium, Group: Core, PySigma: []string{"all_of_them_condition"}, kinds: rules,
			Title:   "a condition has \"all of them\"",
			Why:     "A search identifier that is added later, such as a filter, changes what the condition means.",
			Differs: "The validator searches the text of the condition, so it also finds \"all of them_x\"; egret reads the condition.",
			document: eachSelector(func(r *reporter, _ *Document, s *sigma.SelectorExpr) {
				if s.All && s.Pattern == "them" {
					r.report(s.Span, `the condition has "all of them"`).Help = "name the search identifiers, or write all of selection_*"
				}
			}),
		},
		{
			ID: "them-condition-with-single-detection", Level: Low, Group: Core, PySigma: []string{"them_condition_with_single_detection"}, kinds: rules,
			Title: "a condition has \"them\" although there is one search identifier",
			Why:   "Its name says the same in a simpler way.",
			Differs: "The validator searches the condition for the letters \"them\", so it also reports names such as anthem; egret reads the condition. " +
				"The validator counts a timeframe, and what filters add to a rule, as search identifiers; egret counts those of the rule.",
			document: eachSelector(func(r *reporter, d *Document, s *sigma.SelectorExpr) {
				if s.Pattern == "them" && len(d.detection.Searches) == 1 {
					r.report(s.Span, `"them" is one search identifier`).Fixes = simple(d, s)
				}
			}),
		},
		{
			ID: "sigmahq-ofthem-condition", Level: Low, Group: SigmaHQ, PySigma: []string{"sigmahq_ofthem_condition"}, kinds: rules,
			Title: "a condition has \"of them\" although there is one search identifier",
			Why:   "Its name says the same in a simpler way.",
			Differs: "The validator searches the text of the condition, so it also finds \"1 of theme*\"; egret reads the condition. " +
				"It counts a timeframe, and what filters add to a rule, as search identifiers; egret counts those of the rule.",
			document: eachSelector(func(r *reporter, d *Document, s *sigma.SelectorExpr) {
				if s.Pattern == "them" && len(d.detection.Searches) == 1 {
					r.report(s.Span, `"of them" is for several search identifiers`).Fixes = simple(d, s)
				}
			}),
		},
		{
			ID: "sigmahq-ofselection-condition", Level: Low, Group: SigmaHQ, PySigma: []string{"sigmahq_ofselection_condition"}, kinds: rules,
			Title: "a condition has \"of x_*\" although the pattern matches fewer than two search identifiers",
			Why:   "The name of the identifier says the same in a simpler way. SigmaHQ makes an exception for selection_* and filter_*.",
			Differs: "The validator takes the pattern for a regular expression in which _* stands for underscores, and does not see a pattern with a " +
				"bracket behind it; egret matches as conditions do.",
			document: eachSelector(func(r *reporter, d *Document, s *sigma.SelectorExpr) {
				if s.Pattern == "them" || !strings.HasSuffix(s.Pattern, "_*") || !s.All && strings.HasPrefix(strings.ToLower(s.Span.Text()), "any") ||
					strings.HasPrefix(s.Pattern, "selection_") || strings.HasPrefix(s.Pattern, "filter_") {
					return
				}
				if n := len(d.detection.Select(s.Pattern)); n < 2 {
					r.report(s.Span, fmt.Sprintf("%q matches %d search identifiers, expected several", s.Pattern, n)).Fixes = simple(d, s)
				}
			}),
		},
		{
			ID: "sigmahq-missing-asterisk-condition", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_missing_asterisk_condition"}, kinds: detections,
			Title: "a condition has \"of x\" without an asterisk at the end",
			Why:   "Such a pattern matches one name only, so the quantifier has no meaning.",
			document: eachSelector(func(r *reporter, d *Document, s *sigma.SelectorExpr) {
				if s.Pattern != "them" && !strings.HasSuffix(s.Pattern, "*") {
					out := r.report(s.Span, fmt.Sprintf("the pattern %q does not end with an asterisk", s.Pattern))
					if !strings.Contains(s.Pattern, "*") {
						out.Fixes = simple(d, s)
					}
				}
			}),
		},
		{
			ID: "dangling-condition", Level: High, Group: Core, PySigma: []string{"dangling_condition"}, kinds: all,
			Title: "a pattern of a condition matches no search identifier",
			Why:   "\"1 of\" nothing is never true, so that part of the rule finds nothing; what \"all of\" nothing means is not defined.",
			document: func(r *reporter, d *Document) {
				if d.detection != nil {
					danglingConditions(r, d)
				}
			},
		},
		{
			ID: "dangling-detection", Level: High, Group: Core, PySigma: []string{"dangling_detection"}, kinds: all,
			Title: "a search identifier is never used",
			Why:   "What it describes has no effect: a filter that is forgotten in the condition filters nothing.",
			document: func(r *reporter, d *Document) {
				if d.detection != nil {
					danglingDetections(r, d)
				}
			},
		},
		{
			ID: "sigmahq-correlation-rules-minimum", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_correlation_rules_minimum"}, kinds: correlations,
			Title: "a temporal correlation names fewer than two rules", Why: "It reports whatever its rule reports.",
			document: func(r *reporter, d *Document) {
				kind := d.text("correlation", "type") // a text as the condition makes the type an extended one
				if (kind == "temporal" || kind == "temporal_ordered") && len(d.list("correlation", "rules")) < 2 {
					r.report(d.place("correlation", "rules"), "a temporal correlation needs at least two rules")
				}
			},
		},
		{
			ID: "sigmahq-correlation-group-by-existence", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_correlation_group_by_existence"}, kinds: correlations,
			Title: "a correlation has no group-by", Why: "It counts the events of all users and hosts together, which is seldom meant.",
			document: func(r *reporter, d *Document) {
				switch d.text("correlation", "type") {
				case "event_count", "value_count", "temporal", "temporal_ordered":
					if len(d.correlation.GroupBy) == 0 {
						r.report(d.place("correlation", "type"), "the correlation has no group-by").Help = "list the fields that its events share"
					}
				}
			},
		},
	}
}

func danglingConditions(r *reporter, d *Document) {
	seen := map[string]bool{}
	eachSelector(func(r *reporter, d *Document, s *sigma.SelectorExpr) {
		if seen[s.Pattern] || len(d.detection.Select(s.Pattern)) > 0 {
			return
		}
		seen[s.Pattern] = true
		out := r.report(s.Span, fmt.Sprintf("no search identifier matches %q", s.Pattern))
		out.Help = "this part of the condition is always false"
		if s.All {
			out.Help = "no tool defines what this means; identifiers that begin with _ are not matched"
		}
	})(r, d)
}

func danglingDetections(r *reporter, d *Document) {
	used := map[string]bool{}
	for _, c := range d.detection.Conditions {
		sigma.WalkCondition(c.Expr, func(e sigma.ConditionExpr) bool {
			switch e := e.(type) {
			case *sigma.IdentifierExpr:
				used[e.Name] = true
			case *sigma.SelectorExpr:
				for _, s := range d.detection.Select(e.Pattern) {
					used[s.Name] = true
				}
			}
			return true
		})
	}
	for _, s := range d.detection.Searches {
		if !used[s.Name] {
			r.report(s.Span, fmt.Sprintf("the condition does not use %q", s.Name)).Help = "add it to the condition, or remove it"
		}
	}
}
