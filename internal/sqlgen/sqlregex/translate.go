package sqlregex

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// Flavor is the regular expression syntax of a dialect.
type Flavor uint8

// The flavors: RE2 as in DuckDB, Joni with Java's syntax as in Trino, the advanced regular expressions of PostgreSQL, Java's
// own as in Databricks, and POSIX's extended ones with code points and \b as in Snowflake, where a dot matches any character.
const (
	RE2 Flavor = iota
	Joni
	ARE
	Java
	POSIX
)

// Translate rewrites a rule's regular expression for a flavor so that it matches exactly the same texts. It returns
// an error if that is impossible.
//
// It parses the expression and prints it again, using only syntax that both engines and Go interpret in the same way.
// Everything that depends on the version of Unicode tables is written out: classes, folded case, word boundaries.
// Groups do not capture and quantifiers are greedy, since only the yes or no of a search matters.
//
// RE2 takes time linear in the length of the text. Joni backtracks like Java: an expression such as (a+)+$ may take
// exponential time.
func Translate(e *ir.RegexExpr, flavor Flavor) (string, error) {
	re, err := syntax.Parse(e.Text, e.Syntax())
	if err != nil {
		return "", fmt.Errorf("it is no regular expression: %w", err)
	}
	if flavor == RE2 && re2Size(re) > maxRE2Size {
		return "", fmt.Errorf("it is too large with its repetitions written out")
	}
	if flavor == ARE && areTooLarge(re) {
		return "", fmt.Errorf("it is too large with its repetitions written out")
	}
	p := regexPrinter{
		flavor:  flavor,
		dotAll:  has(re, syntax.OpAnyChar) && !has(re, syntax.OpAnyCharNotNL),
		lookEnd: mayBeEmpty(re),
	}
	printed := p.print(re)
	if p.err != nil {
		return "", p.err
	}
	text := printed.text
	if flavor == RE2 {
		if before := re2Guard(text); before != "" {
			text = before + printed.within(regexConcat)
		}
	}
	if flavor == ARE {
		return areEscapes(text), nil
	}
	if flavor == POSIX {
		return posixGroups(text), nil
	}
	if p.dotAll {
		text = "(?s)" + text
	}
	return text, nil
}

// has reports whether an operator occurs anywhere in an expression.
func has(re *syntax.Regexp, op syntax.Op) bool {
	return re.Op == op || slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return has(sub, op) })
}

// regexBinding is the precedence of a printed expression's outermost operator.
type regexBinding uint8

const (
	regexAlternate regexBinding = iota
	regexConcat
	regexRepeat // no quantifier may follow: a*+ has another meaning
	regexAtom
)

// regexText is a printed expression.
type regexText struct {
	text    string
	binding regexBinding
}

// within returns the text for a position that requires at least a given precedence.
func (t regexText) within(outer regexBinding) string {
	if t.binding < outer {
		return "(?:" + t.text + ")"
	}
	return t.text
}

// Expressions that match nothing, and the empty text.
const (
	re2Never   = `[^\x{0}-\x{10FFFF}]`
	joniNever  = `(?!)`
	regexEmpty = `(?:)`
)

// regexPrinter prints the expressions of one rule.
type regexPrinter struct {
	flavor Flavor
	// dotAll is true if the whole expression has the flag s, so that a dot matches any character.
	dotAll bool
	// lookEnd is true if the expression may match the empty text. Joni searches for an expression that ends in \z
	// from the longest match before the end, in bytes. If that is inside the last character it gives up and misses
	// the empty match after it.
	lookEnd bool
	// err is the reason why the expression cannot be printed exactly.
	err error
}

// maxCopies limits the size in bytes of repetitions that are written out.
const maxCopies = 100_000

