package lower

import (
	"errors"
	"regexp/syntax"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/source"
)

// Runnable reports the parts of an expression, lowered with Options.Open, that neither the native matcher nor SQL can run:
// placeholders without values, and regular expressions that are not RE2 or too large. Lowering without Open reports the same
// diagnostics. If the list is empty, the expression can run. budget may be nil.
func Runnable(e ir.Expr, budget *Budget) diag.List {
	l := &lowerer{opt: Options{Budget: budget}}
	seen := map[ir.Expr]bool{} // repeated references to a search share its expression
	ir.Walk(e, func(e ir.Expr) bool {
		if seen[e] {
			return false
		}
		seen[e] = true
		switch e := e.(type) {
		case *ir.RegexExpr:
			l.runnableRegex(e)
		case *ir.StringExpr:
			l.noPlaceholders(e.Pattern, e.Span)
		case *ir.KeywordExpr:
			l.noPlaceholders(e.Pattern, e.Span)
		}
		return true
	})
	return l.list
}

// runnableRegex reports whether a regular expression is RE2 and not too large, and adds a diagnostic if not.
func (l *lowerer) runnableRegex(e *ir.RegexExpr) bool {
	parsed, err := syntax.Parse(e.Text, e.Syntax())
	if err != nil {
		l.errorf("invalid-regex", regexSpan(e.Span, e.Text, err), "use RE2 syntax, which has no lookaround and no backreferences", "%v", err)
		return false
	}
	return l.spend(regexSteps, ir.RegexSteps(parsed), e.Span)
}

// regexSpan narrows the span of a fault in a regular expression to the part that the compiler names, if the rule contains
// it unchanged.
func regexSpan(span source.Span, text string, err error) source.Span {
	var fault *syntax.Error
	if !errors.As(err, &fault) || fault.Expr == "" || fault.Expr == text {
		return span
	}
	if at := strings.Index(span.Text(), fault.Expr); at >= 0 {
		return source.Span{File: span.File, Start: span.Start + at, End: span.Start + at + len(fault.Expr)}
	}
	return span
}

// noPlaceholders reports the placeholders of a pattern.
func (l *lowerer) noPlaceholders(p ir.Pattern, span source.Span) {
	for _, part := range p {
		if part.Kind == ir.Placeholder {
			l.list.Add(unresolvedPlaceholder(span, part.Text))
		}
	}
}

func unresolvedPlaceholder(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: UnresolvedPlaceholder, Span: span,
		Message: "placeholder %" + name + "% has no values",
		Help:    "add values under `placeholders:` in egret.yaml",
	}
}
