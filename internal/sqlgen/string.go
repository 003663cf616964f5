package sqlgen

import (
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// stringPredicate compares the text of a leaf with a pattern.
func (e *emitter) stringPredicate(l leaves, op ir.StringOp, pattern ir.Pattern, cased bool) sqltree.Expr {
	text := e.text(l)
	if !cased {
		pattern = lowerPattern(pattern)
		switch {
		case !foldsSomething(pattern):
		case l.lowered != nil && !e.d.FoldsForLiterals:
			text = l.lowered
		default:
			text = e.lower(text, letters(pattern))
		}
	}
	literal, ok := single(pattern)
	switch {
	case !ok && hasDash(pattern):
		return e.d.Regex(text, sqlregex.Pattern(pattern, op, e.d.RegexFlavor))
	case !ok:
		return e.d.Matches(text, like(pattern, op))
	case op == ir.Equal:
		return sqltree.Compare("=", text, sqltree.Text(literal))
	case op == ir.StartsWith:
		return e.d.StartsWith(text, sqltree.Text(literal))
	case op == ir.Contains:
		return e.d.Contains(text, sqltree.Text(literal))
	case op == ir.EndsWith:
		return e.d.EndsWith(text, sqltree.Text(literal))
	}
	return e.d.Matches(text, like(pattern, op))
}

// lower returns a text in lower case, for comparison with literals.
func (e *emitter) lower(text sqltree.Expr, literals string) sqltree.Expr {
	if e.d.FoldsForLiterals {
		return e.d.Fold(text, literals)
	}
	return e.d.Lower(text)
}

// letters returns the literals of a pattern, joined.
func letters(p ir.Pattern) string {
	var b strings.Builder
	for _, part := range p {
		b.WriteString(part.Text)
	}
	return b.String()
}

// single returns the text of a pattern without wildcards.
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
		if sqltree.IsPrintable(part.Text) {
			out[i] = ir.Part{Kind: part.Kind, Text: strings.ToLower(part.Text)}
			continue
		}
		out[i] = ir.Part{Kind: part.Kind, Text: strings.Map(unicode.ToLower, strings.ToValidUTF8(part.Text, "\ufffd"))}
	}
	return out
}

// foldsSomething reports whether a match can depend on the case of the text. It is false for literals without letters.
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

// like returns a pattern for LIKE.
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
			b.WriteString(sqltree.LikeEscaper.Replace(part.Text))
		case ir.Placeholder:
			panic("egret bug: a placeholder was not refused")
		}
	}
	if op == ir.StartsWith || op == ir.Contains {
		b.WriteByte('%')
	}
	return b.String()
}

// refPredicate compares two texts of an event.
func (e *emitter) refPredicate(left, right sqltree.Expr, op ir.StringOp, cased bool) sqltree.Expr {
	if !cased {
		left, right = e.d.Lower(left), e.d.Lower(right)
	}
	switch op {
	case ir.StartsWith:
		return e.d.StartsWith(left, right)
	case ir.EndsWith:
		return e.d.StartsWith(sqltree.Fn("reverse", left), sqltree.Fn("reverse", right))
	case ir.Contains:
		return e.d.Contains(left, right)
	case ir.Equal:
	}
	return sqltree.Compare("=", left, right)
}
