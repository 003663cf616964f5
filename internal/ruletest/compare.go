package ruletest

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
)

// foundFinding is what tests compare of a finding.
type foundFinding struct {
	rule   string
	group  []finding.Pair
	events int
	taken  bool
}

// String describes the finding: its group and its number of events.
func (f *foundFinding) String() string {
	text := plural(f.events, "event")
	for i := len(f.group) - 1; i >= 0; i-- {
		text = f.group[i].Name + "=" + f.group[i].Value + ", " + text
	}
	return "{" + text + "}"
}

// is reports whether the finding is one that a test expects.
func (f *foundFinding) is(w *WantFinding) bool {
	if w.Events != Any && w.Events != f.events {
		return false
	}
	for _, want := range w.Group {
		same := false
		for _, pair := range f.group {
			same = same || pair.Name == want[0] && pair.Value == want[1]
		}
		if !same {
			return false
		}
	}
	return true
}

// String describes the finding as findings that were found are.
func (w *WantFinding) String() string {
	var parts []string
	for _, pair := range w.Group {
		parts = append(parts, pair[0]+"="+pair[1])
	}
	if w.Events != Any {
		parts = append(parts, plural(w.Events, "event"))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// compare compares the findings of a correlation with what a test expects.
func (r *runner) compare(res *Result, found []*foundFinding) {
	c := res.Case
	var texts []string
	for _, f := range found {
		texts = append(texts, f.String())
	}
	if !c.Want.Listed {
		switch want := c.Want.Count; {
		case want == Any && len(found) == 0:
			res.Failures = append(res.Failures, Failure{c.Span, "expected a finding, found none in " + plural(len(c.Events), "event")})
		case want == 0 && len(found) > 0:
			res.Failures = append(res.Failures, Failure{c.Span, "expected no finding, found " + joinShort(texts)})
		case want > 0 && len(found) != want:
			message := fmt.Sprintf("expected %s, found %d", plural(want, "finding"), len(found))
			if len(found) > 0 {
				message += ": " + joinShort(texts)
			}
			res.Failures = append(res.Failures, Failure{c.Span, message})
		}
		return
	}
	wanted := assign(c.Want.Findings, found)
	for i, w := range c.Want.Findings {
		if wanted[i] {
			continue
		}
		message := "expected the finding " + w.String() + ", found "
		var rest []string
		for _, f := range found {
			if !f.taken {
				rest = append(rest, f.String())
			}
		}
		if len(rest) == 0 {
			rest = []string{"no such"}
		}
		res.Failures = append(res.Failures, Failure{w.Span, message + joinShort(rest)})
	}
	if len(res.Failures) > 0 {
		return
	}
	for _, f := range found {
		if !f.taken {
			res.Failures = append(res.Failures, Failure{c.Span, "found " + f.String() + ", which the test does not list"})
		}
	}
}

// assign gives each expected finding one that was found, as many as can be, and returns which have one (Kuhn's algorithm).
func assign(want []WantFinding, found []*foundFinding) []bool {
	of := make([]int, len(found)) // expected finding + 1
	var seen []bool
	var try func(w int) bool
	try = func(w int) bool {
		for i, f := range found {
			if seen[i] || !f.is(&want[w]) {
				continue
			}
			seen[i] = true
			if of[i] == 0 || try(of[i]-1) {
				of[i] = w + 1
				return true
			}
		}
		return false
	}
	has := make([]bool, len(want))
	for w := range want {
		seen = make([]bool, len(found))
		try(w)
	}
	for i, w := range of {
		if w > 0 {
			has[w-1], found[i].taken = true, true
		}
	}
	return has
}

// blame collects the predicates that gave a trace its result.
func blame(t match.Trace, held bool, parts *[]string) {
	switch t.Expr.(type) {
	case *ir.NotExpr:
		blame(t.Operands[0], !held, parts)
	case *ir.AndExpr, *ir.OrExpr:
		for _, operand := range t.Operands {
			if operand.Held == held {
				blame(operand, held, parts)
			}
		}
	default:
		word := "not true: "
		if held {
			word = "true: "
		}
		text := word + strings.TrimSpace(ir.Format(t.Expr))
		for _, v := range t.Values {
			has := "nothing"
			if len(v.Texts) > 0 {
				has = joinShort(v.Texts)
			}
			text += " (" + v.Field + " has " + has + ")"
		}
		*parts = append(*parts, clip(text, 300))
	}
}

const shownParts = 3

// joinShort joins the first texts of a list and counts the others.
func joinShort(texts []string) string {
	if len(texts) <= shownParts {
		return clip(strings.Join(texts, "; "), 1000)
	}
	return clip(fmt.Sprintf("%s and %d more", strings.Join(texts[:shownParts], "; "), len(texts)-shownParts), 1000)
}

// shortList joins the first numbers of a list and counts the others.
func shortList(numbers []string) string {
	if len(numbers) <= 10 {
		return strings.Join(numbers, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(numbers[:10], ", "), len(numbers)-10)
}

// clip shortens a long text.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