func (p *regexPrinter) print(re *syntax.Regexp) regexText {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return regexText{regexEmpty, regexAtom}
	case syntax.OpLiteral:
		return p.literal(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		return regexText{p.class(re.Rune), regexAtom}
	case syntax.OpAnyCharNotNL:
		if p.flavor != RE2 && p.flavor != Joni { // a dot matches more, or less
			return regexText{`[^\n]`, regexAtom}
		}
		return regexText{".", regexAtom}
	case syntax.OpAnyChar:
		return regexText{p.any(), regexAtom}
	case syntax.OpBeginText:
		return regexText{"^", regexAtom} // without the flag m, both flavors agree
	case syntax.OpEndText:
		return regexText{p.end(), regexAtom}
	case syntax.OpBeginLine:
		return regexText{p.looking("(?m:^)", `(?<![^\n])`), regexAtom} // Joni's ^ does not match after a final line break
	case syntax.OpEndLine:
		return regexText{p.looking("(?m:$)", `(?![^\n])`), regexAtom}
	case syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return p.boundary(re.Op == syntax.OpWordBoundary, unknownEdge, unknownEdge)
	case syntax.OpCapture:
		return p.print(re.Sub[0])
	case syntax.OpStar:
		return p.repeat(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		return p.repeat(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		return p.repeat(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return p.repeat(re.Sub[0], re.Min, re.Max)
	case syntax.OpConcat:
		return p.concat(re.Sub)
	case syntax.OpAlternate:
		return p.alternate(re.Sub)
	default: // OpNoMatch
		return regexText{p.never(), regexAtom}
	}
}

// never returns an expression that matches nothing.
func (p *regexPrinter) never() string {
	if p.flavor == ARE {
		return areNever
	}
	return p.pick(re2Never, joniNever)
}

// posixGroups makes groups capture: POSIX has no others.
func posixGroups(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		b.WriteByte(text[i])
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case strings.HasPrefix(text[i:], "(?:"):
			i += 2
		}
	}
	return b.String()
}

// looking returns the text for RE2, or that for flavors that can look around.
func (p *regexPrinter) looking(forRE2, forOthers string) string {
	switch p.flavor {
	case RE2:
		return forRE2
	case POSIX:
		p.err = errors.New("it looks for the start or the end of a line")
	case Joni, ARE, Java:
	}
	return forOthers
}

// pick returns the text for the flavor.
func (p *regexPrinter) pick(forRE2, forJoni string) string {
	if p.flavor == Joni || p.flavor == Java {
		return forJoni
	}
	return forRE2
}

// any returns an expression for any character.
func (p *regexPrinter) any() string {
	if p.dotAll || p.flavor == ARE || p.flavor == POSIX {
		return "."
	}
	return "(?s:.)"
}

// end returns an expression for the end of the text. Joni's $ also matches before a final line break.
func (p *regexPrinter) end() string {
	if p.flavor == Joni && p.lookEnd {
		return "(?!" + p.any() + ")"
	}
	return p.pick("$", `\z`)
}

func (p *regexPrinter) alternate(subs []*syntax.Regexp) regexText {
	var texts []string
	for _, sub := range subs {
		if sub.Op != syntax.OpEmptyMatch {
			texts = append(texts, p.print(sub).within(regexConcat))
		}
	}
	all := regexText{strings.Join(texts, "|"), regexAlternate}
	switch {
	case len(texts) == len(subs):
		return all
	case len(texts) == 0:
		return regexText{regexEmpty, regexAtom}
	default: // the parser factors out common prefixes: foo|foobar becomes foo(?:|bar)
		return regexText{all.within(regexAtom) + "?", regexRepeat}
	}
}

func (p *regexPrinter) concat(subs []*syntax.Regexp) regexText {
	var b strings.Builder
	for i, sub := range subs {
		if sub.Op != syntax.OpWordBoundary && sub.Op != syntax.OpNoWordBoundary {
			if text := p.print(sub).within(regexConcat); text != regexEmpty {
				b.WriteString(text)
			}
			continue
		}
		before, after := unknownEdge, unknownEdge
		if i > 0 {
			before = edgeOf(subs[i-1], true)
		}
		if i+1 < len(subs) {
			after = edgeOf(subs[i+1], false)
		}
		b.WriteString(p.boundary(sub.Op == syntax.OpWordBoundary, before, after).within(regexConcat))
	}
	if b.Len() == 0 {
		return regexText{regexEmpty, regexAtom}
	}
	return regexText{b.String(), regexConcat}
}

// repeat prints a part repeated from min to max times; max -1 means no limit.
func (p *regexPrinter) repeat(sub *syntax.Regexp, min, max int) regexText {
	switch {
	case max == 0, min == 0 && onlyEmpty(sub):
		return regexText{regexEmpty, regexAtom}
	case onlyEmpty(sub), min == 1 && max == 1:
		return p.print(sub) // engines disagree on quantifiers after anchors such as ^
	}
	text := p.print(sub).within(regexAtom)
	copies := ""
	if p.flavor == Joni && min > 1 && mayBeEmpty(sub) {
		// Joni leaves a loop after the first empty iteration, even below the lower bound. If every iteration may be
		// empty, the lower bound has no effect and is dropped. If an iteration may be empty only at some positions,
		// such as the start of a line, the first iterations are written out.
		if !alwaysEmpty(sub) {
			if min*len(text) > maxCopies {
				p.err = errors.New("it has too many repetitions of a part that is empty only at some positions")
				min = 1
			}
			copies = strings.Repeat(text, min)
			if max >= 0 {
				max -= min
			}
		}
		min = 0
		if max == 0 {
			return regexText{copies, regexConcat}
		}
	}
	switch {
	case p.flavor == ARE && (min > 1 || max > 1):
		return areTimes(text, min, max)
	case min == 0 && max == -1:
		text += "*"
	case min == 1 && max == -1:
		text += "+"
	case min == 0 && max == 1:
		text += "?"
	case max == -1:
		text += fmt.Sprintf("{%d,}", min)
	case min == max:
		text += fmt.Sprintf("{%d}", min)
	default:
		text += fmt.Sprintf("{%d,%d}", min, max)
	}
	if copies != "" {
		return regexText{copies + text, regexConcat}
	}
	return regexText{text, regexRepeat}
}

// onlyEmpty reports whether a part can match only the empty text.
func onlyEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	case syntax.OpCapture, syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat, syntax.OpConcat, syntax.OpAlternate:
		return re.Op == syntax.OpRepeat && re.Max == 0 || !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !onlyEmpty(sub) })
	default:
		return false
	}
}

// mayBeEmpty reports whether a part can match the empty text, at least at some positions.
func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || mayBeEmpty(re.Sub[0])
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !mayBeEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, mayBeEmpty)
	default:
		return onlyEmpty(re)
	}
}

// alwaysEmpty reports whether a part can match the empty text at every position.
func alwaysEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || alwaysEmpty(re.Sub[0])
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !alwaysEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, alwaysEmpty)
	default:
		return false
	}
}
