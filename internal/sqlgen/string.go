package sqlgen

import (
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
)

// stringPredicate compares the text of a leaf with a pattern.
func (e *emitter) stringPredicate(l leaves, op ir.StringOp, pattern ir.Pattern, cased bool) Expr {
	text := e.text(l)
	if !cased {
		pattern = lowerPattern(pattern)
		switch {
		case !foldsSomething(pattern):
		case l.lowered != nil:
			text = l.lowered
		default:
			text = lower(text)
		}
	}
	literal, ok := single(pattern)
	switch {
	case !ok && hasDash(pattern):
		return e.d.regex(text, patternRegex(pattern, op, e.d.regexFlavor))
	case !ok:
		return Like{text, like(pattern, op)}
	case op == ir.Equal:
		return compare("=", text, Text(literal))
	case op == ir.StartsWith:
		return e.d.startsWith(text, Text(literal))
	case op == ir.Contains:
		return e.d.contains(text, Text(literal))
	case e.d.endsWith != nil:
		return e.d.endsWith(text, Text(literal))
	}
	return Like{text, like(pattern, op)}
}

// single is the text of a pattern without wildcards.
func single(p ir.Pattern) (string, bool) {
	switch {
	case len(p) == 0:
		return "", true
	case len(p) == 1 && p[0].Kind == ir.Literal:
		return p[0].Text, true
	}
	return "", false
}

func hasDash(p ir.Pattern) bool {
	for _, part := range p {
		if part.Kind == ir.Dash {
			return true
		}
	}
	return false
}

func lowerPattern(p ir.Pattern) ir.Pattern {
	out := make(ir.Pattern, len(p))
	for i, part := range p {
		if printable(part.Text) {
			out[i] = ir.Part{Kind: part.Kind, Text: strings.ToLower(part.Text)}
			continue
		}
		out[i] = ir.Part{Kind: part.Kind, Text: strings.Map(unicode.ToLower, strings.ToValidUTF8(part.Text, "\ufffd"))}
	}
	return out
}

// foldsSomething tells whether lower-casing a text can change whether it matches: no for literals without letters.
func foldsSomething(p ir.Pattern) bool {
	for _, part := range p {
		for _, r := range part.Text {
			if unicode.SimpleFold(r) != r || unicode.IsLetter(r) || r > unicode.MaxLatin1 {
				return true
			}
		}
	}
	return false
}

// like writes a pattern for LIKE.
func like(p ir.Pattern, op ir.StringOp) string {
	var b strings.Builder
	if op == ir.EndsWith || op == ir.Contains {
		b.WriteByte('%')
	}
	for _, part := range p {
		switch part.Kind {
		case ir.AnyRun:
			b.WriteByte('%')
		case ir.AnyOne:
			b.WriteByte('_')
		case ir.Literal, ir.Dash:
			b.WriteString(likePattern.Replace(part.Text))
		}
	}
	if op == ir.StartsWith || op == ir.Contains {
		b.WriteByte('%')
	}
	return b.String()
}

// refPredicate compares two texts of an event.
func (e *emitter) refPredicate(left, right Expr, op ir.StringOp, cased bool) Expr {
	if !cased {
		left, right = lower(left), lower(right)
	}
	switch op {
	case ir.StartsWith:
		return e.d.startsWith(left, right)
	case ir.EndsWith:
		return e.d.startsWith(call("reverse", left), call("reverse", right))
	case ir.Contains:
		return e.d.contains(left, right)
	case ir.Equal:
	}
	return compare("=", left, right)
}
