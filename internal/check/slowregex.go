package check

import (
	"fmt"
	"regexp/syntax"

	"github.com/egret-hunt/egret/sigma"
)

// slowRegex reports nested repetitions: x in (x+)+ can be divided among the inner and the outer one in exponentially many ways.
func slowRegex(r *reporter, item *Item) {
	if !item.has("re") {
		return
	}
	for i := range item.Values {
		v := &item.Values[i]
		if v.Kind != sigma.StringValue {
			continue
		}
		tree, err := regexOf(v.Text)
		if err != nil || tree == nil {
			continue
		}
		if slow := nested(tree); slow != nil {
			r.report(v.Span, fmt.Sprintf("the repetition %q can match a text in exponentially many ways", slow.String())).Help =
				"repeat once: (a+)+ is a+, and (a|ab)* needs alternatives that begin differently"
		}
	}
}

// nested returns a repetition without a limit whose body can be repeated in several ways, nil if there is none.
func nested(re *syntax.Regexp) *syntax.Regexp {
	if unlimited(re) && ambiguous(re.Sub[0]) {
		return re
	}
	for _, sub := range re.Sub {
		if found := nested(sub); found != nil {
			return found
		}
	}
	return nil
}

func unlimited(re *syntax.Regexp) bool {
	return re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && (re.Max < 0 || re.Max > 10)
}

// ambiguous reports whether the body of a repetition is nothing but an unlimited repetition itself, apart from what may be empty, or an
// alternative of such, so that one text can be divided in several ways.
func ambiguous(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCapture:
		return ambiguous(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		return unlimited(re) && !empty(re.Sub[0])
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if ambiguous(sub) {
				return true
			}
		}
	case syntax.OpConcat:
		repeated := false
		for _, sub := range re.Sub {
			switch {
			case ambiguous(sub):
				repeated = true
			case !empty(sub):
				return false // what stands beside it divides the text in one way
			}
		}
		return repeated
	}
	return false
}

// empty reports whether an expression may match the empty text.
func empty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary,
		syntax.OpNoWordBoundary, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || empty(re.Sub[0])
	case syntax.OpCapture, syntax.OpPlus:
		return empty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !empty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if empty(sub) {
				return true
			}
		}
	}
	return false
}
