package sqlregex

import "regexp/syntax"

// Word boundaries are those of ASCII. Joni's \b and \w include all scripts, so it gets lookarounds instead.
const (
	wordBefore, wordAfter     = `(?<=[0-9A-Za-z_])`, `(?=[0-9A-Za-z_])`
	noWordBefore, noWordAfter = `(?<![0-9A-Za-z_])`, `(?![0-9A-Za-z_])`
)

// edge describes the character on one side of a position.
type edge uint8

const (
	unknownEdge edge = iota
	wordEdge         // an ASCII letter, digit or underscore
	otherEdge        // another character, or the end of the text
)

// boundary prints \b, or \B if at is false. Known sides shorten it.
func (p *regexPrinter) boundary(at bool, before, after edge) regexText {
	if p.flavor == RE2 || p.flavor == POSIX {
		if at {
			return regexText{`\b`, regexAtom}
		}
		return regexText{`\B`, regexAtom}
	}
	word := func(known edge) bool { return (known == wordEdge) != at } // reports whether the unknown side must be a word character
	switch {
	case before != unknownEdge && word(before):
		return regexText{wordAfter, regexAtom}
	case before != unknownEdge:
		return regexText{noWordAfter, regexAtom}
	case after != unknownEdge && word(after):
		return regexText{wordBefore, regexAtom}
	case after != unknownEdge:
		return regexText{noWordBefore, regexAtom}
	case at:
		return regexText{wordBefore + noWordAfter + "|" + noWordBefore + wordAfter, regexAlternate}
	default:
		return regexText{wordBefore + wordAfter + "|" + noWordBefore + noWordAfter, regexAlternate}
	}
}

// edgeOf describes the first or last character that an expression matches, or the position itself if it is an end of
// the text.
func edgeOf(re *syntax.Regexp, last bool) edge {
	switch re.Op {
	case syntax.OpLiteral:
		r := re.Rune[0]
		if last {
			r = re.Rune[len(re.Rune)-1]
		}
		if re.Flags&syntax.FoldCase != 0 {
			return edgeOfClass(orbit(r))
		}
		return edgeOfClass([]rune{r, r})
	case syntax.OpCharClass:
		return edgeOfClass(re.Rune)
	case syntax.OpPlus, syntax.OpCapture:
		return edgeOf(re.Sub[0], last)
	case syntax.OpRepeat:
		if re.Min > 0 {
			return edgeOf(re.Sub[0], last)
		}
	case syntax.OpConcat:
		if last {
			return edgeOf(re.Sub[len(re.Sub)-1], last)
		}
		return edgeOf(re.Sub[0], last)
	case syntax.OpBeginText:
		if last {
			return otherEdge
		}
	case syntax.OpEndText:
		if !last {
			return otherEdge
		}
	}
	return unknownEdge
}

// edgeOfClass reports whether all characters of a class are word characters, or none is.
func edgeOfClass(ranges []rune) edge {
	inside := 0 // number of word characters in the class
	for _, word := range [][2]rune{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}} {
		for i := 0; i < len(ranges); i += 2 {
			inside += max(0, int(min(word[1], ranges[i+1])-max(word[0], ranges[i])+1))
		}
	}
	all := 0
	for i := 0; i < len(ranges); i += 2 {
		all += int(ranges[i+1]-ranges[i]) + 1
	}
	switch {
	case all == 0:
		return unknownEdge
	case inside == all:
		return wordEdge
	case inside == 0:
		return otherEdge
	default:
		return unknownEdge
	}
}
